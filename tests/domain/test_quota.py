"""Caps for all: what they are counted by, and that so many days roll."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport.domain.moment import DAY, HOUR, MINUTE
from rapport.domain.offer import Offer, OfferCap
from rapport.domain.quota import FINE, Quota, exhausted, quotas

from tests.domain.trails import NOW

SCARCE = Offer("ski", "sales", "b", caps=(OfferCap("all", 100), OfferCap("all", 10, 1), OfferCap("person", 1)))


def test_a_cap_for_all_is_counted_by_offer_and_days() -> None:
    assert quotas(SCARCE) == (Quota("ski", 100), Quota("ski@1d", 10, 1))


def test_an_offer_is_exhausted_when_any_of_its_quotas_is() -> None:
    used = [{"ski": 99, "ski@1d": 9}, {"ski": 100}, {"ski@1d": 10}, {"ski@1d": 11}]
    assert [exhausted([SCARCE], one) for one in used] == [set(), {"ski"}, {"ski"}, {"ski"}]


def test_two_caps_of_one_length_are_one_quota_with_the_lower_limit() -> None:
    twice = Offer("ski", "sales", "b", caps=(OfferCap("all", 5), OfferCap("all", 3)))
    assert quotas(twice) == (Quota("ski", 3),)


def test_an_offer_without_a_cap_for_all_never_runs_out() -> None:
    assert exhausted([Offer("ski", "sales", "b", caps=(OfferCap("person", 1),))], {"ski": 9}) == set()


def test_what_counts_for_ever_has_no_stretches() -> None:
    assert Quota("ski", 1).stretch(NOW) is None


@pytest.mark.parametrize(("after", "over"), [(DAY - 1, False), (DAY, True), (DAY + HOUR, True)])
def test_a_small_quota_is_free_again_so_many_days_later_to_the_minute(after: float, over: bool) -> None:
    quota, whole_minute = Quota("ski", 1, 1), NOW // MINUTE * MINUTE
    stretch = quota.stretch(whole_minute)
    assert stretch is not None
    assert quota.is_over(stretch, whole_minute + after) is over


@given(
    st.floats(0, 2e9),
    st.floats(0, 60 * DAY),
    st.sampled_from([0.5, 1, 1.5, 7, 30]),
    st.sampled_from([1, FINE, FINE + 1, 10_000]),
)
def test_nothing_stops_counting_early_nor_a_hundredth_of_its_days_late(
    at: float, later: float, days: float, at_most: int
) -> None:
    quota = Quota("ski", at_most, days)
    stretch = quota.stretch(at)
    assert stretch is not None
    over, slack = quota.is_over(stretch, at + later), max(MINUTE, days * DAY / FINE)
    assert not over or later >= days * DAY - 1e-3
    assert over or later <= days * DAY + slack + 1e-3


@pytest.mark.parametrize("at_most", [FINE, 5000])
def test_a_row_has_few_stretches_however_long_its_days_and_large_its_limit(at_most: int) -> None:
    stretches = {Quota("ski", at_most, 30).stretch(NOW + part * 30 * DAY / at_most) for part in range(at_most)}
    assert len(stretches) <= FINE + 2
