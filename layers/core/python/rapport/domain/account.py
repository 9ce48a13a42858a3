"""The account of messages: all that was planned was sent, skipped, held, failed, is in doubt, or waits."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, TypeAlias

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
    count: Counter[str] = Counter(fate for fate in fates if fate != "moved")
    return Account(count.total(), **{name: count[name] for name in Account.__struct_fields__ if name in count})


def fates(profile: Profile, messages: Iterable[Message], records: Iterable[Record]) -> list[Fate]:
    """The fate of every message of a person, each proved by a second row.

    An ending must have been told; what has not ended must be named by the profile, or nobody would look at it again.
    """
    rows = {message.id: message for message in messages}
    endings: Endings = {}
    for record in records:
        endings.setdefault(record.message_id, {})[record.channel] = record.status
    pending = {one.message_id for one in profile.pending}
    nameless: list[Fate] = ["missing" for name in pending if name not in rows]
    return [_fate(message, profile, pending, endings) for message in rows.values()] + nameless


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
