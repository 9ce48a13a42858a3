"""The profile: everything held about one person. Nobody reads it to decide; they read a view of it (`view.py`)."""

import hashlib
from typing import Any, Literal

from msgspec import Struct

from rapport.domain.consent import Consents
from rapport.domain.moment import Moment
from rapport.domain.trait import TraitValue

MOST = {
    "seen": 1000,
    "exposures": 200,
    "contacts": 200,
    "viewed": 100,
    "owned": 500,
    "orders": 100,
    "considered": 50,
    "chosen": 50,
    "released": 50,
    "cases": 100,
    "satisfaction": 50,
    "visits": 60,
    "identities": 50,
    "groups": 100,
    "pending": 200,
    "waiting": 20,
    "suppressed": 50,
}
"""Bounds of the lists inside one profile: the oldest go first; of runs that are planned, none is planned beyond."""


SILENCE = "silence"
"""The response of those who gave none while they could."""


class Identity(Struct, frozen=True):
    """One way to recognise the person: `user`, `anonymous`, `email`, `phone`, `device`, `social` ..."""

    kind: str
    value: str


class Counter(Struct, frozen=True, omit_defaults=True):
    """State of one computed trait, updated event by event; which fields are used follows from its operator."""

    total: float = 0.0
    moment: Moment | None = None
    buckets: dict[str, float] = {}
    """Window: slice of time -> amount. Top: value -> weight at `moment`; both: `slice value` -> amount."""
    grain: float = 1.0
    """Seconds of one slice of a window of values: grows when it holds more slices than are kept."""
    older: dict[str, float] = {}
    """Wide slices of a window of amounts, of what is older than the seconds that it tells exactly."""
    wide: float = 0.0
    """Seconds of one of these."""
    certainty: float = 1.0
    source: str = ""
    observed_at: Moment = 0.0
    besides: tuple[str, ...] = ()
    """Other sources of its events; `source` is the one with the narrowest mandate, then the least sure."""


class Chosen(Struct, frozen=True, omit_defaults=True):
    """A choice within an intent group, until when it holds, and its key for a release."""

    choice: str
    at: Moment
    until: Moment
    key: str | None = None
    source: str = ""


class Considered(Struct, frozen=True, omit_defaults=True):
    """An alternative that was considered, last at `at`, until it is forgotten."""

    at: Moment
    until: Moment
    by: dict[str, tuple[Moment, Moment]] = {}
    """source -> the same as far as it told."""


class Intent(Struct, frozen=True, omit_defaults=True):
    """What a person considers and chose within one group. `released` maps keys to when their choice was undone."""

    considered: dict[str, Considered] = {}
    chosen: tuple[Chosen, ...] = ()
    released: dict[str, Moment] = {}


class Order(Struct, frozen=True, omit_defaults=True):
    """What one purchase gave (sku -> quantity), so that its return can take it back, even one that came first.

    `at` is None until the purchase is known. A return without a key is an order of its own (`loose`).
    """

    at: Moment | None
    items: dict[str, float] = {}
    returned: dict[str, float] = {}
    returned_whole: bool = False
    loose: bool = False
    source: str = ""
    paid: float = 0.0
    """What it came to, as the event says; returns take nothing off."""


class Ownership(Struct, frozen=True, omit_defaults=True):
    """A sku the person owns: how many, since when (last purchase), and where from."""

    quantity: float
    since: Moment
    source: str = ""


class Place(Struct, frozen=True):
    """Where the person is right now: soon forgotten, and pushed to only with the consent `proximity`."""

    name: str
    at: Moment
    until: Moment
    source: str


class Case(Struct, frozen=True, omit_defaults=True):
    """A complaint or need: open from `opened_at` until a later `closed_at`, or `expires_at`."""

    kind: Literal["complaint", "need"]
    event: str | None = None
    key: str | None = None
    opened_at: Moment | None = None
    closed_at: Moment | None = None
    expires_at: Moment = 0.0


class Basis(Struct, frozen=True, omit_defaults=True):
    """What a choice rested on when it was made.

    `chance` is its exact propensity, given those that stand before it in its placement; `model` by what it was made;
    `features` what the model could read of the person; `learns`: what comes of it teaches; `mode` the one used.
    """

    chance: float = 1.0
    model: str = "base"
    features: tuple[str, ...] = ()
    learns: bool = False
    mode: str = ""


class Exposure(Struct, frozen=True, omit_defaults=True):
    """An offer that was really shown (`viewed`) or sent; `response` is what came of it.

    `basis` is kept while a response may still come, to the latest of them.
    """

    offer: str
    at: Moment
    how: Literal["viewed", "sent"]
    channel: str
    decision: str = ""
    placement: str = ""
    campaign: str | None = None
    response: str | None = None
    responded_at: Moment | None = None
    basis: Basis | None = None
    variant: str = ""
    """The arm of its campaign's experiment."""


