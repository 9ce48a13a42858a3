"""The claim protocol over DynamoDB, stopped at every step: nothing is lost, and nothing goes out twice."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import Change, Send, SendState

from tests.adapters.conftest import World

ANN = Profile("p_ann", user_id="ann")
STEPS = ("claim", "open", "send", "settle")


class Stopped(Exception):  # a process that is killed is no error of ours
    """The process was killed here."""


def attempt(world: World, name: str, sent: list[str], stop_after: str = "") -> None:
    """One attempt to hand a message over, killed after a step."""
    send = Send("s_1", "p_ann", "m_1", "email", name, 100.0)
    profile = world.profiles.load("p_ann")

    def step(done: str) -> None:
        if stop_after == done:
            raise Stopped

    state = world.ledger.claim(send, [Quota("car", 5)])
    step("claim")
    if state is not SendState.CLAIMED or not world.ledger.open(send, profile):
        return
    step("open")
    sent.append(name)
    step("send")
    world.ledger.settle(send, SendState.SENT, f"ses-{name}")
    step("settle")


def killed(world: World, name: str, sent: list[str], step: str) -> None:
    with pytest.raises(Stopped):
        attempt(world, name, sent, step)


@pytest.mark.parametrize("step", STEPS)
def test_wherever_an_attempt_is_killed_at_most_one_goes_out(world: World, step: str) -> None:
    world.profiles.write(Change(ANN))
    sent: list[str] = []
    killed(world, "first", sent, step)
    for number in range(3):
        attempt(world, f"later-{number}", sent)
    assert len(sent) <= 1


@pytest.mark.parametrize("step", ["claim", "settle"])
def test_an_attempt_killed_before_or_after_the_hand_over_loses_nothing(world: World, step: str) -> None:
    world.profiles.write(Change(ANN))
    sent: list[str] = []
    killed(world, "first", sent, step)
    attempt(world, "second", sent)
    assert len(sent) == 1


@pytest.mark.parametrize("step", ["open", "send"])
def test_an_attempt_killed_within_the_hand_over_is_seen_by_the_next(world: World, step: str) -> None:
    world.profiles.write(Change(ANN))
    killed(world, "first", [], step)
    send = Send("s_1", "p_ann", "m_1", "email", "second", 100.0)
    assert world.ledger.claim(send, []) is SendState.OPEN


def test_a_consent_withdrawn_between_claim_and_hand_over_stops_it_b7(world: World) -> None:
    world.profiles.write(Change(ANN))
    read = world.profiles.load("p_ann")
    send = Send("s_1", "p_ann", "m_1", "email", "first", 100.0)
    world.ledger.claim(send, [])
    world.profiles.write(Change(structs.replace(read, paused_until=1e12)))
    assert not world.ledger.open(send, read)


def test_of_many_who_read_the_same_profile_one_writes(world: World) -> None:
    read = world.profiles.load("p_ann")
    outcomes: list[Any] = []
    for number in range(5):
        try:
            world.profiles.write(Change(structs.replace(read, user_id=f"ann-{number}")))
            outcomes.append("written")
        except Conflict:
            outcomes.append("conflict")
    assert outcomes == ["written", *["conflict"] * 4]
