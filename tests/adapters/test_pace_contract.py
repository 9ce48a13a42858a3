"""What the port Pace promises, held by both of its implementations: no second holds more hand-overs than the rate."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from rapport.domain import pace
from rapport.memory import MemoryPace
from rapport.ports import Pace
from rapport_aws.pace import DynamoPace, rows

from tests.adapters.cloud import Cloud
from tests.adapters.conftest import Clock

RATES = {"email": 14.0}


@dataclass
class Line:
    """A pace under a clock that only waiting moves."""

    pace: Pace
    clock: Clock

    def turns(self, number: int, *, bulk: bool = False) -> list[float]:
        """The moments of so many turns; whoever finds the line too long comes again a second later."""
        found: list[float] = []
        while len(found) < number:
            at = self.pace.turn("email", bulk=bulk)
            if at is None:
                self.clock.now += 1.0
            else:
                found.append(at)
        return found


Make = Callable[[dict[str, float]], Line]


@pytest.fixture(params=["memory", "aws"])
def make(request: pytest.FixtureRequest) -> Make:
    account: Cloud | None = request.getfixturevalue("account") if request.param == "aws" else None

    def made(rates: dict[str, float]) -> Line:
        clock = Clock()

        def wait(seconds: float) -> None:
            clock.now += seconds

        if account is None:
            return Line(MemoryPace(rates, clock, wait), clock)
        return Line(DynamoPace(account.dynamodb, "ledger", lambda: rates, clock, wait), clock)

    return made


def busiest(moments: list[float], window: float) -> int:
    """The most moments that lie within any stretch shorter than the window."""
    ordered = sorted(moments)
    return max(sum(start <= moment < start + window for moment in ordered) for start in ordered)


def test_no_second_holds_more_hand_overs_than_the_rate_however_late_a_turn_is_used(make: Make) -> None:
    turns = make(RATES).turns(60)
    late = [moment + pace.LATE * (place % 3) / 2 for place, moment in enumerate(turns)]
    assert busiest(turns, 1.0) <= busiest(late, 1.0) <= 14


def test_a_pause_is_not_made_up_for_by_a_burst(make: Make) -> None:
    line = make(RATES)
    first = line.turns(5)
    line.clock.now += 3600
    assert busiest([*first, *line.turns(30)], 1.0) <= 14


def test_bulk_leaves_room_for_service(make: Make) -> None:
    line, start = make({"email": 0.5}), 1_800_000_000.0
    line.pace.turn("email", bulk=True)
    line.clock.now = start
    assert line.pace.turn("email", bulk=False) == pytest.approx(start + pace.apart(0.5))


def test_whoever_finds_the_line_too_long_looks_again_for_a_moment_and_then_gives_up(make: Make) -> None:
    line, start = make({"email": 0.1}), 1_800_000_000.0
    first, second = line.pace.turn("email", bulk=True), line.pace.turn("email", bulk=True)
    assert (first, second, 1.5 < line.clock.now - start <= sum(pace.PAUSES) + 0.01) == (start, None, True)


def test_a_channel_without_a_rate_need_not_wait(make: Make) -> None:
    line = make(RATES)
    at = line.pace.turn("print", bulk=True)
    assert at is not None
    assert (line.pace.missed(at), line.clock.now) == (False, 1_800_000_000.0)


def test_a_turn_is_good_for_a_moment_only(make: Make) -> None:
    line = make(RATES)
    at = line.pace.turn("email", bulk=False)
    assert at is not None
    before = line.pace.missed(at)
    line.clock.now += 2 * pace.LATE
    assert (before, line.pace.missed(at)) == (False, True)


@pytest.mark.parametrize("rate", [0.5, 1.0, 14.0, 400.0, 401.0, 999.0, 5000.0])
def test_the_rows_that_share_a_rate_come_to_it_and_none_is_hot(rate: float) -> None:
    shares = rows(rate)
    assert (sum(shares), max(shares) <= 400) == (rate, True)


class Stammering:
    """A client whose first answer is lost, after the write was made."""

    def __init__(self, client: Any) -> None:
        self._client, self._lost = client, False

    def update_item(self, **given: Any) -> Any:
        answer = self._client.update_item(**given)
        if not self._lost:
            self._lost = True
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        return answer


def test_a_turn_whose_answer_was_lost_is_lost_and_given_to_nobody(account: Cloud) -> None:
    clock = Clock()
    lossy = DynamoPace(Stammering(account.dynamodb), "ledger", lambda: RATES, clock, lambda _seconds: None)
    with pytest.raises(Exception, match="ledger"):
        lossy.turn("email", bulk=False)
    assert lossy.turn("email", bulk=False) == pytest.approx(clock.now + pace.apart(14.0))
