"""What comes along with a request: its events and its consent, known at once, and on their way to the bus as well."""

from typing import Any

from rapport.domain import intake
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event
from rapport.domain.normalise import normalise
from rapport.domain.profile import Profile
from rapport.errors import BadRequest
from rapport.ports import Sealer
from rapport.use_cases.asked import Asked, spoken, whose
from rapport.use_cases.sealed import token_of


def events_of(asked: Asked) -> tuple[Event, ...]:
    """The request's consent and events as the intake takes them.

    Raises BadRequest naming each that is none, Forbidden for an event in which a person speaks for another.
    """
    faults: list[dict[str, Any]] = []
    found: list[Event] = []
    names = _names(asked)
    for place, raw in enumerate([*_consent(asked), *asked.request.events], -len(_consent(asked))):
        told = spoken({"messageId": f"{asked.decision_id}:{place}", **names, **raw}, asked.caller)
        event = normalise(told, asked.moment, trusted=asked.caller.trusted)
        if isinstance(event, Event):
            found.append(event)
        else:
            faults += [{**fault, "path": f"events[{place}].{fault['path']}".rstrip(".")} for fault in event]
    if faults:
        raise BadRequest("events do not fit", faults)
    return tuple(found)


def collected(
    profile: Profile, events: tuple[Event, ...], asked: Asked, to: tuple[Catalogue, Sealer]
) -> tuple[Profile, tuple[Event, ...]]:
    """The profile as it is once the request's consent and events are known, and the events that are news to the bus.

    Nothing is written here. A site's banner says the same with every request: only what it changes is news.
    """
    catalogue, sealer = to
    news: list[Event] = []
    for event in events:
        if not _is_theirs(event, asked):
            news.append(event)
            continue
        applied = intake.apply(profile, event, catalogue, token_of(event, sealer))
        profile = applied.profile
        if applied.receipts or event.message_id != _consent_id(asked):
            news.append(event)
    return profile, tuple(news)


def _names(asked: Asked) -> dict[str, str]:
    """Who the events are of, where they do not say; for a caller without a name the decision lends one."""
    who = whose(asked.request, asked.caller)
    names = {"anonymousId": asked.request.anonymous_id or (asked.decision_id if who is None else None)}
    names["userId"] = who.value if who is not None and who.kind == "user" else None
    return {key: value for key, value in names.items() if value is not None}


def _consent(asked: Asked) -> list[dict[str, Any]]:
    """The consent that came with the request's context, as the message that tells the intake of it."""
    if "consent" not in asked.request.context:
        return []
    consent = {"consent": asked.request.context["consent"]}
    return [{"type": "identify", "messageId": _consent_id(asked), "context": consent}]


def _is_theirs(event: Event, asked: Asked) -> bool:
    """Whether an event is about whom the answer is about; those about others only go to the bus."""
    who = whose(asked.request, asked.caller)
    if who is None:
        return True
    return event.user_id == who.value if who.kind == "user" else event.anonymous_id == who.value


def _consent_id(asked: Asked) -> str:
    return f"{asked.decision_id}:consent"
