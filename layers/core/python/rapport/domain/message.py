"""Planned messages: a row from the event that caused it until it is settled, and the records it leaves."""

import hashlib
from typing import Any

from msgspec import Struct

from rapport.domain.event import EventFacts
from rapport.domain.moment import Moment
from rapport.domain.reason import MessageStatus, Reason


class Message(Struct, frozen=True, omit_defaults=True):
    """One run of a campaign for one person and key.

    `falls_due` is what freshness counts from (the event's own time, or when a date, due or schedule falls due);
    `due_at` is when it is looked at next. `variant` is the arm of the campaign's experiment.
    """

    id: str
    profile: str
    campaign: str
    key: str
    planned_at: Moment
    falls_due: Moment
    due_at: Moment
    catalogue: str = ""
    event: EventFacts | None = None
    variant: str | None = None
    status: MessageStatus = MessageStatus.DEFERRED
    reason: Reason | None = None
    channel: str | None = None
    channels_done: tuple[str, ...] = ()
    """Channels on which this run is settled (with `all_channels`), or definitely failed."""
    offers: tuple[str, ...] = ()
    settled_at: Moment | None = None
    asks: tuple[dict[str, Any], ...] = ()
    """What waits for a yes: each offer with its content."""
    approved: str | None = None
    """Digest of offer and content that a person in the team approved; a change asks again."""
    attempts: int = 0
    told: dict[str, str] = {}
    """channel -> what was last told of its waiting, so that the same wait is told once."""

    def is_held(self, channel: str, reason: Reason) -> bool:
        """Whether what was last told of a channel is that it is held for this."""
        return self.told.get(channel, "").startswith(f"{MessageStatus.HELD} {reason}")

    def waits_besides(self, channel: str) -> bool:
        """Whether the row tells what this run waits for on another channel that is not settled yet."""
        waits = self.status in (MessageStatus.HELD, MessageStatus.DEFERRED)
        return waits and self.channel not in (None, channel, *self.channels_done)


class Record(Struct, frozen=True, omit_defaults=True):
    """What is told of a message: in the simulator, on the messages route, on the bus (no address, no content)."""

    at: Moment
    profile: str
    message_id: str
    campaign: str
    key: str
    status: MessageStatus
    channel: str | None = None
    reason: Reason | None = None
    until: Moment | None = None
    to: str | None = None
    offers: tuple[str, ...] = ()
    content: dict[str, Any] | None = None
    verdicts: tuple[Any, ...] = ()
    why: str | None = None
    facts: tuple[dict[str, Any], ...] = ()
    """For whoever approves: what is known of the person, with provenance."""
    links: dict[str, str] = {}


def own_event(name: str, at: Moment, message: Message, **properties: Any) -> EventFacts:  # noqa: ANN401  # JSON
    """One of our own events about a message, which nobody but us brought about."""
    told = {"campaign": message.campaign, "key": message.key, **properties}
    return EventFacts(name, at, told, chain=chain_of(message))


def chain_of(message: Message | None) -> tuple[str, ...]:
    """The campaigns of a message and of all messages that led to it, the first one first."""
    if message is None:
        return ()
    return (*(message.event.chain if message.event is not None else ()), message.campaign)


def send_id(message_id: str, channel: str) -> str:
    """The id of a hand-over: one for each message and channel, whoever tries."""
    return f"{message_id}:{channel}"


def message_id(house: str, campaign: str, profile: str, key: str) -> str:
    """The id of a run: the same cause always gives the same one, so that nothing is planned twice."""
    parts = f"{house}\x1f{campaign}\x1f{profile}\x1f{key}"
    return f"m_{hashlib.blake2b(parts.encode(), digest_size=15).hexdigest()}"


def response_code(message_id: str) -> str:
    """A short code for direct mail: typed in at the till, it names the message."""
    return message_id[2:10].upper()


def is_message(name: str) -> bool:
    """Whether a name is that of a message: a token may carry one in the place of an offer, whose id has no `_`."""
    return name.startswith("m_")
