"""Intents: what a person considers and chooses within a group of alternatives, and what releases the choice."""

from typing import Final

from msgspec import structs

from rapport.domain.moment import Moment
from rapport.domain.profile import MOST, Chosen, Considered, Intent, Profile
from rapport.domain.said import Said, moment_of
from rapport.domain.wire import text_of

LASTING: Final = 30.0
"""Days for which an alternative is considered, and for which a choice without an end holds."""
KEYLESS: Final = ""
"""Under which releases without a key are kept: they undo choices without one."""
EVERY: Final = "*"
"""Under which releases of a definition without `key` are kept: they undo every choice of the group before them."""


def consider(profile: Profile, said: Said) -> Profile:
    """An alternative is considered, for the definition's days from the last time; a choice does not end that."""
    choice = text_of(said.value(said.definition.choice))
    if choice is None:
        return profile
    intent = _intent(profile, said)
    at, until = said.event.at, said.lasting(LASTING)
    looked = Considered(at, until, {said.source: (at, until)})
    considered = {**intent.considered, choice: _later(intent.considered.get(choice), looked)}
    return _with(profile, said, structs.replace(intent, considered=_latest(considered)))


def choose(profile: Profile, said: Said) -> Profile:
    """A choice, until the moment the event tells or for the definition's days; a later one of its key moves it."""
    choice = text_of(said.value(said.definition.choice))
    if choice is None:
        return profile
    until = moment_of(said.value(said.definition.until))
    until = said.lasting(LASTING) if until is None else until
    chosen = Chosen(choice, said.event.at, until, said.key, said.source)
    intent = _intent(profile, said)
    return _with(profile, said, structs.replace(intent, chosen=_standing((*intent.chosen, chosen), intent.released)))


def release(profile: Profile, said: Said) -> Profile:
    """A choice is undone, also one that comes in only later; without a value for `key` only choices without one."""
    intent = _intent(profile, said)
    name = EVERY if said.definition.key is None else _name(said.key)
    released = {**intent.released, name: max(intent.released.get(name, said.event.at), said.event.at)}
    return _with(profile, said, _released(intent, released))


def joined(one: dict[str, Intent], other: dict[str, Intent]) -> dict[str, Intent]:
    """The intents of two people who became one."""
    return {group: _one(one.get(group, Intent()), other.get(group, Intent())) for group in {**one, **other}}


def _one(one: Intent, other: Intent) -> Intent:
    considered = dict(one.considered)
    for choice, looked in other.considered.items():
        considered[choice] = _later(considered.get(choice), looked)
    released = dict(one.released)
    for name, at in other.released.items():
        released[name] = max(released.get(name, at), at)
    both = structs.replace(one, considered=_latest(considered), chosen=(*one.chosen, *other.chosen))
    return _released(both, released)


def _intent(profile: Profile, said: Said) -> Intent:
    return profile.intents.get(said.definition.intent or "", Intent())


def _with(profile: Profile, said: Said, intent: Intent) -> Profile:
    if said.definition.intent is None:
        return profile
    return structs.replace(profile, intents={**profile.intents, said.definition.intent: intent})


def _name(key: str | None) -> str:
    """A key as releases are kept under it: no key that an event brings is ever EVERY or KEYLESS."""
    return KEYLESS if key is None else f"={key}"


def _later(known: Considered | None, looked: Considered) -> Considered:
    if known is None:
        return looked
    at, until = max((known.at, known.until), (looked.at, looked.until))
    told = {source: max(known.by.get(source, when), when) for source, when in looked.by.items()}
    return Considered(at, until, {**known.by, **told})


def _released(intent: Intent, released: dict[str, Moment]) -> Intent:
    if len(released) > MOST["released"]:
        released = dict(sorted(released.items(), key=lambda item: (item[1], item[0]))[-MOST["released"] :])
    return structs.replace(intent, released=released, chosen=_standing(intent.chosen, released))


def _standing(chosen: tuple[Chosen, ...], released: dict[str, Moment]) -> tuple[Chosen, ...]:
    """The latest choice of each key, without those that were undone after they were made."""
    latest: dict[tuple[str, str], Chosen] = {}
    for choice in sorted(chosen, key=_moment):
        if not any(choice.at <= released.get(name, choice.at - 1) for name in (EVERY, _name(choice.key))):
            latest[_name(choice.key), choice.choice if choice.key is None else ""] = choice
    return tuple(sorted(latest.values(), key=_moment)[-MOST["chosen"] :])


def _moment(chosen: Chosen) -> tuple[Moment, Moment, str, str, str]:
    return chosen.at, chosen.until, chosen.choice, chosen.key or "", chosen.source


def _latest(considered: dict[str, Considered]) -> dict[str, Considered]:
    if len(considered) <= MOST["considered"]:
        return considered
    return dict(sorted(considered.items(), key=lambda item: (item[1].at, item[0]))[-MOST["considered"] :])
