"""Every port in memory: what the simulator runs on, and the second implementation that each port is tested with.

Values are kept encoded, as a store would, so that nothing is shared with the caller and nothing is stored that could
not be. Not for threads.
"""

import base64
import hashlib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import structs

from rapport.domain import pace
from rapport.domain.catalogue import Catalogue, Publication, without
from rapport.domain.consent import Receipt
from rapport.domain.event import Event
from rapport.domain.house import Retention
from rapport.domain.keeping import ends_at, is_over
from rapport.domain.learning import Learned
from rapport.domain.message import Message, Record
from rapport.domain.moment import Moment
from rapport.domain.norms import Histogram, Norms, added, difference
from rapport.domain.outcome_log import Entry, decoded, encoded, in_order, row_of
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import BEGUN, Change, Due, Handover, Outcome, Outgoing, Send, SendState

PAGE = 1000
SURER: dict[SendState, tuple[SendState, ...]] = {
    SendState.SENT: (),
    SendState.FAILED: (SendState.SENT,),
    SendState.DROPPED: (SendState.SENT, SendState.FAILED),
    SendState.IN_DOUBT: (SendState.SENT, SendState.FAILED, SendState.DROPPED),
}
"""What an ending does not replace."""
OVER = (SendState.SENT, SendState.FAILED, SendState.DROPPED)


class MemorySchedule:
    """Rows that fall due, in a heap; rows of one moment in the order they came."""

    def __init__(self) -> None:
        self._rows: list[tuple[Moment, int, Due]] = []
        self._count = 0

    def add(self, rows: Sequence[Due]) -> None:
        """Keep rows until they are due."""
        for row in rows:
            self._count += 1
            heapq.heappush(self._rows, (row.at, self._count, row))

    def due(self, now: Moment, limit: int, *, bulk: bool = False) -> Sequence[Due]:
        """Rows of a lane that fall due up to now, earliest first."""
        mine = (entry for entry in self._rows if entry[2].bulk is bulk and entry[0] <= now)
        return [row for _, _, row in heapq.nsmallest(limit, mine)]

    def done(self, row: Due) -> None:
        """Forget a row that was dealt with."""
        self._rows = [entry for entry in self._rows if entry[2] is not row]
        heapq.heapify(self._rows)

    def take(self, now: Moment) -> Due | None:
        """The earliest row that is due, taken out; None when nothing is."""
        if self._rows and self._rows[0][0] <= now:
            return heapq.heappop(self._rows)[2]
        return None


