"""Computed traits: small counters kept up to date event by event, and what they amount to at a moment."""

from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event
from rapport.domain.moment import Moment
from rapport.domain.profile import Counter
from rapport.domain.trait import TraitDefinition, TraitValue


def update(counters: dict[str, Counter], event: Event, catalogue: Catalogue, source: str) -> dict[str, Counter]:
    """The counters after one more event, in whatever order events come; the same object when none is concerned."""
    raise NotImplementedError


def computed_value(counter: Counter | None, definition: TraitDefinition, moment: Moment) -> TraitValue | None:
    """What a counter amounts to at a moment; None when the trait is missing (a count or sum never is)."""
    raise NotImplementedError
