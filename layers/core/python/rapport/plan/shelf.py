"""The offers of each placement that a person surely may have, found through the index instead of one by one."""

from collections.abc import Sequence

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.offer import Offer
from rapport.domain.view import View
from rapport.plan.index import Index, Prepared, load, prepare


class Stock(Struct, frozen=True, array_like=True):
    """The offers of one placement by id, in the catalogue's order, with their conditions prepared."""

    offers: tuple[str, ...]
    rules: Prepared


def stock(catalogue: Catalogue) -> dict[str, Stock]:
    """Prepare every placement of a catalogue; part of a publication, or made where none came with it."""
    placed: dict[str, list[Offer]] = {}
    for offer in catalogue.offers.values():
        for placement in offer.placements:
            placed.setdefault(placement, []).append(offer)
    return {placement: _stocked(offers) for placement, offers in placed.items()}


def _stocked(offers: Sequence[Offer]) -> Stock:
    return Stock(tuple(offer.id for offer in offers), prepare([(offer.when, offer.unless) for offer in offers]))


class Shelf:
    """Gives the offers of a placement whose conditions surely let a view have them.

    Each placement's index is built when it is first asked for, and kept: hold one for each publication. Offers are
    looked up in the view's own catalogue, so that one withdrawn since is seen as withdrawn.
    """

    __slots__ = ("_indexes", "_stock")

    def __init__(self, stocked: dict[str, Stock]) -> None:
        self._stock = stocked
        self._indexes: dict[str, Index] = {}

    def __call__(self, placement: str, view: View) -> list[Offer]:
        """Return the offers, in the catalogue's order; what they complement is not looked at."""
        stocked = self._stock.get(placement)
        if stocked is None:
            return []
        offers = view.catalogue.offers
        ids = [stocked.offers[position] for position in self._index(placement, stocked).eligible(view)]
        return [offers[name] for name in ids if name in offers]

    def _index(self, placement: str, stocked: Stock) -> Index:
        if placement not in self._indexes:
            self._indexes[placement] = load(stocked.rules)
        return self._indexes[placement]
