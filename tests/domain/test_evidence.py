"""Evidence: a difference with an interval that whoever looks daily may trust, and words for what it says."""

import random
from collections.abc import Callable

import mpmath
import pytest
from rapport.domain.evidence import (
    Amounts,
    Group,
    Measured,
    Says,
    amounts,
    chi_square_tail,
    effect,
    sample_ratio,
    says,
    share_effect,
)

LOOKS, A_DAY = 40, 50


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
    assert says(Group(2, 2), Group(2, 0)) is Says.TOO_LITTLE


def test_without_a_group_there_is_no_effect() -> None:
    assert effect(Group(10, 5), Group(0, 0)) is None
    assert says(Group(10, 5), Group(0, 0)) is Says.TOO_LITTLE


def test_a_difference_of_shares_ends_at_all_and_nothing() -> None:
    found = share_effect(Group(40, 39), Group(40, 1))
    assert found is not None
    assert -1 <= found.low < found.high == 1.0


@pytest.mark.parametrize(
    ("treated", "control", "expected"),
    [
        (Group(5000, 500), Group(5000, 250), Says.BETTER),
        (Group(5000, 250), Group(5000, 500), Says.WORSE),
        (Group(50_000, 5000), Group(50_000, 5010), Says.ALIKE),
        (Group(500, 5), Group(50, 1), Says.TOO_LITTLE),
        (amounts([10.0] * 100), amounts([2.0] * 100), Says.BETTER),
        (Amounts(0, 0.0, 0.0), amounts([2.0] * 100), Says.TOO_LITTLE),
    ],
)
def test_what_a_comparison_says_is_said_in_words_a26(treated: Measured, control: Measured, expected: Says) -> None:
    assert says(treated, control) is expected


def test_an_amount_that_one_person_brought_alone_proves_nothing() -> None:
    whale = amounts([5000.0, *[0.0] * 99])
    assert says(whale, amounts([1.0] * 100)) is Says.TOO_LITTLE


# ---- looking every day


def share(chance: random.Random) -> float:
    return float(chance.random() < 0.1)


def spending(chance: random.Random) -> float:
    """Most spend nothing, a few a lot."""
    return chance.lognormvariate(3.0, 1.0) if chance.random() < 0.2 else 0.0


def as_group(people: int, total: float, _squares: float) -> Measured:
    return Group(people, round(total))


@pytest.mark.parametrize(("draw", "group"), [(share, as_group), (spending, Amounts)])
def test_where_nothing_differs_forty_looks_alarm_in_at_most_five_of_a_hundred_a26(
    draw: Callable[[random.Random], float], group: Callable[[int, float, float], Measured]
) -> None:
    chance = random.Random(7)  # noqa: S311  # a simulation
    assert sum(alarmed(chance, draw, group) for _ in range(500)) <= 25


def alarmed(
    chance: random.Random,
    draw: Callable[[random.Random], float],
    group: Callable[[int, float, float], Measured],
) -> bool:
    """Whether any of forty looks at two groups that are the same finds a difference."""
    sums = [[0.0, 0.0], [0.0, 0.0]]
    for look in range(1, LOOKS + 1):
        for arm in sums:
            values = [draw(chance) for _ in range(A_DAY)]
            arm[0] += sum(values)
            arm[1] += sum(value * value for value in values)
        found = effect(*(group(look * A_DAY, *arm) for arm in sums))
        if found is None or not found.low <= 0 <= found.high:
            return True
    return False


def test_an_interval_does_not_narrow_by_being_looked_at() -> None:
    """The width in standard errors grows with people far beyond: that is what looking daily costs."""
    wide = [effect(Group(people, people // 10), Group(people, people // 10)) for people in (10_000, 1_000_000)]
    errors = [(2 * 0.09 / people) ** 0.5 for people in (10_000, 1_000_000)]
    near, far = (found.high / error for found, error in zip(wide, errors, strict=True) if found is not None)
    assert far > near > 3


# ---- sample ratio


def test_arms_in_their_ratio_are_not_suspected() -> None:
    found = sample_ratio({"plain": 2510, "warm": 7490}, {"plain": 1, "warm": 3})
    assert not found.broken
    assert found.expected == {"plain": 2500.0, "warm": 7500.0}


def test_an_arm_that_lost_people_is_told() -> None:
    assert sample_ratio({"plain": 2500, "warm": 6900}, {"plain": 1, "warm": 3}).broken


def test_an_arm_without_weight_and_an_experiment_without_people_say_nothing() -> None:
    assert sample_ratio({}, {"plain": 1, "warm": 1}).chance == 1.0
    assert sample_ratio({"plain": 10}, {"plain": 1, "off": 0}).expected == {"plain": 10.0}


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 10, 99, 400])
def test_the_chi_square_tail_is_the_incomplete_gamma_function(freedom: int) -> None:
    for statistic in (0.01, 1.0, freedom / 2, float(freedom), 2.0 * freedom):
        expected = float(mpmath.gammainc(freedom / 2, statistic / 2, regularized=True))
        assert chi_square_tail(statistic, freedom) == pytest.approx(expected, rel=1e-9)
