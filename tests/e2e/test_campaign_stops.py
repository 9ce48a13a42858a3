"""What is stopped and goes on: a broadcast by hand, pauses of a campaign and of a channel, and the breaker.

What waits for a pause is looked at again after a minute; here its work is put on the queue as the tick does then.
"""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from rapport_authoring.local.place import Deployed

from tests.e2e import campaigns
from tests.e2e.campaigns import falls_due, known_to_all, mailed, notice, stands, tell, work
from tests.e2e.conftest import Answer, Caller, eventually
from tests.e2e.wire import (
    aws,
    call_function,
    finished,
    fresh,
    introduced,
    messages,
    midday,
    put_events,
    rapport,
    settle,
    track,
)

CATALOGUE = campaigns.CATALOGUE
COMPLAIN, BOUNCE = 3, 10
"""As many as open the breaker."""
SEND = "/v1/campaigns/cast-news/send"
REALLY = {"dry_run": False}
PAUSED = ("campaigns/cast-news", "campaigns/held-campaign", "channels/sms")


def switch(caller: Caller, do: str) -> None:
    """Pause what is to be paused, or let it go on; every worker knows then."""
    assert [caller("POST", f"/v1/{what}/{do}").status for what in PAUSED] == [200] * len(PAUSED)
    known_to_all()


def reached(caller: Caller, crowd: list[str]) -> list[list[str]]:
    """The statuses of everybody's runs of the broadcast."""
    with ThreadPoolExecutor(4) as askers:
        found = askers.map(lambda user: messages(caller, user, "cast-news"), crowd)
        return [[row["status"] for row in rows] for rows in found]


# ---- a broadcast by hand, and pauses


@pytest.fixture(scope="module")
def crowd(stack: Deployed) -> list[str]:
    """As many people as the breaker needs."""
    users = [fresh("cast") for _ in range(COMPLAIN + BOUNCE)]
    told = [
        {"type": "identify", "userId": user, "traits": {"email": f"{user}@example.com", "cast": campaigns.CAST}}
        for user in users
    ]
    put_events(stack, *told[:10])
    put_events(stack, *told[10:])
    settle(stack)
    return users


@pytest.fixture(scope="module")
def dry(caller: Caller, crowd: list[str]) -> tuple[Any, list[list[str]]]:
    return finished(caller, caller("POST", SEND)), reached(caller, crowd)


@dataclass(frozen=True)
class Pause:
    """How things stood while the broadcast, a campaign and a channel were paused."""

    user: str
    answer: Answer
    job: Any
    reached: list[list[str]]
    held: dict[str, list[str]]


@pytest.fixture(scope="module")
def paused(stack: Deployed, caller: Caller, crowd: list[str], dry: Any) -> Pause:
    user = introduced(caller, phone="+33612345679")
    switch(caller, "pause")
    put_events(stack, track(user, "Held Asked", {"id": "k"}))
    answer = caller("POST", SEND, REALLY)
    held = {name: stands(caller, user, f"held-{name}") for name in ("campaign", "channel", "nothing")}
    settle(stack)
    return Pause(user, answer, caller("GET", answer.headers["Location"]).body, reached(caller, crowd), held)


@pytest.fixture(scope="module")
def resumed(stack: Deployed, caller: Caller, paused: Pause) -> Any:
    """What came of the broadcast once all may go on; it would look again by itself, after half a minute."""
    switch(caller, "resume")
    job = {"kind": "job", "ref": paused.job["id"]}
    aws(stack, "sqs").send_message(QueueUrl=stack.outputs["BulkQueue"], MessageBody=json.dumps(job))
    rows = [messages(caller, paused.user, f"held-{name}")[0] for name in ("campaign", "channel")]
    falls_due(stack, *(work(caller, paused.user, row) for row in rows))
    result = finished(caller, paused.answer)
    settle(stack)
    return result


@pytest.fixture(scope="module")
def again(stack: Deployed, caller: Caller, resumed: Any) -> Any:
    """What came of a second call."""
    result = finished(caller, caller("POST", SEND, REALLY))
    settle(stack)
    return result


def test_a_dry_run_counts_the_audience_and_reaches_nobody(crowd: list[str], dry: tuple[Any, list[list[str]]]) -> None:
    result, rows = dry
    assert (result["audience"], result["SENT"], rows) == (len(crowd), len(crowd), [[]] * len(crowd))


def test_the_broadcast_of_a_paused_campaign_waits_and_says_so(crowd: list[str], paused: Pause) -> None:
    assert (paused.answer.status, paused.job["state"], paused.job["progress"]) == (202, "waiting", 0.0)
    assert paused.reached == [[]] * len(crowd)


