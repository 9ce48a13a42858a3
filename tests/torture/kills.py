"""Workers are killed at every point of the protocol and at any moment; then all is told again. Nothing is lost."""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from typing import TypeVar

import msgspec
from msgspec import Struct
from rapport.domain.account import Account
from rapport.domain.announcement import of_record
from rapport.domain.message import Message, Record
from rapport.domain.moment import DAY, MINUTE
from rapport.ports import Due
from rapport.use_cases.balance import balance
from rapport_aws import assemble, dynamo, tables
from rapport_aws.assemble import House
from rapport_aws.batches import Batch
from rapport_aws.records import value_of

from functions.dispatch.handler import take as dispatch
from functions.due.handler import hand_over
from functions.feedback.handler import take as feedback
from functions.intake.handler import taken as intake
from tests.torture.ground import Clock, ground, introduce, taken
from tests.torture.workers import (
    INVISIBLE,
    LABELS,
    LANES,
    Doom,
    Fate,
    awaited,
    fated,
    forked,
    house_with,
    prepare,
    work,
)

T = TypeVar("T", bound=Struct)

AT_ONCE = 2
PAGE = 500
BATCH = 10
"""Records that a queue hands over at once; a multiple of the messages of a person."""
A_PERSON = 2
"""Messages for each person: their workers meet."""
MIX = ("drop", "drop", "drop", "resend", "hold")
FIRST = 8
"""A worker dies at the latest the eighth time it comes to its point."""
ONCE_A_BATCH = frozenset({"bus.announce", "queue.ack"})
"""Calls that a worker comes to once a batch: there it dies at the latest the second time."""
SOON = 0.4
"""Seconds after which a worker is killed at the latest, where it is killed at any moment."""


class Doubt(Struct, frozen=True):
    """A message whose hand-over somebody was killed in, and whether the provider had taken it."""

    message: Message
    was_taken: bool


class Showed(Struct, frozen=True):
    """What a run showed."""

    messages: int
    kills: dict[str, int]
    """Label, or `any moment` -> workers killed there."""
    lost: int
    duplicates: dict[str, int]
    """Campaign -> mails that the provider took more than once."""
    duplicates_unexplained: int
    """Those among them of which the provider's answer was not lost."""
    in_doubt: int
    in_doubt_settled: dict[str, int]
    """How the doubts ended: campaign, whether the provider had taken it -> ending."""
    redrive_extra: int
    replay_extra: int
    told: int
    """Endings of messages that the bus was told of, each counted once."""
    told_again: int
    untold: int
    account: Account
    difference: int
    seconds: float


def run(messages: int, kills: int, seed: int = 1) -> Showed:
    """Plan so many messages, kill so many workers that hand them over, and count what the provider took."""
    began, clock, chance = time.monotonic(), Clock(), random.Random(seed)  # noqa: S311 - repeatable, no secret
    with ground(clock) as house:
        prepare(house)
        events = [event(number) for number in range(messages)]
        shared(clock, events, plan)
        rows = [row_of(message) for message in planned(house)]
        tick(house)
        killed = kill(clock, kills, chance)
        drain(clock, INVISIBLE + 2)
        doubts = doubtful(house)
        tell(house, doubts)
        for _ in range(3):
            clock.move(20 * MINUTE)
            tick(house)
            drain(clock)
        drain(clock, INVISIBLE + 2)  # what two workers met in comes back
        before = taken()
        shared(clock, rows, look)
        redriven = taken()
        shared(clock, events, take_in)
        clock.move(8 * DAY)
        shared(clock, events, take_in)
        drain(clock)
        return showed(house, messages, killed, doubts, [before, redriven, taken()], time.monotonic() - began)


# ---- what is planned


def event(number: int) -> str:
    """An event as the bus delivers it; one in five asks for each of the rarer policies."""
    user, policy = f"u{number // A_PERSON}", MIX[number % len(MIX)]
    detail = {
        "type": "track",
        "userId": user,
        "event": policy,
        "messageId": f"e{number}",
        "properties": {"id": str(number)},
    }
    return json.dumps(
        {"id": f"bus-{number}", "source": "shop", "detail-type": policy, "time": _now(), "detail": detail}
    )


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def plan(house: House, bodies: Sequence[str]) -> None:
    """Introduce the people and take their events."""
    for user in dict.fromkeys(json.loads(body)["detail"]["userId"] for body in bodies):
        introduce(house, user)
    take_in(house, bodies)


