"""A rush hour: the real use cases over the ports in memory, with queues, workers, a tick and slow stores, played.

What Lambda and SQS do is played by events in order of time: a worker takes some messages of its lane one after the
other, every call of a store or a provider takes its time, and so does waiting for a turn. Each worker is a thread, of
which one runs at a time: it gives way whenever it waits, so that whatever the others do meanwhile comes in between.
"""

import heapq
import random
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import count
from typing import Any

from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import EVERY_CHANNEL, Consent
from rapport.domain.moment import Moment, midnight_utc, parse
from rapport.domain.normalise import normalise
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.domain.trait import TraitValue
from rapport.memory import MemoryLedger, MemoryPace, MemorySender
from rapport.ports import Change, Due, Handover, Outcome, Outgoing, Ports, Send, SendState
from rapport.use_cases.desk import Desk
from rapport.use_cases.fall_due import fall_due
from rapport.use_cases.take_event import take_event
from rapport_authoring.check import check
from rapport_authoring.simulation.world import World
from rapport_aws.schedule import spread_out
from rapport_aws.watch import AHEAD, FEWEST

from infra.functions import BULK_AT_ONCE, BULK_TOGETHER

DAY = date(2026, 11, 2)
MIDNIGHT = parse("2026-11-01T23:00:00Z")
NINE = parse("2026-11-02T08:00:00Z")
EVENING = parse("2026-11-02T20:00:00Z")
"""In Paris."""
MINUTE = 60.0
WORKERS = {False: 20, True: BULK_AT_ONCE}
BATCH = {False: 10, True: BULK_TOGETHER}
"""Of each lane; True is bulk."""
PAGE = (
    "{% block subject %}A word{% endblock %}{% block email %}<p>Hello</p>"
    "<a href='{{ links.unsubscribe }}'>stop</a>{% endblock %}"
)
CAMPAIGNS = """\
- id: birthday
  purpose: marketing
  kind: relationship
  trigger: {date: birthday}
  at: "09:00"
  channels: [email]
  template: note.j2
- id: receipt
  purpose: service
  kind: service
  trigger: {event: Order Placed, key: order}
  channels: [email]
  template: note.j2
"""


def house() -> Catalogue:
    checked = check(
        {
            "rapport.yaml": "name: House\ntimezone: Europe/Paris\nsources: {declared: {rank: 100}}\n",
            "traits.yaml": "declared: {birthday: {type: date}}\n",
            "campaigns/all.yaml": CAMPAIGNS,
            "templates/note.j2": PAGE,
        }
    )
    assert checked.catalogue is not None, checked.errors
    return checked.catalogue


class Worker(threading.Thread):
    """One worker: works when it is called, gives way when it waits."""

    def __init__(self, clock: "Clock") -> None:
        super().__init__(daemon=True)
        self.called, self.clock = threading.Semaphore(0), clock
        self.work: Callable[[], None] | None = None

    def run(self) -> None:
        while True:
            self.called.acquire()
            try:
                if self.work is not None:
                    self.work()
            except BaseException as error:  # noqa: BLE001  # told where the test waits for it
                self.clock.failed = error
            self.work = None
            self.clock.given_way.release()


@dataclass
class Clock:
    """Played time: things happen in its order, and only they move it."""

    now: Moment = MIDNIGHT
    failed: BaseException | None = None
    given_way: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    _events: list[tuple[Moment, int, Callable[[], None]]] = field(default_factory=list)
    _order: Any = field(default_factory=count)

    def __call__(self) -> Moment:
        return self.now

    def at(self, moment: Moment, do: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), do))

    def call(self, worker: Worker) -> None:
        """Let a worker work until it waits, or is done."""
        worker.called.release()
        self.given_way.acquire()
        if self.failed is not None:
            raise self.failed

    def wait(self, seconds: float) -> None:
        """Give way, as a worker, for so long."""
        worker = threading.current_thread()
        assert isinstance(worker, Worker)
        self.at(self.now + seconds, partial(self.call, worker))
        self.given_way.release()
        worker.called.acquire()

    def run(self, until: Moment) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, do = heapq.heappop(self._events)
            do()


class SlowLedger(MemoryLedger):
    """A ledger whose transactions take ten to thirty milliseconds."""

    def __init__(self, profiles: Any, clock: Clock, chance: random.Random) -> None:
        super().__init__(profiles)
        self._clock, self._chance = clock, chance

    def claim(self, send: Send, *rest: Any) -> SendState:
        self._clock.wait(self._chance.uniform(0.01, 0.03))
        return super().claim(send, *rest)

    def open(self, send: Send, profile: Profile, beside: Sequence[str] = ()) -> bool:
        self._clock.wait(self._chance.uniform(0.01, 0.03))
        return super().open(send, profile, beside)


class SlowSender(MemorySender):
    """A provider that takes a message at once and answers after a while; keeps when each began."""

    def __init__(self, clock: Clock, chance: random.Random) -> None:
        super().__init__()
        self._clock, self._chance = clock, chance
        self.begun: list[tuple[Moment, str, str]] = []
        self.out: tuple[Moment, Moment] = (0.0, 0.0)
        """From when until when the provider is out of order."""
        self.refused = 0

    def send(self, outgoing: Outgoing) -> Handover:
        if self.out[0] <= self._clock.now < self.out[1]:
            self.refused += 1
            return Handover(Outcome.LATER, detail="ServiceUnavailable")
        self.begun.append((self._clock.now, outgoing.campaign, outgoing.profile))
        self._clock.wait(self._chance.uniform(0.05, 0.25))
        return super().send(outgoing)


