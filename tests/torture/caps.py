"""Many contend for a cap for all; some are killed with a claim in hand, some give theirs back: it is met exactly.

The cap rolls by a day, and its row is full of what was counted the day before: who comes first must find that out.
"""

import random
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from msgspec import Struct, structs
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import Send, SendState
from rapport_aws.assemble import House
from rapport_aws.ledger import DynamoLedger

from tests.torture.ground import Clock, ground
from tests.torture.workers import awaited, forked, house_with, prepare

PROCESSES, THREADS = 2, 8
OFFER = "car"
NOW = 1_800_000_000.0
BEFORE = 20
"""Hours of the day before in which something was counted."""


class Showed(Struct, frozen=True):
    """What the contest showed."""

    contenders: int
    at_most: int
    sent: int
    counted: int
    """What the cap says is used up in the end."""
    left: int
    """Claims that nobody opened and nobody gave back."""
    seconds: float


def run(contenders: int, seed: int = 1) -> Showed:
    """Let so many contend for a third as many; then whoever was turned away asks again, until none is left."""
    began, clock, at_most = time.monotonic(), Clock(), contenders // 3
    with ground(clock) as house:
        prepare(house)
        fill(house.ledger, at_most)
        parts = [range(number, contenders, PROCESSES) for number in range(PROCESSES)]
        children = [forked(partial(_some, clock, part, at_most, seed)) for part in parts]
        awaited(children)
        ledger = house.ledger
        for number in range(contenders):
            if hand_over(ledger, number, at_most, "last") is SendState.CAPPED:
                break
        states = Counter(send.state for send in ledger.find_all([_name(number) for number in range(contenders)]))
        counted = ledger.counted([quota(at_most)], NOW)[quota(at_most).name]
        left = states[SendState.CLAIMED] + states[SendState.OPEN]
        seconds = round(time.monotonic() - began, 1)
        return Showed(contenders, at_most, states[SendState.SENT], counted, left, seconds)


def quota(at_most: int) -> Quota:
    """So many a day."""
    return Quota(f"{OFFER}@1d", at_most, 1)


def fill(ledger: DynamoLedger, at_most: int) -> None:
    """Use all of it up, a day and more before."""
    for number in range(at_most):
        ledger.count([quota(at_most)], NOW - 2 * DAY + number % BEFORE * HOUR)


def _some(clock: Clock, numbers: Sequence[int], at_most: int, seed: int) -> None:
    here: House = house_with(lambda ports: ports, clock)
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(partial(contend, here.ledger, at_most, seed), numbers))


def contend(ledger: DynamoLedger, at_most: int, seed: int, number: int) -> None:
    """One contender: most hand over, some are killed after the claim and taken over, some give their claim back."""
    chance = random.Random(seed * 1_000_003 + number).random()  # noqa: S311 - repeatable, no secret
    if chance < 0.3 and claim(ledger, number, at_most, "killed") is not SendState.CLAIMED:
        return
    if chance < 0.15:
        mine = _send(number, "tidy")
        if claimed(ledger, mine, ()) is SendState.CLAIMED:
            ledger.release(mine)
        return
    hand_over(ledger, number, at_most, "alive")


def hand_over(ledger: DynamoLedger, number: int, at_most: int, owner: str) -> SendState:
    """Claim, open, and say that it went out."""
    state = claim(ledger, number, at_most, owner)
    send = _send(number, owner)
    if state is SendState.CLAIMED and ledger.open(send, Profile(send.profile)):
        ledger.settle(send, SendState.SENT, "ses")
    return state


def claim(ledger: DynamoLedger, number: int, at_most: int, owner: str) -> SendState:
    """Claim one of the few."""
    return claimed(ledger, _send(number, owner), (quota(at_most),))


def claimed(ledger: DynamoLedger, send: Send, quotas: tuple[Quota, ...]) -> SendState:
    """The answer to a claim, asked as often as rivals are in the way."""
    while True:
        try:
            return ledger.claim(send, quotas)
        except Conflict:
            time.sleep(0.005)


def _name(number: int) -> str:
    return f"s_{number}"


def _send(number: int, owner: str) -> Send:
    send = Send(_name(number), f"p_{number}", f"m_{number}", "email", f"{owner}-{number}", NOW)
    return structs.replace(send, offers=((OFFER, "hero"),))
