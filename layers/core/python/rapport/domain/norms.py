"""Norms: what is usual in the house, as counts that add up in any order, so that nobody is ever scanned for them.

Each person adds whole numbers to the histogram of a prediction: where they stand, or how long they waited between two
events. What a person has added is kept with them (`Profile.standing`), so that a change adds the difference, and
whoever leaves takes all of theirs away. Only who granted `profiling` is counted.
"""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

import msgspec
from msgspec import Struct

MOST: Final = 1024
"""Bins of one histogram: below the highest so many, all others are one."""

Standing: TypeAlias = Mapping[str, Mapping[int, int]]
"""By prediction (`predicted.signature`): bin -> count."""


class Histogram(Struct, frozen=True, omit_defaults=True):
    """Counts by bin; what was added at or below `floor` lies in it. The floor rises with the highest bin ever seen."""

    bins: dict[int, int] = {}
    floor: int | None = None

    @property
    def total(self) -> int:
        """How much was counted."""
        return sum(self.bins.values())

    def rank(self, place: int) -> float:
        """The share that lies below a bin, half of the bin itself among it; 0 to 1."""
        at = place if self.floor is None else max(place, self.floor)
        below = sum(count for found, count in self.bins.items() if found < at)
        return (below + self.bins.get(at, 0) / 2) / self.total if self.total > 0 else 0.5

    def middle(self) -> int | None:
        """The bin of the median; None while it is empty."""
        reached, total = 0, self.total
        for place in sorted(self.bins):
            reached += self.bins[place]
            if 2 * reached >= total > 0:
                return place
        return None


Norms: TypeAlias = Mapping[str, Histogram]
EMPTY: Final = Histogram()


def added(norms: Norms, changes: Iterable[Standing]) -> dict[str, Histogram]:
    """The norms after some changes; in whatever order, and however they are put together, the same comes out."""
    sums: dict[str, dict[int, int]] = {}
    for change in changes:
        for name, bins in change.items():
            moved = {place: count for place, count in bins.items() if count}
            if moved:
                _add(sums.setdefault(name, {}), moved)
    return {**norms, **{name: _with(norms.get(name, EMPTY), bins) for name, bins in sums.items()}}


def encoded(norms: Norms) -> bytes:
    """Norms as bytes, always the same for the same norms."""
    return msgspec.msgpack.encode(sorted(norms.items()))


def decoded(stored: bytes) -> dict[str, Histogram]:
    """The norms of some bytes. Raises msgspec.DecodeError."""
    return dict(msgspec.msgpack.decode(stored, type=list[tuple[str, Histogram]]))


def difference(after: Standing, before: Standing) -> dict[str, dict[int, int]]:
    """What must be added for the first to stand where the second stood; empty when they are the same."""
    found = {name: _difference(after.get(name, {}), before.get(name, {})) for name in {**before, **after}}
    return {name: bins for name, bins in sorted(found.items()) if bins}


def together(one: Standing, other: Standing) -> dict[str, dict[int, int]]:
    """Two standings as one."""
    found: dict[str, dict[int, int]] = {name: dict(bins) for name, bins in one.items()}
    for name, bins in other.items():
        _add(found.setdefault(name, {}), bins)
    return found


def _difference(after: Mapping[int, int], before: Mapping[int, int]) -> dict[int, int]:
    bins = {place: after.get(place, 0) - before.get(place, 0) for place in {**before, **after}}
    return {place: count for place, count in sorted(bins.items()) if count}


def _add(bins: dict[int, int], more: Mapping[int, int]) -> None:
    for place, count in more.items():
        bins[place] = bins.get(place, 0) + count


def _with(histogram: Histogram, change: Mapping[int, int]) -> Histogram:
    seen = max([*histogram.bins, *change], default=0) - MOST
    floor = seen if histogram.floor is None else max(seen, histogram.floor)
    bins: dict[int, int] = {}
    for place, count in (*histogram.bins.items(), *change.items()):
        _add(bins, {max(place, floor): count})
    return Histogram({place: count for place, count in sorted(bins.items()) if count}, floor)
