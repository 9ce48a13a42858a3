"""Seeded worlds in which offers are answered with chances that nobody sees, and the share of the possible lift won."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

OFFERS = 20
VALUES = (3, 5, 4, 6)
"""How many values each of four traits has."""
TOGETHER = 200
"""Visits of a day: what they teach is known on the next."""
LATE = 5
"""Offers that a drifting world begins without."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Kind(NamedTuple):
    """A kind of world: how far offers differ, how far people do, and what else is special."""

    offers: float
    people: float
    drifts: bool = False
    correlated: bool = False


KINDS = {
    "contextual": Kind(0.5, 0.4),
    "flat": Kind(0.5, 0.0),
    "correlated": Kind(0.5, 0.4, correlated=True),
    "drifting": Kind(0.5, 0.4, drifts=True),
}


@dataclass
class World:
    """One world; a drifting one gets new offers and new tastes halfway."""

    kind: Kind
    seed: int
    chance: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.chance = np.random.default_rng(1000 + self.seed)
        self.alive = np.ones(OFFERS, bool)
        self.base = -3.3 + self.chance.normal(0, self.kind.offers, OFFERS)
        self.taste = self.chance.normal(0, self.kind.people, (OFFERS, sum(VALUES)))
        self.shared = self.chance.normal(0, 0.3 if self.kind.people else 0.0, sum(VALUES))
        self.spread = [self.chance.dirichlet(np.full(count, 2.0)) for count in VALUES]
        self.starts = np.r_[0, np.cumsum(VALUES)[:-1]]
        if self.kind.drifts:
            self.alive[-LATE:] = False

    def visitors(self, count: int) -> Ints:
        """So many people: the value of each of their traits."""
        drawn = [self.chance.choice(n, count, p=share) for n, share in zip(VALUES, self.spread, strict=True)]
        if self.kind.correlated:
            group = self.chance.integers(0, 4, count)
            drawn = [
                np.where(self.chance.random(count) < 0.75, group % n, one) for n, one in zip(VALUES, drawn, strict=True)
            ]
        return np.stack(drawn, 1)

    def chances(self, people: Ints) -> Floats:
        """The chance that each person answers each offer."""
        places = self.starts + people
        odds = self.base[None] + self.shared[places].sum(1)[:, None] + self.taste[:, places].sum(2).T
        return np.asarray(1 / (1 + np.exp(-odds)))

    def shift(self) -> None:
        """New offers come, and some of the old ones are liked otherwise than before."""
        self.alive[:] = True
        moved = self.chance.choice(OFFERS - LATE, LATE, replace=False)
        self.base[moved] = -3.3 + self.chance.normal(0, self.kind.offers, LATE)


class Lift(NamedTuple):
    """Answers won, beside choosing at random and choosing the best that could be."""

    won: float = 0.0
    best: float = 0.0
    random: float = 0.0

    def plus(self, other: "Lift") -> "Lift":
        """Both together."""
        return Lift(*(one + more for one, more in zip(self, other, strict=True)))

    @property
    def share(self) -> float:
        """The share of the lift that was possible."""
        return (self.won - self.random) / (self.best - self.random)


def lift_of(chances: Floats, chosen: Ints, alive: NDArray[np.bool_]) -> Lift:
    """What a day's choices came to, by the chances themselves: no luck is in it."""
    possible = np.where(alive[None], chances, np.nan)
    won = chances[np.arange(len(chosen)), chosen].sum()
    return Lift(float(won), float(np.nanmax(possible, 1).sum()), float(np.nanmean(possible, 1).sum()))
