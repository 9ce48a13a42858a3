"""A report of a deployment: everybody is counted a page at a time, once, and nobody is in what comes out."""

import json
import urllib.request
from typing import Any

import msgspec
import pytest
from rapport.domain.outcome_log import LoggedOutcome
from rapport.domain.tally import Tally
from rapport.ports import Change
from rapport_aws import crowds

from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from functions.profiles.handler import handle
from tests.functions.calls import Context, bearer, call, envelope, failed, records, told
from tests.functions.deployment import Deployment


def asked(world: Deployment, key: str | None = None) -> dict[str, Any]:
    return handle(call("POST", "/v1/reports", None, bearer(key or world.secret)), Context())


def work(world: Deployment, *, twice: bool = False) -> None:
    while waiting := world.queued():
        for _ in range(2 if twice else 1):
            assert not failed(dispatch(records(*waiting), Context()))


def counted(world: Deployment, started: dict[str, Any]) -> dict[str, Any]:
    found = told(handle(call("GET", started["headers"]["Location"], None, bearer(world.secret)), Context()))
    assert found["state"] == "done"
    with urllib.request.urlopen(found["result"]["url"]) as answer:  # noqa: S310  # the address that the API gave
        report: dict[str, Any] = json.loads(answer.read())
    return report


@pytest.fixture
def crowd(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    """Eleven people, one of whom bought for thirty; three go to a page."""
    monkeypatch.setattr(crowds, "PAGE", 3)
    for number in range(11):
        world.person(f"u{number}", first_name="Ann")
    buyer = world.profile("u4")
    paid = LoggedOutcome(buyer.id, "purchase", world.clock.now - 60, value=30.0, ref="o1")
    world.house.profiles.write(Change(buyer, log=(paid,)))
    return world


def test_everybody_is_counted_a_page_at_a_time(crowd: Deployment) -> None:
    started = asked(crowd)
    assert started["statusCode"] == 202
    work(crowd)
    report = counted(crowd, started)
    tally = msgspec.convert(report["tally"], Tally)
    assert (report["house"], report["currency"]) == ("Trails", "EUR")
    assert tally.people == 11
    assert sum(month.revenue for month in tally.months.values()) == 30.0
    assert tally.consents["marketing"]["email"] == {"granted": 11}


def test_a_page_that_is_taken_twice_is_counted_once(crowd: Deployment) -> None:
    once = asked(crowd)
    work(crowd)
    twice = asked(crowd)
    work(crowd, twice=True)
    assert counted(crowd, once)["tally"] == counted(crowd, twice)["tally"]


def test_messages_and_their_reasons_are_counted(world: Deployment) -> None:
    world.person("u1", email="ann@example.com")
    trip = {"userId": "u1", "booking_id": "b"}
    assert not failed(intake(records(envelope("Trip Completed", trip, "booking")), Context()))
    work(world)
    started = asked(world)
    work(world)
    assert counted(world, started)["tally"]["campaigns"] == {"welcome-home": {"planned": 1, "SENT": 1}}


def test_nobody_is_in_what_comes_out(crowd: Deployment) -> None:
    started = asked(crowd)
    work(crowd)
    text = json.dumps(counted(crowd, started))
    ids = [crowd.profile(f"u{number}").id for number in range(11)]
    assert not [name for name in (*ids, "u4", "Ann", "example.com") if f'"{name}' in text]


def test_a_report_needs_its_scope(world: Deployment) -> None:
    reader = world.house.keys.make_secret(["profiles:read", "profiles:write"], "no messages")
    assert asked(world, reader)["statusCode"] == 403
    assert asked(world, "sk_nonsense")["statusCode"] == 401
