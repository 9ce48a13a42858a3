"""Taking trait values in: names on the wire, types, sources, conflicts and history; events and corrections alike."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.house import House, Source
from rapport.domain.mandate import LOGIN
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.trait import PastValue, TraitDefinition, TraitValue, Value
from rapport.domain.typed import Phone, read
from rapport.domain.wire import Fault, UnfitError, fault

DECLARED: Final = "declared"
BEHAVIOUR: Final = "behaviour"
ALWAYS: Final = {DECLARED: Source(100, 1.0), BEHAVIOUR: Source(40, 0.6), "inferred": Source(10, 0.4)}
"""Sources that every house has, unless it says otherwise of them."""
HISTORY: Final = 5
COUNTS: Final = 100
"""How many different names the counts of refused and quarantined data tell apart."""
ADDING_UP: Final = "device_tokens"
"""The one trait whose values add up: a person has several devices, and a dead token is suppressed by its feedback."""


class Statement(Struct, frozen=True):
    """Who says something of a person, and when.

    `correction`: the person said so, which outranks every source. `unverified`: it came with a claim. `strict`: an
    undeclared trait is a fault (PATCH), not just dropped and counted; and null takes back what the source said.
    """

    source: str
    at: Moment
    trusted: bool = True
    correction: bool = False
    unverified: bool = False
    strict: bool = False
    normalise_phone: Phone | None = None


def set_traits(
    profile: Profile, traits: Mapping[str, Any], statement: Statement, catalogue: Catalogue
) -> tuple[Profile, tuple[Fault, ...]]:
    """The profile after a statement of traits, and what of it was refused; nothing raises, whatever the data.

    A source whose mandate is login only leaves nothing but a count in `quarantined`. A value that cannot be taken is
    counted in `refused` and costs the others nothing.
    """
    source = source_of(catalogue.house, statement.source)
    if source is None:
        return profile, (fault("source", "is no source of this house"),)
    named = dict(_canonical(traits, catalogue.traits))
    if is_login_only(source):
        return quarantined(profile, statement.source, named), ()
    taking = _Taking(profile, statement, catalogue.house)
    for name, raw in named.items():
        taking.take(name, catalogue.traits.get(name), raw)
    return taking.profile(), tuple(taking.faults)


def source_of(house: House, name: str) -> Source | None:
    """A source by its name; None when the house has none of that name."""
    return house.sources.get(name) or ALWAYS.get(name)


def is_login_only(source: Source) -> bool:
    """Whether the mandate is to link the identity and nothing else."""
    return source.allows is not None and set(source.allows) <= {LOGIN}


def quarantined(profile: Profile, source: str, names: Mapping[str, Any]) -> Profile:
    """The profile with a count of what was not stored, by name alone."""
    counts = profile.quarantined
    for name in names:
        counts = counted(counts, f"{source}:{name[:64]}")
    return structs.replace(profile, quarantined=counts)


def counted(counts: dict[str, int], key: str) -> dict[str, int]:
    """The counts with one more; beyond COUNTS different keys the rest is counted together."""
    kept = key if key in counts or len(counts) < COUNTS else "other"
    return {**counts, kept: counts.get(kept, 0) + 1}


def conflict(held: TraitValue | None, stated: TraitValue, house: House) -> TraitValue:
    """Of two values the one that counts, with the other as history; in whatever order they come.

    A correction outranks everything, what is verified anything that is not; then the higher rank wins, within one rank
    the later, at the same moment one that is the same everywhere. Nothing unverified stays behind a verified value.
    """
    if held is None:
        return stated
    winner, loser = (held, stated) if _standing(held, house) >= _standing(stated, house) else (stated, held)
    if winner.unverified != loser.unverified:
        return winner
    history = _latest(_past(held), _past(stated))
    if not _repeats(winner, loser):
        history = _latest(history, {(loser.value, loser.source): _as_past(loser)})
    if not winner.corrected:
        history.pop((winner.value, winner.source), None)
    return structs.replace(winner, history=_bounded(history))


# ---- one statement


class _Taking:
    """A profile's traits while one statement is taken in."""

    def __init__(self, profile: Profile, statement: Statement, house: House) -> None:
        self._profile, self._statement, self._house = profile, statement, house
        self._traits, self._refused = dict(profile.traits), profile.refused
        self.faults: list[Fault] = []
        self._source = DECLARED if statement.correction else statement.source
        source = source_of(house, self._source)
        self._certainty = source.certainty if source is not None else 0.0

    def profile(self) -> Profile:
        return structs.replace(self._profile, traits=self._traits, refused=self._refused)

    def take(self, name: str, definition: TraitDefinition | None, raw: object) -> None:
        if definition is None:
            self._refuse(name, "UNDECLARED", "is not declared" if self._statement.strict else None)
        elif definition.computation is not None:
            self._refuse(name, "COMPUTED", "is computed from events and cannot be set")
        elif definition.kind == "predicted" and not self._statement.trusted:
            self._refuse(name, "UNTRUSTED", "is predicted, and nothing a browser may say")
        elif raw is None and self._statement.strict:
            self._take_back(name)
        else:
            self._read(definition, raw)

    def _read(self, definition: TraitDefinition, raw: object) -> None:
        try:
            value = read(definition, raw, self._statement.normalise_phone)
        except UnfitError as unfit:
            self._refuse(definition.name, "INVALID", str(unfit))
            return
        if value is not None:
            self._state(definition.name, value)

    def _state(self, name: str, value: Value) -> None:
        held, said = self._traits.get(name), self._statement
        stated = TraitValue(value, self._source, said.at, self._certainty, said.correction, said.unverified)
        if name == ADDING_UP and not said.correction:
            self._traits[name] = add_up(held, stated, self._house)
        else:
            self._traits[name] = conflict(held, stated, self._house)

    def _take_back(self, name: str) -> None:
        """A correction takes everything back; any other source only what it said itself."""
        held = self._traits.pop(name, None)
        if held is None or self._statement.correction:
            return
        values = [TraitValue(past.value, past.source, past.observed_at, past.certainty) for past in held.history]
        for value in [structs.replace(held, history=()), *values]:
            if value.corrected or value.source != self._source:
                self._traits[name] = conflict(self._traits.get(name), value, self._house)

    def _refuse(self, name: str, reason: str, message: str | None) -> None:
        self._refused = counted(self._refused, f"{name[:64]}:{reason}")
        if message is not None:
            self.faults.append(fault(f"traits.{name}", message))


