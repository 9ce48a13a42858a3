"""The account of messages: all that was planned was sent, skipped, held, failed, is in doubt, or waits."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, TypeAlias, get_args

from msgspec import Struct

from rapport.domain.message import Message, Record
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus

Fate = Literal["sent", "skipped", "held", "failed", "in_doubt", "waiting", "moved", "missing"]
ENDED: dict[MessageStatus, Fate] = {
    MessageStatus.SENT: "sent",
    MessageStatus.SKIPPED: "skipped",
    MessageStatus.FAILED: "failed",
}
Endings: TypeAlias = dict[str, dict[str | None, MessageStatus]]
"""message -> channel -> what was last told of it there; None: whatever the channel."""
EVERY = "*"
OPEN: dict[MessageStatus, Fate] = {MessageStatus.HELD: "held", MessageStatus.IN_DOUBT: "in_doubt"}


class Account(Struct, frozen=True):
    """How the planned messages of some people stand. `difference` is 0 unless one was lost."""

    planned: int = 0
    sent: int = 0
    skipped: int = 0
    held: int = 0
    failed: int = 0
    in_doubt: int = 0
    waiting: int = 0

    @property
    def difference(self) -> int:
        """Messages that were planned and stand nowhere."""
        return self.planned - (self.sent + self.skipped + self.held + self.failed + self.in_doubt + self.waiting)


def account(fates: Iterable[Fate]) -> Account:
    """The account of messages whose fates are known. What moved to another person is planned there."""
    return account_of(Counter(fates))


def account_of(counts: Mapping[str, int]) -> Account:
    """The account of how many messages have which fate; what else was counted beside them is left out."""
    known = {name: counts.get(name, 0) for name in get_args(Fate) if name != "moved"}
    return Account(sum(known.values()), **{name: number for name, number in known.items() if name != "missing"})


def fates(profile: Profile, messages: Iterable[Message], records: Iterable[Record] | None = None) -> list[Fate]:
    """The fate of every message of a person, each proved by a second row.

    An ending must have been told, where `records` says what was; without it the message's own row is believed. What has
    not ended must be named by the profile, or nobody would look at it again.
    """
    rows = {message.id: message for message in messages}
    endings = _as_they_say(profile, rows.values()) if records is None else _last_told(records)
    pending = {one.message_id for one in profile.pending}
    nameless: list[Fate] = ["missing" for name in pending if name not in rows]
    return [_fate(message, profile, pending, endings) for message in rows.values()] + nameless


def _last_told(records: Iterable[Record]) -> Endings:
    endings: Endings = {}
    for record in records:
        endings.setdefault(record.message_id, {})[record.channel] = record.status
    return endings


def _as_they_say(profile: Profile, messages: Iterable[Message]) -> Endings:
    """What messages themselves say; one that the profile knows as a contact was sent."""
    sent = {contact.message_id: MessageStatus.SENT for contact in profile.contacts}
    own: Endings = {message.id: {message.channel: message.status} for message in messages}
    return {name: said | ({EVERY: sent[name]} if name in sent else {}) for name, said in own.items()}


def _fate(message: Message, profile: Profile, pending: set[str], endings: Endings) -> Fate:
    if message.settled_at is not None:
        last = endings.get(message.id, {}).values()
        # A run on all channels was sent if it was on one, whatever its last channel came to.
        status = MessageStatus.SENT if MessageStatus.SENT in last else message.status
        is_told = message.status in last and message.id not in pending
        return ENDED.get(status, "missing") if is_told else "missing"
    if message.id in pending:
        return OPEN.get(message.status, "waiting")
    # The rows of a merged person, and of a stretch that became somebody's, stay where they were.
    return "moved" if profile.merged_into is not None or profile.user_id is None else "missing"
