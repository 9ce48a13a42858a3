"""What the port Ledger promises, held by both of its implementations."""

import pytest
from msgspec import structs
from rapport.domain.profile import Profile
from rapport.ports import Change, Send, SendState

from tests.adapters.conftest import World

ANN = Profile("p_ann", user_id="ann")
MINE = Send("s_1", "p_ann", "m_1", "email", "attempt-1", 100.0, offers=("car",))
THEIRS = structs.replace(MINE, owner="attempt-2")
OTHER = structs.replace(MINE, id="s_2", owner="attempt-3")


def opened(world: World, send: Send = MINE) -> bool:
    world.ledger.claim(send, {})
    return world.ledger.open(send, world.profiles.load("p_ann"))


def test_a_send_nobody_claimed_is_ours(world: World) -> None:
    assert world.ledger.claim(MINE, {}) is SendState.CLAIMED


def test_a_claim_asked_again_by_its_owner_uses_up_one_cap_only(world: World) -> None:
    world.ledger.claim(MINE, {"car": 2})
    assert world.ledger.claim(MINE, {"car": 2}) is SendState.CLAIMED
    assert world.ledger.claim(OTHER, {"car": 2}) is SendState.CLAIMED


def test_a_used_up_cap_refuses_the_next(world: World) -> None:
    world.ledger.claim(MINE, {"car": 1})
    assert world.ledger.claim(OTHER, {"car": 1}) is SendState.CAPPED


def test_one_used_up_cap_uses_up_no_other(world: World) -> None:
    world.ledger.claim(MINE, {"car": 1})
    world.ledger.claim(OTHER, {"car": 1, "hotel": 1})
    third = structs.replace(MINE, id="s_3")
    assert world.ledger.claim(third, {"hotel": 1}) is SendState.CLAIMED


def test_a_claim_left_behind_is_taken_over(world: World) -> None:
    world.ledger.claim(MINE, {"car": 1})
    assert world.ledger.claim(THEIRS, {"car": 1}) is SendState.CLAIMED


def test_who_was_taken_over_cannot_open(world: World) -> None:
    world.ledger.claim(MINE, {})
    world.ledger.claim(THEIRS, {})
    assert not world.ledger.open(MINE, world.profiles.load("p_ann"))


def test_a_claim_opens_on_the_profile_that_was_read(world: World) -> None:
    world.profiles.write(Change(ANN))
    assert opened(world)


def test_a_claim_opens_for_somebody_never_stored(world: World) -> None:
    assert opened(world)


def test_a_profile_that_moved_on_stops_the_hand_over(world: World) -> None:
    read = world.profiles.load("p_ann")
    world.ledger.claim(MINE, {})
    world.profiles.write(Change(ANN))
    assert not world.ledger.open(MINE, read)


@pytest.mark.parametrize("state", [SendState.SENT, SendState.FAILED, SendState.IN_DOUBT])
def test_what_got_further_is_never_claimed_again(world: World, state: SendState) -> None:
    opened(world)
    world.ledger.settle(MINE, state)
    assert world.ledger.claim(THEIRS, {}) is state


def test_an_open_hand_over_is_not_taken_over(world: World) -> None:
    opened(world)
    assert world.ledger.claim(THEIRS, {}) is SendState.OPEN


def test_the_provider_s_id_is_kept(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.SENT, "ses-1")
    found = world.ledger.find("s_1")
    assert found == structs.replace(MINE, state=SendState.SENT, provider_id="ses-1")


def test_a_released_claim_gives_its_cap_back(world: World) -> None:
    world.ledger.claim(MINE, {"car": 1})
    world.ledger.release(MINE)
    assert world.ledger.claim(OTHER, {"car": 1}) is SendState.CLAIMED


def test_a_released_send_may_be_claimed_again(world: World) -> None:
    opened(world)
    world.ledger.release(MINE)
    assert world.ledger.claim(THEIRS, {}) is SendState.CLAIMED


def test_a_doubt_that_is_released_may_be_claimed_again(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.IN_DOUBT)
    world.ledger.release(world.ledger.find("s_1") or MINE)
    assert world.ledger.claim(THEIRS, {}) is SendState.CLAIMED


def test_a_send_nobody_made_is_none(world: World) -> None:
    assert world.ledger.find("s_9") is None


def test_what_was_shown_counts_towards_the_same_cap_as_what_is_sent(world: World) -> None:
    world.ledger.count(["car"])
    assert world.ledger.claim(MINE, {"car": 1}) is SendState.CAPPED


def test_what_was_shown_counts_beyond_the_limit_too(world: World) -> None:
    world.ledger.claim(MINE, {"car": 1})
    world.ledger.count(["car", "hotel"])
    assert world.ledger.counted(["car", "hotel"]) == {"car": 2, "hotel": 1}


def test_a_counter_that_never_began_is_left_out(world: World) -> None:
    assert world.ledger.counted(["car"]) == {}


def test_many_counters_are_told_at_once(world: World) -> None:
    names = [f"offer-{number}" for number in range(230)]
    world.ledger.count(names[:3])
    assert world.ledger.counted(names) == dict.fromkeys(names[:3], 1)
