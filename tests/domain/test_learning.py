"""The model: what it believes at first, what answers and silence move, and how choices are shared out."""

from random import Random

import pytest
from rapport.domain.learning import BASE_RATE, EXPLORING, Learned, Lesson, learn
from rapport.domain.odds import chances_to_be_best


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


def test_of_two_alike_each_is_the_best_as_often() -> None:
    assert chances_to_be_best([(0.0, 1.0), (0.0, 1.0)]) == pytest.approx([0.5, 0.5])


def test_the_only_one_is_the_best() -> None:
    assert chances_to_be_best([(-3.0, 0.5)]) == [1.0]


@pytest.mark.parametrize("seed", range(4))
def test_chances_to_be_best_agree_with_drawing_them(seed: int) -> None:
    chance = Random(seed)  # noqa: S311  # the same scores each time
    scores = [(chance.gauss(-3, 0.5), chance.uniform(0.1, 0.8)) for _ in range(6)]
    found, draws = chances_to_be_best(scores), 20_000
    won = [0] * len(scores)
    for _ in range(draws):
        drawn = [chance.gauss(*score) for score in scores]
        won[drawn.index(max(drawn))] += 1
    assert found == pytest.approx([times / draws for times in won], abs=0.02)


def test_a_model_that_was_learned_from_stays_as_it_was() -> None:
    model = learn(Learned(), [Lesson("a", ("tier:gold",))])
    before = model.propensity("a", ("tier:gold",))
    learn(model, [Lesson("a", ("tier:gold",), answered=True)] * 5)
    assert model.propensity("a", ("tier:gold",)) == before


def test_a_new_offer_starts_at_what_is_shared() -> None:
    model = learn(Learned(), mixed(taught("a", 40, 100, ("tier:gold",)), taught("b", 20, 100, ("tier:none",))))
    assert model.propensity("new", ("tier:gold",)) > model.propensity("new", ("tier:none",)) > 3 * BASE_RATE