class MemoryProfiles:
    """People and the rows beside them; writes are conditional on versions as in a real store.

    `clock` and the house's `retention` end anonymous stretches; on a clock that stands still they stay.
    """

    def __init__(
        self,
        schedule: MemorySchedule,
        bus: "MemoryBus",
        clock: Callable[[], Moment] = float,
        retention: Callable[[], Retention] = Retention,
    ) -> None:
        self._clock, self._retention = clock, retention
        self._profiles: dict[str, bytes] = {}
        self._ends: dict[str, Moment | None] = {}
        self._messages: dict[str, dict[str, bytes]] = {}
        self._records: dict[str, list[Record]] = {}
        self._receipts: dict[str, list[Receipt]] = {}
        self._log: dict[str, dict[str, bytes]] = {}
        self._schedule = schedule
        self._bus = bus
        self.sends: dict[str, Send] = {}
        """The ledger's sends, as a change may ask that none of them has begun."""
        self.told: list[Record] = []
        """Every record in the order it was written."""
        self.logged: list[Entry] = []
        """New rows of the outcome log in the order they were written; whoever learns from them empties it."""
        self.norms: dict[str, Histogram] = {}
        """What is usual among these people."""

    def load(self, profile_id: str) -> Profile:
        """The stored profile, or an empty one with version 0."""
        stored = self._profiles.get(profile_id)
        if stored is None or is_over(self._ends[profile_id], self._clock()):
            return Profile(profile_id)
        return msgspec.json.decode(stored, type=Profile)

    def write(self, change: Change) -> None:
        """Write a change, or raise Conflict when a profile in it has moved on, or a send has begun."""
        written = [profile for profile in (change.profile, change.emptied) if profile is not None]
        for profile in written:
            if self.load(profile.id).version != profile.version:
                raise Conflict(f"{profile.id} has moved on")
        if any(name in self.sends and self.sends[name].state in BEGUN for name in change.unbegun):
            raise Conflict("a hand-over has begun")
        for profile in written:
            self._keep(structs.replace(profile, version=profile.version + 1))
        mine = self._messages.setdefault(change.profile.id, {})
        mine.update({message.id: msgspec.json.encode(message) for message in change.messages})
        self._records.setdefault(change.profile.id, []).extend(change.records)
        self.told.extend(change.records)
        self._receipts.setdefault(change.profile.id, []).extend(change.receipts)
        if change.emptied is not None and change.left:
            kept = [one for one in self._receipts.get(change.emptied.id, []) if one not in change.left]
            self._receipts[change.emptied.id] = kept
        if change.norms:
            self.norms = added(self.norms, [change.norms])
        self._log.setdefault(change.profile.id, {}).update({row_of(entry): encoded(entry) for entry in change.log})
        self.logged.extend(change.log)
        self._schedule.add(change.due)
        self._bus.announce(change.announcements)

    def _keep(self, profile: Profile) -> None:
        self._profiles[profile.id] = msgspec.json.encode(profile)
        self._ends[profile.id] = ends_at(profile, self._retention(), self._clock())

    def message(self, profile_id: str, message_id: str) -> Message | None:
        """One planned or settled message of a person."""
        stored = self._messages.get(profile_id, {}).get(message_id)
        return None if stored is None else msgspec.json.decode(stored, type=Message)

    def messages(self, profile_id: str) -> list[Message]:
        """All messages of a person, oldest first."""
        return [msgspec.json.decode(stored, type=Message) for stored in self._messages.get(profile_id, {}).values()]

    def records(self, profile_id: str) -> list[Record]:
        """What was told of the person's messages, oldest first."""
        return list(self._records.get(profile_id, []))

    def receipts(self, profile_id: str) -> list[Receipt]:
        """Every consent receipt of a person, oldest first."""
        return list(self._receipts.get(profile_id, []))

    def log(self, profile_id: str) -> list[Entry]:
        """The person's rows of the outcome log, oldest first."""
        return in_order(map(decoded, self._log.get(profile_id, {}).values()))

    def outcome_log(self) -> list[Entry]:
        """The whole outcome log in its order; the erased are not in it."""
        return in_order(decoded(row) for rows in self._log.values() for row in rows.values())

    def members(self, after: str | None, limit: int = PAGE) -> tuple[list[Profile], str | None]:
        """A page of people in order of id, and the id to go on from."""
        ids = sorted(name for name in self._profiles if after is None or name > after)
        page = [person for name in ids[:limit] if (person := self.load(name)).version]
        return page, ids[limit - 1] if len(ids) > limit else None

    def erase(self, profile: Profile, at: Moment, announcements: tuple[dict[str, Any], ...] = ()) -> None:
        """Leave nothing of the person but a tombstone."""
        for rows in (self._messages, self._records, self._receipts, self._log):
            rows.pop(profile.id, None)
        self.norms = added(self.norms, [difference({}, self.load(profile.id).standing)])
        self._keep(Profile(profile.id, version=profile.version + 1, erased_at=at))
        self._bus.announce(announcements)


