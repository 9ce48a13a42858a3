"""Learning: what responses teach of the chance that an offer is answered; additive log-odds, in closed form.

The log-odds of an answer are a sum of independent normal weights: one for all, one for each offer, one for each feature
of the person, one for each offer with each feature. A new offer starts at what is shared by all.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import Struct

from rapport.domain.odds import Weight, chance_of, chances_to_be_best, odds_of

BASE_RATE: Final = 0.05
"""The propensity of every offer of which nothing is known yet."""

EXPLORING: Final = 0.02
"""The share of choices that is spread over all offers, however sure the model is."""

MOST_IN_THE_RACE: Final = 48
"""Offers that may be chosen because they may be the best; the others share what is explored."""
FURTHEST: Final = 8.0
"""No weight gets further from 0: a chance in three thousand is small enough."""
HARDEST: Final = 1.0
"""By so much, in log-odds, one nuisance lowers an offer at most, however little was known of it before."""
INTERPLAY: Final = 0.2
"""How much of what is unsure about an offer for just these people counts as a reason to try it."""

ALL: Final[Weight] = (odds_of(BASE_RATE), 1.0)
OFFER: Final[Weight] = (0.0, 0.30)
FEATURE: Final[Weight] = (0.0, 0.02)
BOTH: Final[Weight] = (0.0, 0.15)
"""What is believed before anything was seen: offers differ more than people do."""

_TINY: Final = 1e-12
_NEAR: Final = 0.01


class Lesson(Struct, frozen=True, omit_defaults=True):
    """What one exposure taught: how much of a trial it is by now, whether it was answered, and what it cost.

    A trial grows to 1 while its answer might still come; the answer makes a success of it. `charge` says how many
    answers it would take to make up for a nuisance.
    """

    offer: str
    features: tuple[str, ...] = ()
    tried: float = 1.0
    answered: bool = False
    charge: float = 0.0


class OfferWeights(Struct, frozen=True, array_like=True):
    """What is known of one offer: for everybody, and for people with a feature."""

    own: Weight = OFFER
    by_feature: dict[str, Weight] = {}


NOTHING_KNOWN: Final = OfferWeights()


class Learned(Struct, frozen=True):
    """A model: the weights that responses have moved, by name; all others are as at first."""

    name: str = "learned"
    all: Weight = ALL
    features: dict[str, Weight] = {}
    offers: dict[str, OfferWeights] = {}

    def propensity(self, offer: str, features: tuple[str, ...]) -> float:
        """The chance of a response to an offer, 0 to 1."""
        return chance_of(self._odds(offer, features, self._shared(features))[0])

    def shares(self, worths: Sequence[tuple[str, float]], features: tuple[str, ...]) -> Sequence[float]:
        """How often to choose each offer, given what a response to it is worth; positive, they add up to 1.

        Each gets the probability that it is the best one, and all share a little for the sake of learning.
        """
        shared = self._shared(features)
        scores = [_score(worth, self._odds(offer, features, shared)) for offer, worth in worths]
        front = _front(scores)
        best = chances_to_be_best([scores[one] for one in front])
        shares = [EXPLORING / len(scores)] * len(scores)
        for one, chance in zip(front, best, strict=True):
            shares[one] += (1 - EXPLORING) * chance
        return shares

    def _shared(self, features: tuple[str, ...]) -> float:
        """The log-odds that these people share whatever the offer."""
        return self.all[0] + sum(self.features.get(feature, FEATURE)[0] for feature in features)

    def _odds(self, offer: str, features: tuple[str, ...], shared: float) -> Weight:
        """Mean of an offer's log-odds, and the variance of that part by which offers differ."""
        known = self.offers.get(offer)
        if known is None:
            return shared, OFFER[1] + INTERPLAY * BOTH[1] * len(features)
        mean, unsure, by_feature = shared + known.own[0], 0.0, known.by_feature
        for feature in features:
            own = by_feature.get(feature, BOTH)
            mean += own[0]
            unsure += own[1]
        return mean, known.own[1] + INTERPLAY * unsure


