"""Windows of computed traits: slices of time, keyed `number` or `number value`, as fine as their bound allows.

A window is exact to a second while it holds at most SLICES different seconds with events; beyond, its slices grow to a
minute, an hour, a day, a week and more, the finest that fit.
"""

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from rapport.domain.moment import DAY, HOUR, MINUTE, Moment
from rapport.domain.profile import Counter
from rapport.domain.trait import Computation

SLICES: Final = 64
GRAINS: Final = (1.0, MINUTE, HOUR, DAY, 7 * DAY, 28 * DAY, 364 * DAY)
WINDOW_VALUES: Final = 32
"""How many different values the search for the top one keeps in a window: the lightest go first."""
WINDOW_SLICES: Final = 256
FEW: Final = 24
"""Slices, or days of a rhythm, that are light enough to be left as they are."""


def tidy(amount: float) -> float:
    """Six decimals: sums of amounts come out the same in whatever order."""
    return round(amount, 6)


def sliced(counter: Counter, computation: Computation, added: tuple[Moment, str, float]) -> Counter:
    """The counter with an amount more for a value at a moment."""
    at, value, amount = added
    newest = max(counter.observed_at, at)
    slices = dict(counter.buckets)
    key = _slice_key(int(at // counter.grain), value)
    slices[key] = tidy(slices.get(key, 0.0) + amount)
    return _fitted(counter, computation, newest, slices)


def _fitted(counter: Counter, computation: Computation, newest: Moment, slices: dict[str, float]) -> Counter:
    """The counter with these slices, without those that left the window, as coarse as it takes."""
    grain, oldest = counter.grain, newest - (computation.days or 0.0) * DAY
    slices = {key: amount for key, amount in slices.items() if (_number(key) + 1) * grain > oldest}
    most = SLICES if computation.operator != "top" else WINDOW_SLICES
    slices = slices if len(slices) <= most else _of_heaviest(slices)
    while len(slices) > most and grain < GRAINS[-1]:
        coarser = _coarser(grain)
        slices, grain = _regrained(slices, grain, coarser), coarser
    return structs.replace(counter, buckets=slices, grain=grain)


def joined(one: Counter, other: Counter, computation: Computation) -> Counter:
    """Two people's windows as one."""
    grain = max(one.grain, other.grain)
    slices = _regrained(one.buckets, one.grain, grain)
    for key, amount in _regrained(other.buckets, other.grain, grain).items():
        slices[key] = tidy(slices.get(key, 0.0) + amount)
    newest = max(one.observed_at, other.observed_at)
    return _fitted(structs.replace(one, grain=grain), computation, newest, slices)


def lighter(counter: Counter) -> Counter:
    """The window with half of its values while they are many, else with wider slices; the same when it has few."""
    values = {key.partition(" ")[2] for key in counter.buckets}
    if len(values) > 1:
        return structs.replace(counter, buckets=_of_heaviest(counter.buckets, len(values) // 2))
    if len(counter.buckets) <= FEW or counter.grain >= GRAINS[-1]:
        return counter
    coarser = _coarser(counter.grain)
    return structs.replace(counter, buckets=_regrained(counter.buckets, counter.grain, coarser), grain=coarser)


def _coarser(grain: float) -> float:
    return next(known for known in GRAINS if known > grain)


def _of_heaviest(slices: dict[str, float], most: int = WINDOW_VALUES) -> dict[str, float]:
    """The slices of those values that have the most weight."""
    weights: dict[str, float] = {}
    for key, amount in slices.items():
        value = key.partition(" ")[2]
        weights[value] = weights.get(value, 0.0) + amount
    kept = set(sorted(weights, key=lambda value: (-weights[value], value))[:most])
    return {key: amount for key, amount in slices.items() if key.partition(" ")[2] in kept}


def _regrained(slices: dict[str, float], grain: float, coarser: float) -> dict[str, float]:
    merged: dict[str, float] = {}
    for key, amount in slices.items():
        number, _, value = key.partition(" ")
        wider = _slice_key(int(int(number) * grain // coarser), value)
        merged[wider] = tidy(merged.get(wider, 0.0) + amount)
    return merged


def _slice_key(number: int, value: str) -> str:
    return f"{number} {value}" if value else str(number)


def _number(key: str) -> int:
    return int(key.partition(" ")[0])


def within(counter: Counter, computation: Computation, moment: Moment) -> Iterable[tuple[str, float, float]]:
    """Value, amount and age of every slice that is still in the window."""
    oldest = moment - (computation.days or 0.0) * DAY
    for key, amount in counter.buckets.items():
        number, _, value = key.partition(" ")
        start = int(number) * counter.grain
        if start > oldest:
            yield value, amount, max(0.0, moment - start)
