"""Caps for all on the deployed functions: what known people view is counted, and the tick tells what ran out."""

from typing import Any

import jwt
import pytest
from msgspec import structs
from rapport.domain.offer import OfferCap

from functions.due.handler import handle as due
from functions.intake.handler import handle as intake
from functions.personalise.handler import handle, receptions
from tests.functions.calls import Context, call, envelope, failed, records, told
from tests.functions.deployment import CATALOGUE, SITE, SITE_SECRET, Deployment


@pytest.fixture
def scarce(world: Deployment) -> Deployment:
    """A car of which there are two for everybody together."""
    car = structs.replace(CATALOGUE.offers["car"], caps=(OfferCap("all", 2),))
    world.house.curation.publish(structs.replace(CATALOGUE, offers={**CATALOGUE.offers, "car": car}), {})
    world.house.publications.refresh()
    world.clock.now += 61
    receptions.cache_clear()
    return world


def pull(world: Deployment, user_id: str = "") -> dict[str, Any]:
    """The one offer that somebody is shown."""
    claims = {"sub": user_id, "aud": world.site, "exp": world.clock.now + 600}
    user = {"x-rapport-user": jwt.encode(claims, SITE_SECRET, "HS256")} if user_id else {}
    body = {"placements": ["home-hero"], **({} if user_id else {"anonymousId": "nobody"})}
    sent = {"x-rapport-key": world.site, "origin": SITE, **user}
    return dict(told(handle(call("POST", "/v1/personalise", body, sent), Context()))["placements"][0]["offers"][0])


def view(world: Deployment, token: str, message_id: str, **who: str) -> None:
    """Tell of a view, the same way for all."""
    detail = {**who, "messageId": message_id, "event": "Offer Viewed", "properties": {"token": token}}
    assert not failed(intake(records(envelope("Offer Viewed", detail)), Context()))


def ticked(world: Deployment) -> str:
    """What the next visitor sees after a tick."""
    due({}, Context())
    world.clock.now += 61
    return str(pull(world)["id"])


@pytest.mark.slow
def test_what_known_people_viewed_runs_out_for_all_and_a_replay_counts_nothing(scarce: Deployment) -> None:
    for user_id in ("first", "second"):
        scarce.person(user_id)
    token = pull(scarce)["token"]
    view(scarce, token, "a1", anonymousId="nobody")
    first = pull(scarce, "first")["token"]
    view(scarce, first, "v1", userId="first")
    view(scarce, first, "v2", userId="first")
    view(scarce, first, "v3", userId="second")
    assert ticked(scarce) == "car"
    view(scarce, pull(scarce, "second")["token"], "v4", userId="second")
    assert ticked(scarce) == "hello"
