"""The model: what it believes at first, what answers and silence move, and how choices are shared out."""

import pytest
from rapport.domain.learning import BASE_RATE, EXPLORING, Learned, Lesson, learn


def taught(offer: str, answered: int, of: int, features: tuple[str, ...] = ()) -> list[Lesson]:
    """So many trials, the answered ones spread evenly among them."""
    return [Lesson(offer, features, answered=place * answered % of < answered) for place in range(of)]


def mixed(*lessons: list[Lesson]) -> list[Lesson]:
    return [one for together in zip(*lessons, strict=True) for one in together]


def test_at_first_every_offer_has_the_base_rate() -> None:
    assert Learned().propensity("a", ("tier:gold",)) == pytest.approx(BASE_RATE)


def test_an_offer_that_is_answered_more_often_has_the_higher_propensity_a22() -> None:
    model = learn(Learned(), [*taught("a", 20, 200), *taught("b", 4, 200)])
    assert model.propensity("a", ()) > 2 * model.propensity("b", ())


def test_propensity_comes_near_the_rate_of_answers() -> None:
    model = learn(Learned(), taught("a", 30, 300))
    assert model.propensity("a", ()) == pytest.approx(0.1, abs=0.05)


def test_silence_lowers_the_chance_d33() -> None:
    model = learn(Learned(), [Lesson("a")])
    assert model.propensity("a", ()) < BASE_RATE


def test_an_answer_that_comes_later_makes_its_trial_a_success() -> None:
    model = learn(Learned(), [Lesson("a"), Lesson("a", tried=False, answered=True)])
    assert model.propensity("a", ()) > BASE_RATE


def test_people_who_differ_are_learned_apart() -> None:
    model = learn(Learned(), mixed(taught("a", 30, 100, ("tier:gold",)), taught("a", 0, 100, ("tier:none",))))
    assert model.propensity("a", ("tier:gold",)) > 2 * model.propensity("a", ("tier:none",))


def test_shares_add_up_to_one_and_none_is_left_out() -> None:
    model = learn(Learned(), taught("a", 50, 100))
    shares = model.shares([("a", 1.0), ("b", 1.0), ("c", 0.001)], ())
    assert sum(shares) == pytest.approx(1.0)
    assert min(shares) >= EXPLORING / 3


def test_of_equal_chances_the_worthier_offer_gets_the_greater_share() -> None:
    low, high = Learned().shares([("a", 1.0), ("b", 3.0)], ())
    assert high > low
