"""Workers of the dispatch queue that run the product's own code, and die at a labelled point or at any moment.

A point is one side of one call of a port: `ledger.open>` is right after it, `<ledger.open` right before.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from msgspec import Struct, structs
from rapport.ports import Ports
from rapport_aws import assemble
from rapport_aws.assemble import House
from rapport_aws.batches import each
from rapport_aws.settings import read

from functions.dispatch.handler import take
from tests.torture.ground import forget_clients

CALLS = (
    "profiles.load",
    "profiles.message",
    "profiles.write",
    "ledger.find_all",
    "ledger.claim",
    "ledger.open",
    "ledger.settle",
    "pace.turn",
    "sender.send",
    "bus.announce",
    "queue.ack",
)
LABELS = tuple(label for call in CALLS for label in (f"<{call}", f"{call}>"))
"""Every point of the protocol at which a worker is killed."""
INVISIBLE = 4
"""Seconds until the queue hands over again what a killed worker had in its hands."""
LANES = ("dispatch", "bulk")
SERVICES = ("dynamodb", "events", "s3", "sesv2", "sns", "sqs")
SECRETS: dict[str, str] = {}
"""The house's secrets, read before anything is forked."""
PORTS = frozenset(call.partition(".")[0] for call in CALLS)


class Doom(Struct, frozen=True):
    """Where a worker dies: the n-th time it comes to a label; None when nobody wants it to."""

    label: str | None = None
    nth: int = 1


class Fate:
    """Counts down to the end of this very process."""

    def __init__(self, doom: Doom) -> None:
        self._label, self._left = doom.label, doom.nth

    def at(self, label: str) -> None:
        """Die here, if it is time."""
        if label == self._label:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, with a place to die on either side."""

        def fated(*args: Any, **kwargs: Any) -> Any:
            self.at(f"<{name}")
            answer = call(*args, **kwargs)
            self.at(f"{name}>")
            return answer

        return fated


class Fated:
    """A port whose calls may be the last thing that this process does."""

    def __init__(self, name: str, port: Any, fate: Fate) -> None:
        self._name, self._port, self._fate = name, port, fate

    def __getattr__(self, name: str) -> Any:
        held = getattr(self._port, name)
        return self._fate.around(f"{self._name}.{name}", held) if callable(held) else held


def prepare(house: House) -> None:
    """Make clients for all that will be forked, once: none of them has a connection that two could share.

    This process keeps those that it has.
    """
    _ = house.ports, house.s3, house.ses, house.queues, house.schedule
    forget_clients()
    for service in SERVICES:
        assemble._client(service)
    SECRETS.update(house.secrets)


def house_with(change: Callable[[Ports], Ports], clock: Callable[[], float]) -> House:
    """The deployed house with other ports around its own; its code is the product's."""
    made = House(read(os.environ), clock)
    # A cached property is an attribute once it is read.
    made.__dict__ |= {"secrets": {**SECRETS}} if SECRETS else {}
    made.__dict__["ports"] = change(made.ports)
    made.__dict__["bus"] = made.ports.bus
    return made


def fated(fate: Fate) -> Callable[[Ports], Ports]:
    """Ports in which a worker may die."""

    def change(ports: Ports) -> Ports:
        names: Mapping[str, Any] = {name: getattr(ports, name, None) for name in PORTS}
        wrapped = {name: Fated(name, port, fate) for name, port in names.items() if port is not None}
        return structs.replace(ports, **cast("dict[str, Any]", wrapped))

    return change


def work(here: House, fate: Fate, *, idle: int = 2) -> None:
    """Take what is on the queues of both lanes until they have been empty for so many seconds."""
    sqs: Any = assemble._client("sqs")
    empty = 0
    while empty < idle:
        taken = [_received(here, sqs, here.queues.urls[lane], fate) for lane in LANES]
        empty = 0 if any(taken) else empty + 1
        if empty:
            time.sleep(1)


def _received(here: House, sqs: Any, queue: str, fate: Fate) -> bool:
    """Take a batch of a queue; whether there was one."""
    told = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=INVISIBLE)
    found = told.get("Messages", [])
    if found:
        _batch(here, found, fate.around("queue.ack", partial(sqs.delete_message_batch, QueueUrl=queue)))
    return bool(found)


def _batch(here: House, found: list[dict[str, Any]], acknowledge: Callable[..., Any]) -> None:
    records = [{"messageId": one["MessageId"], "body": one["Body"], "eventSource": "aws:sqs"} for one in found]
    with here.gathering():
        answer = each({"Records": records}, partial(take, here))
    failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
    done = [one for one in found if one["MessageId"] not in failed]
    if done:
        entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(done)]
        acknowledge(Entries=entries)


def forked(do: Callable[[], None]) -> int:
    """Do something in a process of its own; its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        do()
        code = 0
    finally:
        os._exit(code)


def awaited(children: Sequence[int]) -> None:
    """Wait for processes. Raises RuntimeError when one failed."""
    ended = [os.waitpid(child, 0)[1] for child in children]
    if any(ended):
        raise RuntimeError(f"a process failed: {ended}")
