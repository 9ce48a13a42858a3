"""The offers of each placement that a person surely may have, found through the index instead of one by one."""

from collections.abc import Sequence

from msgspec import Struct

from rapport.domain.catalogue import Catalogue, Offers
from rapport.domain.condition import Condition
from rapport.domain.logic import Plan, Truth
from rapport.domain.offer import Offer
from rapport.domain.segment import Segment
from rapport.domain.view import View
from rapport.plan.denial import denied
from rapport.plan.index import Index, Sorting, load
from rapport.plan.prepared import Prepared, Rule, prepare


class Stock(Struct, frozen=True, array_like=True):
    """The rules of all offers, in the catalogue's order, and of all segments that are no personas, prepared.

    The parts of `rules` are the placements. `sorting` has for each segment who is surely in, and after all of those
    for each who is surely out.
    """

    rules: Prepared
    segments: tuple[str, ...]
    sorting: Prepared


def stock(catalogue: Catalogue) -> Stock:
    """Prepare the offers and segments of a catalogue; part of a publication."""
    offers = list(catalogue.offers.values())
    placed: dict[str, list[int]] = {}
    for position, offer in enumerate(offers):
        for placement in offer.placements:
            placed.setdefault(placement, []).append(position)
    segments = [segment for segment in catalogue.segments.values() if not segment.persona]
    return Stock(
        prepare([(offer.when, offer.unless) for offer in offers], placed),
        tuple(segment.id for segment in segments),
        prepare([*map(_inside, segments), *map(_outside, segments)]),
    )


_NOBODY = Condition("false", ["const", False], ())


def _inside(segment: Segment) -> Rule:
    return (_NOBODY if segment.when is None and segment.unless is None else segment.when), segment.unless


def _outside(segment: Segment) -> Rule:
    """Surely out is who surely does not meet the condition, and who is surely taken out."""
    ways: list[Plan] = [denied(segment.when.plan)] if segment.when is not None else []
    ways += [segment.unless.plan] if segment.unless is not None else []
    return Condition("", ["or", ways] if ways else ["const", True], ()), None


class Shelf:
    """Gives the offers of a placement whose conditions surely let a view have them.

    The indexes are built when they are first asked for, and kept: hold one for each publication. Offers are looked up
    in the view's own catalogue, so that one withdrawn since is seen as withdrawn.
    """

    __slots__ = ("_index", "_names", "_sorter", "_stock")

    def __init__(self, stocked: Stock, names: Sequence[str]) -> None:
        """`names` are the ids of the offers that were stocked, in their order."""
        self._stock, self._names = stocked, names
        self._index: Index | None = None
        self._sorter: Index | None = None

    def __call__(self, placement: str, view: View) -> list[Offer]:
        """Return the offers, in the catalogue's order, perhaps without their conditions: these are met.

        What an offer complements is not looked at.
        """
        offers = view.catalogue.offers
        if self._index is None:
            self._index = load(self._stock.rules)
        found = self._index.eligible(view, placement, lambda: self._sorted(view))
        read = offers.bare if isinstance(offers, Offers) else offers.__getitem__
        return [read(name) for name in map(self._names.__getitem__, found) if name in offers]

    def _sorted(self, view: View) -> Sorting:
        """The segments that surely hold the person, and the unclear ones; a view is told once, for all placements."""
        truths = view.settled(self._stock.segments)
        if truths is None:
            truths = self._truths(view)
            view.settle(truths)
        return [name for name in truths if truths[name]], [name for name in truths if truths[name] is None]

    def _truths(self, view: View) -> dict[str, Truth]:
        if self._sorter is None:
            self._sorter = load(self._stock.sorting)
        names = self._stock.segments
        found = self._sorter.eligible(view)
        inside = [names[position] for position in found if position < len(names)]
        outside = [names[position - len(names)] for position in found if position >= len(names)]
        return dict.fromkeys(names) | dict.fromkeys(inside, True) | dict.fromkeys(outside, False)
