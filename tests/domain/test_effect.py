"""The effect of an experiment: a difference with an interval that whoever looks daily may trust."""

import random

import pytest
from rapport.domain.experiment import Group, effect


def test_the_effect_is_the_difference_of_the_rates_within_its_interval_a26() -> None:
    found = effect(Group(1000, 100), Group(1000, 50))
    assert found is not None
    assert found.difference == pytest.approx(0.05)
    assert found.low < found.difference < found.high


def test_more_people_make_it_surer_a26() -> None:
    few, many = effect(Group(100, 10), Group(100, 5)), effect(Group(10_000, 1000), Group(10_000, 500))
    assert few is not None
    assert many is not None
    assert few.high - few.low > 5 * (many.high - many.low)
    assert many.low > 0 > few.low


def test_a_handful_of_people_proves_nothing() -> None:
    found = effect(Group(2, 2), Group(2, 0))
    assert found is not None
    assert found.low < 0


def test_without_a_group_there_is_no_effect() -> None:
    assert effect(Group(10, 5), Group(0, 0)) is None


def test_where_nothing_differs_forty_looks_seldom_alarm() -> None:
    chance = random.Random(7)  # noqa: S311  # a simulation
    assert sum(alarmed(chance) for _ in range(60)) <= 5


def alarmed(chance: random.Random) -> bool:
    """Whether any of forty looks at two groups that are the same finds a difference."""
    successes, people = [0, 0], 0
    for _ in range(40):
        people += 50
        for group in (0, 1):
            successes[group] += sum(chance.random() < 0.1 for _ in range(50))
        found = effect(Group(people, successes[0]), Group(people, successes[1]))
        if found is None or not found.low <= 0 <= found.high:
            return True
    return False
