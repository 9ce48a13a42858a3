"""Answers that keep people waiting for days: trials as old as they are, beside counting too soon and too late."""

import heapq
from statistics import mean
from typing import Any

import numpy as np
from rapport.domain.learning import Learned, Lesson, Taking
from rapport.domain.lessons import KEPT_A_DAY, Learner, take
from rapport.domain.moment import DAY
from rapport.domain.outcome_log import Entry, LoggedExposure, LoggedOutcome

from tests.benchmarks.learning.learners import features
from tests.benchmarks.learning.worlds import KINDS, TOGETHER, Ints, Lift, World, lift_of

DAYS = 80
WAIT = 4 * DAY
"""How long an answer takes, in the mean."""
SEEDS = (0, 1, 2)
BEGAN = 1_800_000_000.0


class ByAge:
    """What is deployed: the log is read, and a trial is as old as it is."""

    def __init__(self) -> None:
        self.learner = Learner()

    @property
    def model(self) -> Learned:
        return self.learner.model

    def learn(self, shown: list[LoggedExposure], came: list[LoggedOutcome], at: float) -> None:
        rows: list[Entry] = [*shown, *came]
        take(self.learner, rows, at)


class AtOnce:
    """A view is a whole failure until its answer comes."""

    def __init__(self) -> None:
        self.model = Learned()

    def learn(self, shown: list[LoggedExposure], came: list[LoggedOutcome], at: float) -> None:
        taking = Taking(self.model)
        for row in shown:
            taking.take(Lesson(row.offer, row.features))
        for answer in came:
            taking.take(Lesson(answer.offer, answer.features, tried=0.0, answered=True))
        taking.forget(KEPT_A_DAY)
        self.model = taking.learned("m")


class InTheEnd:
    """An answer counts when it comes, a failure when nothing can come any more."""

    def __init__(self) -> None:
        self.model, self.open = Learned(), dict[str, LoggedExposure]()

    def learn(self, shown: list[LoggedExposure], came: list[LoggedOutcome], at: float) -> None:
        taking = Taking(self.model)
        for answer in came:
            if self.open.pop(answer.decision, None) is not None:
                taking.take(Lesson(answer.offer, answer.features, answered=True))
        for name, row in [*self.open.items()]:
            if row.at + 30 * DAY <= at:
                del self.open[name]
                taking.take(Lesson(row.offer, row.features))
        self.open |= {row.decision: row for row in shown}
        taking.forget(KEPT_A_DAY)
        self.model = taking.learned("m")


WAYS = {"by age": ByAge, "failures at once": AtOnce, "failures in the end": InTheEnd}


def shares() -> dict[str, float]:
    """Way -> mean share of the possible lift in worlds that get new offers halfway."""
    return {name: mean(_played(way(), seed) for seed in SEEDS) for name, way in WAYS.items()}


def _played(learner: Any, seed: int) -> float:
    world, chance, total = World(KINDS["drifting"], seed), np.random.default_rng(seed), Lift()
    coming: list[tuple[float, int, LoggedOutcome]] = []
    for day in range(DAYS):
        at = BEGAN + day * DAY
        if day == DAYS // 2:
            world.shift()
        people = world.visitors(TOGETHER)
        chances = world.chances(people)
        chosen = _chosen(learner.model, people, world.alive, chance)
        total = total.plus(lift_of(chances, chosen, world.alive))
        shown = [
            _shown(day * TOGETHER + n, who, int(offer), at)
            for n, (who, offer) in enumerate(zip(people, chosen, strict=True))
        ]
        yes = world.chance.random(len(people)) < chances[np.arange(len(people)), chosen]
        for number, row in enumerate(shown):
            after = float(chance.exponential(WAIT))
            if yes[number] and after < 30 * DAY:
                heapq.heappush(coming, (at + after, day * TOGETHER + number, _answer(row, at + after)))
        came = [heapq.heappop(coming)[2] for _ in range(sum(when <= at for when, _, _ in coming))]
        learner.learn(shown, came, at)
    return total.share


def _chosen(model: Learned, people: Ints, alive: Any, chance: np.random.Generator) -> Ints:
    worths, known = [(f"o{number}", 1.0) for number in np.flatnonzero(alive)], dict[tuple[str, ...], Any]()
    chosen = []
    for who in map(features, people):
        if who not in known:
            known[who] = model.shares(worths, who)
        chosen.append(int(worths[chance.choice(len(worths), p=known[who])][0][1:]))
    return np.array(chosen)


def _shown(number: int, who: Ints, offer: int, at: float) -> LoggedExposure:
    name = f"{number}"
    return LoggedExposure(name, name, f"o{offer}", "hero", "web", at, "viewed", learns=True, features=features(who))


def _answer(row: LoggedExposure, at: float) -> LoggedOutcome:
    return LoggedOutcome(
        row.profile, "clicked", at, first=True, decision=row.decision, offer=row.offer, placement=row.placement,
        exposed_at=row.at, learns=True, features=row.features,
    )  # fmt: skip


def told(found: dict[str, float]) -> str:
    """The shares as lines."""
    return "\n".join(f"answers after four days, {name:20} {share:.3f}" for name, share in found.items())


if __name__ == "__main__":
    print(told(shares()))  # noqa: T201  # a report
