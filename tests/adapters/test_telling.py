"""Our own events are told at least once: whoever is killed before telling leaves a mark, and the tick finds it."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.announcement import of_record
from rapport.domain.message import Record
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus
from rapport.errors import StoreUnavailable
from rapport.memory import MemoryBus
from rapport.ports import Change, Due
from rapport_aws.profiles import DynamoProfiles
from rapport_aws.schedule import DynamoSchedule
from rapport_aws.telling import AFTER, Teller

from tests.adapters.cloud import Cloud
from tests.adapters.conftest import Clock

ANN = Profile("p_ann", user_id="ann")
SENT = Record(1_800_000_000.0, "p_ann", "m_1", "welcome", "k1", MessageStatus.SENT, "email")
TOLD = of_record(SENT)
assert TOLD is not None
CHANGE = Change(ANN, records=(SENT,), announcements=(TOLD,))


class Killed(BaseException):
    """The end of a process: nothing answers it."""


class Bus(MemoryBus):
    """A bus before, behind or instead of which something happens."""

    def __init__(self, before: BaseException | None = None, behind: BaseException | None = None) -> None:
        super().__init__()
        self.before, self.behind = before, behind

    def announce(self, announcements: Any) -> None:
        if self.before is not None:
            raise self.before
        super().announce(announcements)
        if self.behind is not None:
            raise self.behind


class Stage:
    """People whose writer tells a bus, and the tick some minutes later."""

    def __init__(self, account: Cloud, bus: Bus) -> None:
        self.clock, self.bus = Clock(), bus
        self.schedule = DynamoSchedule(account.dynamodb, "ledger")
        self.teller = Teller(bus, self.schedule)
        self.profiles = DynamoProfiles(account.dynamodb, "profiles", "ledger", self.clock, tell=self.teller.tell)

    def found(self) -> list[Due]:
        """What the tick finds when the minutes are over."""
        self.clock.now += AFTER + 60
        return [*self.schedule.due(self.clock.now, 100)]


def test_what_is_told_leaves_no_mark(account: Cloud) -> None:
    stage = Stage(account, Bus())
    stage.profiles.write(CHANGE)
    assert (stage.bus.announced, stage.found()) == ([TOLD], [])


@pytest.mark.parametrize("bus", [Bus(before=Killed()), Bus(behind=Killed())], ids=["before", "after"])
def test_who_is_killed_around_the_telling_leaves_it_to_the_tick_with_the_same_id(account: Cloud, bus: Bus) -> None:
    stage = Stage(account, bus)
    with pytest.raises(Killed):
        stage.profiles.write(CHANGE)
    [mark] = stage.found()
    assert (mark.kind, mark.told, stage.profiles.load("p_ann").version) == ("announcement", (TOLD,), 1)
    assert {one["id"] for one in (*mark.told, *bus.announced)} == {TOLD["id"]}


def test_what_the_bus_does_not_take_keeps_its_mark_and_fails_no_write(account: Cloud) -> None:
    stage = Stage(account, Bus(before=StoreUnavailable("bus")))
    stage.profiles.write(CHANGE)
    assert [mark.told for mark in stage.found()] == [(TOLD,)]


def test_a_batch_is_told_in_one_call_and_who_dies_within_it_loses_nothing(account: Cloud) -> None:
    stage = Stage(account, Bus())
    with stage.teller.gathering():
        for name in ("p_ann", "p_bob"):
            stage.profiles.write(structs.replace(CHANGE, profile=Profile(name)))
        assert stage.bus.announced == []
        assert len(stage.found()) == 2
    assert (len(stage.bus.announced), stage.found()) == (2, [])


def test_an_erasure_is_told_at_least_once_too(account: Cloud) -> None:
    stage = Stage(account, Bus(before=Killed()))
    stage.profiles.write(Change(ANN))
    with pytest.raises(Killed):
        stage.profiles.erase(stage.profiles.load("p_ann"), 9.0, ({"name": "Profile Erased", "profile": "p_ann"},))
    assert [mark.told[0]["name"] for mark in stage.found()] == ["Profile Erased"]


def test_more_than_fits_one_transaction_is_told_all_the_same(account: Cloud) -> None:
    stage = Stage(account, Bus())
    many = tuple({"name": "Consent Changed", "id": f"e_{number}"} for number in range(400))
    stage.profiles.write(Change(ANN, announcements=many))
    assert (len(stage.bus.announced), stage.found()) == (400, [])
