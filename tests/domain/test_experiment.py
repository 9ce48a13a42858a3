"""Bucketing: the published cases of GrowthBook's version 2 hash, arms by weight, and a holdout that sticks."""

from collections import Counter

import pytest
from rapport.domain.experiment import arm, bucket, held_out
from rapport.domain.house import Holdout


@pytest.mark.parametrize(
    ("seed", "unit", "expected"),
    [("seed", "a", 0.0505), ("seed", "b", 0.2696), ("foo", "ab", 0.2575), ("foo", "def", 0.2019)],
)
def test_the_published_cases_of_growthbook_pass(seed: str, unit: str, expected: float) -> None:
    assert bucket(seed, unit) == expected


def test_arms_come_by_their_weights() -> None:
    counts = Counter(arm({"plain": 1, "warm": 3}, "welcome", f"user-{n}") for n in range(20_000))
    assert abs(counts["warm"] / 20_000 - 0.75) < 0.02


def test_two_experiments_are_independent() -> None:
    both = Counter((bucket("one", f"u{n}") < 0.5, bucket("two", f"u{n}") < 0.5) for n in range(20_000))
    assert all(abs(count / 20_000 - 0.25) < 0.02 for count in both.values())


def test_a_campaign_without_an_experiment_has_no_arm() -> None:
    assert arm({}, "welcome", "user") is None


def test_the_holdout_is_its_share_and_nobody_where_there_is_none_a26() -> None:
    people = [f"user-{n}" for n in range(20_000)]
    assert abs(sum(held_out(Holdout(0.05, "2026"), one) for one in people) / 20_000 - 0.05) < 0.01
    assert not any(held_out(Holdout(), one) for one in people)
