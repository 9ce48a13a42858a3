"""The local stack, started once a session on free ports and torn down after: the deployed app, over HTTP.

`stack` is the deployed house with the starter catalogue and its sample people; `caller` calls its API. Every test here
is marked `local`, and all of them run in one process of xdist, so that there is one stack.
"""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rapport_authoring.local import house
from rapport_authoring.local import stack as local_stack
from rapport_authoring.local.place import HOST, Deployed, Place
from rapport_authoring.local.steps import Steps
from rich.console import Console

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0  # seconds for something to come out at the other end: a few cold starts, on two slow cores


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.local)
            item.add_marker(pytest.mark.xdist_group("stack"))


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    found = Place(ROOT, tmp_path_factory.mktemp("stack"), free_ports(3))
    yield found
    local_stack.forget(found)


@pytest.fixture(scope="session")
def stack(place: Place) -> Deployed:
    steps = Steps(Console(stderr=True))
    return house.furnish(place, local_stack.up(place, steps), steps)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True)
class Caller:
    """Calls the deployed API; as a server (the admin key) unless a test says otherwise."""

    stack: Deployed

    def __call__(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        told = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
        if not headers:
            told["Authorization"] = f"Bearer {self.stack.admin_key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.stack.api + path, data=data, headers=told, method=method)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - our own address
                return Answer(answer.status, dict(answer.headers), read(answer.read()))
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), read(error.read()))

    def as_site(self, method: str, path: str, body: object = None) -> Answer:
        """Call as a website does, with the publishable key."""
        return self(method, path, body, X_Rapport_Key=self.stack.site_key)


@pytest.fixture(scope="session")
def caller(stack: Deployed) -> Caller:
    return Caller(stack)


@pytest.fixture(scope="module", autouse=True)
def live(request: pytest.FixtureRequest, caller: Caller) -> None:
    """Before a module, let the catalogue that it is about be live: its `CATALOGUE`, or the usual one."""
    from tests.e2e import house as usual  # noqa: PLC0415  # both know this module
    from tests.e2e import wire  # noqa: PLC0415

    wanted = getattr(request.module, "CATALOGUE", usual.USUAL)
    if caller("GET", "/v1/catalogue").body["files"] != wanted:
        wire.publish(caller, wanted)


@pytest.fixture(scope="session")
def mails(stack: Deployed) -> Callable[[], list[str]]:
    """Every mail so far, as it was on the wire."""
    return lambda: [path.read_text(errors="replace") for path in sorted(Path(stack.outbox).glob("*.eml"))]


def eventually(found: Callable[[], Any]) -> Any:
    """Ask until the answer is something; what is nothing after `PATIENCE` fails the test."""
    give_up = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < give_up, "it never came"
        time.sleep(0.2)
    return answer


def read(raw: bytes) -> Any:
    try:
        return json.loads(raw or b"{}")
    except ValueError:
        return raw.decode(errors="replace")


def free_ports(count: int) -> int:
    """The first of `count` ports in a row on which nobody listens."""
    return next(first for first in range(4800, 6000, 10) if all(free(first + more) for more in range(count)))


def free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0
