"""DynamoDB throttles, is silent, or is down (microburst stands between): the answer is the fallbacks, and in time."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from rapport_aws import front
from rapport_aws.hot.service import ANSWERING

from functions.personalise.handler import handle, receptions
from tests.functions.calls import Context, bearer, call, told
from tests.functions.deployment import SITE, Deployment
from tests.functions.weather import Weather, standing_between

IN_TIME = 0.150
"""Seconds that a visitor waits for us, at most, when the store does not answer."""
ATTEMPTS = 20
EVERY = {"service": "dynamodb", "probability": 1.0}
TROUBLES: dict[str, dict[str, Any]] = {
    "throttles": {**EVERY, "error": {"code": "ProvisionedThroughputExceededException"}},
    "is silent": {**EVERY, "latency": 3000},
    "is down": {**EVERY, "reset": True},
    "answers half": {**EVERY, "response": {"abort_frac": 0.3}},
    "fails": {**EVERY, "error": {"code": "InternalServerError", "status": 500}},
}
ASKED = {"anonymousId": "visitor", "placements": ["home-hero"]}


@pytest.fixture(scope="module")
def weather(address: str) -> Iterator[Weather]:
    with standing_between(address) as found:
        yield found


@pytest.fixture(scope="module")
def built(built: dict[str, str], weather: Weather) -> dict[str, str]:
    """The deployment, with the proxy before its tables."""
    weather.turn()
    return {**built, "AWS_ENDPOINT_URL_DYNAMODB": weather.address}


@pytest.fixture
def fair(world: Deployment, weather: Weather) -> Iterator[Deployment]:
    """A function that has answered a visit in fair weather, long enough ago that it would look for news."""
    weather.turn()
    receptions.cache_clear()
    here = front.front()
    pull(world)
    let_go(here)
    here.patience = ANSWERING
    world.clock.now += 61
    yield world
    weather.turn()
    let_go(here)


def let_go(here: front.Front) -> None:
    """Close what reads, so that the next read begins anew, with the patience of then."""
    for name in ("reader", "_settled"):
        if (reader := here.__dict__.pop(name, None)) is not None:
            reader.close()


def pull(world: Deployment) -> dict[str, Any]:
    return handle(call("POST", "/v1/personalise", ASKED, {"x-rapport-key": world.site, "origin": SITE}), Context())


def timed(world: Deployment) -> tuple[float, dict[str, Any]]:
    """An answer and its seconds: the first in time of twenty, as other work of the machine only adds."""
    seconds, answer = float("inf"), {}
    for _ in range(ATTEMPTS):
        if seconds < IN_TIME:
            break
        world.clock.now += 61  # each after a time of silence
        before = time.monotonic()
        answer = pull(world)
        seconds = time.monotonic() - before
    return seconds, answer


@pytest.mark.slow
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES.keys())
def test_without_the_store_the_fallbacks_come_in_time(
    fair: Deployment, weather: Weather, trouble: dict[str, Any]
) -> None:
    weather.turn(trouble)
    seconds, answer = timed(fair)
    [placement] = told(answer)["placements"]
    assert (answer["statusCode"], answer["headers"]["Rapport-Degraded"], placement["fallback"]) == (200, "store", True)
    assert seconds < IN_TIME


@pytest.mark.slow
def test_what_was_done_without_is_counted(
    fair: Deployment, weather: Weather, capsys: pytest.CaptureFixture[str]
) -> None:
    weather.turn(TROUBLES["is down"])
    pull(fair)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    assert [(line["Degraded"], line["missing"]) for line in lines] == [(1, "store")]


@pytest.mark.slow
def test_one_throttled_read_is_tried_again(fair: Deployment, weather: Weather) -> None:
    weather.turn({**TROUBLES["throttles"], "times": 1})
    front.front().patience = front.front().patience.__class__(budget=5.0)
    assert "Rapport-Degraded" not in pull(fair)["headers"]


@pytest.mark.slow
def test_an_agent_gets_the_fallback_too(fair: Deployment, weather: Weather) -> None:
    asked = call("POST", "/v1/next-action", {"userId": "a", "placement": "home-hero"}, bearer(fair.secret))
    handle(asked, Context())
    weather.turn(TROUBLES["is down"])
    answer = handle(asked, Context())
    assert (answer["headers"]["Rapport-Degraded"], told(answer)["actions"][0]["reason"]) == ("store", "FALLBACK")


@pytest.mark.slow
def test_an_answer_reads_one_row_and_writes_none_a12(fair: Deployment, weather: Weather) -> None:
    fair.clock.now -= 61
    front.front().patience = front.front().patience.__class__(budget=5.0)
    weather.turn({**EVERY, "latency": 0})
    weather.forget()
    pull(fair)
    assert weather.calls() == ["GetItem"]
