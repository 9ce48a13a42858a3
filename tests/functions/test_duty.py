"""For whoever is on duty: how sending stands, what stops it at once, what the breaker does, and dead letters back."""

import json
from typing import Any

import boto3
import pytest
from msgspec import structs
from rapport.domain.reason import MessageStatus, Reason
from rapport.ports import Change, Handover, Outcome, Outgoing
from rapport_aws import balancing
from rapport_aws.balancing import EVERY
from rapport_aws.health import Account, Watched
from rapport_aws.watch import look_after

from functions.catalogue.handler import handle as catalogue
from functions.dispatch.handler import handle as dispatch
from functions.due.handler import handle as due
from functions.intake.handler import handle as intake
from tests.functions.calls import Context, bearer, call, envelope, failed, records, told
from tests.functions.deployment import Deployment


def ask(world: Deployment, method: str, path: str, body: Any = None, key: str = "") -> Any:
    path, _, query = path.partition("?")
    asked = dict(pair.split("=") for pair in query.split("&") if pair)
    return catalogue(call(method, path, body, bearer(key or world.secret), **asked), Context())


def came_home(world: Deployment, user_id: str) -> str:
    """Somebody with one planned message; their id."""
    person = world.person(user_id, email=f"{user_id}@example.com")
    detail = {"userId": user_id, "properties": {"booking_id": "b1"}, "messageId": f"m-{user_id}"}
    assert not failed(intake(records(envelope("Trip Completed", detail)), Context()))
    return person.id


def stands(world: Deployment, person: str) -> tuple[MessageStatus, Reason | None]:
    [message] = world.house.profiles.messages(person)
    return message.status, message.reason


SWITCHES = {
    "campaign": "/v1/campaigns/welcome-home",
    "channel": "/v1/channels/email",
    "everything": "/v1/sending",
}


@pytest.mark.slow
@pytest.mark.parametrize("place", SWITCHES.values(), ids=SWITCHES.keys())
def test_what_is_paused_goes_nowhere_and_goes_on_afterwards(world: Deployment, place: str) -> None:
    assert ask(world, "POST", f"{place}/pause")["statusCode"] == 200
    person = came_home(world, f"paused-{place.rpartition('/')[2]}")
    assert not failed(dispatch(records(*world.queued()), Context()))
    paused = stands(world, person)
    assert ask(world, "POST", f"{place}/resume")["statusCode"] == 200
    [message] = world.house.profiles.messages(person)
    again = {"kind": "message", "profile": person, "ref": message.id, "at": message.due_at}
    dispatch(records(json.dumps(again)), Context())
    assert (paused, stands(world, person)[0]) == ((MessageStatus.DEFERRED, Reason.PAUSED), MessageStatus.SENT)


def test_a_channel_that_does_not_exist_is_not_paused(world: Deployment) -> None:
    assert ask(world, "POST", "/v1/channels/pigeon/pause")["statusCode"] == 404


@pytest.mark.parametrize("route", ["POST /v1/sending/pause", "POST /v1/redrive", "GET /v1/status", "POST /v1/account"])
def test_duty_asks_for_the_key_s_scope(world: Deployment, route: str) -> None:
    method, path = route.split()
    assert ask(world, method, path, key=world.reader)["statusCode"] == 403


@pytest.mark.parametrize("days", ["0", "91", "-1", "x", "1.5"])
def test_a_status_over_no_number_of_days_is_refused(world: Deployment, days: str) -> None:
    assert ask(world, "GET", f"/v1/status?days={days}")["statusCode"] == 400


@pytest.mark.slow
def test_the_status_counts_what_was_planned_and_what_became_of_it(world: Deployment) -> None:
    before = told(ask(world, "GET", "/v1/status"))
    came_home(world, "counted")
    came_home(world, "counted-nowhere")
    nowhere = world.profile("counted-nowhere")
    world.house.profiles.write(Change(structs.replace(nowhere, traits={})))
    dispatch(records(*world.queued()), Context())
    after = told(ask(world, "GET", "/v1/status"))
    grown = {name: after[name] - before[name] for name in ("planned", "sent")}
    unreached = after["skipped"].get("NO_ADDRESS", 0) - before["skipped"].get("NO_ADDRESS", 0)
    assert (grown, unreached) == ({"planned": 2, "sent": 1}, 1)


