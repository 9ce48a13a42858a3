"""Computed traits: small counters kept up to date event by event, and what they amount to at a moment.

A refund changes no count and no sum: a team that wants it computes another trait of its refunds. In whatever order
events come, the counters come out the same.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct, structs

from rapport.domain import windows
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import UNKNOWN, holds
from rapport.domain.event import Event
from rapport.domain.house import House
from rapport.domain.moment import DAY, HOUR, Moment
from rapport.domain.profile import Counter
from rapport.domain.trait import Computation, Operator, TraitDefinition, Value
from rapport.domain.traits import source_of
from rapport.domain.windows import tidy
from rapport.domain.wire import number_of, text_of

VALUES: Final = 64
"""How many different values the search for the top one keeps: the lightest go first."""
DAYS: Final = 24
"""How many different days with events tell a person's rhythm."""
LONGEST_VALUE: Final = 64
"""Characters; what is longer names nothing that could be a favourite."""


def update(counters: dict[str, Counter], event: Event, catalogue: Catalogue, source: str) -> dict[str, Counter]:
    """The counters after one more event from a source; the same object when none is concerned."""
    changed: dict[str, Counter] = {}
    for name, definition in catalogue.traits.items():
        computation = definition.computation
        if computation is None or computation.event != event.name or not _matches(computation, event):
            continue
        counter = _ADD[computation.operator](counters.get(name), computation, event)
        if counter is not None:
            changed[name] = _attributed(counter, event.at, source, catalogue.house)
    return {**counters, **changed} if changed else counters


def computed_value(counter: Counter, definition: TraitDefinition, moment: Moment) -> Value | None:
    """What a counter amounts to at a moment; None when that is missing (a count or a sum never is).

    Its source, certainty and time are the counter's own: the least permitted and least sure source of its events.
    """
    computation = definition.computation
    return None if computation is None else _READ[computation.operator](counter, computation, moment)


def combined(one: Counter, other: Counter, computation: Computation, house: House) -> Counter:
    """Two people's counters as one."""
    joined = _COMBINE[computation.operator](one, other, computation)
    for told in (one, other):
        for source in (told.source, *told.besides):
            joined = _attributed(joined, told.observed_at, source, house)
    return joined


