import urllib.request
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer
from rapport_aws import assemble, front
from rapport_aws.access import SCOPES
from rapport_aws.hot.wire import Patience

from tests.functions.deployment import CATALOGUE, Clock, Deployment, build, forget

CALM = Patience(budget=20.0, read=20.0)
"""A server in a busy test may take longer than a visitor would wait."""


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def built(address: str) -> dict[str, str]:
    """The environment of the functions, over stores in which no other module has left anything."""
    with pytest.MonkeyPatch.context() as environment:
        urllib.request.urlopen(f"{address}/moto-api/reset", data=b"").close()  # noqa: S310  # the server above
        boto3.DEFAULT_SESSION = None
        return build(environment, address)


@pytest.fixture(scope="module")
def deployed(built: dict[str, str]) -> Iterator[Deployment]:
    """One deployment a module, under a clock of its own; people and keys have names of their own in each test."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in built.items():
            environment.setenv(name, value)
        forget()
        boto3.DEFAULT_SESSION = None
        clock = Clock()
        house = assemble.house()
        house.clock = clock
        front.front().clock, front.front().patience = clock, CALM
        made = Deployment(house, clock, heard=built["HEARD"])
        house.curation.publish(CATALOGUE, {"rapport.yaml": "name: Trails"})
        house.publications.refresh()
        made.secret, made.site = house.keys.make_secret(SCOPES), house.keys.make_publishable()
        made.reader = house.keys.make_secret(["profiles:read"])
        yield made
        forget()


@pytest.fixture
def world(deployed: Deployment) -> Deployment:
    """The deployment with nothing waiting on its queues."""
    deployed.told()
    deployed.queued()
    return deployed
