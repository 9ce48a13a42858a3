"""The ports of the core: what it asks of the world. Each has two implementations, one in memory and one on AWS."""

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Any, Literal, Protocol

from msgspec import Struct

from rapport.domain.catalogue import Publication
from rapport.domain.consent import Receipt
from rapport.domain.event import Event
from rapport.domain.message import Message, Record
from rapport.domain.moment import Moment
from rapport.domain.norms import Standing
from rapport.domain.outcome_log import Entry
from rapport.domain.pace import AnyPace
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota


class Due(Struct, frozen=True):
    """Something to look at when only time passes: a planned message, or a person (`wake`: dates, segments, silence).

    `bulk` is what may wait behind service; it may be looked at up to `spread` seconds later, so that not all of it is
    due in one moment. An `announcement` is due only where whoever wrote it with a change was stopped before telling it,
    an `erase` where an erasure was stopped half way.
    """

    at: Moment
    profile: str
    kind: Literal["message", "wake", "announcement", "erase"]
    ref: str = ""
    bulk: bool = False
    spread: float = 0.0
    told: tuple[dict[str, Any], ...] = ()
    """Of an announcement: our own events that are to be told; of an erasure, whom else it is about."""


class Change(Struct, frozen=True):
    """Everything one event changes, written at once or not at all.

    `profile` carries the version it was read at; `emptied` is the anonymous stretch, or the person merged away, whose
    history moved.
    """

    profile: Profile
    emptied: Profile | None = None
    messages: tuple[Message, ...] = ()
    due: tuple[Due, ...] = ()
    receipts: tuple[Receipt, ...] = ()
    left: tuple[Receipt, ...] = ()
    """Receipts of `emptied` that are no longer its own: whoever comes to that browser next has granted nothing."""
    records: tuple[Record, ...] = ()
    log: tuple[Entry, ...] = ()
    """Rows of the outcome log."""
    announcements: tuple[dict[str, Any], ...] = ()
    """Our own events for the bus: {"name", "id", "profile", ...}; told after the write, at least once."""
    unbegun: tuple[str, ...] = ()
    """Ids of sends that nobody may have begun: what they belong to ends unsent, or moves, with this change."""
    norms: dict[str, dict[int, int]] = {}
    """What the change adds to the norms of the house."""
    started: int = 0
    """How many runs it started, for the tally."""
    undone: tuple[Message, ...] = ()
    """Messages as they had ended, where that turned out not to be true; for the tally."""


class Profiles(Protocol):
    """People, and the rows beside them."""

    def load(self, profile_id: str) -> Profile:
        """The stored profile, or an empty one with version 0. Raises StoreUnavailable."""
        ...

    def write(self, change: Change) -> None:
        """Write a change atomically. Raises Conflict when a profile in it has moved on, or a send has begun."""
        ...

    def message(self, profile_id: str, message_id: str) -> Message | None:
        """One planned or settled message of a person."""
        ...

    def messages(self, profile_id: str) -> list[Message]:
        """All messages of a person that are kept, oldest first."""
        ...

    def records(self, profile_id: str) -> list[Record]:
        """What was told of the person's messages, oldest first."""
        ...

    def receipts(self, profile_id: str) -> list[Receipt]:
        """Every consent receipt of a person, oldest first."""
        ...

    def log(self, profile_id: str) -> list[Entry]:
        """The person's rows of the outcome log, oldest first."""
        ...

    def members(self, after: str | None, limit: int) -> tuple[list[Profile], str | None]:
        """A page of all people (for audiences and backfills), and where the next one starts."""
        ...

    def erase(self, profile: Profile, at: Moment, announcements: tuple[dict[str, Any], ...] = ()) -> None:
        """Remove the person and every row beside them; a tombstone with the moment stays under the same id."""
        ...


class OutcomeLog(Protocol):
    """The outcome log of everybody, as it was written."""

    def minute(self, minute: int) -> Sequence[Entry]:
        """The rows written in a minute (counted from the epoch), in any order. Raises StoreUnavailable."""
        ...

    def moved(self, minute: int) -> Sequence[Standing]:
        """What people newly added to the norms of the house in a minute. Raises StoreUnavailable."""
        ...


class Publications(Protocol):
    """The catalogue as published."""

    def current(self) -> Publication:
        """The live publication; never blocks an answer to look for a newer one."""
        ...

    def refresh(self) -> None:
        """Look for a newer one now. Raises StoreUnavailable."""
        ...


class SendState(StrEnum):
    """How far the hand-over of one message on one channel has come."""

    CLAIMED = "CLAIMED"
    OPEN = "OPEN"
    SENT = "SENT"
    FAILED = "FAILED"
    IN_DOUBT = "IN_DOUBT"
    DROPPED = "DROPPED"
    """Given up while in doubt, as its campaign says: what comes back may still tell that it went out."""
    CAPPED = "CAPPED"


BEGUN = (SendState.OPEN, SendState.IN_DOUBT, SendState.SENT)
"""The person may have the message, or has it."""


class Send(Struct, frozen=True):
    """One hand-over: `id` from house, campaign, person, key and channel; `offers` are what it offers and where.

    `owner` names the attempt that claims it, so that a claim whose answer was lost is recognised as one's own.
    """

    id: str
    profile: str
    message_id: str
    channel: str
    owner: str
    at: Moment
    offers: tuple[tuple[str, str], ...] = ()
    """(offer, placement)"""
    mark: str = ""
    """What it says and to whom, as a digest: whoever has to find that out afterwards knows when they have."""
    state: SendState = SendState.CLAIMED
    provider_id: str | None = None


