import json
import os
import subprocess
import sys
from typing import Any

import boto3
import jwt
import pytest
from rapport.domain.moment import DAY
from rapport.domain.profile import Identity, Profile
from rapport.ports import Change
from rapport.use_cases import curate
from rapport.use_cases.people import known_as, person
from rapport_aws import front

from functions.personalise.handler import handle, receptions
from tests.functions.calls import Context, bearer, call, told
from tests.functions.deployment import SITE, SITE_SECRET, Deployment
from tests.functions.test_collect import BAD

PULL = {"anonymousId": "visitor", "placements": ["home-hero"]}


def pull(world: Deployment, body: Any = None, headers: dict[str, str] | None = None) -> dict[str, Any]:
    sent = browser(world) if headers is None else headers
    return handle(call("POST", "/v1/personalise", PULL if body is None else body, sent), Context())


def browser(world: Deployment, **more: str) -> dict[str, str]:
    return {"x-rapport-key": world.site, "origin": SITE, **more}


def known(world: Deployment, user_id: str) -> dict[str, str]:
    claims = {"sub": user_id, "aud": world.site, "exp": world.clock.now + 600}
    return browser(world, **{"x-rapport-user": jwt.encode(claims, SITE_SECRET, "HS256")})


def shape(value: Any) -> Any:
    """Names and kinds of an answer, without what it says."""
    if isinstance(value, dict):
        return {name: shape(held) for name, held in value.items()}
    return [shape(held) for held in value] if isinstance(value, list) else type(value).__name__


@pytest.fixture(autouse=True)
def fresh() -> None:
    receptions.cache_clear()


def test_a_visit_gets_an_offer_for_each_placement(world: Deployment) -> None:
    [placement] = told(pull(world))["placements"]
    assert (placement["id"], [offer["id"] for offer in placement["offers"]]) == ("home-hero", ["car"])


def test_nobody_may_keep_an_answer(world: Deployment) -> None:
    assert pull(world)["headers"]["Cache-Control"] == "private, no-store"


def test_every_pull_has_a_decision_of_its_own(world: Deployment) -> None:
    assert told(pull(world))["decisionId"] != told(pull(world))["decisionId"]


def test_a_known_and_an_unknown_person_get_the_same_shape(world: Deployment) -> None:
    world.person("shape", first_name="Ann")
    claim = {**PULL, "userId": "shape"}
    assert shape(told(pull(world, claim))) == shape(told(pull(world, {**PULL, "userId": "nobody-at-all"})))


def test_the_token_names_the_offer_to_us_alone(world: Deployment) -> None:
    token = told(pull(world))["placements"][0]["offers"][0]["token"]
    assert ("car" in token, world.house.sealer.open("offer", token) is not None) == (False, True)


def test_events_of_the_request_go_to_the_bus_too_d12(world: Deployment) -> None:
    event = {"type": "track", "event": "Product Viewed", "messageId": "pv1", "properties": {"sku": "ski-1"}}
    pull(world, {**PULL, "events": [event]})
    assert [heard["detail-type"] for heard in world.told()] == ["Product Viewed"]


def test_an_answer_without_events_writes_nothing_a12(world: Deployment) -> None:
    pull(world)
    assert (world.told(), world.queued()) == ([], [])


def test_a_person_sees_reasons_without_scores(world: Deployment) -> None:
    world.person("reasons")
    body = {"placements": ["home-hero"], "explain": True}
    candidates = told(pull(world, body, known(world, "reasons")))["explain"]["candidates"]
    assert ("reason" in candidates[0], "score" in candidates[0]) == (True, False)


def test_a_visit_does_not_see_a_stretch_whose_time_is_over(world: Deployment) -> None:
    who = Identity("anonymous", "long-ago")
    stretch = known_as(person(who, world.house.ports), who, world.clock.now)
    world.house.profiles.write(Change(stretch))
    seen = front.front().profile(who)
    world.clock.now += 90 * DAY
    later = front.front().profile(who)
    world.clock.now -= 90 * DAY
    assert (seen.anonymous_id, later) == ("long-ago", Profile(seen.id))


def test_a_visit_finds_a_person_past_every_merge(world: Deployment) -> None:
    for name in ("first", "second", "third"):
        world.person(name, first_name=name)
    for name, into in (("first", "second"), ("second", "third")):
        curate.merge(world.profile(name).id, world.profile(into).id, world.house.ports, world.clock.now)
    assert front.front().profile(Identity("user", "first")).user_id == "third"


def test_a_server_sees_the_scores(world: Deployment) -> None:
    body = {"userId": "anyone", "placements": ["home-hero"], "explain": True}
    candidates = told(pull(world, body, bearer(world.secret)))["explain"]["candidates"]
    assert any("score" in candidate for candidate in candidates)


@pytest.mark.parametrize(
    "extra",
    [{"explain": True}, {"force": {"home-hero": "car"}}, {"as_persona": "x"}],
    ids=lambda extra: next(iter(extra)),
)
def test_a_browser_may_not_ask_for_more_than_an_answer(world: Deployment, extra: dict[str, Any]) -> None:
    assert pull(world, {**PULL, **extra})["statusCode"] == 403


