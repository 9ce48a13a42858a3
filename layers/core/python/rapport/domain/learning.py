"""Learning: what responses teach of the chance that an offer is answered; additive log-odds, in closed form."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

BASE_RATE: Final = 0.05
"""The propensity of every offer of which nothing is known yet."""

EXPLORING: Final = 0.05
"""The share of choices that is spread over all offers, however sure the model is."""

_MOST_IN_THE_RACE: Final = 48
_STEPS: Final = 24
_ROOT_OF_TWO: Final = math.sqrt(2.0)
_TINY: Final = 1e-12

Weight = tuple[float, float]
"""Mean and variance of one addend of the log-odds."""

_PRIORS: Final[dict[str, Weight]] = {
    "all": (math.log(BASE_RATE / (1 - BASE_RATE)), 1.0),
    "offer": (0.0, 0.30),
    "feature": (0.0, 0.02),
    "both": (0.0, 0.08),
}
"""What is believed before anything was seen: offers differ more than people do."""


class Lesson(Struct, frozen=True, omit_defaults=True):
    """What one exposure taught: that it was tried, that it was answered, or both at once.

    A view is a trial at once; its answer, which comes later, turns that trial into a success.
    """

    offer: str
    features: tuple[str, ...] = ()
    tried: bool = True
    answered: bool = False


class Learned(Struct, frozen=True):
    """A model: the weights that responses have moved, by name; all others are as at first."""

    weights: dict[str, Weight] = {}
    name: str = "learned"

    def propensity(self, offer: str, features: tuple[str, ...]) -> float:
        """The chance of a response to an offer, 0 to 1."""
        return _chance(self._odds(offer, features)[0])

    def shares(self, worths: Sequence[tuple[str, float]], features: tuple[str, ...]) -> Sequence[float]:
        """How often to choose each offer, given what a response to it is worth; positive, they add up to 1.

        Each gets the probability that it is the best one, and all share a little for the sake of learning.
        """
        scores = [self._score(offer, worth, features) for offer, worth in worths]
        front = sorted(range(len(scores)), key=lambda one: -(scores[one][0] + 2 * scores[one][1]))[:_MOST_IN_THE_RACE]
        best = _chances_to_be_best([scores[one] for one in front])
        shares = [EXPLORING / len(scores)] * len(scores)
        for one, chance in zip(front, best, strict=True):
            shares[one] += (1 - EXPLORING) * chance
        return shares

    def _odds(self, offer: str, features: tuple[str, ...]) -> Weight:
        found = [self.weights.get(name, _PRIORS[kind]) for kind, name in _names(offer, features)]
        return sum(mean for mean, _ in found), sum(variance for _, variance in found)

    def _score(self, offer: str, worth: float, features: tuple[str, ...]) -> Weight:
        """What choosing an offer brings, as a logarithm: mean and standard deviation."""
        mean, variance = self._odds(offer, features)
        chance = _chance(mean)
        return math.log(max(worth, _TINY)) + math.log(max(chance, _TINY)), math.sqrt(variance) * (1 - chance)


def learn(model: Learned, lessons: Iterable[Lesson]) -> Learned:
    """The model after some lessons, in their order."""
    weights = dict(model.weights)
    for lesson in lessons:
        _take(weights, lesson)
    return Learned(weights, model.name)


def _take(weights: dict[str, Weight], lesson: Lesson) -> None:
    """Move every weight towards what was seen, each as far as it is unsure (a diagonal filter, no learning rate)."""
    names = list(_names(lesson.offer, lesson.features))
    known = [weights.get(name, _PRIORS[kind]) for kind, name in names]
    mean, variance = sum(mean for mean, _ in known), sum(variance for _, variance in known)
    chance = _chance(mean / math.sqrt(1 + math.pi * variance / 8))
    certainty = chance * (1 - chance) * lesson.tried
    surprise = lesson.answered - chance * lesson.tried
    spread = 1 + certainty * variance
    for (_, name), (own_mean, own_variance) in zip(names, known, strict=True):
        moved = own_mean + own_variance * surprise / spread
        weights[name] = moved, own_variance * (1 - own_variance * certainty / spread)


def _names(offer: str, features: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The addends of an offer's log-odds for somebody: kind and name."""
    yield "all", "all"
    yield "offer", f"offer={offer}"
    for feature in features:
        yield "feature", f"feature={feature}"
        yield "both", f"{offer}|{feature}"


def _chance(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def _chances_to_be_best(scores: Sequence[Weight]) -> list[float]:
    """The probability that each of some independent normal scores is the largest one, by quadrature."""
    low = max((mean - 2.5 * deviation for mean, deviation in scores), default=0.0)
    high = max((mean + 3.5 * deviation for mean, deviation in scores), default=0.0)
    found = [0.0] * len(scores)
    for step in range(_STEPS):
        _add_slice(found, scores, low + (step + 0.5) * (high - low) / _STEPS)
    total = sum(found)
    return [part / total for part in found] if total > 0 else [1 / len(scores)] * len(scores)


def _add_slice(found: list[float], scores: Sequence[Weight], level: float) -> None:
    """Add, for each score, the density of being at this level while all others are below it."""
    distances = [(level - mean) / (deviation * _ROOT_OF_TWO) for mean, deviation in scores]
    below = [max(0.5 * (1 + math.erf(distance)), _TINY) for distance in distances]
    together = math.exp(sum(math.log(one) for one in below))
    for place, (distance, (_, deviation)) in enumerate(zip(distances, scores, strict=True)):
        found[place] += together / below[place] / deviation * math.exp(-distance * distance)