def take_in(house: House, bodies: Sequence[str]) -> None:
    """Take events as the intake queue hands them over."""
    batch = Batch({"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]})
    intake(batch, house)
    if batch.answer()["batchItemFailures"]:
        raise RuntimeError("an event was not taken")


def look(house: House, bodies: Sequence[str]) -> None:
    """Look at messages once more."""
    for body in bodies:
        dispatch(house, body)


def planned(house: House) -> list[Message]:
    """Every message there is."""
    return stored(house, tables.PLANNED, Message)


def stored(house: House, row: tables.Row, shape: type[T]) -> list[T]:
    """All rows of a kind, read straight from the table: thousands of queries would take longer than the run."""
    scan = house.dynamodb.get_paginator("scan").paginate(
        TableName=house.settings.profiles_table,
        FilterExpression="begins_with(sk, :sk)",
        ExpressionAttributeValues=dynamo.values(sk=row.beginning()),
    )
    return [value_of(dynamo.plain(item)["body"], shape) for page in scan for item in page["Items"]]


def row_of(message: Message) -> str:
    """The piece of work that the queue carries for a message."""
    return msgspec.json.encode(Due(message.due_at, message.profile, "message", message.id)).decode()


def shared(clock: Clock, bodies: Sequence[str], take: Callable[[House, Sequence[str]], None]) -> None:
    """Take all bodies, in as many processes as hand over at once; what belongs together stays in order."""
    part = -(-len(bodies) // AT_ONCE)
    part += -part % BATCH
    parts = [bodies[start : start + part] for start in range(0, len(bodies), part)]
    awaited([forked(partial(_all, clock, some, take)) for some in parts])


def _all(clock: Clock, bodies: Sequence[str], take: Callable[[House, Sequence[str]], None]) -> None:
    here = house_with(lambda ports: ports, clock)
    for start in range(0, len(bodies), BATCH):
        take(here, bodies[start : start + BATCH])


def tick(house: House) -> None:
    """Hand over what is due, and send dead letters back: the product's own tick and redrive."""
    for bulk in (False, True):
        while hand_over(house, PAGE, bulk=bulk) == PAGE:
            pass
    for lane in LANES:
        house.queues.redrive(lane, house.clock() + MINUTE, house.clock)


# ---- killing


def dooms(kills: int, chance: random.Random) -> Iterator[Doom]:
    """Half of the deaths at labelled points, each as often as the next; half at any moment."""
    for number in range(kills):
        label = LABELS[(number // 2) % len(LABELS)] if number % 2 else None
        once_a_batch = label is not None and label.strip("<>") in ONCE_A_BATCH
        yield Doom(label, chance.randint(1, 2 if once_a_batch else FIRST))


def kill(clock: Clock, kills: int, chance: random.Random) -> Counter[str]:
    """Let workers hand over until so many were killed; where they died. Those that ran out of work died nowhere."""
    killed: Counter[str] = Counter()
    alive: dict[int, tuple[Doom, float]] = {}
    left: Iterator[Doom] = dooms(kills, chance)
    while True:
        while len(alive) < AT_ONCE and (doom := next(left, None)) is not None:
            child = forked(partial(_hand_over, clock, doom))
            alive[child] = (doom, time.monotonic() + (chance.uniform(0, SOON) if doom.label is None else 60.0))
        if not alive:
            return killed
        for child, (doom, deadline) in list(alive.items()):
            if doom.label is None and time.monotonic() > deadline:
                os.kill(child, signal.SIGKILL)
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del alive[child]
                if os.WIFSIGNALED(status):
                    killed[doom.label or "any moment"] += 1
                elif doom.nth > 1:  # it found too little to do to come to its point so often
                    left = chain(left, [Doom(doom.label)])
        time.sleep(0.002)


def _hand_over(clock: Clock, doom: Doom) -> None:
    fate = Fate(doom)
    work(house_with(fated(fate), clock), fate)


def drain(clock: Clock, idle: int = 1) -> None:
    """Let workers that nobody kills take whatever is left, until there was nothing for so many seconds."""
    awaited([forked(partial(_drain, clock, idle)) for _ in range(AT_ONCE)])


def _drain(clock: Clock, idle: int) -> None:
    work(house_with(lambda ports: ports, clock), Fate(Doom()), idle=idle)


# ---- what became of it


def doubtful(house: House) -> list[Doubt]:
    """The messages that are in doubt now, and whether the provider has them."""
    took = taken()
    return [Doubt(one, took[subject(one)] > 0) for one in planned(house) if one.status == "IN_DOUBT"]


def subject(message: Message) -> str:
    """The subject of a message's mail."""
    return f"{message.campaign}/{message.key}"


def tell(house: House, doubts: Sequence[Doubt]) -> None:
    """Tell of the doubtful mails as SES does, late, twice and out of order; of those sent again, every second only."""
    told = [doubt.message for doubt in doubts if doubt.was_taken]
    withheld = [one for one in told if one.campaign == "resend"][::2]
    for message in told:
        if message not in withheld:
            for kind in ("Delivery", "Send", "Delivery"):
                feedback(house, notice(message, kind))


def notice(message: Message, kind: str) -> str:
    """What SES tells of a mail."""
    mail = {"timestamp": _now(), "tags": {"message": [message.id], "profile": [message.profile]}}
    return json.dumps({"eventType": kind, "mail": mail, kind.lower(): {"timestamp": _now()}})


def showed(  # everything that was counted
    house: House,
    messages: int,
    killed: Counter[str],
    doubts: Sequence[Doubt],
    took: Sequence[Counter[str]],
    seconds: float,
) -> Showed:
    """Compare the rows with what the provider took."""
    before, redriven, replayed = took
    rows = {message.id: message for message in planned(house)}
    twice = {subject(one): one for one in rows.values() if before[subject(one)] > 1}
    may_be_twice = {subject(doubt.message) for doubt in doubts if doubt.message.campaign == "resend"}
    unsent = [one for one in rows.values() if not before[subject(one)]]
    accounted = balance(house.ports)
    told, ended = heard(house), endings(house)
    return Showed(
        messages=messages,
        kills=dict(sorted(killed.items())),
        lost=messages - len(rows) + sum(one.status not in ("FAILED", "IN_DOUBT") for one in unsent),
        duplicates=dict(Counter(one.campaign for one in twice.values())),
        duplicates_unexplained=len(twice.keys() - may_be_twice),
        in_doubt=len(doubts),
        in_doubt_settled=dict(Counter(_ending(doubt, rows) for doubt in doubts)),
        redrive_extra=redriven.total() - before.total(),
        replay_extra=replayed.total() - redriven.total(),
        told=len(told),
        told_again=told.total() - len(told),
        untold=len(ended - told.keys()),
        account=accounted,
        difference=accounted.difference + (accounted.sent - _sent(rows, before)),
        seconds=round(seconds, 1),
    )


def endings(house: House) -> set[str]:
    """The ids of what is to be told of all messages that ended, by what is stored of them."""
    records = stored(house, tables.RECORD, Record)
    return {told["id"] for record in records if (told := of_record(record)) is not None}


def heard(house: House) -> Counter[str]:
    """How often the bus told of each ending: what a queue that listens to it has."""
    sqs, queue = assemble._client("sqs"), os.environ["HEARD"]
    found: Counter[str] = Counter()
    while letters := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages"):
        details = [json.loads(letter["Body"])["detail"] for letter in letters]
        found.update(detail["id"] for detail in details if detail.get("name") in ("Message Sent", "Message Skipped"))
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(letters)]
        sqs.delete_message_batch(QueueUrl=queue, Entries=entries)
    return found


def _sent(rows: dict[str, Message], took: Counter[str]) -> int:
    """Messages that the provider took and that say so."""
    return sum(one.status == "SENT" and took[subject(one)] > 0 for one in rows.values())


def _ending(doubt: Doubt, rows: dict[str, Message]) -> str:
    was = "taken" if doubt.was_taken else "not taken"
    return f"{doubt.message.campaign}, {was}: {rows[doubt.message.id].status}"
