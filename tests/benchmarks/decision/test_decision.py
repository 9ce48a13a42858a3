"""The whole decision beside the bare index, and beside itself without one, interleaved in one run: ratios only."""

from functools import cache

import pytest

from tests.benchmarks.decision.measure import HEAD, SIZES, Measured, measured

pytestmark = pytest.mark.slow

TIMES_THE_INDEX = {10: 7, 100: 10, 1_000: 30, 10_000: 100}
"""What all that comes after the index may cost: tact, caps, rank, content, one reason for each candidate.

The index gets slower by the rules that it holds, all else by the offers that a person may have.
"""


@cache
def figures(size: int) -> Measured:
    found = measured(size)
    print(f"\n| {HEAD} |\n| {size:,} | {found} |")  # noqa: T201  # figures are what a benchmark is for
    return found


@pytest.mark.parametrize("size", SIZES)
def test_a_whole_decision_stays_within_its_bound_of_the_index(size: int) -> None:
    assert figures(size).ratio < TIMES_THE_INDEX[size]


def test_with_many_offers_the_index_makes_the_decision_many_times_faster() -> None:
    assert figures(10_000).singly > 4 * figures(10_000).decision


def test_what_an_offer_costs_does_not_depend_on_how_many_others_there_are() -> None:
    few, many = figures(1_000), figures(10_000)
    assert many.decision / many.eligible < 1.5 * few.decision / few.eligible


@pytest.mark.parametrize("size", SIZES)
def test_most_of_an_answer_is_its_decision(size: int) -> None:
    """Reading the request, the explain's six steps and sealing the tokens cost less than as much again, and a floor."""
    assert figures(size).answer < 2 * figures(size).decision + 10 * figures(10).bare
