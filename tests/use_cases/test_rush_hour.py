"""Birthdays due at nine o'clock: the rate holds in every second, all go out in their hours, service does not wait."""

import os

import pytest

from tests.use_cases.rush_hour import EVENING, NINE, Rush, busiest

NUMBER = int(os.environ.get("RUSH", "1500"))
RATE = 14 if NUMBER > 10_000 else 4
ORDERS = 60


def waits(rush: Rush) -> list[float]:
    """Seconds from each order to the hand-over of its message."""
    return [at - rush.asked[person] for at, campaign, person in rush.sender.begun if campaign == "receipt"]


@pytest.fixture(scope="module")
def rush() -> Rush:
    """Six minutes of it; RUSH=50000 plays the whole hour."""
    played, busy = Rush(RATE), NUMBER / RATE
    for person in range(NUMBER):
        played.born(person)
    for order in range(ORDERS):
        played.order(order, NINE + 1 + order * busy / ORDERS)
    played.run(EVENING)
    return played


@pytest.mark.slow
def test_no_second_holds_more_mails_than_the_account_may_send(rush: Rush) -> None:
    assert busiest([at for at, _, _ in rush.sender.begun]) <= RATE


@pytest.mark.slow
def test_every_birthday_is_met_once_and_within_the_day_s_hours(rush: Rush) -> None:
    met = [(person, at) for at, campaign, person in rush.sender.begun if campaign == "birthday"]
    assert (len(met), {person for person, _ in met}) == (len(rush.people), set(rush.people))
    assert all(NINE <= at < EVENING for _, at in met)


@pytest.mark.slow
def test_a_service_message_waits_under_five_seconds_behind_all_of_them(rush: Rush) -> None:
    assert (len(waits(rush)), max(waits(rush)) < 5) == (ORDERS, True)


@pytest.mark.slow
def test_the_rate_is_used_and_not_only_kept(rush: Rush) -> None:
    met = sorted(at for at, campaign, _ in rush.sender.begun if campaign == "birthday")
    most = met[: len(met) * 4 // 5]
    pace = len(most) / (most[-1] - most[0])
    took, longest = (met[-1] - NINE) / 60, max(waits(rush))
    said = f"{len(met)} in {took:.0f} minutes, {pace:.2f} a second; service waits {longest:.2f} s at most"
    print(said)  # noqa: T201  # a figure for who plays the whole of it
    assert pace > RATE * 0.75


@pytest.mark.slow
def test_after_an_hour_without_the_provider_everybody_gets_theirs_once_and_nobody_was_asked_too_often() -> None:
    number = 200
    played = Rush(20)
    played.sender.out = (NINE - 60, NINE + 3600)
    for person in range(number):
        played.born(person)
    played.order(0, NINE + 60)
    played.run(EVENING)
    met = [person for _, _, person in played.sender.begun]
    assert (len(met), set(played.people) < set(met)) == (number + 1, True)
    assert max(at for at, _, _ in played.sender.begun) < NINE + 3 * 3600
    assert played.sender.refused <= 8 * (number + 1)
