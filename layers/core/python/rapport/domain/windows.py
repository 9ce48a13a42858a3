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
WIDE: Final = "~"
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
    second = str(int(at))
    slices = {**known.buckets, second: tidy(known.buckets.get(second, 0.0) + amount)}
    return _settled(structs.replace(known, buckets=slices), computation, newest)


def _settled(counter: Counter, computation: Computation, newest: Moment) -> Counter:
    """The counter without what left the window, and with no more than the newest seconds told exactly.

    What is exact and what is wide follows from the events alone, not from the order in which they came.
    """
    slices, oldest = dict(counter.buckets), newest - (computation.days or 0.0) * DAY
    exact = sorted(int(key) for key in slices if key[0] != WIDE)
    for second in exact[: max(0, len(exact) - SLICES)]:
        key = f"{WIDE}{int(second // counter.wide)}"
        slices[key] = tidy(slices.get(key, 0.0) + slices.pop(str(second)))
    kept = {key: amount for key, amount in slices.items() if _start(key, counter) > oldest}
    return structs.replace(counter, buckets=kept, wide=counter.wide if any(key[0] == WIDE for key in kept) else 0.0)


def _width(counter: Counter, computation: Computation) -> float:
    return counter.wide or (computation.days or 1.0) * DAY / SLICES


def _spread(counter: Counter, wide: float) -> Counter:
    """The counter with wide slices of this width; what an earlier version kept in slices of one grain is wide then."""
    slices: dict[str, float] = {}
    for key, amount in counter.buckets.items():
        start, is_exact = _start(key, counter), counter.grain == 1.0 and key[0] != WIDE
        name = key if is_exact else f"{WIDE}{int(start // wide)}"
        slices[name] = tidy(slices.get(name, 0.0) + amount)
    return structs.replace(counter, buckets=slices, grain=1.0, wide=wide)


def _start(key: str, counter: Counter) -> float:
    """When a slice begins."""
    if key[0] == WIDE:
        return int(key[1:]) * counter.wide
    return int(key.partition(" ")[0]) * counter.grain


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
        wide = max(_width(one, computation), _width(other, computation))
        mine, theirs = _spread(one, wide), _spread(other, wide)
        both = {key: tidy(mine.buckets.get(key, 0.0) + amount) for key, amount in theirs.buckets.items()}
        return _settled(structs.replace(mine, buckets={**mine.buckets, **both}), computation, newest)
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
    if len(counter.buckets) <= FEW:
        return counter
    return _wider(counter) if values == {""} else _with_grain(counter, _coarser(counter.grain))


def _wider(counter: Counter) -> Counter:
    """All of a window of amounts in wide slices, twice as wide as they were."""
    wide = 2 * (counter.wide or DAY)
    slices: dict[str, float] = {}
    for key, amount in counter.buckets.items():
        name = f"{WIDE}{int(_start(key, counter) // wide)}"
        slices[name] = tidy(slices.get(name, 0.0) + amount)
    return structs.replace(counter, buckets=slices, grain=1.0, wide=wide)


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
    for key, amount in counter.buckets.items():
        start = _start(key, counter)
        if start > oldest:
            yield key.partition(" ")[2], amount, max(0.0, moment - start)