class MemoryPublications:
    """The live catalogue with its overlays."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._withdrawn: frozenset[str] = frozenset()
        self._ledger_exhausted: frozenset[str] = frozenset()
        self._paused: frozenset[str] = frozenset()
        self._model: Learned | None = None
        self._norms: Norms = {}
        self._live: Publication | None = None

    def current(self) -> Publication:
        """The live publication; the same value until something changes."""
        if self._live is None:
            live = structs.replace(without(self._catalogue, self._withdrawn), norms=self._norms)
            self._live = Publication(live, self._ledger_exhausted, self._paused, self._model)
        return self._live

    def refresh(self) -> None:
        """Nothing here is ever out of date."""

    def withdraw(self, offer: str) -> None:
        """Take an offer away everywhere, over any publication."""
        self._withdrawn, self._live = self._withdrawn | {offer}, None

    def reinstate(self, offer: str) -> None:
        """Undo a withdrawal."""
        self._withdrawn, self._live = self._withdrawn - {offer}, None

    def pause(self, paused: frozenset[str]) -> None:
        """Set what the team paused: campaigns, `channel:NAME`, or `*`."""
        self._paused, self._live = paused, None

    def teach(self, model: Learned | None) -> None:
        """Set what responses have taught."""
        self._model, self._live = model, None

    def measure(self, norms: Norms) -> None:
        """Set what is usual in the house."""
        self._norms, self._live = norms, None

    def exhaust(self, offers: frozenset[str]) -> None:
        """Set the offers whose caps for all are used up."""
        self._ledger_exhausted, self._live = offers, None


class MemoryLedger:
    """Send records and caps for all."""

    def __init__(self, profiles: MemoryProfiles) -> None:
        self._sends = profiles.sends
        self._used: dict[str, Counter[int | None]] = {}
        self._taken: dict[str, tuple[tuple[str, int | None], ...]] = {}
        self._returned: dict[str, tuple[tuple[str, int | None], ...]] = {}
        """What those gave back that failed."""
        self._profiles = profiles

    def claim(self, send: Send, quotas: Sequence[Quota]) -> SendState:
        """Claim a send and use up one of each quota, or say how far somebody else got."""
        known = self._sends.get(send.id)
        if known is not None and known.state is not SendState.CLAIMED:
            return known.state
        before = self._taken.pop(send.id, ())
        self._add(before, -1)
        used = self.counted(quotas, send.at)
        if any(used.get(quota.name, 0) >= quota.at_most for quota in quotas):
            self._take(send, before)
            return SendState.CAPPED
        self._take(send, tuple((quota.name, quota.stretch(send.at)) for quota in quotas))
        self._sends[send.id] = send
        return SendState.CLAIMED

    def open(self, send: Send, profile: Profile, beside: Sequence[str] = ()) -> bool:
        """Begin the hand-over while the claim is ours and the profile as it was read."""
        known = self._sends.get(send.id)
        if known is None or known.owner != send.owner or known.state is not SendState.CLAIMED:
            return False
        if self._profiles.load(profile.id).version != profile.version:
            return False
        if any(name in self._sends and self._sends[name].state in BEGUN for name in beside):
            return False
        self._sends[send.id] = structs.replace(known, state=SendState.OPEN)
        return True

    def settle(self, send: Send, state: SendState, provider_id: str | None = None) -> None:
        """Write how the hand-over ended; what is surer stays."""
        known = self._sends.get(send.id)
        if known is not None and known.state not in SURER[state]:
            self._end(structs.replace(known, state=state, provider_id=provider_id or known.provider_id))

    def refuse(self, send: Send) -> None:
        """Write that it surely failed."""
        known = self._sends.get(send.id)
        if known is not None:
            self._end(structs.replace(known, state=SendState.FAILED))

    def _end(self, send: Send) -> None:
        """Keep a send as it ended: what was not sent uses up nothing."""
        self._sends[send.id] = send
        if send.state in (SendState.FAILED, SendState.DROPPED) and send.id in self._taken:
            self._returned[send.id] = self._taken.pop(send.id)
            self._add(self._returned[send.id], -1)
        elif send.state is SendState.SENT and send.id in self._returned:
            self._take(send, self._returned.pop(send.id))

    def release(self, send: Send) -> None:
        """Give back a claim, caps included; somebody else's stays, and so does what is over."""
        known = self._sends.get(send.id)
        if known is None or known.owner != send.owner or known.state in OVER:
            return
        del self._sends[send.id]
        self._add(self._taken.pop(send.id, ()), -1)

    def find(self, send_id: str) -> Send | None:
        """A send by its id."""
        return self._sends.get(send_id)

    def find_all(self, send_ids: Sequence[str]) -> list[Send]:
        """Those of these sends that there are."""
        return [self._sends[name] for name in send_ids if name in self._sends]

    def count(self, quotas: Iterable[Quota], at: Moment) -> None:
        """Count one more of each."""
        self._add(((quota.name, quota.stretch(at)) for quota in quotas), 1)

    def counted(self, quotas: Sequence[Quota], now: Moment) -> dict[str, int]:
        """How much of each quota is used."""
        return {
            quota.name: sum(
                number
                for stretch, number in self._used[quota.name].items()
                if stretch is None or not quota.is_over(stretch, now)
            )
            for quota in quotas
            if quota.name in self._used
        }

    def _take(self, send: Send, places: tuple[tuple[str, int | None], ...]) -> None:
        self._taken[send.id] = places
        self._add(places, 1)

    def _add(self, places: Iterable[tuple[str, int | None]], number: int) -> None:
        for name, stretch in places:
            self._used.setdefault(name, Counter())[stretch] += number


