"""The whole decision beside the bare index, over the same offers and people in the same run: ratios, never times."""

import pytest

from tests.benchmarks.decision.measure import measured

TIMES_THE_INDEX = 60
"""What all that comes after the index may cost: tact, caps, rank, content, one reason for each candidate."""


@pytest.mark.slow
@pytest.mark.parametrize("size", [1_000, 10_000])
def test_a_whole_decision_stays_within_its_bound_of_the_index(size: int) -> None:
    assert measured(size).ratio < TIMES_THE_INDEX


@pytest.mark.slow
def test_ten_times_the_offers_cost_less_than_ten_times_the_decision() -> None:
    assert measured(10_000).decision < 10 * measured(1_000).decision
