"""A withdrawal, an erasure, a cap and a hand-over race each other: who comes second knows it, and no slot is lost."""

import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, cast

import yaml
from msgspec import Struct, structs
from rapport.domain.account import Account
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.moment import MINUTE
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.errors import Conflict, StoreUnavailable
from rapport.ports import Ports, Send
from rapport.use_cases import curate
from rapport.use_cases.balance import balance
from rapport_aws.assemble import House

from functions.dispatch.handler import take as dispatch
from tests.torture.ground import FILES, HOUSE, Clock, ground, introduce, taken
from tests.torture.kills import drain, row_of, take_in, tick
from tests.torture.workers import awaited, forked, house_with, prepare

PROCESSES, THREADS = 2, 4
AT_ONCE, SLOWER = 0.02, 0.5
"""Seconds within which each begins: a hand-over takes more calls than its rival, which would win every race."""
ONE_A_WEEK = {**yaml.safe_load(HOUSE)["contact"], "caps": [{"channel": "any", "at_most": 1, "days": 7}]}
FILES_WITH_A_CAP = {**FILES, "rapport.yaml": yaml.safe_dump({**yaml.safe_load(HOUSE), "contact": ONE_A_WEEK})}


class Ran(Struct, frozen=True):
    """One race: who raced the hand-over, whether the message went out, and whether that began too late."""

    rival: str
    user: str
    began_too_late: bool


class Showed(Struct, frozen=True):
    """What the races showed."""

    races: dict[str, int]
    sent: dict[str, int]
    """Rival -> mails that went out."""
    begun_too_late: int
    """Hand-overs that began after the withdrawal or the erasure was written."""
    over_their_cap: int
    """People who got two messages under a cap of one."""
    duplicates: int
    account: Account
    difference: int
    seconds: float


class Line:
    """Where a hand-over begins, and where its rival was done: by the clock, and by the person's version."""

    def __init__(self) -> None:
        self.began: list[tuple[float, int]] = []
        self.done: tuple[float, int] = (float("inf"), 1 << 62)

    def too_late(self) -> bool:
        """Whether a hand-over began after the rival was done, or on what the rival had written."""
        return any(at > self.done[0] or version >= self.done[1] for at, version in self.began)


class Watched:
    """The ledger, and when hand-overs began for whom."""

    def __init__(self, ledger: Any, lines: dict[str, Line]) -> None:
        self._ledger, self._lines = ledger, lines

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def open(self, send: Send, profile: Profile, beside: Sequence[str] = ()) -> bool:
        """Note the moment before it is asked, where it is granted."""
        at = time.monotonic()
        opened = bool(self._ledger.open(send, profile, beside))
        if opened:
            self._lines[profile.id].began.append((at, profile.version))
        return opened


# ---- the rivals


def withdraw(here: House, user: str, line: Line) -> None:
    """Withdraw the consent to marketing."""
    now = here.clock()
    receipt = Receipt("marketing", EVERY_CHANNEL, "withdrawn", now)
    written = curate.consent(Identity("user", user), receipt, here.ports, now)
    line.done = (time.monotonic(), written.version)


def erase(here: House, user: str, line: Line) -> None:
    """Erase the person."""
    name = profile_id("user", user, here.ports.secret)
    curate.erase(name, here.ports, here.clock())
    line.done = (time.monotonic(), here.profiles.load(name).version)


def nothing(_here: House, _user: str, _line: Line) -> None:
    """The person's other message is the rival."""


RIVALS: Mapping[str, tuple[int, Callable[[House, str, Line], None]]] = {
    "withdrawal": (1, withdraw),
    "erasure": (1, erase),
    "cap": (2, nothing),
    "withdrawal and cap": (2, withdraw),
}
"""Name -> how many messages of the person are handed over at once, and what else happens at that moment."""


# ---- running


def run(races: int, seed: int = 1) -> Showed:
    """Run so many races, each kind as often as the next."""
    began, clock = time.monotonic(), Clock()
    with ground(clock, FILES_WITH_A_CAP) as house, tempfile.TemporaryDirectory() as folder:
        prepare(house)
        files = [Path(folder) / str(number) for number in range(PROCESSES)]
        parts = [range(number, races, PROCESSES) for number in range(PROCESSES)]
        children = [forked(partial(_some, clock, part, seed, file)) for part, file in zip(parts, files, strict=True)]
        awaited(children)
        ran = [Ran(*told) for file in files for told in json.loads(file.read_text())]
        for _ in range(2):
            clock.move(20 * MINUTE)
            tick(house)
            drain(clock, 5)
        return _showed(house, ran, time.monotonic() - began)


def _some(clock: Clock, numbers: Sequence[int], seed: int, file: Path) -> None:
    lines: dict[str, Line] = {}

    def watched(ports: Ports) -> Ports:
        return structs.replace(ports, ledger=cast("Any", Watched(ports.ledger, lines)))

    here = house_with(watched, clock)
    with ThreadPoolExecutor(THREADS) as pool:
        ran = list(pool.map(partial(_race, here, lines, seed), numbers))
    file.write_text(json.dumps([structs.astuple(one) for one in ran]))


def _race(here: House, lines: dict[str, Line], seed: int, number: int) -> Ran:
    chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 - repeatable, no secret
    rival = list(RIVALS)[number % len(RIVALS)]
    messages, act = RIVALS[rival]
    user = f"r{number}"
    name = introduce(here, user)
    line = lines[name] = Line()
    take_in(here, [_event(user, f"{number}-{one}") for one in range(messages)])
    rows = [row_of(message) for message in here.profiles.messages(name)]
    runners = [(SLOWER, partial(act, here, user, line)), *((AT_ONCE, partial(_dispatch, here, row)) for row in rows)]
    threads = [threading.Thread(target=_after, args=(chance.uniform(0, most), run)) for most, run in runners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Ran(rival, user, line.too_late())


def _after(seconds: float, do: Callable[[], None]) -> None:
    time.sleep(seconds)
    do()


def _dispatch(here: House, row: str) -> None:
    try:
        dispatch(here, row)
    except (Conflict, StoreUnavailable):
        return  # the queue hands it over again


def _event(user: str, key: str) -> str:
    detail = {"type": "track", "userId": user, "event": "drop", "messageId": key, "properties": {"id": key}}
    told = {"id": key, "source": "shop", "detail-type": "drop", "time": "2026-11-02T09:00:00Z", "detail": detail}
    return json.dumps(told)


def _showed(house: House, ran: Sequence[Ran], seconds: float) -> Showed:
    took, accounted = taken(), balance(house.ports)
    mails: Counter[str] = Counter()
    for key, number in took.items():
        mails["r" + key.partition("/")[2].partition("-")[0]] += number
    rivals = {one.user: one.rival for one in ran}
    sent: Counter[str] = Counter()
    for user, number in mails.items():
        sent[rivals[user]] += number
    erased = sent["erasure"]
    return Showed(
        races=dict(Counter(one.rival for one in ran)),
        sent=dict(sent),
        begun_too_late=sum(one.began_too_late for one in ran),
        over_their_cap=sum(number > 1 for number in mails.values()),
        duplicates=sum(number > 1 for number in took.values()),
        account=accounted,
        difference=accounted.difference + (took.total() - erased - accounted.sent),
        seconds=round(seconds, 1),
    )
