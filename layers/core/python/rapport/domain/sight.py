"""Sight: one trait of a person as a mandate lets it be seen, or why it is hidden."""

import math
from collections.abc import Callable, Mapping
from enum import StrEnum

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.computed import computed_value
from rapport.domain.house import Source
from rapport.domain.mandate import PROFILING, Mandate, serves
from rapport.domain.moment import DAY, Moment
from rapport.domain.predicted import is_prediction, predicted
from rapport.domain.profile import Counter, Profile
from rapport.domain.trait import TraitDefinition, TraitValue, Value


class Hidden(StrEnum):
    """Why a trait is not known in a view."""

    MISSING = "MISSING"
    STALE = "STALE"
    UNCERTAIN = "UNCERTAIN"
    UNVERIFIED = "UNVERIFIED"
    UNFIT = "UNFIT"
    SENSITIVE = "SENSITIVE"
    OUT_OF_MANDATE = "OUT_OF_MANDATE"
    NO_CONSENT = "NO_CONSENT"


class Seen(Struct, frozen=True):
    """A known value with where it comes from, when it was observed and how sure it still is (0 to 1)."""

    value: Value
    source: str
    observed_at: Moment
    certainty: float


def sight(
    definition: TraitDefinition, profile: Profile, catalogue: Catalogue, mandate: Mandate, moment: Moment
) -> Seen | Hidden:
    """Return the trait as the mandate lets it be seen at a moment."""
    held = held_value(definition, profile, catalogue, moment)
    if held is None:
        return Hidden.MISSING
    value = fitting(definition, held.value)
    if value is None:
        return Hidden.UNFIT
    # What is forbidden is told before what is unsure: the mandate is the reason that people are owed.
    veil = _forbidden(definition, held, catalogue.house.sources, mandate) or _unsure(definition, held, mandate, moment)
    return veil or Seen(value, held.source, held.observed_at, certainty(definition, held, moment))


def held_value(
    definition: TraitDefinition, profile: Profile, catalogue: Catalogue, moment: Moment
) -> TraitValue | None:
    """What is stored, computed or predicted, whatever of it may be seen."""
    if definition.computation is None:
        return profile.traits.get(definition.name)
    if is_prediction(definition.computation):
        return _expected(definition, profile, catalogue, moment)
    counter = profile.counters.get(definition.name, Counter())
    value = computed_value(counter, definition, moment)
    return None if value is None else _followed(value, counter, counter.certainty)


def _expected(definition: TraitDefinition, profile: Profile, catalogue: Catalogue, moment: Moment) -> TraitValue | None:
    """A prediction is as sure as its events, and less while there are few."""
    found = predicted(definition, profile, catalogue, moment)
    if found is None:
        return None
    counter = profile.counters[definition.name]
    sureness = round(counter.certainty * found.sureness, 4)
    return _followed(found.value, counter, sureness)


def _followed(value: Value, counter: Counter, sureness: float) -> TraitValue:
    return TraitValue(value, counter.source, counter.observed_at, sureness, besides=counter.besides)


def certainty(definition: TraitDefinition, held: TraitValue, moment: Moment) -> float:
    """How sure a value still is: it halves with every half life; what is computed does not age, its events do."""
    half_life = definition.half_life_days
    if half_life is None or definition.computation is not None:
        return held.certainty
    return float(held.certainty * 0.5 ** (max(0.0, moment - held.observed_at) / (half_life * DAY)))


def fitting(definition: TraitDefinition, value: object) -> Value | None:
    """The value as its definition has it today, perhaps stricter than when it was stored; None when it does not fit."""
    fit = _FITS[definition.type](value)
    if definition.one_of and fit is not None:
        words = fit if isinstance(fit, tuple) else (fit,)
        return fit if all(word in definition.one_of for word in words) else None
    return fit


def _forbidden(
    definition: TraitDefinition, held: TraitValue, sources: Mapping[str, Source], mandate: Mandate
) -> Hidden | None:
    purpose, is_predicted = mandate.purpose, definition.kind == "predicted"
    if (definition.allows is not None and purpose not in definition.allows) or not _serve(held, sources, purpose):
        return Hidden.OUT_OF_MANDATE
    # Whoever may be used for a purpose may not yet be used for profiling people for it.
    if is_predicted and not _serve(held, sources, PROFILING):
        return Hidden.OUT_OF_MANDATE
    if definition.sensitive and not mandate.sensitive:
        return Hidden.SENSITIVE
    personal = not mandate.individual and not definition.category
    return Hidden.NO_CONSENT if personal or (is_predicted and not mandate.predictive) else None


def _serve(held: TraitValue, sources: Mapping[str, Source], purpose: str) -> bool:
    """Whether all that told a value may be used for a purpose."""
    if held.besides and not all(serves(sources, name, purpose) for name in held.besides):
        return False
    return serves(sources, held.source, purpose)


def _unsure(definition: TraitDefinition, held: TraitValue, mandate: Mandate, moment: Moment) -> Hidden | None:
    if held.unverified and not mandate.unverified:
        return Hidden.UNVERIFIED
    if held.certainty < definition.certain:
        return Hidden.UNCERTAIN
    return Hidden.STALE if certainty(definition, held, moment) < definition.certain else None


_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0
"""The moments a calendar can print: the years 1 to 9999."""


# ---- types: a value counts only as what it is declared to be; true is not 1


def _string(value: object) -> Value | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> Value | None:
    # In Python true is 1; here a flag is no number.
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


def _moment(value: object) -> Value | None:
    number = _number(value)
    return number if isinstance(number, int | float) and _FIRST <= number <= _LAST else None


def _integer(value: object) -> Value | None:
    number = _number(value)
    return int(number) if isinstance(number, int | float) and number == int(number) else None


def _boolean(value: object) -> Value | None:
    return value if isinstance(value, bool) else None


def _list(value: object) -> Value | None:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
        return None
    return tuple(value)


_FITS: dict[str, Callable[[object], Value | None]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _moment,
    "timestamp": _moment,
    "list": _list,
}
