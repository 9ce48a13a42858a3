"""What holds for every door: what importing does, what is described, and that doors do not know one another."""

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from openapi_spec_validator import validate
from rapport_aws.http import pattern

from functions.catalogue.handler import ROUTER as CATALOGUE
from functions.collect.handler import ROUTER as COLLECT
from functions.person.handler import ROUTER as PERSON
from functions.personalise.handler import ROUTER as PERSONALISE
from functions.profiles.handler import ROUTER as PROFILES
from infra.routes import METHODS, ROUTES
from scripts import openapi
from tests.functions.calls import Context, call

DOORS = sorted(path.parent.name for path in Path("functions").glob("*/handler.py") if path.parent.name != "learn")
ROUTERS = {
    "catalogue": CATALOGUE,
    "collect": COLLECT,
    "person": PERSON,
    "personalise": PERSONALISE,
    "profiles": PROFILES,
}


def routes(door: str) -> set[tuple[str, str]]:
    """Every route that a door answers."""
    return {(route.method, route.template.replace("+}", "}")) for route in ROUTERS[door].routes}


def reached(method: str, path: str) -> str | None:
    """The function to which the gateway takes a call."""
    fitting = [route for route in ROUTES if route.method == method and pattern(route.path).fullmatch(path)]
    # The gateway prefers a whole match to a greedy one, and of greedy ones the longer.
    best = max(fitting, key=lambda route: ("+" not in route.path, route.path.count("/")), default=None)
    return None if best is None else best.function


@pytest.mark.parametrize("door", sorted(ROUTERS))
def test_the_gateway_takes_every_route_to_its_door(door: str) -> None:
    sample = {(method, re.sub(r"{\w+}", "x", template)) for method, template in routes(door)}
    assert {reached(method, path) for method, path in sample} == {door}


def test_every_route_is_described_and_nothing_else() -> None:
    answered = {f"{method} {template}" for door in ROUTERS for method, template in routes(door)}
    assert set(openapi.OPERATIONS) == answered


def test_the_description_is_openapi_3_1() -> None:
    validate(openapi.document())


def test_the_description_that_is_served_is_the_one_of_today() -> None:
    assert openapi.PLACE.read_text("utf-8") == openapi.text(), "run python -m scripts.openapi"


def test_the_description_is_served_to_anybody() -> None:
    handle = importlib.import_module("functions.catalogue.handler").handle
    answer = handle(call("GET", "/v1/openapi.json"), Context())
    assert json.loads(answer["body"])["openapi"] == "3.1.0"


@pytest.mark.parametrize("door", DOORS)
def test_importing_a_door_reads_no_environment_and_calls_nobody(door: str) -> None:
    # Without a region, an address or a credential any client or look-up made on import would fail.
    checked = (
        "import socket, sys\n"
        "def refuse(*_given): raise AssertionError('a connection on import')\n"
        "socket.socket.connect = refuse\n"
        f"import functions.{door}.handler as door\n"
        "assert callable(door.handle)\n"
        "from rapport_aws import front\n"
        "assert not front.front.cache_info().currsize\n"
        "assemble = sys.modules.get('rapport_aws.assemble')\n"
        "assert assemble is None or not assemble.house.cache_info().currsize\n"
    )
    done = subprocess.run(  # noqa: S603  # our own interpreter
        [sys.executable, "-c", checked], capture_output=True, text=True, check=False, env={"PYTHONPATH": "."}
    )
    assert done.stderr == ""


@pytest.mark.parametrize("door", DOORS)
def test_a_door_knows_no_other_door(door: str) -> None:
    imported = {
        name
        for path in Path("functions", door).glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [])
        if name.startswith("functions.")
    }
    assert {name.split(".")[1] for name in imported} <= {door}


NOWHERE = ["/", "/v1", "/v1/nothing", "/v2/track", "/v1/personalise/", "/wp-login.php", "/v1/profiles", "/u", "//"]


@pytest.mark.parametrize("path", NOWHERE)
def test_a_path_that_is_none_is_a_problem_that_tells_where_to_look(path: str) -> None:
    answer = importlib.import_module("functions.catalogue.handler").handle(call("GET", path), Context())
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (404, "application/problem+json")
    assert "openapi.json" in json.loads(answer["body"])["detail"]


def wrong_methods() -> list[tuple[str, str]]:
    """Every path of the interface with a method that it has not."""
    paths = {route.partition(" ")[2] for route in openapi.OPERATIONS}
    asked = [
        (method, path) for path in sorted(paths) for method in METHODS if f"{method} {path}" not in openapi.OPERATIONS
    ]
    return [(method, re.sub(r"{\w+}", "x", path)) for method, path in asked]


@pytest.mark.parametrize(("method", "path"), wrong_methods())
def test_a_path_asked_otherwise_than_it_may_be_says_how_it_may_be(method: str, path: str) -> None:
    door = importlib.import_module(f"functions.{reached(method, path)}.handler")
    answer = door.handle(call(method, path), Context())
    allowed = {one.strip() for one in answer["headers"].get("Allow", "").split(",")}
    may = {call.partition(" ")[0] for call in openapi.OPERATIONS if re.sub(r"{\w+}", "x", call).endswith(f" {path}")}
    assert (answer["statusCode"], allowed) == (405, may)
