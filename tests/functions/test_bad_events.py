"""Bad input, event by event: a clear answer for each, nothing of it stored, and nothing else lost."""

import json
from typing import Any

import pytest

from functions.collect.handler import handle as collect
from functions.intake.handler import handle as intake
from tests.functions.calls import Context, bearer, call, failed, records, told
from tests.functions.deployment import Deployment

GOOD = {"type": "identify", "userId": "good", "traits": {"firstName": "Ann"}}


def identify(**traits: Any) -> dict[str, Any]:
    return {"type": "identify", "userId": "bad", "traits": {"firstName": "Bea", **traits}}


UNREADABLE = "5,000 digits"
BAD: dict[str, tuple[Any, str, list[str]]] = {
    "an unknown source": ({**identify(), "context": {"source": "gossip"}}, "rejected", ["context.source"]),
    "nobody declared it": (identify(shoe=43), "accepted", ["traits.shoe"]),
    "31 February": (identify(birthday="2026-02-31"), "accepted", ["traits.birthday"]),
    "two addresses": (identify(email="a@b, c@d"), "accepted", ["traits.email"]),
    "a list for a string": (identify(locale=["fr", "en"]), "accepted", ["traits.locale"]),
    UNREADABLE: (identify(birthday="DIGITS"), "rejected", [""]),
    "names of Python's own": (identify(__class__="x", items="y"), "accepted", ["traits.__class__", "traits.items"]),
    "no name": ({"type": "track", "userId": "bad"}, "rejected", ["event"]),
    "no message": (7, "rejected", [""]),
}


def sent(world: Deployment, *messages: Any) -> list[dict[str, Any]]:
    """The results of a batch, which is then taken in."""
    body = json.dumps({"batch": messages}).replace('"DIGITS"', "9" * 5000).encode()
    answer = collect(call("POST", "/v1/batch", body, bearer(world.secret)), Context())
    assert answer["statusCode"] == 200, answer
    assert not failed(intake(records(*world.told()), Context()))
    found: list[dict[str, Any]] = told(answer)["results"]
    return found


@pytest.mark.parametrize(("bad", "status", "paths"), BAD.values(), ids=BAD)
def test_each_event_is_answered_on_its_own_e16(world: Deployment, bad: Any, status: str, paths: list[str]) -> None:
    results = sent(world, GOOD, bad, GOOD)
    assert [result["status"] for result in results] == ["accepted", status, "accepted"]
    assert sorted(error["path"] for error in results[1]["errors"]) == paths


@pytest.mark.parametrize("name", BAD)
def test_nothing_of_what_is_bad_is_stored_and_nothing_else_is_lost(world: Deployment, name: str) -> None:
    bad, status, _ = BAD[name]
    bad = {**bad, "userId": f"bad-{name}"} if isinstance(bad, dict) else bad
    sent(world, {**GOOD, "userId": f"good-{name}"}, bad)
    stored = world.profile(f"bad-{name}")
    assert {trait: held.value for trait, held in stored.traits.items()} == (
        {"first_name": "Bea"} if status == "accepted" else {}
    )
    assert world.profile(f"good-{name}").traits["first_name"].value == "Ann"


def test_what_was_left_out_is_counted_on_the_person(world: Deployment) -> None:
    sent(world, {**identify(shoe=43, birthday="2026-02-31"), "userId": "counted"})
    assert world.profile("counted").refused == {"shoe:UNDECLARED": 1, "birthday:INVALID": 1}


def test_a_single_call_says_what_was_left_out(world: Deployment) -> None:
    answer = collect(call("POST", "/v1/identify", identify(email="a@b, c@d"), bearer(world.secret)), Context())
    assert told(answer) == {
        "success": True,
        "errors": [{"path": "traits.email", "message": "must be an email address"}],
    }


def test_a_batch_of_which_nothing_can_be_read_is_a_400(world: Deployment) -> None:
    body = b'{"batch": [' + b"9" * 5000 + b"]}"
    assert collect(call("POST", "/v1/batch", body, bearer(world.secret)), Context())["statusCode"] == 400