# ---- names


def _canonical(traits: Mapping[str, Any], declared: Mapping[str, TraitDefinition]) -> Iterator[tuple[str, Any]]:
    """Names on the wire become the catalogue's; of two for the same trait the last counts: its own name."""
    if declared.keys() >= traits.keys() and not any(isinstance(raw, Mapping) for raw in traits.values()):
        yield from traits.items()
        return
    wire_names = _wire_names(declared)
    named = [(wire_names.get(name, name), raw, name in declared) for name, raw in _flat(traits, wire_names)]
    yield from ((name, raw) for name, raw, _ in sorted(named, key=lambda found: found[2]))


def _flat(traits: Mapping[str, Any], known: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Objects one level deep become dotted names: `address.city`, `company.name`."""
    for name, raw in traits.items():
        inner = {f"{name}.{key}": value for key, value in sorted(raw.items())} if isinstance(raw, Mapping) else {}
        if inner and (name not in known or known.keys() & inner.keys()):
            yield from inner.items()
        else:
            yield name, raw


def _wire_names(declared: Mapping[str, TraitDefinition]) -> dict[str, str]:
    """Every name that may come in; a trait's own name is nobody else's."""
    wire_names = {wire: name for name, definition in declared.items() for wire in definition.wire_names}
    return {**wire_names, **{name: name for name in declared}}


# ---- conflicts


def add_up(held: TraitValue | None, stated: TraitValue, house: House) -> TraitValue:
    """Two lists as one, sorted and bounded; what is not verified never joins what is."""
    if held is None or held.unverified != stated.unverified:
        return conflict(held, stated, house)
    winner = max(held, stated, key=lambda value: _standing(value, house))
    values = {*_items(held.value), *_items(stated.value)}
    return structs.replace(winner, value=tuple(sorted(values)[:20]), history=())


def _items(value: Value) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


def _standing(value: TraitValue, house: House) -> tuple[bool, bool, int, Moment, str, str]:
    source = source_of(house, value.source)
    rank = source.rank if source is not None else -1
    return value.corrected, not value.unverified, rank, value.observed_at, value.source, repr(value.value)


_History = dict[tuple[Value, str], PastValue]


def _past(held: TraitValue) -> _History:
    return {(past.value, past.source): past for past in held.history}


def _as_past(held: TraitValue) -> PastValue:
    return PastValue(held.value, held.source, held.observed_at, held.certainty)


def _repeats(winner: TraitValue, loser: TraitValue) -> bool:
    """Whether the same was said before by the same source: no history, only older."""
    same = winner.value == loser.value and type(winner.value) is type(loser.value)
    return same and winner.source == loser.source and winner.corrected == loser.corrected


def _latest(one: _History, other: _History) -> _History:
    merged = dict(one)
    for key, past in other.items():
        known = merged.get(key)
        merged[key] = past if known is None or past.observed_at > known.observed_at else known
    return merged


def _bounded(history: _History) -> tuple[PastValue, ...]:
    ordered = sorted(history.values(), key=lambda past: (past.observed_at, past.source, repr(past.value)), reverse=True)
    return tuple(ordered[:HISTORY])
