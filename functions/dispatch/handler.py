"""The door of the dispatch queue: what fell due is looked at again, and goes out once or tells why not."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any, Literal

import msgspec
from msgspec import Struct
from rapport.errors import BadRequest, StoreUnavailable
from rapport.ports import Due, Outcome
from rapport.use_cases.desk import Desk, TemplateShelf
from rapport.use_cases.fall_due import fall_due
from rapport_aws import assistance, crowds, imports, privacy
from rapport_aws.assemble import House, attempt, house
from rapport_aws.batches import each
from rapport_aws.subscriptions import Confirmation, Subscription, send

A_QUARTER = 15 * 60
"""Seconds that a queue may put off a message at most."""


class Work(Struct, frozen=True):
    """What the queue carries: a due row (an untold event and a stopped erasure too), a job, a double opt-in, help."""

    kind: Literal["message", "wake", "job", "confirmation", "help", "announcement", "erase"]
    ref: str = ""
    profile: str = ""
    at: float = 0.0
    shard: str = ""
    subscription: Subscription | None = None
    told: tuple[dict[str, Any], ...] = ()


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Look at every row of the batch; those that fail are delivered again, and in the end set aside."""
    here = house()
    with here.gathering():
        return each(event, partial(take, here))


def take(here: House, body: str) -> None:
    """Do one piece of work. Raises BadRequest for what is none."""
    try:
        work = msgspec.json.decode(body, type=Work)
    except msgspec.DecodeError as error:
        raise BadRequest(f"not a piece of work: {type(error).__name__}") from None
    DO[work.kind](work, here)


def look(work: Work, here: House) -> None:
    """Deal with a row that fell due, under a name for claims that no other attempt has."""
    row = Due(work.at, work.profile, "wake" if work.kind == "wake" else "message", work.ref)
    fall_due(row, Desk(here.ports, attempt(), shelf()), here.clock())


def go_on(work: Work, here: House) -> None:
    """Take the next slice of a job."""
    job = here.jobs.find(work.ref)
    if job.kind in crowds.DO:
        crowds.go_on(job, here, work.shard)
    else:
        imports.go_on(job, here)


def tell(work: Work, here: House) -> None:
    """Tell the bus what nobody told it; while it takes nothing, that goes on waiting. Raises StoreUnavailable."""
    try:
        here.bus.announce(work.told)
    except StoreUnavailable:
        here.queues.put("bulk", msgspec.json.encode(work).decode(), A_QUARTER)


def erase(work: Work, here: House) -> None:
    """Bring an erasure that was stopped half way to its end."""
    names = [str(name) for told in work.told for name in told["names"]]
    privacy.finish(work.profile, names, work.at - privacy.AFTER, here)


def assist(work: Work, here: House) -> None:
    """Answer a call for help. Raises StoreUnavailable when the provider is to be asked again later."""
    handover = assistance.answer(work.ref, here)
    if handover is not None and handover.outcome is Outcome.LATER:
        raise StoreUnavailable(f"provider: {handover.detail}")


def confirm(work: Work, here: House) -> None:
    """Send a double opt-in. Raises StoreUnavailable when the provider is to be asked again later."""
    if work.subscription is None:
        raise BadRequest("a confirmation without a subscription")
    handover = send(Confirmation(work.ref, work.subscription), here)
    if handover.outcome is Outcome.LATER:
        raise StoreUnavailable(f"provider: {handover.detail}")


DO: dict[str, Callable[[Work, House], None]] = {
    "message": look,
    "wake": look,
    "job": go_on,
    "confirmation": confirm,
    "help": assist,
    "announcement": tell,
    "erase": erase,
}


@cache
def shelf() -> TemplateShelf:
    """Compiled templates, kept as long as the container."""
    return TemplateShelf()
