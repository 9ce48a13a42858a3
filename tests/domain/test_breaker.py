"""The breaker: bulk stops by itself before a provider stops everything, and a few bad answers are no tide."""

import pytest
from rapport.domain.breaker import Strain, Toll, strain

CALM = [Toll(), Toll(delivered=100_000), Toll(9, 9), Toll(1000, 41), Toll(5, 0, 2), Toll(10_000, 0, 7)]


@pytest.mark.parametrize("toll", CALM, ids=repr)
def test_what_is_usual_goes_on(toll: Toll) -> None:
    assert strain(toll) is None


@pytest.mark.parametrize("toll", [Toll(960, 40), Toll(0, 10), Toll(100, 20, 50)], ids=repr)
def test_four_in_a_hundred_bounces_stop_bulk(toll: Toll) -> None:
    assert strain(toll) is Strain.BOUNCES


@pytest.mark.parametrize("toll", [Toll(10_000, 0, 8), Toll(20, 0, 3), Toll(1000, 1, 3)], ids=repr)
def test_eight_in_ten_thousand_complaints_stop_bulk(toll: Toll) -> None:
    assert strain(toll) is Strain.COMPLAINTS


def test_a_paused_account_stops_bulk_whatever_came_back() -> None:
    assert strain(Toll(delivered=100_000), paused=True) is Strain.PAUSED
