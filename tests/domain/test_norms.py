"""Norms: histograms that add up in any order, and what is read from them."""

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from rapport.domain.norms import EMPTY, MOST, Histogram, added, difference, together

BINS = st.dictionaries(st.integers(-3000, 3000), st.integers(0, 3), max_size=6)
STANDINGS = st.dictionaries(st.sampled_from(("a", "b")), BINS, max_size=2)


@given(st.lists(STANDINGS, max_size=8), st.randoms())
def test_changes_add_up_to_the_same_in_whatever_order(
    changes: list[dict[str, dict[int, int]]], chance: random.Random
) -> None:
    mixed = list(changes)
    chance.shuffle(mixed)
    one_by_one: dict[str, Histogram] = {}
    for change in mixed:
        one_by_one = added(one_by_one, [change])
    assert one_by_one == added({}, changes)


@given(STANDINGS, STANDINGS)
def test_a_difference_brings_one_standing_to_the_other(
    before: dict[str, dict[int, int]], after: dict[str, dict[int, int]]
) -> None:
    there = added({}, [before, difference(after, before), difference({}, after)])
    assert not any(histogram.bins for histogram in there.values())
    both = together(before, after)
    assert difference(both, before) == difference(after, {})


def test_whoever_leaves_takes_theirs_along() -> None:
    norms = added({}, [{"a": {3: 1}}, {"a": {5: 1}}])
    assert added(norms, [difference({}, {"a": {3: 1}})])["a"].bins == {5: 1}


def test_the_rank_is_the_share_below_and_half_of_the_same() -> None:
    histogram = added({}, [{"a": {1: 2, 2: 4, 9: 2}}])["a"]
    assert [histogram.rank(place) for place in (0, 1, 2, 5, 9, 99)] == [0.0, 0.125, 0.5, 0.75, 0.875, 1.0]


def test_of_nobody_the_rank_is_the_middle_and_there_is_no_median() -> None:
    assert EMPTY.rank(7) == 0.5
    assert EMPTY.middle() is None


def test_the_middle_is_the_bin_of_the_median() -> None:
    assert added({}, [{"a": {1: 3, 2: 1, 50: 3}}])["a"].middle() == 2


def test_a_histogram_stays_small_and_keeps_its_total() -> None:
    histogram = added({}, [{"a": {place: 1}} for place in range(5 * MOST)])["a"]
    assert len(histogram.bins) == MOST + 1
    assert histogram.total == 5 * MOST
    assert Counter(histogram.bins)[4 * MOST - 1] == 4 * MOST
