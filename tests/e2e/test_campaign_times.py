"""What time does to a message: an hour without the provider of mail, a night, a date that moves, too soon again.

Nobody waits for hours: work whose time has come is taken by the code of the dispatch function with a clock that is
ahead, over the stack itself. The outage is a real one: there is nobody at the address of the provider.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_authoring.local.place import HOST, Deployed

from tests.e2e import campaigns
from tests.e2e.campaigns import ends, later, mailed, stands, work
from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import (
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

OUT = ("mail", "soon", "text", "broken")


@contextmanager
def nobody() -> Iterator[str]:
    """An address that is taken and at which nobody listens: whoever calls is refused."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        yield f"http://{HOST}:{taken.getsockname()[1]}"


def out(caller: Caller, user: str) -> dict[str, list[str]]:
    """What was told of each of the four messages."""
    return {name: stands(caller, user, f"out-{name}") for name in OUT}


@dataclass(frozen=True)
class Outage:
    """Somebody to whom four messages were to go while there was no mail, and how these stood then."""

    user: str
    pieces: dict[str, Any]
    told: dict[str, list[str]]


@pytest.fixture(scope="module")
def outage(stack: Deployed, caller: Caller) -> Outage:
    user = introduced(caller, phone="+33612345670")
    put_events(stack, track(user, "Out Asked", {"id": "k", "many": ["x" * 9] * 400}))
    out(caller, user)
    pieces = {name: work(caller, user, messages(caller, user, f"out-{name}")[0]) for name in OUT}
    with nobody() as ses, later(stack, HOUR + 60, AWS_ENDPOINT_URL_SESV2=ses) as take:
        take(*pieces.values())
    return Outage(user, pieces, out(caller, user))


def test_without_mail_and_with_a_template_that_fails_only_their_own_messages_suffer(outage: Outage) -> None:
    assert {name: rows[1:] for name, rows in outage.told.items()} == {
        "mail": ["DEFERRED RATE"],
        "soon": ["DEFERRED RATE"],
        "text": ["SENT"],
        "broken": ["FAILED TEMPLATE"],
    }


def test_an_hour_later_mail_goes_out_once_and_what_is_too_late_then_says_so(
    stack: Deployed, caller: Caller, outage: Outage
) -> None:
    with later(stack, 2 * HOUR + 60) as take:
        take(*outage.pieces.values(), *outage.pieces.values())
    eventually(lambda: mailed(stack, outage.user, "out-mail"))
    ends = {name: rows[2:] for name, rows in out(caller, outage.user).items()}
    assert ends == {"mail": ["SENT"], "soon": ["SKIPPED STALE_TRIGGER"], "text": [], "broken": []}
    assert [mailed(stack, outage.user, f"out-{name}") for name in ("mail", "soon")] == [1, 0]


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