def _score(worth: float, odds: Weight) -> Weight:
    """What choosing an offer brings, as a logarithm: mean and standard deviation."""
    chance = chance_of(odds[0])
    return math.log(max(worth, _TINY)) + math.log(max(chance, _TINY)), math.sqrt(odds[1]) * (1 - chance)


def _front(scores: Sequence[Weight]) -> Sequence[int]:
    if len(scores) <= MOST_IN_THE_RACE:
        return range(len(scores))
    return sorted(range(len(scores)), key=lambda one: -(scores[one][0] + 2 * scores[one][1]))[:MOST_IN_THE_RACE]


# ---- taking lessons


def learn(model: Learned, lessons: Iterable[Lesson], name: str | None = None) -> Learned:
    """The model after some lessons, in their order."""
    taking = Taking(model)
    for lesson in lessons:
        taking.take(lesson)
    return taking.learned(name or model.name)


class Taking:
    """A model while lessons are taken; what it was made from stays as it was."""

    def __init__(self, model: Learned) -> None:
        self.all = model.all
        self.features = dict(model.features)
        self.offers = dict(model.offers)

    def learned(self, name: str) -> Learned:
        """The model as it stands now."""
        return Learned(name, self.all, dict(self.features), dict(self.offers))

    def take(self, lesson: Lesson) -> None:
        """Move every weight towards what was seen, each as far as it is unsure: a diagonal filter without a rate."""
        own = self.offers.get(lesson.offer, NOTHING_KNOWN)
        known = [self.all, own.own]
        for feature in lesson.features:
            known += (self.features.get(feature, FEATURE), own.by_feature.get(feature, BOTH))
        moved = _moved(known, lesson)
        self.all = moved[0]
        self.features.update(zip(lesson.features, moved[2::2], strict=True))
        by_feature = own.by_feature | dict(zip(lesson.features, moved[3::2], strict=True))
        self.offers[lesson.offer] = OfferWeights(moved[1], by_feature)

    def forget(self, keep: float) -> None:
        """Move every weight back towards what was believed at first: this share of what was learned stays.

        What is as good as forgotten takes no room any more.
        """
        self.all = _relaxed(self.all, ALL, keep)
        self.features = dict(_relaxing(self.features, FEATURE, keep))
        offers = {name: _less_of(known, keep) for name, known in self.offers.items()}
        self.offers = {name: known for name, known in offers.items() if known.by_feature or not _near(known.own, OFFER)}


def _moved(known: Sequence[Weight], lesson: Lesson) -> list[Weight]:
    """The weights after a lesson; they come as all, offer, and then by turns a feature and the offer with it."""
    mean, variance = sum(mean for mean, _ in known), sum(variance for _, variance in known)
    chance = chance_of(mean / math.sqrt(1 + math.pi * variance / 8))
    certainty = chance * (1 - chance) * lesson.tried
    spread = 1 + certainty * variance
    step, narrowing = (lesson.answered - chance * lesson.tried) / spread, certainty / spread
    moved = [(_bounded(mean + own * step), own * (1 - own * narrowing)) for mean, own in known]
    if lesson.charge:
        # Only the offer's own weights pay for a nuisance: people and other offers are not to blame.
        moved[1::2] = [(_bounded(mean - min(HARDEST, own * lesson.charge / spread)), own) for mean, own in moved[1::2]]
    return moved


def _bounded(mean: float) -> float:
    return max(-FURTHEST, min(FURTHEST, mean))


def _less_of(known: OfferWeights, keep: float) -> OfferWeights:
    return OfferWeights(_relaxed(known.own, OFFER, keep), dict(_relaxing(known.by_feature, BOTH, keep)))


def _relaxing(weights: dict[str, Weight], first: Weight, keep: float) -> Iterator[tuple[str, Weight]]:
    for name, weight in weights.items():
        relaxed = _relaxed(weight, first, keep)
        if not _near(relaxed, first):
            yield name, relaxed


def _relaxed(weight: Weight, first: Weight, keep: float) -> Weight:
    return first[0] + (weight[0] - first[0]) * keep, first[1] + (weight[1] - first[1]) * keep


def _near(weight: Weight, first: Weight) -> bool:
    return abs(weight[0] - first[0]) < _NEAR and abs(weight[1] / first[1] - 1) < _NEAR
