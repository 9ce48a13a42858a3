"""A small house for tests: a catalogue from plain documents, and people to decide for."""

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import EVERY_CHANNEL, Consent, Consents
from rapport.domain.decide import NO_TERMS, Terms, decide
from rapport.domain.decision import Decision, Slotting
from rapport.domain.moment import DAY, parse
from rapport.domain.profile import Profile
from rapport.domain.tact import situation
from rapport.domain.trait import TraitValue
from rapport.domain.view import View, view
from rapport_authoring.check.checking import check

NOW = parse("2026-11-22T10:00:00Z")
LONG_AGO = NOW - 400 * DAY

SOURCES = {
    "declared": {"rank": 100, "certainty": 1.0},
    "crm": {"rank": 80, "certainty": 0.95},
    "commerce": {"rank": 70, "certainty": 0.95},
    "behaviour": {"rank": 40, "certainty": 0.6},
    "ledger": {"rank": 75, "certainty": 1.0, "allows": ["service"]},
    "facebook": {"rank": 20, "certainty": 0.8, "allows": ["login"]},
}
TRAITS = {
    "declared": {
        "first_name": {"type": "string"},
        "tier": {"type": "string", "one_of": ["none", "silver", "gold"]},
        "adult": {"type": "boolean"},
        "age": {"type": "integer"},
        "birthday": {"type": "date"},
        "job_title": {"type": "string", "certain": 0.8, "half_life_days": 365},
        "interests": {"type": "list", "prefers": True},
        "balance": {"type": "number", "sensitive": True, "allows": ["service"]},
        "health": {"type": "string", "sensitive": True},
        "home_city": {"type": "string", "category": True},
    },
    "computed": {"orders": {"count": "Order Completed"}},
    "predicted": {"churn_risk": {"type": "number"}},
}
WELCOME = {"id": "welcome", "kind": "content", "benefit": "A warm welcome", "content": {"en-GB": {"headline": "Hello"}}}
PLACEMENTS = [
    {"id": "hero", "channel": "web", "count": 1, "fallback": "welcome"},
    {"id": "grid", "channel": "web", "count": 3, "fallback": "welcome"},
    {"id": "desk", "channel": "call", "count": 3, "fallback": "welcome"},
    {"id": "block", "channel": "email", "count": 1},
]
EVENTS = [
    {"event": "Complaint Reported", "means": "complaint", "key": "case_id"},
    {"event": "Payment At Risk", "means": "need", "key": "payment_id"},
    {"event": "Flight Searched", "means": "considers", "intent": "trip", "choice": "destination"},
    {"event": "Flight Booked", "means": "chooses", "intent": "trip", "choice": "destination"},
]


def offer(name: str, kind: str = "sales", **more: Any) -> dict[str, Any]:
    """An offer for hero, grid, desk and block that says its own name."""
    return {
        "id": name,
        "kind": kind,
        "benefit": f"The good of {name}",
        "placements": ["hero", "grid", "desk", "block"],
        "content": {"en-GB": {"headline": name, "text": f"About {name}"}},
        **more,
    }


def publish(
    *offers: Mapping[str, Any],
    house: Mapping[str, Any] | None = None,
    segments: list[dict[str, Any]] | None = None,
    **more: Any,
) -> Catalogue:
    """Compile a catalogue; `more` are further folders, as lists of documents. Fails on any error in it."""
    files = {
        "rapport.yaml": {"name": "Nordic Trails", "sources": SOURCES, **(house or {})},
        "traits.yaml": more.pop("traits", TRAITS),
        "events.yaml": EVENTS,
        "placements/all.yaml": more.pop("placements", PLACEMENTS),
        "offers/all.yaml": [WELCOME, *map(dict, offers)],
        "segments/all.yaml": segments or [],
        **{f"{folder}/all.yaml": documents for folder, documents in more.items()},
    }
    found = check({name: yaml.safe_dump(document, sort_keys=False) for name, document in files.items()})
    assert found.catalogue is not None, found.errors
    return found.catalogue


def consents(text: str) -> Consents:
    """`marketing@email personalisation`: granted for one channel, or for all."""
    granted: Consents = {}
    for word in text.split():
        purpose, _, channel = word.partition("@")
        granted.setdefault(purpose, {})[channel or EVERY_CHANNEL] = Consent("granted", LONG_AGO, ever_granted=True)
    return granted


def trait(value: Any, source: str = "crm", certainty: float = 0.95, at: float = NOW - DAY, **more: Any) -> TraitValue:
    return TraitValue(value, source, at, certainty, **more)


def someone(granted: str = "personalisation marketing", **fields: Any) -> Profile:
    """A known person with consents; traits may be plain values."""
    traits = {
        name: value if isinstance(value, TraitValue) else trait(value)
        for name, value in fields.pop("traits", {}).items()
    }
    return Profile(id="p_ann", user_id="ann", consents=consents(granted), traits=traits, **fields)


def looked(profile: Profile, catalogue: Catalogue, **more: Any) -> View:
    """The view of a pull on web, unless told otherwise."""
    return view(
        profile, catalogue, **{"purpose": "personalisation", "moment": NOW, "channel": "web", "is_pull": True} | more
    )


def pulled(profile: Profile, catalogue: Catalogue, *placements: str, terms: Terms = NO_TERMS, **more: Any) -> Decision:
    """What a pull of the placements (hero) gets; `channel`, `moment`, `context`, `purpose`, `count` by name."""
    channel, moment = more.get("channel", "web"), more.get("moment", NOW)
    seen = looked(profile, catalogue, **{name: value for name, value in more.items() if name != "count"})
    stands = situation(profile, catalogue, moment, channel, is_pull=channel in {"web", "call"})
    slottings = tuple(
        Slotting(name, more.get("count", catalogue.placements[name].count), channel) for name in placements or ("hero",)
    )
    return decide(seen, catalogue, slottings, stands, terms)


def pushed(
    profile: Profile, catalogue: Catalogue, channel: str = "email", purpose: str = "marketing", **more: Any
) -> Decision:
    """What the slot of a message gets."""
    moment = more.get("moment", NOW)
    seen = view(profile, catalogue, purpose, moment, channel=channel)
    stands = situation(profile, catalogue, moment, channel, is_pull=False, purpose=purpose)
    terms = more.get("terms", NO_TERMS)
    return decide(seen, catalogue, (Slotting("block", more.get("count", 1), channel),), stands, terms)


def chosen(decision: Decision) -> list[str]:
    """The ids of what was chosen, placement by placement."""
    return [choice.offer for placement in decision.placements for choice in placement.choices]


def reasons(decision: Decision) -> dict[str, str]:
    """Return the reason of each offer."""
    return {verdict.offer: verdict.reason.value for verdict in decision.verdicts}


def encoded(decision: Decision) -> bytes:
    return msgspec.json.encode(decision)
