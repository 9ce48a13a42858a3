"""A report of a deployment: everybody is counted a page at a time, once, and nobody is in what comes out."""

import gzip
import json
import urllib.request
from typing import Any

import msgspec
import pytest
from rapport.domain.outcome_log import Entry, LoggedOutcome, decoded
from rapport.domain.tally import Tally
from rapport.ports import Change

from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from functions.profiles.handler import handle
from tests.functions.calls import Context, bearer, call, envelope, failed, records, told
from tests.functions.deployment import Deployment

pytestmark = pytest.mark.slow


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


def tally(world: Deployment) -> Tally:
    """What a report counts now; other tests may have left people in the same deployment."""
    started = asked(world)
    work(world)
    return msgspec.convert(counted(world, started)["tally"], Tally)


def crowd(world: Deployment) -> None:
    """Eleven people, one of whom bought for thirty."""
    for number in range(11):
        world.person(f"counted-{number}", first_name="Ann")
    buyer = world.profile("counted-4")
    paid = LoggedOutcome(buyer.id, "purchase", world.clock.now - 60, value=30.0, ref="o1")
    world.house.profiles.write(Change(buyer, log=(paid,)))


def test_everybody_is_counted_shard_by_shard(world: Deployment) -> None:
    before = tally(world)
    crowd(world)
    after = tally(world)
    assert after.people - before.people == 11
    assert revenue(after) - revenue(before) == 30.0
    granted = [one.consents["marketing"]["email"].get("granted", 0) if one.people else 0 for one in (before, after)]
    assert granted[1] - granted[0] == 11


def revenue(found: Tally) -> float:
    return sum(month.revenue for month in found.months.values())


def test_it_tells_whose_house_it_is(world: Deployment) -> None:
    started = asked(world)
    assert started["statusCode"] == 202
    work(world)
    report = counted(world, started)
    assert (report["house"], report["currency"]) == ("Trails", "EUR")


def test_a_page_that_is_taken_twice_is_counted_once(world: Deployment) -> None:
    crowd(world)
    once = tally(world)
    twice = asked(world)
    work(world, twice=True)
    assert msgspec.convert(counted(world, twice)["tally"], Tally) == once


def test_messages_and_their_reasons_are_counted(world: Deployment) -> None:
    before = tally(world).campaigns.get("welcome-home", {})
    world.person("counted-trip", email="ann@example.com")
    trip = {"userId": "counted-trip", "booking_id": "b"}
    assert not failed(intake(records(envelope("Trip Completed", trip, "booking", "e-counted")), Context()))
    work(world)
    after = tally(world).campaigns["welcome-home"]
    assert {name: after[name] - before.get(name, 0) for name in ("planned", "SENT")} == {"planned": 1, "SENT": 1}


def test_nobody_is_in_what_comes_out(world: Deployment) -> None:
    crowd(world)
    text = str(tally(world))
    ids = [world.profile(f"counted-{number}").id for number in range(11)]
    assert not [name for name in (*ids, "counted-4", "Ann", "example.com") if name in text]


def test_a_report_needs_its_scope(world: Deployment) -> None:
    reader = world.house.keys.make_secret(["profiles:read", "profiles:write"], "no messages")
    assert asked(world, reader)["statusCode"] == 403
    assert asked(world, "sk_nonsense")["statusCode"] == 401


# ---- the outcome log as a file


def outcomes(world: Deployment, *, twice: bool = False) -> list[Entry]:
    started = handle(call("POST", "/v1/outcomes", None, bearer(world.secret)), Context())
    work(world, twice=twice)
    found = told(handle(call("GET", started["headers"]["Location"], None, bearer(world.secret)), Context()))
    with urllib.request.urlopen(found["result"]["url"]) as answer:  # noqa: S310  # the address that the API gave
        return [decoded(line) for line in gzip.decompress(answer.read()).splitlines()]


def test_the_outcome_log_of_everybody_comes_as_one_file(world: Deployment) -> None:
    crowd(world)
    rows = outcomes(world)
    assert [row.value for row in rows if row.profile == world.profile("counted-4").id] == [30.0]


def test_a_page_of_the_log_that_is_taken_twice_is_in_it_once(world: Deployment) -> None:
    crowd(world)
    assert outcomes(world, twice=True) == outcomes(world)


def test_the_log_needs_the_scope_that_reads_people(world: Deployment) -> None:
    key = world.house.keys.make_secret(["messages:read"], "no people")
    assert handle(call("POST", "/v1/outcomes", None, bearer(key)), Context())["statusCode"] == 403
