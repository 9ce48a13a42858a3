"""The learners that are compared: ours as it is deployed, and others as their documentation has them."""

from typing import Any, Protocol

import numpy as np
from mabwiser.mab import MAB, LearningPolicy
from numpy.typing import NDArray
from rapport.domain.learning import Learned, Lesson, Taking
from rapport.domain.lessons import KEPT_A_DAY
from vowpalwabbit import Workspace

from tests.benchmarks.learning.worlds import OFFERS, VALUES, Ints

Alive = NDArray[np.bool_]


class Learner(Protocol):
    """Chooses for a day's visitors, then learns what came of it."""

    def choose(self, people: Ints, alive: Alive) -> Ints: ...
    def learn(self, people: Ints, chosen: Ints, answered: Ints) -> None: ...


class Ours:
    """What is deployed: the same model, shares and forgetting."""

    def __init__(self, seed: int) -> None:
        self.chance, self.model = np.random.default_rng(seed), Learned()

    def choose(self, people: Ints, alive: Alive) -> Ints:
        worths = [(f"o{number}", 1.0) for number in np.flatnonzero(alive)]
        known: dict[tuple[str, ...], Any] = {}
        chosen = []
        for who in map(features, people):
            if who not in known:
                known[who] = self.model.shares(worths, who)
            chosen.append(int(worths[self.chance.choice(len(worths), p=known[who])][0][1:]))
        return np.array(chosen)

    def learn(self, people: Ints, chosen: Ints, answered: Ints) -> None:
        taking = Taking(self.model)
        for who, offer, yes in zip(people, chosen, answered, strict=True):
            taking.take(Lesson(f"o{offer}", features(who), answered=bool(yes)))
        taking.forget(KEPT_A_DAY)
        self.model = taking.learned("m")


def features(who: Ints) -> tuple[str, ...]:
    return tuple(f"t{place}:{value}" for place, value in enumerate(who))


class BetaThompson:
    """Beta-Bernoulli Thompson sampling for each offer, blind to who is there."""

    def __init__(self, seed: int) -> None:
        self.chance = np.random.default_rng(seed)
        self.yes, self.of = np.full(OFFERS, 0.6), np.full(OFFERS, 20.0)

    def choose(self, people: Ints, alive: Alive) -> Ints:
        drawn = self.chance.beta(self.yes, self.of - self.yes, size=(len(people), OFFERS))
        drawn[:, ~alive] = -1
        return drawn.argmax(1)

    def learn(self, people: Ints, chosen: Ints, answered: Ints) -> None:
        np.add.at(self.yes, chosen, answered)
        np.add.at(self.of, chosen, 1)


class Vowpal:
    """Vowpal Wabbit's contextual bandit with action features, crossed with the person's."""

    def __init__(self, seed: int, exploring: str) -> None:
        self.chance = np.random.default_rng(seed)
        self.vw = Workspace(f"--cb_explore_adf --quiet -q ua -b 18 --random_seed 7 {exploring}")
        self.day: list[tuple[list[int], float]] = []

    def choose(self, people: Ints, alive: Alive) -> Ints:
        offers = [int(number) for number in np.flatnonzero(alive)]
        self.day, chosen = [], []
        for who in people:
            shares = np.array(self.vw.predict([shared(who), *(f"|a o{number}" for number in offers)]))
            one = int(self.chance.choice(len(offers), p=shares / shares.sum()))
            chosen.append(offers[one])
            self.day.append((offers, float(shares[one] / shares.sum())))
        return np.array(chosen)

    def learn(self, people: Ints, chosen: Ints, answered: Ints) -> None:
        for who, offer, yes, (offers, share) in zip(people, chosen, answered, self.day, strict=True):
            told = {offer: f"0:{-yes}:{share:.6f} "}
            self.vw.learn([shared(who), *(f"{told.get(number, '')}|a o{number}" for number in offers)])


def shared(who: Ints) -> str:
    return "shared |u " + " ".join(f"t{place}_{value}" for place, value in enumerate(who))


class Mabwiser:
    """A policy of mabwiser; its choice of an offer that is not there is replaced by chance."""

    def __init__(self, seed: int, policy: Any, *, contextual: bool) -> None:
        self.chance, self.contextual, self.begun = np.random.default_rng(seed), contextual, False
        self.mab = MAB(list(range(OFFERS)), policy, seed=seed)

    def choose(self, people: Ints, alive: Alive) -> Ints:
        offers = np.flatnonzero(alive)
        if not self.begun:
            return self.chance.choice(offers, len(people))
        found: Any = self.mab.predict(one_hot(people)) if self.contextual else [self.mab.predict() for _ in people]
        chosen = np.atleast_1d(np.array(found))
        gone = ~alive[chosen]
        chosen[gone] = self.chance.choice(offers, int(gone.sum()))
        return chosen

    def learn(self, people: Ints, chosen: Ints, answered: Ints) -> None:
        told: dict[str, Any] = {"decisions": chosen.tolist(), "rewards": answered.astype(float).tolist()}
        if self.contextual:
            told["contexts"] = one_hot(people)
        (self.mab.partial_fit if self.begun else self.mab.fit)(**told)
        self.begun = True


def one_hot(people: Ints) -> NDArray[np.float64]:
    starts = np.r_[0, np.cumsum(VALUES)[:-1]]
    marked = np.zeros((len(people), sum(VALUES) + 1))
    marked[:, -1] = 1
    marked[np.arange(len(people))[:, None], starts + people] = 1
    return marked


LEARNERS = {
    "Rapport": Ours,
    "Vowpal Wabbit, squarecb": lambda seed: Vowpal(seed, "--squarecb"),
    "Vowpal Wabbit, epsilon": lambda seed: Vowpal(seed, "--epsilon 0.1"),
    "mabwiser, LinUCB": lambda seed: Mabwiser(seed, LearningPolicy.LinUCB(alpha=0.1), contextual=True),
    "mabwiser, Thompson": lambda seed: Mabwiser(seed, LearningPolicy.ThompsonSampling(), contextual=False),
    "Beta-Thompson": BetaThompson,
}
