"""Windows of computed traits: slices of time, as fine as their bound allows.

A window of amounts tells its newest SLICES different seconds with events exactly, and what is older in slices of a
SLICES-th of the window: whatever the order in which events come, it amounts to the same. A window of values, keyed
`number value`, is exact to a second while it holds at most WINDOW_SLICES slices; beyond, these grow to a minute, an
hour, a day, a week and more, the finest that fit.
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
    """The counter with an amount more for a value (empty: there are none) at a moment."""
    at, value, amount = added
    newest = max(counter.observed_at, at)
    if not value:
        return _with_amount(counter, computation, (at, amount), newest)
    slices = dict(counter.buckets)
    key = _slice_key(int(at // counter.grain), value)
    slices[key] = tidy(slices.get(key, 0.0) + amount)
    return _fitted(counter, computation, newest, slices)


# ---- amounts: the newest seconds exactly, all that is older in wide slices of one width


def _with_amount(counter: Counter, computation: Computation, added: tuple[Moment, float], newest: Moment) -> Counter:
    at, amount = added
    known = _spread(counter, _width(counter, computation))
    exact = _plus(known.buckets, str(int(at)), amount)
    return _settled(structs.replace(known, buckets=exact), computation, newest)


def _settled(counter: Counter, computation: Computation, newest: Moment) -> Counter:
    """The counter without what left the window, and with no more than the newest seconds told exactly.

    What is exact and what is wide follows from the events alone, not from the order in which they came.
    """
    exact, older, oldest = dict(counter.buckets), counter.older, newest - (computation.days or 0.0) * DAY
    for second in sorted(exact, key=int)[: max(0, len(exact) - SLICES)]:
        older = _plus(older, str(int(int(second) // counter.wide)), exact.pop(second))
    return structs.replace(
        counter,
        buckets={second: amount for second, amount in exact.items() if int(second) > oldest},
        older={number: amount for number, amount in older.items() if int(number) * counter.wide > oldest},
    )


def _width(counter: Counter, computation: Computation) -> float:
    return counter.wide or (computation.days or 1.0) * DAY / SLICES


def _spread(counter: Counter, wide: float) -> Counter:
    """The counter with wide slices of this width; what an earlier version kept in slices of one grain is wide then."""
    is_exact = counter.grain == 1.0
    older = _regrained(counter.older, counter.wide, wide) if counter.older else {}
    for number, amount in () if is_exact else counter.buckets.items():
        older = _plus(older, str(int(int(number) * counter.grain // wide)), amount)
    return structs.replace(counter, buckets=counter.buckets if is_exact else {}, grain=1.0, older=older, wide=wide)


def _joined_amounts(one: Counter, other: Counter, computation: Computation, newest: Moment) -> Counter:
    wide = max(_width(one, computation), _width(other, computation))
    mine, theirs = _spread(one, wide), _spread(other, wide)
    both = structs.replace(mine, buckets=_merged(mine.buckets, theirs.buckets), older=_merged(mine.older, theirs.older))
    return _settled(both, computation, newest)


def _wider(counter: Counter) -> Counter:
    """All of a window of amounts in wide slices, twice as wide as they were."""
    wide = 2 * (counter.wide or DAY)
    spread = _spread(counter, wide)
    return structs.replace(spread, buckets={}, older=_merged(spread.older, _regrained(spread.buckets, 1.0, wide)))


def _merged(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    for number, amount in other.items():
        one = _plus(one, number, amount)
    return one


def _plus(slices: dict[str, float], key: str, amount: float) -> dict[str, float]:
    return {**slices, key: tidy(slices.get(key, 0.0) + amount)}


# ---- values: slices of one grain, as fine as their bound allows


def _fitted(counter: Counter, computation: Computation, newest: Moment, slices: dict[str, float]) -> Counter:
    """The counter with these slices, without those that left the window, as coarse as it takes."""
    grain, oldest = counter.grain, newest - (computation.days or 0.0) * DAY
    slices = {key: amount for key, amount in slices.items() if (_number(key) + 1) * grain > oldest}
    slices = slices if len(slices) <= WINDOW_SLICES else _of_heaviest(slices)
    while len(slices) > WINDOW_SLICES and grain < GRAINS[-1]:
        coarser = _coarser(grain)
        slices, grain = _regrained(slices, grain, coarser), coarser
    return structs.replace(counter, buckets=slices, grain=grain)


def joined(one: Counter, other: Counter, computation: Computation) -> Counter:
    """Two people's windows as one."""
    newest = max(one.observed_at, other.observed_at)
    if not any(" " in key for key in (*one.buckets, *other.buckets)):
        return _joined_amounts(one, other, computation, newest)
    grain = max(one.grain, other.grain)
    slices = _regrained(one.buckets, one.grain, grain)
    for key, amount in _regrained(other.buckets, other.grain, grain).items():
        slices[key] = tidy(slices.get(key, 0.0) + amount)
    return _fitted(structs.replace(one, grain=grain), computation, newest, slices)


def lighter(counter: Counter) -> Counter:
    """The window with half of its values while they are many, else with wider slices; the same when it has few."""
    values = {key.partition(" ")[2] for key in counter.buckets}
    if len(values) > 1:
        return structs.replace(counter, buckets=_of_heaviest(counter.buckets, len(values) // 2))
    if len(counter.buckets) + len(counter.older) <= FEW:
        return counter
    return _wider(counter) if values <= {""} else _with_grain(counter, _coarser(counter.grain))


def _with_grain(counter: Counter, coarser: float) -> Counter:
    return structs.replace(counter, buckets=_regrained(counter.buckets, counter.grain, coarser), grain=coarser)


def _coarser(grain: float) -> float:
    return next((known for known in GRAINS if known > grain), 2 * grain)


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
    for slices, width in ((counter.buckets, counter.grain), (counter.older, counter.wide)):
        for key, amount in slices.items():
            start = _number(key) * width
            if start > oldest:
                yield key.partition(" ")[2], amount, max(0.0, moment - start)
