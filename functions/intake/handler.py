"""The door of the intake queue: an event of the bus, taken into the person it is about."""

from functools import partial
from typing import Any

from rapport.domain import moment
from rapport.domain.event import Event
from rapport.domain.intake import Outcome
from rapport.domain.moment import Moment
from rapport.domain.normalise import from_bus
from rapport.errors import BadRequest
from rapport.use_cases.sealed import token_of
from rapport.use_cases.take_event import take_event
from rapport_aws.assemble import House, house, logger
from rapport_aws.batches import each
from rapport_aws.entries import COLLECTED, Envelope, envelope_of, event_of


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take every event of the batch; those that fail are delivered again, and in the end set aside."""
    here = house()
    with here.tally.gathering():
        return each(event, partial(take, here))


WHOLE_SECOND = 0.999
"""EventBridge tells the time of a delivery in whole seconds, rounded down."""


def take(here: House, body: str) -> None:
    """Take one event. Raises BadRequest for what is none: poison, to be looked at by somebody."""
    now = here.clock()
    event = told_by(envelope_of(body), now)
    if event is None:
        return
    taken = take_event(event, here.ports, now, token_of(event, here.sealer))
    if taken.outcome is Outcome.REFUSED or taken.problems:
        paths = [fault["path"] for fault in taken.problems]
        logger.info("event", extra={"event": event.message_id, "outcome": str(taken.outcome), "paths": paths})


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