def counted(world: Deployment) -> dict[str, Any]:
    """The account, once everybody was counted."""
    begun = ask(world, "POST", "/v1/account")
    assert begun["statusCode"] == 202
    while jobs := [body for body in world.waiting("bulk") if '"job"' in body]:
        assert not failed(dispatch(records(*jobs), Context()))
    found: dict[str, Any] = told(ask(world, "GET", "/v1/status"))["account"]
    return found


@pytest.mark.slow
def test_the_account_says_how_all_messages_stand_and_that_none_is_lost(world: Deployment) -> None:
    before = counted(world)
    came_home(world, "accounted")
    dispatch(records(*world.queued()), Context())
    came_home(world, "accounted-waits")
    after = counted(world)
    grown = {name: after[name] - before[name] for name in ("planned", "sent", "waiting", "difference")}
    assert (grown, after["difference"]) == ({"planned": 2, "sent": 1, "waiting": 1, "difference": 0}, 0)
    assert (after["counting"], before["at"] is not None) == (False, True)


@pytest.mark.slow
def test_a_message_that_nobody_would_look_at_again_is_a_difference(world: Deployment) -> None:
    before = counted(world)["difference"]
    came_home(world, "forgotten")
    person = world.profile("forgotten")
    world.house.profiles.write(Change(structs.replace(person, pending=())))
    assert counted(world)["difference"] == before + 1
    world.house.profiles.write(Change(structs.replace(world.profile("forgotten"), pending=person.pending)))


