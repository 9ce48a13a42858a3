"""What the port Ledger promises, held by both of its implementations."""

import pytest
from msgspec import structs
from rapport.domain.moment import DAY, MINUTE
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import Change, Send, SendState

from tests.adapters.conftest import World

ANN = Profile("p_ann", user_id="ann")
MINE = Send("s_1", "p_ann", "m_1", "email", "attempt-1", 100.0, offers=(("car", "hero"),))
THEIRS = structs.replace(MINE, owner="attempt-2")
HOTEL = Quota("hotel", 1)
OTHER = structs.replace(MINE, id="s_2", owner="attempt-3")


def car(at_most: int, days: float | None = None) -> Quota:
    return Quota("car", at_most, days)


def claimed(world: World, quota: Quota, *moments: float) -> list[SendState]:
    """What became of a send at each of these moments."""
    sends = (structs.replace(MINE, id=f"s_{at}", owner=f"attempt-{at}", at=at) for at in moments)
    return [world.ledger.claim(send, [quota]) for send in sends]


def opened(world: World, send: Send = MINE) -> bool:
    world.ledger.claim(send, [])
    return world.ledger.open(send, world.profiles.load("p_ann"))


def test_a_send_nobody_claimed_is_ours(world: World) -> None:
    assert world.ledger.claim(MINE, []) is SendState.CLAIMED


def test_a_claim_asked_again_by_its_owner_uses_up_one_cap_only(world: World) -> None:
    world.ledger.claim(MINE, [car(2)])
    assert world.ledger.claim(MINE, [car(2)]) is SendState.CLAIMED
    assert world.ledger.claim(OTHER, [car(2)]) is SendState.CLAIMED


def test_a_claim_for_other_offers_uses_up_theirs_and_gives_the_first_ones_back(world: World) -> None:
    world.ledger.claim(MINE, [Quota("car", 1)])
    assert world.ledger.claim(MINE, [HOTEL]) is SendState.CLAIMED
    assert world.ledger.counted([Quota("car", 1), HOTEL], 100.0) == {"car": 0, "hotel": 1}


