"""Bad input to every route of the deployed API, read from its own description: a problem of the 4xx, never a 5xx."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.conftest import Answer, Caller
from tests.e2e.wire import finished, send

DESCRIPTION: Final = json.loads((Path(__file__).parents[2] / "functions" / "catalogue" / "openapi.json").read_text())
ROUTES: Final = {
    f"{method.upper()} {path}": about
    for path, methods in DESCRIPTION["paths"].items()
    for method, about in methods.items()
}
# Things that are there, so that what is refused is the input.
NAMES: Final = {
    "name": "ann",
    "purpose": "marketing",
    "offer_id": "rain-shell",
    "campaign_id": "lapsed",
    "form_id": "newsletter",
    "message_id": "m_none",
    "job_id": "j_none",
    "channel": "email",
    "token": "k1.AAAA",
}
BODIES: Final = {
    "no JSON": b'{"placements": [',
    "nothing": b"",
    "another kind": b'"text"',
    "a megabyte": b'{"x": "' + b"a" * 1_000_000 + b'"}',
    "depth 10,000": b'{"traits": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "NaN": b'{"traits": {"a": NaN}}',
    "a number beyond 2^53": b'{"traits": {"a": 9007199254740993}}',
    "5,000 digits": b'{"traits": {"a": ' + b"9" * 5_000 + b"}}",
    "a key twice": b'{"userId": "a", "userId": "b"}',
    "unknown keys": b'{"userId": "ann", "placements": ["home-hero"], "__class__": 1, "when": "true"}',
    "half a surrogate": b'{"userId": "\\ud800"}',
}
# Bytes that are not UTF-8 never reach us here: the emulator's gateway replaces them (tests/adapters/test_strict.py).
ENVELOPES: Final = {("unknown keys", f"POST /v1/{call}") for call in ("identify", "page", "screen")}
CREDENTIALS: Final = (
    "Bearer",
    "Bearer ",
    "Basic !",
    "Basic Og==",
    "sk_x",
    "Bearer sk_\xe9\xe9",
    "Bearer " + "x" * 4_000,
)
LINES: Final = "POST /v1/imports"  # a file: what is wrong with a line is told in the job's result
ASKED_WITHOUT: Final = {  # what these take for an answer to the question as well
    ("nothing", "POST /v1/catalogue/rollback"),
    ("nothing", "PUT /v1/catalogue"),
    ("nothing", "POST /v1/campaigns/{campaign_id}/send"),
    ("nothing", "POST /v1/redrive"),
}


def takes_json(route: str) -> bool:
    return "application/json" in ROUTES[route].get("requestBody", {}).get("content", {})


def takes_a_key(route: str) -> bool:
    return bool(ROUTES[route].get("security"))


def takes_a_site_key(route: str) -> bool:
    return any("publishableKey" in way for way in ROUTES[route].get("security", []))


KEYED: Final = [route for route in ROUTES if takes_a_key(route)]
OF_SITES: Final = [route for route in KEYED if takes_a_site_key(route)]
OF_SERVERS: Final = [route for route in KEYED if not takes_a_site_key(route)]


FAULTY: Final = [
    (fault, route)
    for fault in BODIES
    for route in ROUTES
    if takes_json(route) and (fault, route) not in ASKED_WITHOUT | ENVELOPES
]


def ask(caller: Caller, route: str, headers: dict[str, str], body: bytes = b"{}") -> Answer:
    method, path = route.split(" ")
    return send(caller.stack, (method, path.format(**NAMES)), {"Content-Type": "application/json", **headers}, body)


def told(answer: Answer) -> tuple[int, str, Any]:
    """The kind of the answer; a problem's status is that of the answer, too."""
    status = answer.body.get("status") if isinstance(answer.body, dict) else None
    return answer.status // 100, answer.headers.get("Content-Type", ""), status == answer.status


PROBLEM: Final = (4, "application/problem+json", True)


@pytest.mark.parametrize(("fault", "route"), FAULTY, ids=[f"{fault}, {route}" for fault, route in FAULTY])
def test_a_body_that_is_none_is_a_problem(caller: Caller, fault: str, route: str) -> None:
    answer = ask(caller, route, {"Authorization": f"Bearer {caller.stack.admin_key}"}, BODIES[fault])
    assert told(answer) == PROBLEM, answer


@pytest.mark.parametrize("route", KEYED)
def test_without_a_key_nobody_is_answered(caller: Caller, route: str) -> None:
    answer = ask(caller, route, {})
    assert (answer.status, told(answer)) == (401, PROBLEM)


@pytest.mark.parametrize("route", KEYED)
def test_a_wrong_key_is_no_key(caller: Caller, route: str) -> None:
    answer = ask(caller, route, {"Authorization": "Bearer sk_wrong"})
    assert (answer.status, told(answer)) == (401, PROBLEM)


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize(
    "route", ["POST /v1/personalise", "POST /v1/track", "GET /v1/offers", "GET /v1/profiles/{name}"]
)
def test_a_credential_of_no_form_is_none(caller: Caller, route: str, credential: str) -> None:
    answer = ask(caller, route, {"Authorization": credential})
    assert (answer.status, told(answer)) == (401, PROBLEM)


@pytest.mark.parametrize("route", OF_SITES)
@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "https://trails.example.evil.example"])
def test_a_site_that_is_not_listed_may_not_call(caller: Caller, route: str, origin: str) -> None:
    answer = ask(caller, route, {"X-Rapport-Key": caller.stack.site_key, "Origin": origin})
    assert (answer.status, told(answer)) == (403, PROBLEM)


@pytest.mark.parametrize("route", OF_SERVERS)
def test_a_publishable_key_does_not_do_what_only_servers_may(caller: Caller, route: str) -> None:
    answer = ask(caller, route, {"X-Rapport-Key": caller.stack.site_key})
    assert (answer.status in (401, 403), told(answer)) == (True, PROBLEM)


@pytest.mark.parametrize("route", [route for route in ROUTES if "{token}" in route])
@pytest.mark.parametrize("token", ["k1.AAAA", "x", "%00", "k1." + "A" * 2_000, "..%2F..%2Fetc"])
def test_a_link_that_nobody_signed_leads_nowhere(caller: Caller, route: str, token: str) -> None:
    method, path = route.split(" ")
    answer = send(caller.stack, (method, path.format(token=token)), {}, b"List-Unsubscribe=One-Click")
    assert answer.status == 404


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/nothing", "/v1/profiles", "/v1/profiles/ann/nothing", "/v2/track"])
def test_a_route_that_is_none_is_not_found(caller: Caller, path: str) -> None:
    assert caller("GET", path).status == 404


@pytest.mark.parametrize("wrong", ["\x00", "a" * 5_000, "..%2F..%2F", "%ff%fe", "%ED%A0%80"])
def test_a_name_that_is_none_is_nobodys(caller: Caller, wrong: str) -> None:
    key = {"Authorization": f"Bearer {caller.stack.admin_key}"}
    answer = send(caller.stack, ("GET", f"/v1/profiles/{wrong.replace(chr(0), '%00')}"), key)
    assert answer.status // 100 == 4


def test_a_file_of_people_that_is_none_is_told_line_by_line(caller: Caller) -> None:
    result = finished(
        caller, ask(caller, f"{LINES}?source=crm", {"Authorization": f"Bearer {caller.stack.admin_key}"}, b"{\n")
    )
    assert (result["accepted"], result["rejected"]) == (0, 1)
