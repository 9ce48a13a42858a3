"""Predicted traits: what a person's own events let one expect, beside what is usual in the house (`norms.py`).

Recency, frequency and monetary value are kept so that time alone never changes who is ahead of whom (all decay alike):
where somebody stands in the house is one look into a histogram. Certainty is that of the events, less while the person
or the house has shown little. Somebody without a single event has none of these traits.
"""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Final

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.computed import aged
from rapport.domain.mandate import PROFILING, consented, serves
from rapport.domain.moment import DAY, HOUR, Moment, zone
from rapport.domain.norms import EMPTY, Histogram
from rapport.domain.profile import Counter, Profile
from rapport.domain.timing import zone_of
from rapport.domain.trait import Computation, TraitDefinition, Value

STEPS: Final = 20
"""Bins for each doubling of a frequency or an amount: one is three and a half percent wide."""
RHYTHM: Final = 8
"""Bins for each doubling of a wait."""
HOUSE_COUNTS: Final = 2.0
"""For so many waits of one's own counts the rhythm of the house; measured on public purchases."""
ENOUGH_PEOPLE: Final = 10.0
"""With so many people a place among them is half as sure as the events."""
ENOUGH_EVENTS: Final = 1.0
ENOUGH_HOURS: Final = 4.0
MOST_AFFINITIES: Final = 5
SPREAD: Final = 1.5
"""Hours: so far around an event the person is likely to be there as well."""


class Predicted(Struct, frozen=True):
    """A prediction: its value, and how sure it is as a share (0 to 1) of how sure the events are."""

    value: Value
    sureness: float


class _Known(Struct, frozen=True):
    """What a prediction may look at."""

    counter: Counter
    computation: Computation
    norm: Histogram
    moment: Moment
    zone: str


def is_prediction(computation: Computation) -> bool:
    """Whether a trait is predicted from events, and not just computed."""
    return computation.operator in _READ


def predicted(definition: TraitDefinition, profile: Profile, catalogue: Catalogue, moment: Moment) -> Predicted | None:
    """What is expected of a person at a moment; None where nothing is."""
    computation, counter = definition.computation, profile.counters.get(definition.name)
    if computation is None or counter is None:
        return None
    norm = catalogue.norms.get(signature(definition), EMPTY)
    known = _Known(counter, computation, norm, moment, zone_of(profile, catalogue.house))
    return _READ[computation.operator](known)


def signature(definition: TraitDefinition) -> str:
    """The name of a prediction's histogram: another definition begins another one."""
    rule = definition.computation
    if rule is None:
        return definition.name
    where = "" if rule.where is None else rule.where.text
    parts = (rule.operator, rule.event, rule.property or "", where, str(rule.half_life_days))
    digest = hashlib.blake2b("\x1f".join(parts).encode(), digest_size=4).hexdigest()
    return f"{definition.name}~{digest}"


def standing(profile: Profile, catalogue: Catalogue) -> dict[str, dict[int, int]]:
    """What a known person adds to the norms of the house: nothing without the consent to profiling on some channel."""
    if not any(definition.kind == "predicted" and definition.computation for definition in catalogue.traits.values()):
        return {}
    # Time 0: an expired consent counts here until the next receipt, for it was granted when the events were counted.
    known = profile.user_id is not None and profile.erased_at is None
    if not known or not consented(profile, catalogue.house, (PROFILING,), None, 0.0):
        return {}
    found = {
        signature(definition): _ADDS[computation.operator](counter, computation, zone_of(profile, catalogue.house))
        for definition in catalogue.traits.values()
        if (computation := definition.computation) is not None and computation.operator in _ADDS
        if (counter := profile.counters.get(definition.name)) is not None and _may_profile(counter, catalogue)
    }
    return {name: bins for name, bins in found.items() if bins}


def _may_profile(counter: Counter, catalogue: Catalogue) -> bool:
    return all(serves(catalogue.house.sources, name, PROFILING) for name in (counter.source, *counter.besides))


# ---- where a person stands in the house


