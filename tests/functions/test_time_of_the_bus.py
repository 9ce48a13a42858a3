"""When an event happened that came over the bus, which tells the time of a delivery in whole seconds."""

import json
from typing import Any

import pytest
from rapport.domain.moment import parse, text
from rapport_aws.entries import envelope_of

from functions.intake.handler import told_by
from tests.functions.calls import envelope

TAKEN = parse("2027-01-15T08:00:00Z")


def happened(now: float, **told: Any) -> float:
    """The moment of an event that the bus took within the second TAKEN, read at `now`."""
    detail = {"userId": "u", "messageId": "m", **told}
    event = told_by(envelope_of(json.dumps(envelope("Flight Booked", detail))), now)
    assert event is not None
    return event.at


@pytest.mark.parametrize(
    ("now", "at"),
    [(TAKEN + 0.4, TAKEN + 0.4), (TAKEN + 60, TAKEN + 0.999), (TAKEN - 5, TAKEN)],
    ids=["read within the second", "read later", "read by a clock that is behind"],
)
def test_an_event_without_a_time_came_at_the_end_of_its_second(now: float, at: float) -> None:
    assert happened(now) == at


def test_times_that_producers_tell_within_a_second_keep_their_order_c13() -> None:
    assert [happened(TAKEN + 60, timestamp=text(TAKEN + part)) for part in (0.2, 0.7)] == [TAKEN + 0.2, TAKEN + 0.7]
