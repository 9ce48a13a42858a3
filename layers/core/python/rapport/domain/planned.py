"""What planning adds to a change: messages on the profile, rows beside it, moments to look, and what is told."""

from msgspec import Struct, structs

from rapport.domain.message import Message, Record
from rapport.domain.moment import Moment
from rapport.domain.outcome_log import Entry
from rapport.domain.profile import Pending, Profile
from rapport.domain.reason import MessageStatus, Reason


class Planned(Struct, frozen=True):
    """What planning adds to a change: the profile with its pending runs, rows, moments to look, and what is told."""

    profile: Profile
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()
    """(moment, message id) to look at."""
    wake_at: Moment | None = None
    """A moment to wake the person, when it is new."""
    records: tuple[Record, ...] = ()
    unbegun: tuple[str, ...] = ()
    """Ids of sends that nobody may have begun: what they belong to ends unsent here."""
    started: int = 0
    """How many runs started."""
    log: tuple[Entry, ...] = ()
    """Rows of the outcome log."""
    undone: tuple[Message, ...] = ()
    """Messages as they had ended, where that turned out not to be true."""


def both(first: Planned, then: Planned) -> Planned:
    """Two plans made one after the other, as one write."""
    return Planned(
        then.profile,
        first.messages + then.messages,
        first.looks + then.looks,
        then.wake_at or first.wake_at,
        first.records + then.records,
        first.unbegun + then.unbegun,
        first.started + then.started,
        first.log + then.log,
        first.undone + then.undone,
    )


def looking(profile: Profile, message: Message, at: Moment) -> Planned:
    """The plan to look at a message of a person at a moment, the message as it is given."""
    return Planned(with_pending(profile, message), (message,), ((at, message.id),))


# ---- what is planned, on the profile


def with_pending(profile: Profile, message: Message) -> Profile:
    """The profile with a planned message noted, as far as later events must know of it."""
    others = tuple(pending for pending in profile.pending if pending.message_id != message.id)
    reason = None if message.reason is None else str(message.reason)
    noted = Pending(
        message.id, message.campaign, message.key, message.due_at, message.planned_at, str(message.status), reason
    )
    return structs.replace(profile, pending=(*others, noted))


def without_pending(profile: Profile, message_id: str) -> Profile:
    """The profile after a planned message was settled."""
    return without_all(profile, {message_id})


def without_all(profile: Profile, ids: set[str]) -> Profile:
    """The profile after planned messages were settled."""
    if not ids:
        return profile
    return structs.replace(
        profile,
        pending=tuple(pending for pending in profile.pending if pending.message_id not in ids),
        waiting=tuple(waiting for waiting in profile.waiting if waiting.message_id not in ids),
    )


# ---- how a message ends, and what is told of it


def settled(message: Message, status: MessageStatus, reason: Reason | None, now: Moment) -> Message:
    """The message at its end, whatever the channel it waited for."""
    return structs.replace(message, status=status, reason=reason, channel=None, settled_at=now)


def told(message: Message, now: Moment, until: Moment | None = None) -> Record:
    """What is told of a message as it stands."""
    return Record(
        now,
        message.profile,
        message.id,
        message.campaign,
        message.key,
        message.status,
        channel=message.channel,
        reason=message.reason,
        until=until,
        offers=message.offers,
    )
