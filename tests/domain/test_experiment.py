"""Bucketing: the published cases of GrowthBook's version 2 hash, arms by weight, and a holdout that sticks."""

from collections import Counter

import pytest
from rapport.domain.evidence import sample_ratio
from rapport.domain.experiment import arm, bucket, held_out
from rapport.domain.house import Holdout

PEOPLE = 40_000


@pytest.mark.parametrize(
    ("seed", "unit", "expected"),
    [
        ("seed", "a", 0.0505),
        ("seed", "b", 0.2696),
        ("foo", "ab", 0.2575),
        ("foo", "def", 0.2019),
        ("89123klj", "8952klfjas09ujkasdf", 0.124),
        ("90850943850283058242805", "123", 0.7516),
        ("()**(%$##$%#$#", '___)((*":&', 0.0128),
    ],
)
def test_the_published_cases_of_growthbook_pass(seed: str, unit: str, expected: float) -> None:
    assert bucket(seed, unit) == expected


def test_arms_come_by_their_weights() -> None:
    counts = Counter(arm({"plain": 1, "warm": 3}, "welcome", f"user-{n}") for n in range(20_000))
    assert abs(counts["warm"] / 20_000 - 0.75) < 0.02


@pytest.mark.parametrize("unit", ["u{}", "507f191e{:08x}", "{}@mail.example", "p_{:030x}"])
def test_people_fall_uniformly_into_a_hundred_buckets_by_chi_square(unit: str) -> None:
    counts = Counter(str(int(bucket("spring", unit.format(n)) * 100)) for n in range(PEOPLE))
    assert not sample_ratio(counts, {str(part): 1 for part in range(100)}).broken


@pytest.mark.parametrize(
    ("one", "other"), [("spring", "summer"), ("welcome-1", "welcome-2"), ("holdout:2026", "holdout:2027"), ("a", "b")]
)
def test_two_experiments_are_independent_by_chi_square(one: str, other: str) -> None:
    both = Counter(f"{int(bucket(one, f'u{n}') * 10)} {int(bucket(other, f'u{n}') * 10)}" for n in range(PEOPLE))
    assert not sample_ratio(both, {f"{row} {column}": 1 for row in range(10) for column in range(10)}).broken


def test_a_campaign_without_an_experiment_has_no_arm() -> None:
    assert arm({}, "welcome", "user") is None


def test_the_holdout_is_its_share_and_nobody_where_there_is_none_a26() -> None:
    people = [f"user-{n}" for n in range(20_000)]
    assert abs(sum(held_out(Holdout(0.05, "2026"), one) for one in people) / 20_000 - 0.05) < 0.01
    assert not any(held_out(Holdout(), one) for one in people)
