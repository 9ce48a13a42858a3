import json
from typing import Any

import pytest
from rapport.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotAllowedHere,
    NotFound,
    PreconditionFailed,
    RapportError,
    Refused,
    StoreUnavailable,
    Unauthorised,
)
from rapport_aws.http import Request, Route, Router, answer, door, limited, problem, request_of

STATUSES: dict[type[RapportError], int] = {
    BadRequest: 400,
    Unauthorised: 401,
    Forbidden: 403,
    NotFound: 404,
    Conflict: 409,
    PreconditionFailed: 412,
    Refused: 422,
    StoreUnavailable: 503,
}


@pytest.mark.parametrize(("error", "status"), STATUSES.items(), ids=lambda value: getattr(value, "__name__", value))
def test_an_error_has_one_status_and_is_told_as_a_problem(error: type[RapportError], status: int) -> None:
    told = problem(error("said"))
    body = json.loads(told["body"])
    assert (told["statusCode"], body["status"], body["detail"]) == (status, status, "said")
    assert told["headers"]["Content-Type"] == "application/problem+json"


def test_the_faults_of_a_body_are_told() -> None:
    faults = [{"path": "a", "message": "is missing"}]
    assert json.loads(problem(BadRequest("no", faults))["body"])["errors"] == faults


def test_what_nobody_foresaw_is_a_500_without_a_word_of_detail(capsys: pytest.CaptureFixture[str]) -> None:
    def fails(_request: Request) -> Any:
        raise RuntimeError("ann@example.com")

    told = door(fails, {})
    assert (told["statusCode"], "ann@" in told["body"] + capsys.readouterr().err) == (500, False)


def test_a_stage_in_front_of_the_path_is_taken_off() -> None:
    event = {"rawPath": "/prod/v1/offers", "requestContext": {"stage": "prod", "http": {"method": "GET"}}}
    assert request_of(event).path == "/v1/offers"


def test_header_names_are_read_in_any_case() -> None:
    assert request_of({"headers": {"X-Rapport-Key": "pk_1"}}).header("x-rapport-KEY") == "pk_1"


def test_a_body_at_the_bound_is_taken_and_one_byte_more_is_not() -> None:
    assert limited(Request("POST", "/", body=b"x" * 10), 10)
    with pytest.raises(BadRequest):
        limited(Request("POST", "/", body=b"x" * 11), 10)


ROUTER = Router(
    Route("GET", "/a/{name}", lambda _request, name: answer(200, name)),
    Route("GET", "/a/{name}/b", lambda _request, name: answer(200, ["b", name])),
)


@pytest.mark.parametrize(
    ("path", "said"), [("/a/x", "x"), ("/a/x%2Fy", "x/y"), ("/a/x/b", ["b", "x"]), ("/a/anonymous%3A7", "anonymous:7")]
)
def test_a_route_is_found_with_the_parts_of_its_path(path: str, said: Any) -> None:
    assert json.loads(ROUTER.answer(Request("GET", path))["body"]) == said


@pytest.mark.parametrize(("method", "path"), [("GET", "/a"), ("GET", "/a/"), ("POST", "/b"), ("GET", "/a/x/c")])
def test_what_is_no_route_is_not_found(method: str, path: str) -> None:
    with pytest.raises(NotFound):
        ROUTER.answer(Request(method, path))


LONG = Router(
    Route("GET", "/p/{name+}/b", lambda _request, name: answer(200, ["b", name])),
    Route("DELETE", "/p/{name+}", lambda _request, name: answer(200, name)),
)


@pytest.mark.parametrize(("method", "path"), [("POST", "/p/x"), ("DELETE", "/p/x/b"), ("DELETE", "/p/x/y/b")])
def test_a_path_is_asked_by_the_methods_of_the_first_template_that_fits(method: str, path: str) -> None:
    with pytest.raises(NotAllowedHere) as told:
        LONG.answer(Request(method, path))
    assert told.value.allowed == LONG.methods(path) != ()


@pytest.mark.parametrize(("method", "path", "said"), [("GET", "/p/x/y/b", ["b", "x/y"]), ("DELETE", "/p/x/y", "x/y")])
def test_a_name_may_be_several_parts_of_a_path(method: str, path: str, said: Any) -> None:
    assert json.loads(LONG.answer(Request(method, path))["body"]) == said
