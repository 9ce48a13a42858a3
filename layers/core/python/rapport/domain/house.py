"""The house: names, purposes, sources and the contact policy of `rapport.yaml`."""

from typing import Literal

from msgspec import Struct

Basis = Literal["contract", "consent"]

CHANNELS = ("web", "email", "sms", "push", "whatsapp", "print", "note", "call", "social")
OPEN_CHANNELS = frozenset({"sms", "whatsapp", "push", "print", "social"})
"""Channels open to other eyes: nothing sensitive goes there."""
PULL_CHANNELS = frozenset({"web", "call"})
KINDS = ("service", "relationship", "advice", "content", "sales", "partner")
SELLING = frozenset({"sales", "partner"})


class Purpose(Struct, frozen=True):
    """What data may be used for; `contract` needs no opt-in."""

    basis: Basis = "consent"


class Source(Struct, frozen=True):
    """Where data comes from: its rank in a conflict, how sure it is (0 to 1), what it may be used for (None: all)."""

    rank: int
    certainty: float = 1.0
    allows: tuple[str, ...] | None = None


class QuietHours(Struct, frozen=True):
    """Minutes of the local day; includes `start`, excludes `end`; may span midnight."""

    start: int = 21 * 60
    end: int = 8 * 60


class ChannelCap(Struct, frozen=True):
    """At most so many contacts in a rolling number of 24-hour days; channel `any` counts runs on all of them."""

    channel: str
    at_most: int
    days: float


class SalesShare(Struct, frozen=True):
    """Of any `over` contacts in a row, the planned one among them, at most this share sells."""

    at_most: float = 0.5
    over: int = 10


class Ignored(Struct, frozen=True):
    """So many contacts without a response within these days pause the same campaign or offer."""

    after: int = 2
    within_days: float = 30
    pause_days: float = 60


class ContactPolicy(Struct, frozen=True):
    """Tact and fatigue, with the defaults of the contract; a team writes a value to loosen one."""

    quiet_hours: QuietHours | None = QuietHours()
    blackout: tuple[str, ...] = ()
    caps: tuple[ChannelCap, ...] = (ChannelCap("email", 1, 1), ChannelCap("any", 3, 7))
    sales_share: SalesShare | None = SalesShare()
    ignored: Ignored | None = Ignored()
    first_contact: Literal["no-sales", "sales-allowed"] = "no-sales"
    just_viewed_hours: float = 24
    after_service_contact_days: float = 7
    approval_above: float | None = 5000


class Holdout(Struct, frozen=True):
    """The share of people who get no optional personalisation, drawn by hash with this salt."""

    share: float = 0.0
    salt: str = ""


class Sender(Struct, frozen=True):
    """Who messages come from."""

    email: str = ""
    reply_to: str = ""
    sms: str = ""
    postal: str = ""


class Retention(Struct, frozen=True):
    """How long data is kept, in days."""

    anonymous_days: int = 90
    events_days: int = 400
    messages_days: int = 800


class House(Struct, frozen=True):
    """One team's `rapport.yaml`."""

    name: str
    locale: str = "en-GB"
    timezone: str = "UTC"
    currency: str = "EUR"
    sender: Sender = Sender()
    brands: dict[str, dict[str, str]] = {}
    sites: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    purposes: dict[str, Purpose] = {}
    sources: dict[str, Source] = {}
    retention: Retention = Retention()
    contact: ContactPolicy = ContactPolicy()
    holdout: Holdout = Holdout()