def _recency(counter: Counter, _computation: Computation, _zone: str) -> dict[int, int]:
    return {} if counter.moment is None else {int(counter.moment // DAY): 1}


def _amount(counter: Counter, computation: Computation, _zone: str) -> dict[int, int]:
    place = _place(counter, computation)
    return {} if place is None else {place: 1}


def _place(counter: Counter, computation: Computation) -> int | None:
    """The bin of a decayed sum, as it would be at the epoch: decay shifts everybody by as much, so order stays."""
    total = counter.buckets.get("", 0.0)
    if total <= 0 or counter.moment is None:
        return None
    half_life = computation.half_life_days
    grown = 0.0 if half_life is None else counter.moment / (half_life * DAY)
    return math.floor(STEPS * (math.log2(total) + grown))


def _waits(counter: Counter, _computation: Computation, _zone: str) -> dict[int, int]:
    bins: dict[int, int] = {}
    for wait in _between(counter):
        place = math.floor(RHYTHM * math.log2(wait))
        bins[place] = bins.get(place, 0) + 1
    return bins


def _peak(counter: Counter, _computation: Computation, zone_name: str) -> dict[int, int]:
    hours = _local_hours(counter, counter.moment or 0.0, zone_name)
    return {max(hours, key=lambda hour: (round(hours[hour], 9), -hour)): 1} if hours else {}


_ADDS: Final[dict[str, Callable[[Counter, Computation, str], dict[int, int]]]] = {
    "recency": _recency,
    "frequency": _amount,
    "monetary": _amount,
    "next": _waits,
    "best_hour": _peak,
}


# ---- what is expected


def _read_recency(known: _Known) -> Predicted | None:
    moment = known.counter.moment
    return None if moment is None else _band(known, int(moment // DAY))


def _read_amount(known: _Known) -> Predicted | None:
    place = _place(known.counter, known.computation)
    return None if place is None else _band(known, place)


def _band(known: _Known, place: int) -> Predicted:
    """One of so many equal parts of the house: the highest is the best."""
    bands, people = known.computation.bands, max(0, known.norm.total)
    return Predicted(min(bands, 1 + int(bands * known.norm.rank(place))), people / (people + ENOUGH_PEOPLE))


def _read_affinity(known: _Known) -> Predicted | None:
    """What takes at least its share of the attention, most of it first."""
    weights = aged(known.counter, known.computation, max(known.moment, known.counter.moment or 0.0))
    total = math.fsum(weights.values())
    liked = [value for value, weight in weights.items() if weight >= known.computation.at_least * total > 0]
    ordered = sorted(liked, key=lambda value: (-round(weights[value], 9), value))[:MOST_AFFINITIES]
    return Predicted(tuple(ordered), _of_enough(total, ENOUGH_EVENTS)) if ordered else None


def _read_next(known: _Known) -> Predicted | None:
    """The day after the last event on which the next one is expected: its own rhythm, shrunk to that of the house."""
    days, waits = _days(known.counter), _between(known.counter)
    usual = _usual(known.norm)
    if not days or (usual is None and not waits):
        return None
    counts = HOUSE_COUNTS if usual is not None else 0.0
    own = math.fsum(math.log2(wait) for wait in waits)
    wait = 2.0 ** ((own + counts * (usual or 0.0)) / (len(waits) + counts))
    return Predicted((days[-1] + max(1, round(wait))) * DAY, _of_enough(len(waits), ENOUGH_EVENTS))


def _usual(norm: Histogram) -> float | None:
    """The house's usual wait, as a logarithm to base 2 of days: the middle of the bin of the median."""
    middle = norm.middle()
    return None if middle is None else (middle + 0.5) / RHYTHM


def _read_best_hour(known: _Known) -> Predicted | None:
    """The local hour around which the person is most likely to be there, where little is known as others are."""
    hours = _local_hours(known.counter, known.moment, known.zone)
    total, people = math.fsum(hours.values()), max(1, known.norm.total)
    likely = [_around(hours, hour) + HOUSE_COUNTS * max(0, known.norm.bins.get(hour, 0)) / people for hour in range(24)]
    best = max(range(24), key=lambda hour: (round(likely[hour], 9), -hour))
    return Predicted(best, _of_enough(total, ENOUGH_HOURS)) if total > 0 else None


def _around(hours: Mapping[int, float], hour: int) -> float:
    return math.fsum(weight * _near(known, hour) for known, weight in hours.items())


def _near(one: int, other: int) -> float:
    apart = abs(one - other)
    return math.exp(-((min(apart, 24 - apart) / SPREAD) ** 2) / 2)


def _local_hours(counter: Counter, moment: Moment, zone_name: str) -> dict[int, float]:
    """Weights by local hour; hours are kept in UTC, so that a zone that comes to be known late is right at once."""
    offset = datetime.fromtimestamp(moment, zone(zone_name)).utcoffset()
    shift = 0.0 if offset is None else offset.total_seconds() / HOUR
    hours: dict[int, float] = {}
    for name, weight in counter.buckets.items():
        hour = math.floor(int(name) + shift) % 24
        hours[hour] = hours.get(hour, 0.0) + weight
    return hours


def _of_enough(found: float, enough: float) -> float:
    return found / (found + enough)


def _days(counter: Counter) -> list[int]:
    return sorted(map(int, counter.buckets))


def _between(counter: Counter) -> list[int]:
    days = _days(counter)
    return [after - before for before, after in pairwise(days)]


_READ: Final[dict[str, Callable[[_Known], Predicted | None]]] = {
    "recency": _read_recency,
    "frequency": _read_amount,
    "monetary": _read_amount,
    "affinity": _read_affinity,
    "next": _read_next,
    "best_hour": _read_best_hour,
}


def signatures(definitions: Iterable[TraitDefinition]) -> frozenset[str]:
    """The names of all histograms that a catalogue still reads."""
    return frozenset(signature(one) for one in definitions if one.computation is not None)
