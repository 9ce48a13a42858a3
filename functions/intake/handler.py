"""The door of the intake queue: events of the bus, taken into the people they are about."""

from functools import partial
from typing import Any

from msgspec import structs
from rapport.domain import moment
from rapport.domain.event import Event
from rapport.domain.intake import Outcome
from rapport.domain.moment import Moment
from rapport.domain.normalise import from_bus
from rapport.errors import BadRequest, StoreUnavailable
from rapport.ports import Ports
from rapport.use_cases.sealed import token_of
from rapport.use_cases.take_event import Heard, concerned, take_events
from rapport_aws.assemble import House, house, logger
from rapport_aws.batches import Batch, parts
from rapport_aws.entries import COLLECTED, Envelope, envelope_of, event_of

WHOLE_SECOND = 0.999
"""EventBridge tells the time of a delivery in whole seconds, rounded down."""


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take every event of the batch, those of one person together; those that fail are delivered again."""
    here, batch = house(), Batch(event)
    with here.gathering():
        taken(batch, here)
    return batch.answer()


def taken(batch: Batch, here: House) -> None:
    """Read everybody whom the batch is about at once, and take it in parts."""
    heard = batch.read(partial(hear, here))
    names = partial(whose, here)
    try:
        profiles = here.profiles.ahead(name for record in heard for name in names(record.value))
    except StoreUnavailable as error:
        batch.fail(heard, error)
        return
    ports = structs.replace(here.ports, profiles=profiles)
    for part in parts(heard, names):
        batch.take(part, partial(take, here, ports))


def hear(here: House, body: str) -> Heard | None:
    """Read one event. Raises BadRequest for what is none: poison, to be looked at by somebody."""
    event = told_by(envelope_of(body), here.clock())
    return None if event is None else Heard(event, token_of(event, here.sealer))


def whose(here: House, heard: Heard) -> tuple[str, ...]:
    """The ids of the profiles that an event may change."""
    return concerned(heard.event, here.ports.secret)


def take(here: House, ports: Ports, heard: list[Heard]) -> None:
    """Take events that belong together, and note what was wrong with any."""
    for one, taken in zip(heard, take_events(heard, ports, here.clock()), strict=True):
        if taken.outcome is Outcome.REFUSED or taken.problems:
            paths = [fault["path"] for fault in taken.problems]
            about = {"event": one.event.message_id, "outcome": str(taken.outcome), "paths": paths}
            logger.info("event", extra=about)


def told_by(envelope: Envelope, now: Moment) -> Event | None:
    """The event in an envelope: our own door's, a producer's, or None for what we told ourselves."""
    if envelope.source == COLLECTED:
        return event_of(envelope)
    delivery = (envelope.id, delivered(moment.parse(envelope.time), now))
    event = from_bus(envelope.detail_type, envelope.detail, envelope.source, delivery)
    if isinstance(event, list):
        raise BadRequest("not an event", [dict(fault) for fault in event])
    return event


def delivered(told: Moment, now: Moment) -> Moment:
    """The end of the second in which the bus took an event: what came before it, by a finer clock, stays before it."""
    return max(told, min(now, told + WHOLE_SECOND))