def test_what_is_planned_in_a_pause_of_its_campaign_or_channel_waits_and_the_rest_goes(paused: Pause) -> None:
    assert paused.held == {"campaign": ["DEFERRED PAUSED"], "channel": ["DEFERRED PAUSED"], "nothing": ["SENT"]}


def test_the_broadcast_goes_on_after_the_pause_and_reaches_everybody_once(
    stack: Deployed, caller: Caller, crowd: list[str], resumed: Any
) -> None:
    assert (resumed["planned"], "SKIPPED DUPLICATE" in resumed) == (len(crowd), False)
    assert reached(caller, crowd) == [["SENT"]] * len(crowd)


def test_what_waited_for_a_pause_goes_out_once_after_it(
    stack: Deployed, caller: Caller, paused: Pause, resumed: Any
) -> None:
    told = {name: stands(caller, paused.user, f"held-{name}") for name in ("campaign", "channel")}
    assert told == {name: ["DEFERRED PAUSED", "SENT"] for name in told}
    assert eventually(lambda: mailed(stack, paused.user, "held-campaign")) == 1


def test_a_second_call_sends_nobody_a_second_mail(
    stack: Deployed, caller: Caller, crowd: list[str], again: Any
) -> None:
    assert (again["audience"], again["SKIPPED DUPLICATE"], "planned" in again) == (len(crowd), len(crowd), False)
    assert reached(caller, crowd) == [["SENT"]] * len(crowd)
    eventually(lambda: all(mailed(stack, user, "cast-news") for user in crowd))
    assert [mailed(stack, user, "cast-news") for user in crowd] == [1] * len(crowd)


# ---- the breaker


def tell_of(stack: Deployed, caller: Caller, kind: str, users: list[str]) -> None:
    """Tell of a bounce or a complaint of each, as SES does."""
    for user in users:
        profile = caller("GET", f"/v1/profiles/{user}").body["profileId"]
        [row] = messages(caller, user, "cast-news")
        tell(stack, notice(kind, row, profile, f"{user}@example.com"))


def strain(stack: Deployed, caller: Caller) -> str | None:
    """Why bulk mail is stopped, for whoever is on duty, after the tick of this minute."""
    call_function(stack, "Due")
    return caller("GET", "/v1/status").body["breaker"]["email"]  # type: ignore[no-any-return]  # as promised


@pytest.fixture(scope="module")
def complained(stack: Deployed, caller: Caller, crowd: list[str], again: Any) -> tuple[str, str | None]:
    """What is said after a few complaints, and after the team let the channel go on."""
    tell_of(stack, caller, "complaint", crowd[:COMPLAIN])
    said = eventually(lambda: strain(stack, caller))
    caller("POST", "/v1/channels/email/resume")
    return said, strain(stack, caller)


@dataclass(frozen=True)
class Stopped:
    """How things stood while the breaker was open."""

    user: str
    status: subprocess.CompletedProcess[str]
    news: list[str]
    service: list[str]


@pytest.fixture(scope="module")
def bounced(stack: Deployed, caller: Caller, crowd: list[str], complained: Any) -> Stopped:
    user = introduced(caller, timezone=midday())
    caller("PUT", f"/v1/profiles/{user}/consents/marketing", {"status": "granted", "channel": "email"})
    tell_of(stack, caller, "bounce", crowd[COMPLAIN:])
    eventually(lambda: strain(stack, caller))
    known_to_all()
    put_events(stack, track(user, "Bulk Asked", {"id": "k"}))
    news, service = (stands(caller, user, f"bulk-{name}") for name in ("news", "service"))
    return Stopped(user, rapport(stack, "status"), news, service)


def test_complaints_stop_bulk_and_the_team_lets_it_go_on(complained: tuple[str, str | None]) -> None:
    assert complained == ("complaints", None)


def test_bounces_stop_bulk_while_service_goes_on(bounced: Stopped) -> None:
    assert (bounced.news, bounced.service) == (["DEFERRED PAUSED"], ["SENT"])


def test_whoever_is_on_duty_is_told_why_bulk_is_stopped(bounced: Stopped) -> None:
    told = bounced.status
    assert (told.returncode, "BULK STOPPED: bounces" in told.stdout) == (1, True), told


def test_what_the_breaker_held_back_goes_out_once_when_the_team_lets_it(
    stack: Deployed, caller: Caller, bounced: Stopped
) -> None:
    assert rapport(stack, "resume", "--channel", "email").returncode == 0
    known_to_all()
    falls_due(stack, work(caller, bounced.user, messages(caller, bounced.user, "bulk-news")[0]))
    eventually(lambda: mailed(stack, bounced.user, "bulk-news"))
    settle(stack)
    assert stands(caller, bounced.user, "bulk-news") == ["DEFERRED PAUSED", "SENT"]
    assert (mailed(stack, bounced.user, "bulk-news"), strain(stack, caller)) == (1, None)