class Contact(Struct, frozen=True, omit_defaults=True):
    """One run of a campaign that reached the person on `channels`, or a service contact (`campaign` None)."""

    at: Moment
    campaign: str | None = None
    key: str = ""
    kind: str = "service"
    purpose: str = "service"
    sells: bool = False
    channels: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    message_id: str = ""
    variant: str = ""
    """The arm of the campaign's experiment."""
    response: str | None = None
    responded_at: Moment | None = None
    silent_after: Moment = 0.0
    """From this moment on, no response counts as one."""


class Address(Struct, frozen=True, omit_defaults=True):
    """What is known of a channel: suppressed addresses get nothing; the last contact and response on it."""

    suppressed: tuple[str, ...] = ()
    last_sent: Moment | None = None
    last_response: dict[str, Any] | None = None
    soft_bounces: int = 0
    delayed_at: Moment = 0.0
    """When the last of them was."""


class Waiting(Struct, frozen=True, omit_defaults=True):
    """A rendered web message that waits for the next pull of its placement."""

    message_id: str
    campaign: str
    placement: str
    content: dict[str, Any]
    offers: tuple[str, ...] = ()
    until: Moment = 0.0
    why: str = ""
    bases: dict[str, Basis] = {}
    """offer -> what its choice rested on."""


class Pending(Struct, frozen=True, omit_defaults=True):
    """A planned message, as far as events must know of it: its full row stands beside the profile."""

    message_id: str
    campaign: str
    key: str
    due_at: Moment
    planned_at: Moment
    status: str = "DEFERRED"
    reason: str | None = None


class Profile(Struct, frozen=True, omit_defaults=True):
    """One person, or one anonymous stretch (`user_id` None). Frozen: every change makes a new value.

    `version` counts writes (0: never stored). An erased person keeps only `erased_at`; a merged one only `merged_into`.
    """

    id: str
    version: int = 0
    created_at: Moment = 0.0
    user_id: str | None = None
    anonymous_id: str | None = None
    identities: tuple[Identity, ...] = ()
    claims: tuple[Identity, ...] = ()
    traits: dict[str, TraitValue] = {}
    counters: dict[str, Counter] = {}
    standing: dict[str, dict[int, int]] = {}
    """What this person has added to the norms of the house (`norms.py`)."""
    groups: tuple[str, ...] = ()
    grouped_by: dict[str, tuple[str, ...]] = {}
    """group -> the sources that told it; a group without an entry was told by none with a mandate of its own."""
    intents: dict[str, Intent] = {}
    owned: dict[str, Ownership] = {}
    orders: dict[str, Order] = {}
    viewed: dict[str, Moment] = {}
    near_until: Moment = 0.0
    place: Place | None = None
    cases: tuple[Case, ...] = ()
    consents: Consents = {}
    topics_left: tuple[str, ...] = ()
    paused_until: Moment = 0.0
    contacts: tuple[Contact, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    addresses: dict[str, Address] = {}
    waiting: tuple[Waiting, ...] = ()
    pending: tuple[Pending, ...] = ()
    memberships: dict[str, bool] = {}
    """Segments that start campaigns: whether the person was in when last looked."""
    woken_at: Moment = 0.0
    """Up to here the passing of time has been dealt with."""
    wake_at: Moment = 0.0
    """When time alone next matters to this person; a due row waits for it."""
    seen: dict[str, Moment] = {}
    """Hashes of message ids of the last seven days -> when they came in."""
    satisfaction: tuple[tuple[Moment, float], ...] = ()
    """Ratings from 0 to 1, latest last."""
    visits: tuple[int, ...] = ()
    """Days (counted from the epoch, UTC) on which the person looked at a page, a screen or a product, latest last."""
    quarantined: dict[str, int] = {}
    """source:trait -> how often data arrived that its mandate forbids to store."""
    refused: dict[str, int] = {}
    """trait:reason -> how often a value was refused."""
    purchased: bool = False
    absorbed: tuple[str, ...] = ()
    """Ids of the profiles whose history moved here: tokens issued to them are this person's own."""
    forgotten_before: Moment = 0.0
    """A fresh start after an erasure: events from before it stay dropped."""
    erased_at: Moment | None = None
    merged_into: str | None = None


def profile_id(kind: Literal["user", "anonymous"], value: str, secret: bytes = b"") -> str:
    """The id of the profile for an identifier: a keyed hash, so that one read finds it and a store holds no name.

    The same identifier always gives the same id; without the secret nobody can tell which.
    """
    digest = hashlib.blake2b(f"{kind}:{value}".encode(), digest_size=15, key=secret[:64]).hexdigest()
    return f"p_{digest}"