def test_a_used_up_cap_refuses_the_next(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    assert world.ledger.claim(OTHER, [car(1)]) is SendState.CAPPED


def test_one_used_up_cap_uses_up_no_other(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.claim(OTHER, [car(1), HOTEL])
    third = structs.replace(MINE, id="s_3")
    assert world.ledger.claim(third, [HOTEL]) is SendState.CLAIMED


def test_a_claim_left_behind_is_taken_over(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    assert world.ledger.claim(THEIRS, [car(1)]) is SendState.CLAIMED


def test_who_was_taken_over_cannot_open(world: World) -> None:
    world.ledger.claim(MINE, [])
    world.ledger.claim(THEIRS, [])
    assert not world.ledger.open(MINE, world.profiles.load("p_ann"))


def test_a_claim_opens_on_the_profile_that_was_read(world: World) -> None:
    world.profiles.write(Change(ANN))
    assert opened(world)


def test_a_claim_opens_for_somebody_never_stored(world: World) -> None:
    assert opened(world)


def test_a_profile_that_moved_on_stops_the_hand_over(world: World) -> None:
    read = world.profiles.load("p_ann")
    world.ledger.claim(MINE, [])
    world.profiles.write(Change(ANN))
    assert not world.ledger.open(MINE, read)


def test_of_two_sends_that_ask_for_each_other_one_opens(world: World) -> None:
    ann = world.profiles.load("p_ann")
    world.ledger.claim(MINE, ())
    world.ledger.claim(OTHER, ())
    assert world.ledger.open(MINE, ann, (OTHER.id,))
    assert not world.ledger.open(OTHER, ann, (MINE.id,))


def test_a_send_that_failed_is_in_nobody_s_way(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.FAILED)
    world.ledger.claim(OTHER, ())
    assert world.ledger.open(OTHER, world.profiles.load("p_ann"), (MINE.id,))


def test_an_ending_as_sent_is_replaced_by_none(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.SENT, "ses-1")
    for state in (SendState.FAILED, SendState.IN_DOUBT):
        world.ledger.settle(MINE, state)
    assert world.ledger.find_all(["s_9", MINE.id])[0].state is SendState.SENT


def test_a_change_that_ends_a_message_is_refused_once_its_send_has_begun(world: World) -> None:
    world.profiles.write(Change(ANN))
    read = world.profiles.load("p_ann")
    world.ledger.claim(MINE, ())
    world.profiles.write(Change(read, unbegun=(MINE.id, "s_9")))
    read = world.profiles.load("p_ann")
    assert world.ledger.open(MINE, read)
    with pytest.raises(Conflict):
        world.profiles.write(Change(read, unbegun=(MINE.id,)))


def test_a_hundred_sends_that_must_not_have_begun_are_checked_too(world: World) -> None:
    assert opened(world)
    names = tuple(f"s_9{number}" for number in range(100))
    world.profiles.write(Change(ANN, unbegun=names))
    with pytest.raises(Conflict):
        world.profiles.write(Change(world.profiles.load("p_ann"), unbegun=(*names, MINE.id)))


@pytest.mark.parametrize("state", [SendState.SENT, SendState.FAILED, SendState.IN_DOUBT])
def test_what_got_further_is_never_claimed_again(world: World, state: SendState) -> None:
    opened(world)
    world.ledger.settle(MINE, state)
    assert world.ledger.claim(THEIRS, []) is state


def test_an_open_hand_over_is_not_taken_over(world: World) -> None:
    opened(world)
    assert world.ledger.claim(THEIRS, []) is SendState.OPEN


def test_the_provider_s_id_is_kept(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.SENT, "ses-1")
    found = world.ledger.find("s_1")
    assert found == structs.replace(MINE, state=SendState.SENT, provider_id="ses-1")


def test_a_released_claim_gives_its_cap_back(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.release(MINE)
    assert world.ledger.claim(OTHER, [car(1)]) is SendState.CLAIMED


def test_a_released_send_may_be_claimed_again(world: World) -> None:
    opened(world)
    world.ledger.release(MINE)
    assert world.ledger.claim(THEIRS, []) is SendState.CLAIMED


def test_a_doubt_that_is_released_may_be_claimed_again(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.IN_DOUBT)
    world.ledger.release(world.ledger.find("s_1") or MINE)
    assert world.ledger.claim(THEIRS, []) is SendState.CLAIMED


def test_a_send_nobody_made_is_none(world: World) -> None:
    assert world.ledger.find("s_9") is None


def test_what_was_shown_counts_towards_the_same_cap_as_what_is_sent(world: World) -> None:
    world.ledger.count([car(1)], 100.0)
    assert world.ledger.claim(MINE, [car(1)]) is SendState.CAPPED


def test_what_was_shown_counts_beyond_the_limit_too(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.count([car(1), HOTEL], 100.0)
    assert world.ledger.counted([car(1), HOTEL], 100.0) == {"car": 2, "hotel": 1}


def test_a_quota_that_was_never_used_is_left_out(world: World) -> None:
    assert world.ledger.counted([car(1)], 100.0) == {}


def test_many_quotas_are_told_at_once(world: World) -> None:
    many = [Quota(f"offer-{number}", 5) for number in range(230)]
    world.ledger.count(many[:3], 100.0)
    assert world.ledger.counted(many, 100.0) == {quota.name: 1 for quota in many[:3]}


C, X = SendState.CLAIMED, SendState.CAPPED


def test_a_quota_of_so_many_days_rolls_with_each_that_was_sent(world: World) -> None:
    hours = [hour * 60 * MINUTE for hour in (9, 20, 23, 30, 33, 40, 44, 45)]
    assert claimed(world, car(2, 1), *hours) == [C, C, X, X, C, X, C, X]


def test_a_quota_that_counts_for_ever_stays_used_up(world: World) -> None:
    assert claimed(world, car(1), 0, 800 * DAY) == [C, X]


def test_what_was_shown_rolls_off_as_well(world: World) -> None:
    rolling = car(3, 1)
    for hour in (1, 2, 2, 20):
        world.ledger.count([rolling], hour * 60 * MINUTE)
    found = [world.ledger.counted([rolling], hour * 60 * MINUTE) for hour in (24, 25, 26, 44)]
    assert found == [{"car": number} for number in (4, 3, 1, 0)]


def test_more_stretches_roll_off_at_once_than_one_write_can_take(world: World) -> None:
    rolling = car(200, 1)
    for minute in range(130):
        world.ledger.count([rolling], minute * 30 * MINUTE)
    assert world.ledger.counted([rolling], 3 * DAY) == {"car": 34 - 1}
    assert world.ledger.counted([rolling], 9 * DAY) == {"car": 0}


def test_a_released_claim_gives_its_day_back(world: World) -> None:
    world.ledger.claim(MINE, [car(1, 1)])
    world.ledger.release(MINE)
    assert world.ledger.counted([car(1, 1)], 100.0) == {"car": 0}
    assert world.ledger.claim(OTHER, [car(1, 1)]) is SendState.CLAIMED


def test_a_claim_taken_over_counts_from_when_it_was_taken(world: World) -> None:
    world.ledger.claim(MINE, [car(1, 1)])
    later = structs.replace(THEIRS, at=100.0 + 10 * MINUTE)
    assert world.ledger.claim(later, [car(1, 1), HOTEL]) is SendState.CLAIMED
    used = [world.ledger.counted([car(1, 1)], 120.0 + DAY + minutes * MINUTE) for minutes in (0, 9, 10)]
    assert used == [{"car": 1}, {"car": 1}, {"car": 0}]


def test_a_claim_taken_over_without_an_offer_gives_its_quota_back(world: World) -> None:
    world.ledger.claim(MINE, [car(1, 1)])
    world.ledger.claim(THEIRS, [])
    assert world.ledger.claim(OTHER, [car(1, 1)]) is SendState.CLAIMED


@pytest.mark.parametrize("ending", [SendState.FAILED, SendState.DROPPED])
def test_what_was_not_sent_uses_up_no_quota(world: World, ending: SendState) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.open(MINE, world.profiles.load("p_ann"))
    for _ in range(2):
        world.ledger.settle(MINE, ending)
    assert world.ledger.counted([car(1)], MINE.at) == {"car": 0}


def test_what_was_dropped_and_turns_out_to_be_sent_uses_up_its_quota_again(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.open(MINE, world.profiles.load("p_ann"))
    for state in (SendState.DROPPED, SendState.IN_DOUBT, SendState.SENT, SendState.SENT):
        world.ledger.settle(MINE, state)
    assert (state_of(world), world.ledger.counted([car(1)], MINE.at)) == (SendState.SENT, {"car": 1})


def test_what_a_provider_took_and_did_not_send_failed_and_uses_up_no_quota(world: World) -> None:
    world.ledger.claim(MINE, [car(1)])
    world.ledger.open(MINE, world.profiles.load("p_ann"))
    world.ledger.settle(MINE, SendState.SENT, "ses-1")
    for _ in range(2):
        world.ledger.refuse(MINE)
    world.ledger.settle(MINE, SendState.DROPPED)
    assert (state_of(world), world.ledger.counted([car(1)], MINE.at)) == (SendState.FAILED, {"car": 0})


def test_what_was_dropped_is_never_claimed_again(world: World) -> None:
    opened(world)
    world.ledger.settle(MINE, SendState.DROPPED)
    world.ledger.release(MINE)
    assert world.ledger.claim(THEIRS, []) is SendState.DROPPED


def state_of(world: World) -> SendState:
    found = world.ledger.find(MINE.id)
    assert found is not None
    return found.state


def test_the_mark_of_what_a_send_says_is_kept_and_taken_over(world: World) -> None:
    world.ledger.claim(structs.replace(MINE, mark="first"), [])
    world.ledger.claim(structs.replace(THEIRS, mark="second"), [])
    found = world.ledger.find(MINE.id)
    assert found is not None
    assert found.mark == "second"
