"""The closed loop on the deployed functions: a page is answered, seen and clicked; a tick later the answers know it."""

from typing import Any

import boto3
import pytest
from msgspec import structs
from rapport.domain.moment import MINUTE, text
from rapport.domain.placement import Placement
from rapport.errors import BadRequest
from rapport_aws import front

from functions.intake.handler import handle as intake
from functions.learn.handler import handle as learn
from functions.personalise.handler import handle, receptions
from tests.adapters.cloud import BUCKET
from tests.functions.calls import Context, call, envelope, failed, records, told
from tests.functions.deployment import CATALOGUE, Deployment

pytestmark = pytest.mark.slow

SPOT = Placement("home-hero", fallback="hello", learn=True)


@pytest.fixture
def learning(world: Deployment) -> Deployment:
    """Two offers at a place that learns."""
    bike = structs.replace(CATALOGUE.offers["car"], id="bike")
    catalogue = structs.replace(CATALOGUE, placements={"home-hero": SPOT}, offers={**CATALOGUE.offers, "bike": bike})
    world.house.curation.publish(catalogue, {})
    world.house.publications.refresh()
    world.clock.now += 3600
    receptions.cache_clear()
    return world


def pull(world: Deployment, name: str, *, explain: bool = False) -> dict[str, Any]:
    body = {"placements": [{"id": "home-hero", "count": 2}], "anonymousId": name, "explain": explain}
    return dict(
        told(handle(call("POST", "/v1/personalise", body, {"authorization": f"Bearer {world.secret}"}), Context()))
    )


def propensities(world: Deployment) -> dict[str, float]:
    """What a pull says now, after a look for news."""
    front.front().publications._look_and_learn()
    found = pull(world, "somebody", explain=True)["explain"]["candidates"]
    return {one["offer"]: one["score"]["propensity"] for one in found if "score" in one}


def visit(world: Deployment, name: str) -> None:
    """Somebody sees both offers and clicks the bike."""
    offers = {offer["id"]: offer["token"] for offer in pull(world, name)["placements"][0]["offers"]}
    did = [("Offer Viewed", "car"), ("Offer Viewed", "bike"), ("Offer Clicked", "bike")]
    for event, offer in did:
        detail = {"anonymousId": name, "messageId": f"{name}-{event}-{offer}", "event": event}
        detail["properties"] = {"token": offers[offer]}
        delivered = envelope(event, detail) | {"time": text(world.clock.now)}
        assert not failed(intake(records(delivered), Context()))


def ticked(world: Deployment, **event: Any) -> int:
    return learn(dict(event), Context())["minute"]


def test_what_visitors_do_is_known_to_the_answers_a_tick_later_a22(learning: Deployment) -> None:
    for number in range(5):
        visit(learning, f"v{number}")
    before = propensities(learning)
    ticked(learning)
    after = propensities(learning)
    assert before["bike"] == before["car"]
    assert after["bike"] > 1.5 * after["car"]


def test_a_tick_after_the_minute_has_settled_changes_little(learning: Deployment) -> None:
    visit(learning, "w1")
    ticked(learning)
    once = propensities(learning)
    learning.clock.now += 10 * MINUTE
    ticked(learning)
    assert propensities(learning) == pytest.approx(once, rel=0.2)


def test_learning_anew_comes_to_what_was_known(learning: Deployment) -> None:
    since = text(learning.clock.now - 2 * MINUTE)
    ticked(learning, **{"from": since})
    for number in range(3):
        visit(learning, f"x{number}")
        learning.clock.now += MINUTE
        ticked(learning)
    learning.clock.now += 10 * MINUTE
    ticked(learning)
    minute_by_minute = learning.house.learning.kept()
    ticked(learning, **{"from": since})
    anew = learning.house.learning.kept()
    assert minute_by_minute is not None
    assert anew is not None
    assert (anew.state, anew.model) == (minute_by_minute.state, minute_by_minute.model)


def test_a_moment_that_is_none_is_refused(learning: Deployment) -> None:
    with pytest.raises(BadRequest):
        ticked(learning, **{"from": "yesterday"})


def test_without_its_model_a_page_is_answered_at_the_base_rate(learning: Deployment) -> None:
    visit(learning, "y1")
    ticked(learning)
    kept = learning.house.learning.kept()
    assert kept is not None
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=kept.model)
    front.front.cache_clear()
    receptions.cache_clear()
    front.front().clock = learning.clock
    assert {*propensities(learning).values()} == {0.05}