class MemoryPace:
    """Turns by channel; a channel without a rate has one at any time."""

    def __init__(self, rates: Mapping[str, float], clock: Callable[[], Moment], wait: Callable[[float], None]) -> None:
        self._rates, self._clock, self._wait = rates, clock, wait
        self._free: dict[str, Moment] = {}

    def turn(self, channel: str, *, bulk: bool) -> Moment | None:
        """Wait for the turn of one message; None when it is too far off."""
        rate = self._rates.get(channel)
        if rate is None:
            return pace.NEVER_LATE
        found = self._next(channel, rate, bulk=bulk)
        for pause in pace.PAUSES:
            if found is not None:
                break
            self._wait(pause)
            found = self._next(channel, rate, bulk=bulk)
        if found is None:
            return None
        self._free[channel] = found.free_at
        if (left := found.at - self._clock()) > 0:
            self._wait(left)
        return found.at

    def _next(self, channel: str, rate: float, *, bulk: bool) -> pace.Turn | None:
        return pace.turn(self._free.get(channel, 0.0), self._clock(), rate, bulk=bulk)

    def missed(self, at: Moment) -> bool:
        """Whether a turn is over."""
        return pace.missed(at, self._clock())


class MemorySender:
    """Keeps what was handed over; takes everything."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    def send(self, outgoing: Outgoing) -> Handover:
        """Take a message."""
        self.sent.append(outgoing)
        return Handover(Outcome.SENT, f"memory-{len(self.sent)}")


class MemoryBus:
    """Keeps what was published and announced."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.announced: list[dict[str, Any]] = []

    def publish(self, events: Sequence[Event]) -> None:
        """Take events."""
        self.published.extend(events)

    def announce(self, announcements: Sequence[dict[str, Any]]) -> None:
        """Take our own events."""
        self.announced.extend(announcements)


class MemorySealer:
    """Tokens that cannot be forged without the key, always the same for one payload; readable."""

    def __init__(self, key: bytes = b"memory") -> None:
        self._key = key

    def seal(self, purpose: str, payload: bytes) -> str:
        """A url-safe token, always the same for the same payload."""
        return base64.urlsafe_b64encode(self._mark(purpose, payload) + payload).rstrip(b"=").decode()

    def open(self, purpose: str, token: str) -> bytes | None:
        """The payload, or None for a token that was not made here for this purpose."""
        try:
            raw = base64.urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        except (ValueError, UnicodeEncodeError):
            return None
        mark, payload = raw[:12], raw[12:]
        return payload if mark == self._mark(purpose, payload) else None

    def _mark(self, purpose: str, payload: bytes) -> bytes:
        return hashlib.blake2b(purpose.encode() + b"\x1f" + payload, key=self._key, digest_size=12).digest()
