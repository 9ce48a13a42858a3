"""The outcome log's rows: read back as written, in one order, and refused when they are none."""

import random

import msgspec
import pytest
from rapport.domain.outcome_log import (
    Candidate,
    Entry,
    LoggedExposure,
    LoggedOutcome,
    decoded,
    encoded,
    in_order,
    key_of,
)

SHOWN = LoggedExposure("p_1", "d_1", "car", "hero", "web", 10.0, "viewed", features=("tier:gold",), chance=0.4)
SENT = LoggedExposure("p_1", "m_1", "car", "tip", "email", 10.0, "sent", candidates=(Candidate("car", 0.7),))
BOUGHT = LoggedOutcome("p_1", "purchase", 10.0, 99.0, ref="o1")
CLICKED = LoggedOutcome("p_1", "clicked", 10.0, decision="d_1", offer="car", placement="hero", exposed_at=10.0)


@pytest.mark.parametrize("entry", [SHOWN, SENT, BOUGHT, CLICKED])
def test_a_row_is_read_as_it_was_written(entry: Entry) -> None:
    assert decoded(encoded(entry)) == entry


def test_the_order_of_reading_does_not_depend_on_how_rows_came() -> None:
    rows = [CLICKED, BOUGHT, SENT, SHOWN]
    random.Random(1).shuffle(rows)  # noqa: S311  # a test needs no secret
    assert in_order(rows) == in_order([SHOWN, SENT, BOUGHT, CLICKED])
    assert in_order(rows)[-1] in (CLICKED, BOUGHT)


def test_two_things_of_one_person_never_share_a_row() -> None:
    assert len({key_of(row) for row in (SHOWN, SENT, BOUGHT, CLICKED)}) == 4


@pytest.mark.parametrize("line", [b"{}", b"[]", b'{"row":"exposure"}', b"not json", b'{"row":"other"}'])
def test_what_is_no_row_is_refused(line: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        decoded(line)
