"""Waiting for a turn: over the rate a message waits, a missed turn is taken anew, and night may fall meanwhile."""

from msgspec import structs
from rapport.domain.moment import MINUTE, Moment, parse
from rapport.domain.reason import MessageStatus, Reason

from tests.use_cases.stage import NOW, Provider, Stage


class Line:
    """A pace whose turn comes at a moment, or is too far off, or is missed so many times."""

    def __init__(self, at: Moment | None, misses: int = 0) -> None:
        self._at, self._misses = at, misses

    def turn(self, _channel: str, *, bulk: bool) -> Moment | None:  # the port's signature
        return self._at

    def missed(self, _at: Moment) -> bool:
        self._misses -= 1
        return self._misses >= 0


def paced(provider: Provider, line: Line) -> Stage:
    stage = Stage(provider)
    stage.ports = structs.replace(stage.ports, pace=line)
    return stage


def stands(stage: Stage) -> tuple[MessageStatus, Reason | None, Moment]:
    message = stage.ports.profiles.message(stage.profile.id, stage.message_id)
    assert message is not None
    return message.status, message.reason, message.due_at


def test_a_message_that_finds_the_line_too_long_waits_some_minutes() -> None:
    provider = Provider()
    stage = paced(provider, Line(None))
    stage.dispatch()
    status, reason, due = stands(stage)
    assert (provider.tried, status, reason) == ([], MessageStatus.DEFERRED, Reason.RATE)
    assert MINUTE <= due - NOW <= 5 * MINUTE
    assert stage.ports.ledger.find(f"{stage.message_id}:email") is None


def test_a_turn_that_was_missed_is_taken_anew_and_the_message_goes_once() -> None:
    provider = Provider()
    stage = paced(provider, Line(NOW, misses=3))
    stage.dispatch()
    assert (provider.tried, stands(stage)[0]) == (["email"], MessageStatus.SENT)


def test_quiet_hours_that_begin_while_a_message_waits_for_its_turn_hold_it_back() -> None:
    provider, evening = Provider(), parse("2026-11-02T20:59:58Z")
    stage = paced(provider, Line(evening + 5))
    stage.dispatch(evening)
    found = (MessageStatus.DEFERRED, Reason.QUIET_HOURS, parse("2026-11-03T08:00:00Z"))
    assert (provider.tried, stands(stage)) == ([], found)