def lighter(counter: Counter) -> Counter:
    """The counter with half of the values that compete for the top, or a coarser window; the same when it is light.

    A count, a sum or a moment stays what it is; only where a window begins is told less exactly.
    """
    if counter.moment is None:
        return windows.lighter(counter)
    return structs.replace(counter, buckets=_heaviest(counter.buckets, max(1, len(counter.buckets) // 2)))


# ---- which events


class _EventFacts(Struct, frozen=True):
    """What a `where` may read: the event alone."""

    event: Event

    def value(self, name: str) -> object:
        if name == "event.name":
            return self.event.name
        found: object = self.event.properties
        for key in name.split(".")[2:] if name.startswith("event.properties.") else ("",):
            found = found.get(key) if isinstance(found, dict) else None
        return UNKNOWN if found is None else found

    def in_segment(self, _segment: str) -> None:
        return None


def _matches(computation: Computation, event: Event) -> bool:
    return computation.where is None or holds(computation.where, _EventFacts(event)) is True


def _attributed(counter: Counter, at: Moment, source: str, house: House) -> Counter:
    """Of several sources the one with the narrower mandate, then the less sure one, speaks for the counter."""
    names = {source, counter.source, *counter.besides} - {""}
    name = max(names, key=lambda known: _caution(known, house), default="")
    known = source_of(house, name)
    certainty = known.certainty if known is not None else counter.certainty
    latest, besides = max(counter.observed_at, at), tuple(sorted(names - {name}))
    return structs.replace(counter, source=name, certainty=certainty, observed_at=latest, besides=besides)


def _caution(name: str, house: House) -> tuple[bool, float, str]:
    source = source_of(house, name)
    return (False, -1.0, name) if source is None else (source.allows is not None, -source.certainty, name)


# ---- adding an event


def _count(counter: Counter | None, computation: Computation, event: Event) -> Counter:
    return _amount(counter or Counter(), computation, event.at, 1.0)


def _sum(counter: Counter | None, computation: Computation, event: Event) -> Counter | None:
    amount = number_of(event.properties.get(computation.property or ""))
    return None if amount is None else _amount(counter or Counter(), computation, event.at, amount)


def _first(counter: Counter | None, _computation: Computation, event: Event) -> Counter:
    return _moment(counter or Counter(), event.at, min)


def _last(counter: Counter | None, _computation: Computation, event: Event) -> Counter:
    return _moment(counter or Counter(), event.at, max)


def _decayed_count(counter: Counter | None, computation: Computation, event: Event) -> Counter:
    return _weighed(counter or Counter(), computation, event.at, ("", 1.0))


def _decayed_sum(counter: Counter | None, computation: Computation, event: Event) -> Counter | None:
    amount = number_of(event.properties.get(computation.property or ""))
    return None if amount is None else _weighed(counter or Counter(), computation, event.at, ("", amount))


def _hour(counter: Counter | None, computation: Computation, event: Event) -> Counter:
    return _weighed(counter or Counter(), computation, event.at, (str(int(event.at // HOUR) % 24), 1.0))


def _day(counter: Counter | None, _computation: Computation, event: Event) -> Counter:
    kept = counter or Counter()
    return structs.replace(kept, buckets=_latest_days({**kept.buckets, str(int(event.at // DAY)): 1.0}))


def _latest_days(days: dict[str, float]) -> dict[str, float]:
    return {day: days[day] for day in sorted(days, key=int)[-DAYS:]}


def _top(counter: Counter | None, computation: Computation, event: Event) -> Counter | None:
    values = _texts(event.properties.get(computation.property or ""))
    kept = counter or Counter()
    for value in values:
        kept = _weighed(kept, computation, event.at, (value, 1.0))
    return kept if values else None


_ADD: Final[dict[Operator, Callable[[Counter | None, Computation, Event], Counter | None]]] = {
    "count": _count,
    "sum": _sum,
    "first": _first,
    "latest": _last,
    "due": _last,
    "top": _top,
    "recency": _last,
    "frequency": _decayed_count,
    "monetary": _decayed_sum,
    "affinity": _top,
    "next": _day,
    "best_hour": _hour,
}


def _texts(value: object) -> tuple[str, ...]:
    """One value, or each of a list."""
    values = value[:20] if isinstance(value, list) else [value]
    return tuple(
        dict.fromkeys(text for item in values if (text := text_of(item)) is not None and len(text) <= LONGEST_VALUE)
    )


def _amount(counter: Counter, computation: Computation, at: Moment, amount: float) -> Counter:
    if computation.days is None:
        return structs.replace(counter, total=tidy(counter.total + amount))
    return windows.sliced(counter, computation, (at, "", amount))


def _moment(counter: Counter, at: Moment, choose: Callable[[Moment, Moment], Moment]) -> Counter:
    return structs.replace(counter, moment=at if counter.moment is None else choose(counter.moment, at))


def _weighed(counter: Counter, computation: Computation, at: Moment, added: tuple[str, float]) -> Counter:
    value, weight = added
    if computation.days is not None:
        return windows.sliced(counter, computation, (at, value, weight))
    newest = max(at, at if counter.moment is None else counter.moment)
    weights = aged(counter, computation, newest)
    weights[value] = weights.get(value, 0.0) + weight * _half(newest - at, computation)
    return structs.replace(counter, moment=newest, buckets=_heaviest(weights))


def aged(counter: Counter, computation: Computation, at: Moment) -> dict[str, float]:
    """The weights of a counter as they are at a moment that is no earlier than its newest event."""
    factor = 1.0 if counter.moment is None else _half(at - counter.moment, computation)
    return {value: weight * factor for value, weight in counter.buckets.items()}


def _half(age: float, computation: Computation) -> float:
    """What is left of a weight after so many seconds."""
    return 1.0 if computation.half_life_days is None else 0.5 ** (age / (computation.half_life_days * DAY))


def _heaviest(weights: dict[str, float], most: int = VALUES) -> dict[str, float]:
    if len(weights) <= most:
        return weights
    return dict(sorted(weights.items(), key=lambda item: (-round(item[1], 9), item[0]))[:most])


# ---- reading


def _read_count(counter: Counter, computation: Computation, moment: Moment) -> Value:
    return int(_read_sum(counter, computation, moment))


def _read_sum(counter: Counter, computation: Computation, moment: Moment) -> float:
    if computation.days is None:
        return counter.total
    return tidy(sum(amount for _, amount, _ in windows.within(counter, computation, moment)))


def _read_moment(counter: Counter, _computation: Computation, _moment: Moment) -> Value | None:
    return counter.moment


def _read_due(counter: Counter, computation: Computation, _moment: Moment) -> Value | None:
    return None if counter.moment is None else counter.moment + (computation.every_days or 0.0) * DAY


def _read_top(counter: Counter, computation: Computation, moment: Moment) -> Value | None:
    weights = counter.buckets if computation.days is None else _window_weights(counter, computation, moment)
    return min(weights, key=lambda value: (-round(weights[value], 9), value), default=None)


def _window_weights(counter: Counter, computation: Computation, moment: Moment) -> dict[str, float]:
    weights: dict[str, float] = {}
    for value, amount, age in windows.within(counter, computation, moment):
        weights[value] = weights.get(value, 0.0) + amount * _half(age, computation)
    return weights


_READ: Final[dict[Operator, Callable[[Counter, Computation, Moment], Value | None]]] = {
    "count": _read_count,
    "sum": _read_sum,
    "first": _read_moment,
    "latest": _read_moment,
    "due": _read_due,
    "top": _read_top,
}


# ---- two as one


def _combine_amounts(one: Counter, other: Counter, computation: Computation) -> Counter:
    if computation.days is not None:
        return windows.joined(one, other, computation)
    return structs.replace(one, total=tidy(one.total + other.total))


def _combine_first(one: Counter, other: Counter, _computation: Computation) -> Counter:
    return one if other.moment is None else _moment(one, other.moment, min)


def _combine_last(one: Counter, other: Counter, _computation: Computation) -> Counter:
    return one if other.moment is None else _moment(one, other.moment, max)


def _combine_top(one: Counter, other: Counter, computation: Computation) -> Counter:
    if computation.days is not None:
        return windows.joined(one, other, computation)
    newest = max(one.moment or 0.0, other.moment or 0.0)
    weights = aged(one, computation, newest)
    for value, weight in aged(other, computation, newest).items():
        weights[value] = weights.get(value, 0.0) + weight
    return structs.replace(one, moment=newest, buckets=_heaviest(weights))


def _combine_days(one: Counter, other: Counter, _computation: Computation) -> Counter:
    return structs.replace(one, buckets=_latest_days({**one.buckets, **other.buckets}))


_COMBINE: Final[dict[Operator, Callable[[Counter, Counter, Computation], Counter]]] = {
    "count": _combine_amounts,
    "sum": _combine_amounts,
    "first": _combine_first,
    "latest": _combine_last,
    "due": _combine_last,
    "top": _combine_top,
    "recency": _combine_last,
    "frequency": _combine_top,
    "monetary": _combine_top,
    "affinity": _combine_top,
    "next": _combine_days,
    "best_hour": _combine_top,
}
