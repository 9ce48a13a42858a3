"""What is deployed, as data: checked against the contract and the other packages without synthesising anything."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from rapport_aws import settings, tables

from infra import functions, layers, routes

ROOT = Path(__file__).parents[2]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
MOST_LAYERS = 5  # that one function may carry

# The paths of the contract, with a name in braces wherever it has one.
CONTRACT = (
    "POST /v1/personalise",
    "POST /v1/next-action",
    "POST /v1/batch",
    "POST /v1/identify",
    "POST /v1/track",
    "POST /v1/page",
    "POST /v1/screen",
    "POST /v1/group",
    "POST /v1/alias",
    "POST /v1/subscribe",
    "GET /v1/forms/{id}",
    "GET /v1/profiles/{id}",
    "PATCH /v1/profiles/{id}",
    "PUT /v1/profiles/{id}/consents/{purpose}",
    "POST /v1/profiles/{id}/merge",
    "GET /v1/profiles/{id}/messages",
    "GET /v1/profiles/{id}/decisions",
    "GET /v1/profiles/{id}/export",
    "DELETE /v1/profiles/{id}",
    "POST /v1/imports",
    "GET /v1/jobs/{id}",
    "PUT /v1/catalogue",
    "GET /v1/catalogue",
    "POST /v1/catalogue/check",
    "POST /v1/catalogue/rollback",
    "GET /v1/offers",
    "PUT /v1/offers/{id}",
    "POST /v1/offers/{id}/withdraw",
    "POST /v1/offers/{id}/reinstate",
    "POST /v1/preview",
    "POST /v1/campaigns/{id}/send",
    "POST /v1/campaigns/{id}/pause",
    "POST /v1/campaigns/{id}/resume",
    "GET /v1/approvals",
    "POST /v1/approvals/{id}",
    "GET /v1/openapi.json",
    "GET /u/{token}",
    "POST /u/{token}",
    "GET /p/{token}",
    "POST /p/{token}",
    "GET /c/{token}",
    "GET /why/{token}",
    "POST /confirm/{token}",
)


def matches(route: routes.Route, call: str) -> bool:
    pattern = re.sub(r"\{[a-z]+\+\}", r".+", re.sub(r"\{[a-z]+\}", r"[^/]+", route.key))
    return re.fullmatch(pattern, call) is not None


@pytest.mark.parametrize("call", CONTRACT)
def test_every_call_of_the_contract_has_a_route(call: str) -> None:
    assert [route for route in routes.ROUTES if matches(route, call)]


@pytest.mark.parametrize("route", routes.ROUTES, ids=lambda route: route.key)
def test_every_route_answers_a_call_of_the_contract(route: routes.Route) -> None:
    duty = {"POST /v1/channels/{channel}/pause", "POST /v1/sending/pause", "GET /v1/status", "POST /v1/redrive"}
    duty |= {"POST /v1/account"}
    heads = {f"HEAD /{page}/{{token}}" for page in ("u", "p", "c", "why", "confirm")}
    reads = {"GET /confirm/{token}", "GET /v1/catalogue/{version}", "GET /v1/offers/{id}"}
    proof = {"POST /v1/reports", "POST /v1/outcomes"}
    nowhere = {"GET /"}
    also = reads | proof | duty | heads | nowhere
    assert [call for call in (*CONTRACT, *also) if matches(route, call)]


def test_no_two_routes_are_the_same() -> None:
    keys = [route.key for route in routes.ROUTES]
    assert len(keys) == len(set(keys))


def test_every_route_has_a_function_that_is_described() -> None:
    assert {route.function for route in routes.ROUTES} <= {function.name for function in functions.FUNCTIONS}


def test_the_described_functions_are_the_ones_there_are() -> None:
    there = {path.parent.name for path in (ROOT / "functions").glob("*/__init__.py")}
    assert {function.name for function in functions.FUNCTIONS} == there


@pytest.mark.parametrize("function", functions.FUNCTIONS, ids=lambda function: function.name)
def test_no_function_carries_more_layers_than_it_may(function: functions.Function) -> None:
    assert len(function.layers) <= MOST_LAYERS


@pytest.mark.parametrize("function", functions.FUNCTIONS, ids=lambda function: function.name)
def test_every_layer_is_one_that_is_built(function: functions.Function) -> None:
    assert set(function.layers) <= set(layers.LAYERS)


def test_a_visit_writes_nothing() -> None:
    personalise = next(function for function in functions.FUNCTIONS if function.name == "personalise")
    assert (personalise.writes, personalise.bucket, personalise.dispatches) == ((), "read", False)


@pytest.mark.parametrize("name", ["boto3", "botocore", "pydantic", "jinja2", "babel", "phonenumbers", "numpy"])
def test_the_layer_where_people_wait_holds_nothing_heavy(name: str) -> None:
    assert f"\n{name}==" not in "\n" + (ROOT / "requirements" / "layer-hot.txt").read_text()


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_pinned_package_has_a_hash(path: Path) -> None:
    pins = re.split(r"\n(?=\S)", path.read_text().strip())
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []


@pytest.mark.parametrize("path", [*PINS, ROOT / "package-lock.json"], ids=lambda path: path.name)
def test_no_lock_file_carries_an_address(path: Path) -> None:
    assert "://" not in path.read_text()


@pytest.mark.parametrize("name", ["layer-hot", "layer-work", "layer-authoring", "uv"])
def test_what_is_tested_is_what_is_deployed(name: str) -> None:
    def pinned(path: str) -> set[str]:
        return set(re.findall(r"^[a-z0-9._-]+==[^ ;]+", (ROOT / "requirements" / path).read_text(), re.MULTILINE))

    assert pinned(f"{name}.txt") <= pinned("dev.txt")


def test_the_cdk_is_the_one_that_was_tried() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert lock["packages"]["node_modules/aws-cdk"]["version"].startswith("2.")


def test_tables_are_named_by_the_variables_that_settings_read() -> None:
    assert {table.variable for table in tables.TABLES} <= {f"RAPPORT_{name.upper()}" for name in _settings()}


def _settings() -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(settings.Settings))


def test_who_answers_for_an_approval_may_write_the_person_it_is_about() -> None:
    answering = next(route.function for route in routes.ROUTES if route.path == "/v1/approvals/{id}")
    described = next(one for one in functions.FUNCTIONS if one.name == answering)
    assert tables.PROFILES in described.writes