@dataclass
class Rush:
    """People with a birthday today, a rate, and what came of it."""

    rate: float
    seed: int = 0
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311  # played, not secret
        self.world = World(house(), self.seed)
        self.sender = SlowSender(self.clock, self.chance)
        self.ports: Ports = structs.replace(
            self.world.ports,
            ledger=SlowLedger(self.world.profiles, self.clock, self.chance),
            sender=self.sender,
            pace=MemoryPace({"email": self.rate}, self.clock, self.clock.wait),
        )
        self.desk = Desk(self.ports)
        self.people: list[str] = []
        self.asked: dict[str, Moment] = {}
        self._queues: dict[bool, deque[Due]] = {False: deque(), True: deque()}
        self._idle = {bulk: [Worker(self.clock) for _ in range(WORKERS[bulk])] for bulk in self._queues}
        for worker in (*self._idle[False], *self._idle[True]):
            worker.start()
        self._rows: list[tuple[Moment, int, Due]] = []
        self._order = count()

    # ---- what the world does

    def born(self, number: int) -> None:
        """Somebody whose birthday is today, and who may be written to."""
        user = f"u{number}"
        said = {"email": f"{user}@example.com", "birthday": midnight_utc(DAY.replace(year=1980))}
        profile = Profile(
            profile_id("user", user, self.ports.secret),
            user_id=user,
            identities=(Identity("user", user),),
            traits={name: TraitValue(value, "declared", 0.0, 1.0) for name, value in said.items()},
            consents={"marketing": {EVERY_CHANNEL: Consent("granted", 0.0, ever_granted=True)}},
            woken_at=MIDNIGHT - 1,
        )
        self.people.append(profile.id)
        self.world.profiles.write(Change(profile, due=(Due(MIDNIGHT, profile.id, "wake", bulk=True),)))

    def order(self, number: int, at: Moment) -> None:
        """An order at a moment, which is answered by a service message."""
        self.clock.at(at, partial(self._ordered, number))

    def _ordered(self, number: int) -> None:
        now = self.clock.now
        raw = {"type": "track", "userId": f"shopper{number}", "messageId": f"o{number}", "event": "Order Placed"}
        told = {**raw, "properties": {"order": str(number)}}
        known = {"type": "identify", "userId": f"shopper{number}", "traits": {"email": f"s{number}@example.com"}}
        for message in (known, told):
            event = normalise(message, now, trusted=True)
            assert not isinstance(event, list)
            taken = take_event(event, self.ports, now)
        self.asked[str(taken.profile)] = now
        self._prompt()

    # ---- what the cloud does

    def run(self, until: Moment) -> None:
        """Let time pass: ticks each minute, workers as they are free."""
        for minute in range(int((until - self.clock.now) // MINUTE)):
            self.clock.at(self.clock.now + minute * MINUTE, self._tick)
        self.clock.run(until)

    def _prompt(self) -> None:
        """Rows that were just written: what is due goes to its queue at once, the rest waits for a tick."""
        now = self.clock.now
        self.world.profiles.logged.clear()
        while (row := self.world.schedule.take(float("inf"))) is not None:
            if row.at <= now and row.kind == "message":
                self._queues[row.bulk].append(row)
            else:
                placed = spread_out(row, now)
                heapq.heappush(self._rows, (placed.at, next(self._order), placed))
        for bulk in self._queues:
            self._hire(bulk=bulk)

    def _tick(self) -> None:
        """What functions/due does: all that is due of service, of bulk as much as there is room for."""
        now, kept = self.clock.now, []
        room = max(FEWEST, int(AHEAD * self.rate)) - len(self._queues[True])
        while self._rows and self._rows[0][0] <= now:
            entry = heapq.heappop(self._rows)
            row = entry[2]
            if row.bulk and room <= 0:
                kept.append(entry)
                continue
            self._queues[row.bulk].append(row)
            room -= row.bulk
        for entry in kept:
            heapq.heappush(self._rows, entry)
        self._prompt()

    def _hire(self, *, bulk: bool) -> None:
        queue, idle = self._queues[bulk], self._idle[bulk]
        while queue and idle:
            worker = idle.pop()
            batch = [queue.popleft() for _ in range(min(BATCH[bulk], len(queue)))]
            worker.work = partial(self._take, batch, worker, bulk)
            self.clock.at(self.clock.now + self.chance.uniform(0.01, 0.05), partial(self.clock.call, worker))

    def _take(self, batch: list[Due], worker: Worker, bulk: bool) -> None:  # bound by partial
        """One message after the other, as a call of the function takes them."""
        for row in batch:
            self.clock.wait(self.chance.uniform(0.005, 0.02))
            fall_due(row, self.desk, self.clock.now)
            self._prompt()
        self._idle[bulk].append(worker)
        self.clock.at(self.clock.now, partial(self._hire, bulk=bulk))


def busiest(moments: list[Moment], window: float = 1.0) -> int:
    """The most moments in any stretch shorter than the window."""
    ordered, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] <= moment - window:
            first += 1
        most = max(most, last - first + 1)
    return most
