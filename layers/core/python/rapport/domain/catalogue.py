"""The compiled catalogue: everything a team wrote, checked, as one immutable value."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.event import EventDefinition
from rapport.domain.house import House
from rapport.domain.learning import Learned
from rapport.domain.moment import Moment
from rapport.domain.norms import Norms
from rapport.domain.offer import Offer
from rapport.domain.placement import Form, Placement
from rapport.domain.segment import Segment
from rapport.domain.trait import TraitDefinition


class Offers(Mapping[str, Offer]):
    """Offers by id, in the catalogue's order, of which only what is asked for is read."""

    @abstractmethod
    def bare(self, name: str) -> Offer:
        """Return an offer without its `when` and `unless`: for who knows that they are met."""


class Catalogue(Struct, frozen=True):
    """One publication. Mappings go by id or name; `traits` has the built-in ones too, `personas` is by priority."""

    house: House
    traits: dict[str, TraitDefinition] = {}
    events: dict[str, tuple[EventDefinition, ...]] = {}
    segments: dict[str, Segment] = {}
    personas: tuple[str, ...] = ()
    placements: dict[str, Placement] = {}
    forms: dict[str, Form] = {}
    offers: Mapping[str, Offer] = {}
    campaigns: dict[str, Campaign] = {}
    templates: dict[str, str] = {}
    version: str = "v0"
    published_at: Moment = 0.0
    norms: Norms = {}
    """What is usual in the house, for predictions: an overlay of the live publication, never a part of a snapshot."""


class Publication(Struct, frozen=True):
    """What is live: the catalogue with its overlays applied, and the offers whose caps for all are used up."""

    catalogue: Catalogue
    exhausted: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    """Campaigns, `channel:NAME` or `*` that the team paused; `bulk:NAME` where a channel's breaker is open."""
    model: Learned | None = None
    """What responses have taught; None while that is nothing, or not at hand."""

    def pauses(self, campaign: Campaign, channel: str) -> bool:
        """Whether nothing of a campaign goes out on a channel for now."""
        names = {"*", campaign.id, f"channel:{channel}"}
        return not self.paused.isdisjoint(names if campaign.is_service else {*names, f"bulk:{channel}"})


def without(catalogue: Catalogue, withdrawn: frozenset[str]) -> Catalogue:
    """The catalogue with these offers withdrawn: the overlay that holds over any publication."""
    if not withdrawn & catalogue.offers.keys():
        return catalogue
    return structs.replace(catalogue, offers=Overlaid(catalogue.offers, withdrawn))


class Overlaid(Offers):
    """Offers of which some are withdrawn; none of them is read before somebody asks for it."""

    def __init__(self, offers: Mapping[str, Offer], withdrawn: frozenset[str]) -> None:
        self._offers, self._withdrawn = offers, withdrawn

    def __getitem__(self, name: str) -> Offer:
        return self._overlaid(self._offers[name])

    def bare(self, name: str) -> Offer:
        """Return an offer without its conditions, withdrawn or not."""
        return self._overlaid(self._offers.bare(name) if isinstance(self._offers, Offers) else self._offers[name])

    def _overlaid(self, offer: Offer) -> Offer:
        return structs.replace(offer, status="withdrawn") if offer.id in self._withdrawn else offer

    def __contains__(self, name: object) -> bool:
        return name in self._offers

    def __iter__(self) -> Iterator[str]:
        return iter(self._offers)

    def __len__(self) -> int:
        return len(self._offers)
