from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rapport.memory import MemoryBus, MemoryLedger, MemoryProfiles, MemorySchedule
from rapport.ports import Due, Ledger, Profiles, Schedule
from rapport_aws.ledger import DynamoLedger
from rapport_aws.profiles import DynamoProfiles
from rapport_aws.schedule import DynamoSchedule
from rapport_aws.telling import Teller

from tests.adapters.cloud import ENVIRONMENT, Cloud, cloud


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """The ports that a contract is tested with, and what they told."""

    profiles: Profiles
    ledger: Ledger
    schedule: Schedule
    clock: Clock
    announced: list[dict[str, Any]] = field(default_factory=list)
    prompted: list[Due] = field(default_factory=list)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def account() -> Iterator[Cloud]:
    with cloud() as made:
        yield made


def in_memory() -> World:
    schedule, bus, clock = MemorySchedule(), MemoryBus(), Clock()
    profiles = MemoryProfiles(schedule, bus, clock)
    return World(profiles, MemoryLedger(profiles), schedule, clock, bus.announced)


def on_aws(account: Cloud) -> World:
    clock = Clock()
    prompted: list[Due] = []
    schedule = DynamoSchedule(account.dynamodb, "ledger")
    bus = MemoryBus()
    announced = bus.announced
    profiles = DynamoProfiles(
        account.dynamodb, "profiles", "ledger", clock, prompt=prompted.extend, tell=Teller(bus, schedule).tell
    )
    ledger = DynamoLedger(account.dynamodb, "ledger", "profiles")
    return World(profiles, ledger, schedule, clock, announced, prompted)


@pytest.fixture
def aws(account: Cloud) -> World:
    return on_aws(account)


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> World:
    return in_memory() if request.param == "memory" else on_aws(request.getfixturevalue("account"))
