"""What time does to a message: an hour without the provider of mail, a night, a date that moves, too soon again.

Nobody waits for hours: work whose time has come is taken by the dispatch code with a clock that is ahead, over the
stack itself. The outage is one: the deployed function finds nobody at the address of its provider.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_authoring.local.place import HOST, Deployed

from tests.e2e import campaigns
from tests.e2e.campaigns import ends, falls_due, later, mailed, stands, work
from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import (
    aws,
    function_named,
    introduced,
    messages,
    midnight,
    put_events,
    settle,
    track,
)

CATALOGUE = campaigns.CATALOGUE
HOUR = 3600.0


# ---- an outage


@contextmanager
def without_mail(stack: Deployed) -> Iterator[None]:
    """For a while the dispatch function finds nobody where SES was."""
    name = function_named(stack, "Dispatch")
    told = aws(stack, "lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    with socket.socket() as nobody:
        nobody.bind((HOST, 0))  # taken and never listened to: whoever calls is refused
        surround(stack, name, {**told, "AWS_ENDPOINT_URL_SESV2": f"http://{HOST}:{nobody.getsockname()[1]}"})
        try:
            yield
        finally:
            surround(stack, name, told)


def surround(stack: Deployed, name: str, told: dict[str, str]) -> None:
    """Give a function another environment, and wait until it has it."""
    functions = aws(stack, "lambda")
    settle(stack)
    functions.update_function_configuration(FunctionName=name, Environment={"Variables": told})
    functions.get_waiter("function_updated_v2").wait(FunctionName=name)


@pytest.fixture(scope="module")
def outage(stack: Deployed, caller: Caller) -> tuple[str, dict[str, list[str]]]:
    """Somebody to whom four messages were to go when there was no mail, and how these stood then; an hour goes by."""
    user = introduced(caller, phone="+33612345670")
    with without_mail(stack):
        put_events(stack, track(user, "Out Asked", {"id": "k", "many": ["x" * 9] * 400}))
        told = {name: stands(caller, user, f"out-{name}") for name in ("mail", "soon", "text", "broken")}
        with later(stack, HOUR) as take:
            take(work(caller, user, messages(caller, user, "out-soon")[0]))
    return user, told


def test_an_outage_of_mail_and_a_template_that_fails_cost_nothing_but_their_own_messages(
    outage: tuple[str, dict[str, list[str]]],
) -> None:
    _, told = outage
    waits = ["DEFERRED RATE"]
    assert told == {"mail": waits, "soon": waits, "text": ["SENT"], "broken": ["FAILED TEMPLATE"]}


def test_after_the_outage_a_mail_goes_out_once_and_one_that_is_too_late_says_so(
    stack: Deployed, caller: Caller, outage: tuple[str, Any]
) -> None:
    user, _ = outage
    falls_due(stack, *(work(caller, user, messages(caller, user, f"out-{name}")[0]) for name in ("mail", "soon")))
    eventually(lambda: mailed(stack, user, "out-mail"))
    settle(stack)
    told = [stands(caller, user, f"out-{name}")[-1] for name in ("mail", "soon")]
    assert told == ["SENT", "SKIPPED STALE_TRIGGER"]
    assert [mailed(stack, user, f"out-{name}") for name in ("mail", "soon")] == [1, 0]


# ---- the night


def test_what_came_at_night_goes_out_once_when_the_night_is_over(stack: Deployed, caller: Caller) -> None:
    user = introduced(caller, timezone=midnight())
    put_events(stack, track(user, "Late Asked", {"id": "k"}))
    [row] = eventually(lambda: messages(caller, user, "late-quiet"))
    until, piece = datetime.fromisoformat(row["until"]), work(caller, user, row)
    ahead = (until - datetime.now(UTC)).total_seconds()
    with later(stack, ahead - 60) as too_soon:
        too_soon(piece)
    before = stands(caller, user, "late-quiet")
    with later(stack, ahead + 1) as take:
        take(piece)
        take(piece)
    after = stands(caller, user, "late-quiet")
    assert (before, after) == (["DEFERRED QUIET_HOURS"], ["DEFERRED QUIET_HOURS", "SENT"])
    assert eventually(lambda: mailed(stack, user, "late-quiet")) == 1


# ---- a date that moves


def test_a_moved_date_calls_off_the_old_message_and_plans_the_new_one_which_goes_out_once(
    stack: Deployed, caller: Caller
) -> None:
    user = introduced(caller)
    dates = [datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (6, 5)]
    for date in dates:
        told = {"type": "identify", "userId": user, "traits": {"late_due_at": date.isoformat()}}
        put_events(stack, told)
        waits_for(caller, user, "late-due", key_of(date))
    planned = {row["key"]: row for row in messages(caller, user, "late-due")}
    with later(stack, 2 * HOUR) as take:
        for row in [*planned.values()] * 2:
            take(work(caller, user, row))
    rows = messages(caller, user, "late-due")
    told = {key: [(row["status"], row["reason"]) for row in rows if row["key"] == key] for key in map(key_of, dates)}
    waits = ("DEFERRED", "DELAY")
    assert [*told.values()] == [[waits, ("SKIPPED", "CANCELLED")], [waits, ("SENT", None)]]
    assert eventually(lambda: mailed(stack, user, "late-due")) == 1


def waits_for(caller: Caller, user: str, name: str, key: str) -> None:
    """Wait until something was told of a run."""
    eventually(lambda: [row for row in messages(caller, user, name) if row["key"] == key])


def key_of(date: datetime) -> str:
    """The key of the run that a moment starts."""
    return f"{date:%Y-%m-%dT%H:%M:%SZ}"


# ---- too soon again


def test_the_same_campaign_does_not_reach_somebody_again_before_its_days_are_over(
    stack: Deployed, caller: Caller
) -> None:
    user = introduced(caller)
    for key in ("first", "second"):
        put_events(stack, track(user, "Again Asked", {"id": key}))
        waits_for(caller, user, "late-again", key)
        settle(stack)
    ended = [(row["key"], row["status"], row["reason"]) for row in ends(caller, user, "late-again")]
    assert ended == [("first", "SENT", None), ("second", "SKIPPED", "CAPPED")]
