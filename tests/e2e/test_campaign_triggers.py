"""Every kind of trigger on the deployed stack: events, moments, dates, segments, broadcasts, and our own events.

Nothing waits longer than for the next minute: moments lie seconds ahead, and a tick is brought about by a call.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rapport_authoring.local.place import Deployed

from tests.e2e import campaigns
from tests.e2e.campaigns import LISTENER, MINUTES, ends, listening, minute
from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import call_function, fresh, messages, put_events, settle, track

CATALOGUE = campaigns.CATALOGUE
SOON = timedelta(seconds=15)
"""How far ahead the moments lie for which time must pass: they are told of before, however slow the machine."""


def person(user: str, **traits: Any) -> dict[str, Any]:
    told = {"email": f"{user}@example.com", "timezone": "UTC", **traits}
    return {"type": "identify", "userId": user, "traits": told}


class Cast:
    """Who is in the play: the one to whom everything happens, one to whom nothing does, and when it began."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.one, self.other = fresh("trig"), fresh("trig")


@pytest.fixture(scope="module")
def cast(stack: Deployed, caller: Caller) -> Cast:
    eventually(lambda: f"{datetime.now(UTC):%H:%M}" < "23:58")  # so that today is still today when it is met
    cast = Cast(now := datetime.now(UTC))
    own = {
        "trig_day": f"1992-{now:%m-%d}",
        "trig_due_at": (now + timedelta(days=7) + SOON).isoformat(),
        "trig_joined_at": (now - timedelta(days=1) + SOON).isoformat(),
        "trig_member": False,
        "firstName": "Tora",
    }
    put_events(stack, person(cast.one, **own), person(cast.other))
    settle(stack)
    starts = (now + timedelta(days=1) + SOON).isoformat()
    put_events(
        stack,
        track(cast.one, "Trig Told", {"id": "wanted", "wanted": True}),
        track(cast.one, "Trig Told", {"id": "unwanted", "wanted": False}),
        track(cast.one, "Trig Booked", {"id": "b", "starts_at": starts}),
        track(cast.one, "Trig Kept", {"id": "k"}),
        {"type": "identify", "userId": cast.one, "traits": {"trig_member": True}},
        {"type": "track", "event": "Trig Published", "properties": {"id": "a"}},
    )
    return cast


def sent(caller: Caller, user: str, name: str) -> list[tuple[str, str]]:
    """The keys of the runs that ended, and how."""
    return [(row["key"], row["status"]) for row in ends(caller, user, f"trig-{name}")]


def passed(stack: Deployed, moment: datetime) -> None:
    """Wait until a moment has passed, and let the tick of its minute come."""
    give_up = time.monotonic() + 70
    while datetime.now(UTC) <= moment:
        assert time.monotonic() < give_up, "the moment lies too far ahead"
        time.sleep(0.2)
    call_function(stack, "Due")


def test_an_event_starts_a_run_where_its_condition_holds(caller: Caller, cast: Cast) -> None:
    assert sent(caller, cast.one, "told") == [("wanted", "SENT")]


def test_an_event_about_nobody_reaches_whoever_is_in_its_audience(caller: Caller, cast: Cast) -> None:
    assert sent(caller, cast.one, "crowd") == [("a", "SENT")]


def test_a_date_that_is_today_is_met_today(caller: Caller, cast: Cast) -> None:
    assert sent(caller, cast.one, "day") == [(f"{cast.now:%Y}", "SENT")]


def test_an_event_that_leads_into_a_segment_starts_its_campaign(caller: Caller, cast: Cast) -> None:
    assert [row["status"] for row in ends(caller, cast.one, "trig-member")] == ["SENT"]


def test_who_is_new_enters_a_segment_and_who_was_in_when_it_was_published_does_not(caller: Caller, cast: Cast) -> None:
    assert caller("GET", "/v1/profiles/ann").body["traits"]["first_name"]["value"] == "Ann"
    assert [row["status"] for row in ends(caller, cast.one, "trig-named")] == ["SENT"]
    assert messages(caller, "ann", "trig-named") == []


def test_without_consent_a_run_ends_skipped_with_its_reason(caller: Caller, cast: Cast) -> None:
    [kept] = ends(caller, cast.one, "trig-kept")
    assert (kept["status"], kept["reason"]) == ("SKIPPED", "NO_CONSENT")


def test_an_event_of_our_own_starts_a_run_in_its_turn(caller: Caller, cast: Cast) -> None:
    assert sent(caller, cast.one, "own") == [("k", "SENT")]


@pytest.mark.parametrize("name", ["booked", "due", "settled"])
def test_what_time_alone_starts_goes_out_once_and_not_before(
    stack: Deployed, caller: Caller, cast: Cast, name: str
) -> None:
    passed(stack, cast.now + SOON)
    rows = ends(caller, cast.one, f"trig-{name}")
    assert [row["status"] for row in rows] == ["SENT"]
    assert datetime.fromisoformat(rows[0]["at"]) >= cast.now + SOON


def test_a_broadcast_goes_out_at_its_local_time_and_one_that_is_over_does_not(stack: Deployed, caller: Caller) -> None:
    since = listening(caller)
    number = next(number for number in range(MINUTES) if minute(number) > since)
    at = minute(number)
    passed(stack, at)
    rows = ends(caller, LISTENER, f"trig-at-{number}")
    assert [(row["key"], row["status"]) for row in rows] == [(f"{at:%Y-%m-%dT%H:%M}", "SENT")]
    assert datetime.fromisoformat(rows[0]["at"]) >= at
    assert messages(caller, LISTENER, "trig-at-0") == []


def test_who_is_in_no_segment_and_did_nothing_hears_nothing(caller: Caller, cast: Cast) -> None:
    assert [row for row in messages(caller, cast.other) if row["campaign"].startswith("trig-")] == []
