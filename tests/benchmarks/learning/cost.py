"""What one choice costs: ours, with exact propensities, beside Vowpal Wabbit's, over the same candidates in turns."""

import time
from collections.abc import Callable
from statistics import quantiles

import numpy as np
from rapport.domain.learning import Learned, Lesson, learn
from vowpalwabbit import Workspace

from tests.benchmarks.learning.learners import features, shared
from tests.benchmarks.learning.worlds import VALUES, Ints

CANDIDATES = (10, 100, 200)
PEOPLE = 60
TURNS = 5
SEEN = 20
"""Lessons that each offer has had."""


def costs() -> dict[int, tuple[float, float]]:
    """Candidates -> microseconds of a choice of ours and of Vowpal Wabbit's; the lower quartile of many."""
    chance = np.random.default_rng(1)
    people = np.stack([chance.integers(0, count, PEOPLE) for count in VALUES], 1)
    return {count: _beside(count, people, chance) for count in CANDIDATES}


def _beside(count: int, people: Ints, chance: np.random.Generator) -> tuple[float, float]:
    model, vw = Learned(), Workspace("--cb_explore_adf --quiet -q ua -b 18 --squarecb")
    seen = [(people[chance.integers(PEOPLE)], int(chance.integers(count))) for _ in range(SEEN * count)]
    model = learn(model, [Lesson(f"o{offer}", features(who), answered=offer % 9 == 0) for who, offer in seen])
    worths, actions = [(f"o{number}", 1.0) for number in range(count)], [f"|a o{number}" for number in range(count)]
    told = [(features(who), [shared(who), *actions]) for who in people]
    ours, theirs = list[float](), list[float]()
    for _ in range(TURNS):
        for own, example in told:
            ours.append(_timed(lambda own=own: model.shares(worths, own)))  # type: ignore[misc]  # bound now
            theirs.append(_timed(lambda example=example: vw.predict(example)))  # type: ignore[misc]  # bound now
    return quantiles(ours, n=4)[0] * 1e6, quantiles(theirs, n=4)[0] * 1e6


def _timed(work: Callable[[], object]) -> float:
    before = time.perf_counter()
    work()
    return time.perf_counter() - before


def told(found: dict[int, tuple[float, float]]) -> str:
    """The costs as lines."""
    return "\n".join(
        f"{count:4} candidates: Rapport {own:6.0f} us, Vowpal Wabbit {other:6.0f} us"
        for count, (own, other) in found.items()
    )


if __name__ == "__main__":
    print(told(costs()))  # noqa: T201  # a report
