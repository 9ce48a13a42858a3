"""What is said of chance is so: the stated propensities are those by which people get offers, and all add up."""

from collections import Counter
from math import sqrt

import pytest
from msgspec import structs
from rapport.domain.decide import Terms
from rapport.domain.decision import Choice
from rapport.domain.learning import EXPLORING, Learned, Lesson, learn
from rapport.domain.profile import Profile

from tests.domain.trails import offer, publish, pulled, someone

VISITORS = 20_000
NAMES = "abcdefgh"
LEARNING = [{"id": "hero", "fallback": "welcome", "learn": True, "count": 2}]
CATALOGUE = publish(*(offer(name, "content", placements=["hero"]) for name in NAMES), placements=LEARNING)
MODEL = learn(
    Learned(),
    [Lesson(name, answered=number % (place + 3) == 0) for place, name in enumerate(NAMES) for number in range(60)],
)
UNSURE = 4.5
"""Standard deviations by which a share of so many visitors may miss: one in a hundred thousand does."""


def visitor(number: int) -> Profile:
    return structs.replace(someone(), id=f"p_{number}", user_id=f"u{number}")


def choices(number: int, model: Learned | None, count: int = 2) -> tuple[Choice, ...]:
    return pulled(visitor(number), CATALOGUE, terms=Terms(model=model), count=count).placements[0].choices


def missed(share: float, found: int, of: int) -> float:
    return abs(found / of - share) / sqrt(share * (1 - share) / of)


@pytest.mark.slow
@pytest.mark.parametrize("model", [None, MODEL], ids=["nothing learned", "learned"])
def test_visitors_get_offers_as_often_as_the_propensities_say(model: Learned | None) -> None:
    first, then = Counter[str](), Counter[tuple[str, str]]()
    stated: dict[tuple[str, ...], set[float]] = {}
    for number in range(VISITORS):
        one, two = choices(number, model)
        first[one.offer] += 1
        then[one.offer, two.offer] += 1
        stated.setdefault((one.offer,), set()).add(round(one.basis.chance, 12))
        stated.setdefault((one.offer, two.offer), set()).add(round(two.basis.chance, 12))
    shares = {places: chances.pop() for places, chances in stated.items()}
    assert all(not left for left in stated.values()), "one choice has one propensity, whoever the visitor"
    assert sum(shares[name,] for name in first) == pytest.approx(1.0)
    assert max(missed(shares[name,], found, VISITORS) for name, found in first.items()) < UNSURE
    assert max(missed(shares[pair], found, first[pair[0]]) for pair, found in then.items()) < UNSURE


def test_no_offer_is_ever_left_out() -> None:
    verdicts = pulled(someone(), CATALOGUE, terms=Terms(model=MODEL)).verdicts
    shares = {verdict.offer: verdict.share or 0.0 for verdict in verdicts if verdict.offer in NAMES}
    assert sum(shares.values()) == pytest.approx(1.0)
    assert min(shares.values()) >= EXPLORING / len(NAMES)


def test_the_propensity_of_a_place_counts_what_stands_before_it() -> None:
    decision = pulled(someone(), CATALOGUE, terms=Terms(model=MODEL))
    shares = {verdict.offer: verdict.share or 0.0 for verdict in decision.verdicts}
    one, two = decision.placements[0].choices
    assert one.basis.chance == pytest.approx(shares[one.offer])
    assert two.basis.chance == pytest.approx(shares[two.offer] / (1 - shares[one.offer]))


def test_among_equals_each_has_the_same_propensity() -> None:
    one, two = choices(1, None)
    assert (one.basis.chance, two.basis.chance) == (pytest.approx(1 / 8), pytest.approx(1 / 7))


def test_what_nothing_else_could_take_the_place_of_is_certain() -> None:
    catalogue = publish(offer("a", placements=["hero"]), offer("b", placements=["hero"], value=3), placements=LEARNING)
    one, two = pulled(someone(), catalogue).placements[0].choices
    assert (one.offer, one.basis.chance, two.basis.chance) == ("b", 1.0, 1.0)


def test_a_newer_model_turns_few_people_round() -> None:
    newer = learn(MODEL, [Lesson("a", answered=True)] * 3)
    moved = sum(choices(n, MODEL, 1)[0].offer != choices(n, newer, 1)[0].offer for n in range(400))
    assert moved < 60
