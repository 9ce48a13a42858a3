"""The grounds of an action: what its offer's conditions read of the person, with where from and since when."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from rapport.domain.condition import UNKNOWN
from rapport.domain.moment import Moment, text
from rapport.domain.offer import Offer
from rapport.domain.profile import Chosen, Considered, Intent
from rapport.domain.reads import reads_of
from rapport.domain.sight import Seen
from rapport.domain.tact import is_open
from rapport.domain.view import View
from rapport.use_cases.printed import provenance


def facts(offer: Offer, seen: View) -> list[dict[str, Any]]:
    """What an offer's conditions read of the person, as far as it is known, each with its provenance.

    A trait goes by its name; what the person chose, and an open case that the offer meets, by its own.
    """
    names = dict.fromkeys([*reads_of(offer.when, seen), *reads_of(offer.unless, seen)])
    found = [fact for name in names for fact in _FACTS.get(name.partition(".")[0], _none)(name, seen)]
    found += [fact for fact in _complemented(offer, seen) if fact not in found]
    return [*found, *_cases(offer, seen)]


def _none(_name: str, _seen: View) -> Iterator[dict[str, Any]]:
    return iter(())


def _trait(name: str, seen: View) -> Iterator[dict[str, Any]]:
    trait = name.removeprefix("traits.")
    known = seen.sight(trait)
    if isinstance(known, Seen):
        yield {"name": trait, **provenance(seen.catalogue.traits[trait], known)}


def _segment(name: str, seen: View) -> Iterator[dict[str, Any]]:
    if seen.in_segment(name.removeprefix("segments.")) is True:
        yield {"name": name, "value": True}


def _persona(name: str, seen: View) -> Iterator[dict[str, Any]]:
    if seen.persona is not None:
        yield {"name": name, "value": seen.persona}


def _groups(name: str, seen: View) -> Iterator[dict[str, Any]]:
    listed = _listed(name, seen)
    if listed is not None:
        yield {"name": name, "value": listed}


def _owned(name: str, seen: View) -> Iterator[dict[str, Any]]:
    for sku in _listed(name, seen) or ():
        held = seen.profile.owned[sku]
        yield {"name": name, "value": sku, **_told(held.source, held.since)}


def _intent(name: str, seen: View) -> Iterator[dict[str, Any]]:
    """What was considered and chosen in a group, as far as it may be used here."""
    intent = seen.profile.intents.get(name.removeprefix("intents."), Intent())
    for choice in _listed(f"{name}.considered", seen) or ():
        yield {"name": f"{name}.considered", "value": choice, **_considered(intent.considered[choice], seen)}
    for one in _visible(name, intent, seen):
        yield {"name": f"{name}.chosen", "value": one.choice, **_told(one.source, one.at)}


def _complemented(offer: Offer, seen: View) -> Iterator[dict[str, Any]]:
    for group, choice in offer.complements.items():
        name, intent = f"intents.{group}", seen.profile.intents.get(group, Intent())
        for one in _visible(name, intent, seen):
            if one.choice == choice:
                yield {"name": f"{name}.chosen", "value": choice, **_told(one.source, one.at)}


def _visible(name: str, intent: Intent, seen: View) -> Iterator[Chosen]:
    listed = _listed(f"{name}.chosen", seen) or ()
    return (
        one for one in intent.chosen if one.choice in listed and one.until > seen.moment and seen.may_use(one.source)
    )


def _considered(last: Considered, seen: View) -> dict[str, str]:
    told = [(at, source) for source, (at, _) in last.by.items() if seen.may_use(source)]
    at, source = max(told, default=(last.at, ""))
    return _told(source, at)


def _listed(name: str, seen: View) -> list[str] | None:
    """The members of a list that are seen; None where the list is not known at all."""
    members = seen.value(name)
    return [one for one in members if one is not UNKNOWN] if isinstance(members, tuple) else None


def _told(source: str, at: Moment) -> dict[str, str]:
    return ({"source": source} if source else {}) | {"observed_at": text(at)}


_FACTS: Final[dict[str, Callable[[str, View], Iterator[dict[str, Any]]]]] = {
    "traits": _trait,
    "segments": _segment,
    "persona": _persona,
    "groups": _groups,
    "owned": _owned,
    "intents": _intent,
}
"""By the root of a name that a condition reads: what is known of it, with where from and since when."""


def _cases(offer: Offer, seen: View) -> Iterator[dict[str, Any]]:
    for case in seen.profile.cases:
        if case.event in offer.meets and is_open(case, seen.moment) and case.opened_at is not None:
            yield {"name": f"cases.{case.kind}", "value": case.event, "observed_at": text(case.opened_at)}
