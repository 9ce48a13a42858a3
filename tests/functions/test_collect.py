import base64
import gzip
import json
from typing import Any

import jwt
import pytest
from rapport.domain.event import Event
from rapport_aws.entries import envelope_of, event_of

from functions.collect.handler import handle
from tests.functions.calls import Context, bearer, call, told
from tests.functions.deployment import SITE, SITE_SECRET, Deployment

TRACK = {"type": "track", "event": "Trip Completed", "anonymousId": "a1", "messageId": "m1"}


def post(path: str, body: Any, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return handle(call("POST", path, body, headers), Context())


def browser(world: Deployment, **more: str) -> dict[str, str]:
    return {"x-rapport-key": world.site, "origin": SITE, **more}


def user(world: Deployment, sub: str = "ann", **claims: Any) -> str:
    now = world.clock.now
    return jwt.encode({"sub": sub, "aud": world.site, "exp": now + 600, **claims}, SITE_SECRET, "HS256")


def events(world: Deployment) -> list[Event]:
    return [event_of(envelope_of(json.dumps(heard))) for heard in world.told()]


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def test_a_batch_is_handed_to_the_bus(world: Deployment) -> None:
    answer = post("/v1/batch", {"batch": [TRACK]}, browser(world))
    assert told(answer) == {"success": True, "results": [{"messageId": "m1", "status": "accepted", "errors": []}]}
    assert [event.name for event in events(world)] == ["Trip Completed"]


def test_what_is_wrong_with_one_message_costs_the_others_nothing(world: Deployment) -> None:
    answer = post("/v1/batch", {"batch": [TRACK, {"type": "nonsense"}, 7, TRACK]}, browser(world))
    assert [result["status"] for result in told(answer)["results"]] == ["accepted", "rejected", "rejected", "accepted"]


@pytest.mark.parametrize("where", ["header", "basic", "body", "bearer"])
def test_the_key_may_come_as_segment_clients_send_it(world: Deployment, where: str) -> None:
    headers = {"header": browser(world), "basic": basic(world.site), "bearer": bearer(world.secret), "body": {}}[where]
    body = {"batch": [TRACK], **({"writeKey": world.site} if where == "body" else {})}
    assert post("/v1/batch", body, headers)["statusCode"] == 200


def test_a_beacon_may_call_itself_plain_text(world: Deployment) -> None:
    headers = {"content-type": "text/plain", "origin": SITE}
    body = json.dumps({**TRACK, "writeKey": world.site})
    assert told(post("/v1/track", body, headers)) == {"success": True}


def test_a_batch_may_be_gzip(world: Deployment) -> None:
    packed = gzip.compress(json.dumps({"batch": [TRACK]}).encode())
    assert post("/v1/batch", packed, browser(world, **{"content-encoding": "gzip"}))["statusCode"] == 200


def test_a_bomb_of_gzip_is_too_large(world: Deployment) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert post("/v1/batch", bomb, browser(world, **{"content-encoding": "gzip"}))["statusCode"] == 400


@pytest.mark.parametrize("route", ["identify", "track", "page", "screen", "group", "alias"])
def test_every_single_route_takes_its_call(world: Deployment, route: str) -> None:
    body = {"userId": "u1", "event": "Trip Completed", "groupId": "g1", "previousId": "p1", "name": "home"}
    assert (post(f"/v1/{route}", body, bearer(world.secret))["statusCode"], events(world)[0].call) == (200, route)


def test_a_server_is_trusted(world: Deployment) -> None:
    post("/v1/track", TRACK, bearer(world.secret))
    assert events(world)[0].trusted


def test_a_browser_is_not(world: Deployment) -> None:
    post("/v1/track", TRACK, browser(world))
    assert not events(world)[0].trusted


def test_a_person_with_a_token_is_trusted_for_themselves(world: Deployment) -> None:
    post("/v1/track", {**TRACK, "userId": "ann"}, browser(world, **{"x-rapport-user": user(world)}))
    assert events(world)[0].trusted


def test_a_person_with_a_token_cannot_speak_for_another(world: Deployment) -> None:
    answer = post("/v1/track", {**TRACK, "userId": "bob"}, browser(world, **{"x-rapport-user": user(world)}))
    assert answer["statusCode"] == 403


@pytest.mark.parametrize("claims", [{"exp": 0}, {"aud": "pk_other"}, {"sub": ""}], ids=["expired", "foreign", "nobody"])
def test_a_bad_user_token_is_no_credential(world: Deployment, claims: dict[str, Any]) -> None:
    answer = post("/v1/track", TRACK, browser(world, **{"x-rapport-user": user(world, **claims)}))
    assert answer["statusCode"] == 401


def test_a_secret_key_without_the_scope_is_not_allowed(world: Deployment) -> None:
    assert post("/v1/track", TRACK, bearer(world.reader))["statusCode"] == 403


@pytest.mark.parametrize("headers", [{}, {"x-rapport-key": "pk_forged"}, {"authorization": "Bearer sk_forged"}])
def test_without_a_good_key_nothing_goes(world: Deployment, headers: dict[str, str]) -> None:
    assert post("/v1/track", TRACK, headers)["statusCode"] == 401


def test_an_origin_that_is_not_listed_is_not_allowed(world: Deployment) -> None:
    headers = {"x-rapport-key": world.site, "origin": "https://evil.example"}
    assert post("/v1/track", TRACK, headers)["statusCode"] == 403


def test_a_call_without_an_origin_is_judged_by_its_key(world: Deployment) -> None:
    assert post("/v1/track", TRACK, {"x-rapport-key": world.site})["statusCode"] == 200


def test_the_skew_of_the_sender_s_clock_is_taken_out_of_a_batch(world: Deployment) -> None:
    body = {"batch": [{**TRACK, "timestamp": "2020-01-01T00:00:00Z"}], "sentAt": "2020-01-01T00:00:10Z"}
    post("/v1/batch", body, browser(world))
    assert events(world)[0].at == world.clock.now - 10


BAD: dict[str, Any] = {
    "not JSON": b"{",
    "empty": b"",
    "an array": b"[]",
    "a number": b"7",
    "no batch": b"{}",
    "batch is no list": b'{"batch": {}}',
    "NaN": b'{"batch": [NaN]}',
    "infinity": b'{"batch": [1e999]}',
    "minus infinity": b'{"batch": [-Infinity]}',
    "a key twice": b'{"batch": [], "batch": []}',
    "a key twice inside": b'{"batch": [{"a": 1, "a": 2}]}',
    "a large integer": b'{"batch": [9007199254740993]}',
    "a very large integer": b'{"batch": [' + b"9" * 5000 + b"]}",
    "half a surrogate pair": b'{"batch": ["\\ud800"]}',
    "not UTF-8": b'{"batch": ["\xff"]}',
    "deep": b'{"batch": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep and open": b"[" * 200_000,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "too many messages": b'{"batch": [' + b"0," * 5_000 + b"0]}",
    "large": b'{"batch": ["' + b"x" * 1_000_000 + b'"]}',
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_body_is_a_4xx_that_says_so(world: Deployment, body: bytes) -> None:
    answer = post("/v1/batch", body, browser(world))
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_bad_body_of_a_single_call_is_a_4xx_too(world: Deployment, body: bytes) -> None:
    assert 400 <= post("/v1/track", body, browser(world))["statusCode"] < 500


def test_base64_that_is_none_is_a_4xx(world: Deployment) -> None:
    event = {**call("POST", "/v1/batch", b"x", browser(world)), "body": "!!!"}
    assert handle(event, Context())["statusCode"] == 400


def test_a_path_that_is_no_call_is_not_found(world: Deployment) -> None:
    assert post("/v1/nonsense", TRACK, browser(world))["statusCode"] == 404


def test_an_answer_may_be_read_by_any_site_and_kept_by_nobody(world: Deployment) -> None:
    headers = post("/v1/track", TRACK, browser(world))["headers"]
    assert (headers["Access-Control-Allow-Origin"], headers["Cache-Control"]) == ("*", "private, no-store")


@pytest.mark.parametrize("said", [{}, {"userId": None}, {"userId": " "}], ids=str)
def test_what_a_person_with_a_token_does_is_theirs_whoever_it_names(world: Deployment, said: dict[str, Any]) -> None:
    # Trusted for the browser's stretch alone it would reach whoever identifies on that browser next.
    post("/v1/track", {**TRACK, **said}, browser(world, **{"x-rapport-user": user(world)}))
    assert [(event.user_id, event.anonymous_id) for event in events(world)] == [("ann", "a1")]


PACKED = gzip.compress(json.dumps({"batch": [TRACK]}).encode())


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", " gzip ", "x-gzip"])
def test_gzip_is_told_by_any_of_its_names(world: Deployment, encoding: str) -> None:
    assert post("/v1/batch", PACKED, browser(world, **{"content-encoding": encoding}))["statusCode"] == 200


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(PACKED[:-6], "gzip"), (PACKED + b"more", "gzip"), (b"{}", "gzip"), (PACKED, "deflate"), (b"{}", "br")],
    ids=["cut short", "with more behind it", "plain", "deflate", "br"],
)
def test_what_is_not_one_whole_gzip_is_a_400(world: Deployment, body: bytes, encoding: str) -> None:
    assert post("/v1/batch", body, browser(world, **{"content-encoding": encoding}))["statusCode"] == 400


def test_a_single_call_that_is_packed_is_told_that_only_a_batch_may_be(world: Deployment) -> None:
    packed = gzip.compress(json.dumps(TRACK).encode())
    answer = post("/v1/track", packed, browser(world, **{"content-encoding": "gzip"}))
    assert (answer["statusCode"], "only a batch" in told(answer)["detail"]) == (400, True)