@pytest.mark.slow
def test_everybody_is_counted_once_a_week_unasked(world: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    counted(world)
    began, jobs = world.clock.now, list[int]()
    for world.clock.now in (began + EVERY - 1, began + EVERY, began + EVERY + 60):
        balancing.look_after(world.house)
        jobs.append(len([body for body in world.waiting("bulk") if '"job"' in body]))
    world.clock.now = began
    assert (jobs, '"AccountDifference":0' in capsys.readouterr().out) == ([0, 1, 0], True)


def test_what_is_counted_names_nobody(world: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    person = came_home(world, "unnamed")
    dispatch(records(*world.queued()), Context())
    metrics = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    counted = [line for line in metrics if '"Messages"' in line]
    assert (bool(counted), [line for line in metrics if person in line or "welcome-home" in line]) == (True, [])


@pytest.mark.slow
def test_the_status_tells_what_is_paused(world: Deployment) -> None:
    for place in SWITCHES.values():
        ask(world, "POST", f"{place}/pause")
    paused = told(ask(world, "GET", "/v1/status"))["paused"]
    for place in SWITCHES.values():
        ask(world, "POST", f"{place}/resume")
    nothing = told(ask(world, "GET", "/v1/status"))["paused"]
    assert paused == {"all": True, "channels": ["email"], "campaigns": ["welcome-home"]}
    assert nothing == {"all": False, "channels": [], "campaigns": []}


# ---- dead letters


def bury(world: Deployment, queue: str, body: str) -> None:
    boto3.client("sqs").send_message(QueueUrl=world.house.queues._dead(queue), MessageBody=body)


@pytest.mark.slow
def test_dead_letters_go_back_to_their_own_queues(world: Deployment) -> None:
    for queue in ("dispatch", "bulk"):
        for number in range(12):
            bury(world, queue, f"{queue}-{number}")
    before = told(ask(world, "GET", "/v1/status"))["queues"]["bulk"]["dead"]
    back = told(ask(world, "POST", "/v1/redrive"))
    assert (before, back["moved"]["dispatch"], back["moved"]["bulk"], back["left"]) == (12, 12, 12, 0)
    assert sorted(world.waiting("bulk")) == sorted(f"bulk-{number}" for number in range(12))
    assert len(world.waiting("dispatch")) == 12


def test_one_queue_s_dead_letters_leave_the_others_alone(world: Deployment) -> None:
    bury(world, "dispatch", "one")
    bury(world, "bulk", "other")
    back = told(ask(world, "POST", "/v1/redrive", {"queue": "dispatch"}))
    assert (back["moved"], world.waiting("bulk")) == ({"dispatch": 1}, [])
    ask(world, "POST", "/v1/redrive")
    world.queued()


def test_a_dead_message_that_is_sent_back_goes_out_once(world: Deployment) -> None:
    person = came_home(world, "buried")
    rows = world.queued()
    for row in rows * 2:
        bury(world, "dispatch", row)
    ask(world, "POST", "/v1/redrive")
    assert not failed(dispatch(records(*world.queued()), Context()))
    recorded = [record.status for record in world.house.profiles.records(person)]
    assert recorded == [MessageStatus.SENT]


# ---- the breaker


@pytest.fixture
def marketing(world: Deployment) -> Any:
    """The deployment with a marketing campaign on the same event."""
    live = world.house.publications.current().catalogue
    campaign = structs.replace(live.campaigns["welcome-home"], id="sale", purpose="marketing")
    published = structs.replace(live, campaigns={**live.campaigns, "sale": campaign})
    world.house.curation.publish(published, {"rapport.yaml": "name: Trails"})
    world.house.publications.refresh()
    yield
    world.house.health.forgive("email")
    look_after(world.house)
    world.house.curation.publish(live, {"rapport.yaml": "name: Trails"})
    world.house.publications.refresh()


def bounced(world: Deployment, number: int) -> None:
    for _ in range(number):
        world.house.health.note("email", "bounced")
    look_after(world.house)
    world.house.publications.refresh()


def fates(world: Deployment, person: str) -> dict[str, str]:
    return {m.campaign: f"{m.status} {m.reason or ''}".strip() for m in world.house.profiles.messages(person)}


@pytest.mark.slow
def test_bounces_stop_bulk_and_let_service_go(world: Deployment, marketing: None) -> None:
    bounced(world, 10)
    person = came_home(world, "strained")
    dispatch(records(*world.queued()), Context())
    strained = told(ask(world, "GET", "/v1/status"))["breaker"]
    assert fates(world, person) == {"welcome-home": "SENT", "sale": "DEFERRED PAUSED"}
    assert strained == {"email": "bounces", "sms": None}


def test_the_breaker_closes_when_the_day_of_the_bounces_is_over(world: Deployment, marketing: None) -> None:
    bounced(world, 10)
    world.clock.now += 26 * 3600
    look_after(world.house)
    world.house.publications.refresh()
    opened = world.house.publications.current().paused
    world.clock.now -= 26 * 3600
    assert opened == frozenset()


def test_the_team_closes_the_breaker_by_letting_the_channel_go_on(world: Deployment, marketing: None) -> None:
    bounced(world, 10)
    ask(world, "POST", "/v1/channels/email/resume")
    look_after(world.house)
    assert world.house.curation.pointer().paused == frozenset()


class Refusing:
    """A provider whose account is paused."""

    def send(self, _outgoing: Outgoing) -> Handover:
        return Handover(Outcome.LATER, detail="SendingPausedException")


def test_a_provider_that_says_that_sending_is_paused_opens_the_breaker(world: Deployment, marketing: None) -> None:
    Watched(Refusing(), world.house.health).send(Outgoing("s", "m", "p", "sale", "email", "ann@example.com", {}))
    look_after(world.house)
    assert world.house.curation.pointer().paused == {"bulk:email"}


def test_an_account_that_may_not_send_opens_the_breaker(world: Deployment) -> None:
    assert world.house.health.strain("email", Account(14.0, paused=True)) == "account paused"


# ---- lanes


def test_bulk_waits_on_a_queue_of_its_own(world: Deployment, marketing: None) -> None:
    came_home(world, "lanes")
    campaigns = {m.id: m.campaign for m in world.house.profiles.messages(world.profile("lanes").id)}
    lanes = {lane: [json.loads(body).get("ref") for body in world.waiting(lane)] for lane in ("dispatch", "bulk")}
    found = {lane: {campaigns[ref] for ref in refs if ref in campaigns} for lane, refs in lanes.items()}
    assert found == {"dispatch": {"welcome-home"}, "bulk": {"sale"}}


@pytest.mark.slow
def test_the_tick_hands_over_both_lanes(world: Deployment, marketing: None) -> None:
    due({}, Context())
    came_home(world, "ticked")
    world.queued()
    world.clock.now += 1
    due({}, Context())
    refs = {json.loads(body).get("ref") for body in world.queued()}
    assert {m.id for m in world.house.profiles.messages(world.profile("ticked").id)} <= refs
