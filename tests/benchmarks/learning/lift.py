"""One run: every learner in every world, and the share of the possible lift that each won."""

from collections.abc import Callable, Iterable
from statistics import mean
from typing import Any

import numpy as np

from tests.benchmarks.learning.learners import LEARNERS, Learner
from tests.benchmarks.learning.worlds import KINDS, TOGETHER, Lift, World, lift_of

VISITS = 16_000
SEEDS = (0, 1)


def shares(seeds: Iterable[int] = SEEDS, visits: int = VISITS) -> dict[str, dict[str, float]]:
    """Learner -> kind of world -> mean share of the possible lift."""
    return {
        name: {kind: mean(_played(kind, seed, build, visits) for seed in seeds) for kind in KINDS}
        for name, build in LEARNERS.items()
    }


def _played(kind: str, seed: int, build: Callable[[int], Any], visits: int) -> float:
    world, learner, total = World(KINDS[kind], seed), build(seed), Lift()
    for day in range(visits // TOGETHER):
        if world.kind.drifts and day == visits // TOGETHER // 2:
            world.shift()
        total = total.plus(_day(world, learner))
    return total.share


def _day(world: World, learner: Learner) -> Lift:
    people = world.visitors(TOGETHER)
    chances = world.chances(people)
    chosen = learner.choose(people, world.alive)
    answered = (world.chance.random(len(people)) < chances[np.arange(len(people)), chosen]).astype(int)
    learner.learn(people, chosen, answered)
    return lift_of(chances, chosen, world.alive)


def told(found: dict[str, dict[str, float]]) -> str:
    """The shares as lines."""
    return "\n".join(
        f"{name:26} mean {mean(kinds.values()):.3f}   " + "  ".join(f"{kind} {won:.3f}" for kind, won in kinds.items())
        for name, kinds in found.items()
    )


if __name__ == "__main__":
    print(told(shares()))  # noqa: T201  # a report
