"""Our own events on the bus, source `rapport`: ids and reasons, never an address or the value of a trait."""

import hashlib
from typing import Any, Final

import msgspec
from msgspec import Struct, structs

from rapport.domain.consent import Receipt
from rapport.domain.message import Record
from rapport.domain.moment import Moment, text
from rapport.domain.reason import MessageStatus


class About(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What all of them carry: `id` names what happened, `at` is when. What is told twice has the same id both times."""

    id: str = ""
    at: str = ""


class AboutMessage(About, frozen=True, omit_defaults=True):
    """What happened to a message. `reason` is why it did not go out; `key` tells runs of the same campaign apart."""

    profile: str
    message: str
    campaign: str
    key: str = ""
    channel: str | None = None
    reason: str | None = None


class AboutOffer(About, frozen=True, omit_defaults=True):
    """An offer that was really shown."""

    profile: str
    offer: str
    placement: str
    channel: str
    decision: str


class AboutConsent(About, frozen=True, omit_defaults=True):
    """A consent receipt: for a purpose, on a channel (`*`: all)."""

    profile: str
    purpose: str
    channel: str
    status: str


class AboutProfiles(About, frozen=True, omit_defaults=True):
    """Two profiles that became one."""

    profile: str
    into: str


class AboutProfile(About, frozen=True, omit_defaults=True):
    """Something that happened to a profile as a whole."""

    profile: str


Announcement = AboutMessage | AboutOffer | AboutConsent | AboutProfiles | AboutProfile

SHAPES: Final[dict[str, type[About]]] = {
    "Message Sent": AboutMessage,
    "Message Skipped": AboutMessage,
    "Message Delivered": AboutMessage,
    "Message Bounced": AboutMessage,
    "Message Clicked": AboutMessage,
    "Message Replied": AboutMessage,
    "Message Unanswered": AboutMessage,
    "Offer Shown": AboutOffer,
    "Consent Changed": AboutConsent,
    "Profile Merged": AboutProfiles,
    "Profile Erased": AboutProfile,
}
"""The detail-type of each of our own events -> the shape of its detail."""

_ENDINGS: Final = {
    MessageStatus.SENT: "Message Sent",
    MessageStatus.SKIPPED: "Message Skipped",
    MessageStatus.FAILED: "Message Skipped",
}


def announced(name: str, about: Announcement, at: Moment) -> dict[str, Any]:
    """One of our own events as the bus takes it, told of what happened at a moment: its name among the details."""
    if type(about) is not SHAPES[name]:
        raise TypeError(f"{name} is told as {SHAPES[name].__name__}")
    known = msgspec.json.encode([name, about, at])
    named = structs.replace(about, id=f"e_{hashlib.blake2b(known, digest_size=15).hexdigest()}", at=text(at))
    details: dict[str, Any] = msgspec.to_builtins(named)
    return {"name": name, **details}


def of_record(record: Record) -> dict[str, Any] | None:
    """What is announced of a message's record; None while it is not settled."""
    name = _ENDINGS.get(record.status)
    if name is None:
        return None
    reason = None if record.reason is None else str(record.reason)
    about = AboutMessage(record.profile, record.message_id, record.campaign, record.key, record.channel, reason)
    return announced(name, about, record.at)


def of_receipt(receipt: Receipt, profile: str) -> dict[str, Any]:
    """What is announced of a consent receipt."""
    about = AboutConsent(profile, receipt.purpose, receipt.channel, receipt.status)
    return announced("Consent Changed", about, receipt.at)