def test_a_token_speaks_for_its_own_person_only(world: Deployment) -> None:
    assert pull(world, {**PULL, "userId": "bob"}, known(world, "ann"))["statusCode"] == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-rapport-key": "pk_forged"}, 401),
        ({"authorization": "Bearer sk_forged"}, 401),
        ({"x-rapport-user": "forged", "x-rapport-key": "SITE"}, 401),
        ({"origin": "https://evil.example", "x-rapport-key": "SITE"}, 403),
        ({"origin": "null", "x-rapport-key": "SITE"}, 403),
    ],
    ids=str,
)
def test_who_may_not_call_is_told_why(world: Deployment, headers: dict[str, str], status: int) -> None:
    sent = {name: world.site if value == "SITE" else value for name, value in headers.items()}
    answer = pull(world, None, sent)
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (status, "application/problem+json")


def test_a_secret_key_without_the_scope_may_not(world: Deployment) -> None:
    key = world.house.keys.make_secret(["events:write"])
    assert pull(world, None, bearer(key))["statusCode"] == 403


STRANGE: dict[str, Any] = {
    "no placements": {"anonymousId": "a"},
    "an empty list of placements": {"placements": []},
    "a placement nobody wrote": {"placements": ["nowhere"]},
    "an unknown key": {**PULL, "condition": "true"},
    "an unknown key inside": {"placements": [{"id": "home-hero", "when": "true"}]},
    "a negative count": {"placements": [{"id": "home-hero", "count": -1}]},
    "room for more than a page shows": {"placements": [{"id": "home-hero", "count": 100}] * 6},
    "a channel that is none": {**PULL, "channel": "smoke"},
    "twenty-one events": {**PULL, "events": [{}] * 21},
    "an event that is none": {**PULL, "events": [{"type": "nonsense"}]},
    "events that are no list": {**PULL, "events": {}},
    "an id that is an object": {**PULL, "anonymousId": {"$ne": None}},
    "an id that is too long": {**PULL, "anonymousId": "x" * 1000},
    "a context that is no object": {**PULL, "context": []},
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_request_is_a_400_that_names_the_place(world: Deployment, body: Any) -> None:
    answer = pull(world, body)
    assert (answer["statusCode"], bool(told(answer)["errors"])) == (400, True)


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_body_is_a_4xx(world: Deployment, body: bytes) -> None:
    assert 400 <= pull(world, body)["statusCode"] < 500


def test_when_the_store_fails_the_answer_is_the_fallbacks(world: Deployment) -> None:
    client, name = boto3.client("dynamodb"), front.front().settings.profiles_table
    there = client.describe_table(TableName=name)["Table"]
    pull(world)
    client.delete_table(TableName=name)
    try:
        answer = pull(world)
    finally:
        again(client, there)
    [placement] = told(answer)["placements"]
    assert (answer["statusCode"], answer["headers"]["Rapport-Degraded"]) == (200, "store")
    assert (placement["fallback"], placement["offers"][0]["id"]) == (True, "hello")


def again(client: Any, there: dict[str, Any]) -> None:
    """Make a table as it was."""
    index = [
        {name: held[name] for name in ("IndexName", "KeySchema", "Projection")}
        for held in there.get("GlobalSecondaryIndexes", [])
    ]
    client.create_table(
        TableName=there["TableName"],
        KeySchema=there["KeySchema"],
        AttributeDefinitions=there["AttributeDefinitions"],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=index,
    )


def test_an_agent_gets_the_next_best_actions_c11(world: Deployment) -> None:
    world.person("caller")
    body = {"userId": "caller", "channel": "call", "placement": "home-hero"}
    answer = handle(call("POST", "/v1/next-action", body, bearer(world.secret)), Context())
    assert (answer["statusCode"], "actions" in told(answer)) == (200, True)


def test_a_browser_gets_no_actions(world: Deployment) -> None:
    body = {"userId": "caller", "placement": "home-hero"}
    assert handle(call("POST", "/v1/next-action", body, browser(world)), Context())["statusCode"] == 401


HEAVY = "boto3 botocore pydantic jinja2 asyncio numpy babel phonenumbers cel_expr_python aws_lambda_powertools jwt"


def test_the_hot_path_imports_nothing_heavy() -> None:
    told_modules = "import sys, json, functions.personalise.handler; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", told_modules], capture_output=True, check=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert not set(json.loads(done.stdout)) & set(HEAVY.split())


def test_what_a_person_does_is_theirs_though_the_event_names_nobody(world: Deployment) -> None:
    event = {"type": "track", "event": "Trip Completed", "userId": None, "anonymousId": "somebody-else-s"}
    pull(world, {**PULL, "events": [event]}, known(world, "ann"))
    assert [heard["detail"]["user_id"] for heard in world.told()] == ["ann"]


@pytest.mark.parametrize(
    "more",
    [
        {"events": [{"type": "track", "event": "Trip Completed"}]},
        {"context": {"consent": {"categoryPreferences": {"personalisation": True}}}},
    ],
    ids=["events", "consent"],
)
def test_a_key_that_may_only_read_tells_nothing(world: Deployment, more: dict[str, Any]) -> None:
    asked = {"userId": "ann", "placements": ["home-hero"]}
    answers = [pull(world, body, bearer(world.reader))["statusCode"] for body in (asked, {**asked, **more})]
    assert (answers, world.told()) == ([200, 403], [])
