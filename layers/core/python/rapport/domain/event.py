"""Events: what happened, in one shape whatever brought it, and what the house says it means."""

from typing import Any, Literal

from msgspec import Struct

from rapport.domain.moment import Moment

Call = Literal["identify", "track", "page", "screen", "group", "alias"]
Meaning = Literal[
    "purchase", "return", "view", "complaint", "resolution", "service_contact", "proximity",
    "considers", "chooses", "releases", "need", "need_met", "satisfaction",
]  # fmt: skip
TRUSTED_BY_DEFAULT = frozenset(
    {"purchase", "return", "need", "need_met", "complaint", "resolution", "chooses", "releases"}
)
Response = Literal["viewed", "clicked", "accepted", "dismissed"]
OFFER_EVENTS: dict[str, Response] = {
    "Offer Viewed": "viewed",
    "Offer Clicked": "clicked",
    "Offer Accepted": "accepted",
    "Offer Dismissed": "dismissed",
}


class EventDefinition(Struct, frozen=True):
    """What an event of this name means; names of properties are as on the wire."""

    event: str
    means: Meaning | None = None
    items: str | None = None
    sku: str | None = None
    key: str | None = None
    days: float | None = None
    intent: str | None = None
    choice: str | None = None
    until: str | None = None
    score: str | None = None
    of: float | None = None
    tells: dict[str, str] = {}
    source: str | None = None
    trusted: bool = False


class Event(Struct, frozen=True):
    """One message of Segment's kinds, normalised: `at` is its own time, `received_at` when it came in.

    `trusted` says it came with a secret key, over the bus, or with the person's own token. `group_id` and `previous_id`
    belong to group and alias calls. Page and screen calls have the names `Page Viewed` and `Screen Viewed`.
    """

    call: Call
    message_id: str
    at: Moment
    received_at: Moment
    name: str = ""
    user_id: str | None = None
    anonymous_id: str | None = None
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    context: dict[str, Any] = {}
    trusted: bool = False
    source: str | None = None
    group_id: str | None = None
    previous_id: str | None = None


class EventFacts(Struct, frozen=True, omit_defaults=True):
    """What a campaign keeps of the event that started a message: conditions and templates read it."""

    name: str
    at: Moment
    properties: dict[str, Any] = {}
    chain: tuple[str, ...] = ()
    """Of our own events: the campaigns whose messages led to it, so that none is started by what it set off itself."""
    source: str = ""
    """Where the data comes from: what it may be used for holds for the event too."""