class Ledger(Protocol):
    """Send records and caps for all: nothing lost, nothing twice."""

    def claim(self, send: Send, quotas: Sequence[Quota]) -> SendState:
        """Claim a send and use up one of each quota, at the send's moment, in one transaction.

        CLAIMED: it is ours, be it by an earlier claim whose answer was lost, or taken over from an owner who never
        opened it. CAPPED: a cap is used up. Any other state: somebody got that far before.
        """
        ...

    def open(self, send: Send, profile: Profile, beside: Sequence[str] = ()) -> bool:
        """Begin the hand-over, if the claim is ours and the profile (consent, suppression, erasure) as it was read.

        `beside` are sends of the same person that must not have begun: of two, each counts towards what the other may
        not exceed. False: look again.
        """
        ...

    def settle(self, send: Send, state: SendState, provider_id: str | None = None) -> None:
        """Write how the hand-over ended: sent stays sent, and an end is not made a doubt again.

        What failed or was dropped uses up no quota; what turns out to have been sent does again.
        """
        ...

    def refuse(self, send: Send) -> None:
        """Write that the provider did not hand over what it took, quotas given back; whatever was thought before."""
        ...

    def release(self, send: Send) -> None:
        """Give back a claim whose hand-over surely did not happen, caps included."""
        ...

    def find(self, send_id: str) -> Send | None:
        """A send by its id."""
        ...

    def find_all(self, send_ids: Sequence[str]) -> list[Send]:
        """Those of these sends that there are, in the order asked."""
        ...

    def count(self, quotas: Iterable[Quota], at: Moment) -> None:
        """Count one more of each at a moment, whatever the limit: it has happened."""
        ...

    def counted(self, quotas: Sequence[Quota], now: Moment) -> dict[str, int]:
        """How much of each quota is used, by name; those that never began are left out."""
        ...


class Schedule(Protocol):
    """Rows that fall due, in two lanes: service, and bulk."""

    def due(self, now: Moment, limit: int, *, bulk: bool = False) -> Sequence[Due]:
        """Rows of a lane that fall due up to now, earliest first."""
        ...

    def done(self, row: Due) -> None:
        """The row was dealt with."""
        ...


class Outgoing(Struct, frozen=True):
    """A rendered message on its way: content keys as in the simulator's output; `headers` for email only."""

    send_id: str
    message_id: str
    profile: str
    campaign: str
    channel: str
    to: str
    content: dict[str, Any]
    sender: str = ""
    reply_to: str = ""
    headers: dict[str, str] = {}
    tracking: bool = False
    transactional: bool = False
    effort: str = "standard"
    attachment: bytes = b""
    locale: str = ""
    """The language that the text is in."""
    in_conversation: bool = False
    """Whether the person wrote to us on this channel within a day."""


class Outcome(StrEnum):
    """What one attempt to hand over came to."""

    SENT = "sent"
    REFUSED = "refused"
    """Definitely not sent, and never will be: another channel may be tried."""
    LATER = "later"
    """Definitely not sent, try again: throttled, provider down before it took anything."""
    IN_DOUBT = "in_doubt"
    """The answer was lost."""


class Handover(Struct, frozen=True):
    """The answer of a provider to one attempt."""

    outcome: Outcome
    provider_id: str | None = None
    """Where replies come back by more than one id, all of them, with spaces between."""
    detail: str = ""


class Sender(Protocol):
    """Providers of channels: SES, SNS, the hand-off topic."""

    def send(self, outgoing: Outgoing) -> Handover:
        """One attempt, never retried inside; never raises for what a provider may answer."""
        ...


class Pace(Protocol):
    """How fast messages may be handed over, for all workers together."""

    def turn(self, channel: str, *, bulk: bool) -> Moment | None:
        """Wait for the turn of one message on a channel; its moment, or None when it is too far off to wait for."""
        ...

    def missed(self, at: Moment) -> bool:
        """Whether a turn was over before it was used."""
        ...


class Bus(Protocol):
    """The event bus."""

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events over, all or none as far as the caller can tell. Raises StoreUnavailable."""
        ...

    def announce(self, announcements: Sequence[dict[str, Any]]) -> None:
        """Our own events, source `rapport`."""
        ...


class Sealer(Protocol):
    """Tokens that only we can read or make; `purpose` is bound to them."""

    def seal(self, purpose: str, payload: bytes) -> str:
        """A url-safe token."""
        ...

    def open(self, purpose: str, token: str) -> bytes | None:
        """The payload; None for anything forged, truncated, foreign or of another purpose."""
        ...


class Ports(Struct, frozen=True):
    """What a use case may ask of the world, put together once per process.

    `secret` keys the ids of profiles; `public_url` is where a person's own pages are; on the channels in `unserved`,
    for which this deployment has no provider, nobody has an address.
    """

    profiles: Profiles
    publications: Publications
    ledger: Ledger
    sender: Sender
    bus: Bus
    sealer: Sealer
    secret: bytes = b""
    public_url: str = ""
    unserved: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset({"email"})
    """Channels whose provider tells what became of a message: a doubt waits for its word."""
    crowd: Callable[[Event], None] | None = None
    """Hands an event about nobody to a job that reaches everybody; None where there are few enough to do it at once."""
    pace: Pace = AnyPace()
    on_paper: bool = True
    """Whether anybody gets the letters: in a simulation their pages are counted, and no PDF is made."""
