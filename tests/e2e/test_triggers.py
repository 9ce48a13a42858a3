"""Every kind of trigger on the deployed stack: events, moments, dates, segments, broadcasts, and our own events.

Nothing waits longer than for the next minute: moments lie seconds ahead, and a tick is brought about by a call.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from rapport_authoring.local.house import starter_files
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import call_function, fresh, messages, publish, put_events, settle, track

SOON = timedelta(seconds=15)
"""How far ahead the moments lie for which time must pass: they are told of before, however slow the machine."""
MINUTES = 12
"""Broadcasts are set for each of so many minutes to come: however slow the machine, one lies ahead of its people."""
TRAITS = {"trig_day": "date", "trig_due_at": "timestamp", "trig_joined_at": "timestamp", "trig_member": "boolean"}
SEGMENTS = """
- {id: trig-crowd, when: 'has(traits.trig_due_at)'}
- {id: trig-members, when: 'traits.trig_member == true'}
- {id: trig-named, when: 'has(traits.first_name)'}
- {id: trig-settled, when: 'now - traits.trig_joined_at > duration("24h")'}
"""
TRIGGERS = {
    "told": {"event": "Trig Told", "when": "event.properties.wanted == true", "key": "id"},
    "crowd": {"event": "Trig Published", "audience": "trig-crowd", "key": "id"},
    "booked": {"event": "Trig Booked", "at": "starts_at", "lead": "24h", "key": "id"},
    "day": {"date": "trig_day"},
    "due": {"due": "trig_due_at", "lead": "7d"},
    "member": {"segment": "trig-members"},
    "named": {"segment": "trig-named"},
    "settled": {"segment": "trig-settled"},
    "own": {"event": "Message Skipped", "when": 'event.properties.campaign == "trig-kept"', "key": "key"},
}
TEMPLATE = """{% block subject %}A word{% endblock %}
{% block email %}<p>A word</p><a href="{{ links.unsubscribe }}">No more</a>{% endblock %}
"""


def campaign(name: str, trigger: Mapping[str, str], **more: object) -> dict[str, object]:
    """A campaign that goes out at any hour and needs no consent, unless more says otherwise."""
    told = {"id": f"trig-{name}", "purpose": "service", "kind": "relationship", "urgent": True, "trigger": trigger}
    return told | {"channels": ["email"], "template": "trig.j2"} | more


def minute(number: int, now: datetime) -> datetime:
    """The start of a minute, counted from the one of `now`."""
    return now.replace(second=0, microsecond=0) + timedelta(minutes=number)


def schedule(at: datetime) -> dict[str, str]:
    return {"schedule": f"{at:%Y-%m-%dT%H:%M}", "audience": "trig-crowd"}


def catalogue(now: datetime) -> Mapping[str, str]:
    """The starter with a campaign of each kind; `trig-at-0` is the broadcast whose time has passed."""
    files = dict(starter_files())
    traits = yaml.safe_load(files["traits.yaml"])
    traits["declared"] |= {name: {"type": kind} for name, kind in TRAITS.items()}
    campaigns = [campaign(name, trigger) for name, trigger in TRIGGERS.items()]
    campaigns += [campaign(f"at-{number}", schedule(minute(number, now))) for number in range(MINUTES)]
    campaigns.append(campaign("kept", {"event": "Trig Kept", "key": "id"}, purpose="marketing", urgent=False))
    return files | {
        "traits.yaml": yaml.safe_dump(traits, sort_keys=False),
        "segments/trig.yaml": SEGMENTS,
        "campaigns/trig.yaml": yaml.safe_dump(campaigns, sort_keys=False),
        "templates/trig.j2": TEMPLATE,
    }


def person(user: str, **traits: Any) -> dict[str, Any]:
    told = {"email": f"{user}@example.com", "timezone": "UTC", **traits}
    return {"type": "identify", "userId": user, "traits": told}


class Cast:
    """Who is in the play: the one to whom everything happens, one to whom nothing does, and when it began."""

    def __init__(self, now: datetime) -> None:
        self.published, self.now = now, now
        self.one, self.other = fresh("trig"), fresh("trig")


@pytest.fixture(scope="module")
def cast(stack: Deployed, caller: Caller) -> Iterator[Cast]:
    eventually(lambda: f"{datetime.now(UTC):%H:%M}" < "23:58")  # so that today is still today when it is met
    cast = Cast(datetime.now(UTC))
    publish(caller, catalogue(cast.published))
    cast.now = now = datetime.now(UTC)
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
    yield cast
    publish(caller, starter_files())


def ends(caller: Caller, user: str, name: str) -> list[dict[str, Any]]:
    """How the runs of a campaign ended for somebody, once one has."""

    def found() -> list[dict[str, Any]]:
        return [row for row in messages(caller, user, f"trig-{name}") if row["status"] != "DEFERRED"]

    rows: list[dict[str, Any]] = eventually(found)
    return rows


def sent(caller: Caller, user: str, name: str) -> list[tuple[str, str]]:
    """The keys of the runs that ended, and how."""
    return [(row["key"], row["status"]) for row in ends(caller, user, name)]


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
    assert [row["status"] for row in ends(caller, cast.one, "member")] == ["SENT"]


def test_who_is_new_enters_a_segment_and_who_was_in_when_it_was_published_does_not(caller: Caller, cast: Cast) -> None:
    assert caller("GET", "/v1/profiles/ann").body["traits"]["first_name"]["value"] == "Ann"
    assert [row["status"] for row in ends(caller, cast.one, "named")] == ["SENT"]
    assert messages(caller, "ann", "trig-named") == []


def test_without_consent_a_run_ends_skipped_with_its_reason(caller: Caller, cast: Cast) -> None:
    assert [(row["status"], row["reason"]) for row in ends(caller, cast.one, "kept")] == [("SKIPPED", "NO_CONSENT")]


def test_an_event_of_our_own_starts_a_run_in_its_turn(caller: Caller, cast: Cast) -> None:
    assert sent(caller, cast.one, "own") == [("k", "SENT")]


@pytest.mark.parametrize("name", ["booked", "due", "settled"])
def test_what_time_alone_starts_goes_out_once_and_not_before(
    stack: Deployed, caller: Caller, cast: Cast, name: str
) -> None:
    passed(stack, cast.now + SOON)
    rows = ends(caller, cast.one, name)
    assert [row["status"] for row in rows] == ["SENT"]
    assert datetime.fromisoformat(rows[0]["at"]) >= cast.now + SOON


def test_a_broadcast_goes_out_at_its_local_time_and_one_that_is_over_does_not(
    stack: Deployed, caller: Caller, cast: Cast
) -> None:
    settle(stack)
    now = datetime.now(UTC)
    number = next(number for number in range(MINUTES) if minute(number, cast.published) > now)
    at = minute(number, cast.published)
    passed(stack, at)
    rows = ends(caller, cast.one, f"at-{number}")
    assert [(row["key"], row["status"]) for row in rows] == [(f"{at:%Y-%m-%dT%H:%M}", "SENT")]
    assert datetime.fromisoformat(rows[0]["at"]) >= at
    assert messages(caller, cast.one, "trig-at-0") == []


def test_who_is_in_no_segment_and_did_nothing_hears_nothing(caller: Caller, cast: Cast) -> None:
    assert [row for row in messages(caller, cast.other) if row["campaign"].startswith("trig-")] == []
