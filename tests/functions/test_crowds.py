"""Jobs over everybody, shard beside shard: taken twice, stopped anywhere, paused, held back; the counts stay right."""

import json
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs
from rapport.domain.profile import profile_id
from rapport_aws import crowds, tables
from rapport_aws.crowds import PAGE, through
from rapport_aws.jobs import Job
from rapport_aws.person_rows import people_shard
from rapport_aws.watch import FEWEST, room

from functions.catalogue.handler import handle as catalogue
from functions.dispatch.handler import handle as dispatch
from functions.profiles.handler import handle as profiles
from tests.functions.calls import Context, bearer, call, failed, records, told
from tests.functions.deployment import Deployment

CROWD = PAGE + 30
"""So many in one shard that it takes two pages."""


@pytest.fixture(scope="module")
def crowd(deployed: Deployment) -> Deployment:
    """A hundred and thirty people in one shard, and one in another."""
    secret, made = deployed.house.ports.secret, 0
    for number in count():
        name = profile_id("user", f"c{number}", secret)
        if people_shard(name) == "0" and made < CROWD:
            deployed.person(f"c{number}", email=f"c{number}@example.com")
            made += 1
        if made == CROWD and people_shard(name) == "1":
            deployed.person(f"c{number}", email=f"c{number}@example.com")
            return deployed
    raise AssertionError("numbers end")


def begun(world: Deployment, **body: Any) -> str:
    asked = call("POST", "/v1/campaigns/welcome-home/send", {"audience": "everybody", **body}, bearer(world.secret))
    return str(told(catalogue(asked, Context()))["job"])


def everybody(world: Deployment) -> int:
    """How many people there are, those of other tests among them."""
    number, after = 0, None
    while True:
        ids, after = world.house.profiles.ids(after, PAGE)
        number += len(ids)
        if after is None:
            return number


def job(world: Deployment, name: str) -> dict[str, Any]:
    return dict(told(profiles(call("GET", f"/v1/jobs/{name}", None, bearer(world.secret)), Context())))


def parts(world: Deployment) -> list[str]:
    """The steps of jobs that wait on the queue."""
    return [body for body in world.waiting("bulk") if json.loads(body)["kind"] == "job"]


def step(world: Deployment, *bodies: str) -> None:
    assert not failed(dispatch(records(*bodies), Context()))


def worked(world: Deployment) -> None:
    while waiting := parts(world):
        step(world, *waiting)


@pytest.mark.slow
def test_every_shard_goes_its_own_way_and_everybody_is_counted_once(crowd: Deployment) -> None:
    name = begun(crowd)
    step(crowd, *parts(crowd))
    side_by_side = parts(crowd)
    before = job(crowd, name)
    step(crowd, *side_by_side)
    between = job(crowd, name)
    worked(crowd)
    after = job(crowd, name)
    assert (len(side_by_side), before["state"], between["state"], after["state"]) == (16, "waiting", "running", "done")
    assert before["progress"] < between["progress"] < after["progress"] == 1.0
    assert after["result"]["people"] == everybody(crowd) > CROWD


@pytest.mark.slow
def test_steps_delivered_twice_count_once(crowd: Deployment) -> None:
    name = begun(crowd)
    while waiting := parts(crowd):
        step(crowd, *waiting, *waiting)
    assert job(crowd, name)["result"]["people"] == everybody(crowd)


@pytest.mark.slow
def test_a_job_whose_steps_were_all_lost_goes_on_where_it_was(crowd: Deployment) -> None:
    name = begun(crowd)
    step(crowd, *parts(crowd))
    step(crowd, *parts(crowd))
    lost, before = parts(crowd), job(crowd, name)
    step(crowd, json.dumps({"kind": "job", "ref": name}))
    worked(crowd)
    assert (len(lost) >= 1, 0 < before["progress"] < 1) == (True, True)
    assert (job(crowd, name)["state"], job(crowd, name)["result"]["people"]) == ("done", everybody(crowd))


@pytest.mark.slow
@pytest.mark.parametrize("pause", ["/v1/campaigns/welcome-home/", "/v1/channels/email/", "/v1/sending/"])
def test_a_broadcast_of_which_nothing_may_go_out_waits_and_goes_on(crowd: Deployment, pause: str) -> None:
    catalogue(call("POST", f"{pause}pause", None, bearer(crowd.secret)), Context())
    name = begun(crowd, dry_run=False)
    for _ in range(2):
        step(crowd, *parts(crowd))
    waits, planned = job(crowd, name), job(crowd, name)["result"]
    catalogue(call("POST", f"{pause}resume", None, bearer(crowd.secret)), Context())
    step(crowd, json.dumps({"kind": "job", "ref": name}))
    worked(crowd)
    assert (waits["state"], waits["progress"], planned) == ("waiting", 0.0, {})
    assert job(crowd, name)["state"] == "done"


@pytest.mark.parametrize(("paused", "waits"), [("bulk:email", False), ("channel:sms", False), ("channel:email", True)])
def test_a_dry_run_waits_for_no_pause_and_a_broadcast_for_one_of_all_its_channels(
    crowd: Deployment, paused: str, waits: bool
) -> None:
    live = structs.replace(crowd.house.publications.current(), paused=frozenset({paused}))
    about = {"campaign": "welcome-home", "audience": "everybody"}
    found = [crowds.is_stopped(Job("j", "send", input={**about, "dry_run": dry}), live) for dry in (False, True)]
    assert found == [waits, False]


@pytest.mark.parametrize(("waiting", "free"), [(0, True), (FEWEST - 1, True), (FEWEST, False), (9000, False)])
def test_a_job_plans_no_more_than_there_is_room_for(waiting: int, free: bool) -> None:
    here: Any = SimpleNamespace(rates=lambda: {"email": 14.0}, queues=SimpleNamespace(waiting=lambda _queue: waiting))
    assert (room(here) > 0) is free


def test_progress_within_a_shard_follows_the_order_of_its_people() -> None:
    names = sorted(profile_id("user", f"p{number}") for number in range(400))
    behind = [through(name) for name in names]
    assert (behind == sorted(behind), abs(behind[200] - 0.5) < 0.1, behind[-1] < 1) == (True, True, True)
    assert through("somebody") == 0.5


def test_the_kinds_that_go_side_by_side_are_kinds_there_are() -> None:
    assert crowds.DO.keys() >= crowds.SIDE_BY_SIDE
    assert tables.PEOPLE_SHARDS == 16
