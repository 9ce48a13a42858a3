"""Chances and their odds: logarithms kept in bounds, and how likely each of some unsure scores is the largest."""

import math
from collections.abc import Sequence
from typing import Final

Weight = tuple[float, float]
"""Mean and variance of one addend of the log-odds, or mean and standard deviation of a score."""

STEPS: Final = 24
_ROOT_OF_TWO: Final = math.sqrt(2.0)
_TINY: Final = 1e-12
_NOWHERE: Final = -40.0
"""The logarithm of a density that adds nothing."""


def chance_of(odds: float) -> float:
    """The chance for log-odds, between 0 and 1."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))


def odds_of(chance: float) -> float:
    """The log-odds for a chance between 0 and 1, both excluded."""
    return math.log(chance / (1 - chance))


def chances_to_be_best(scores: Sequence[Weight]) -> list[float]:
    """The probability that each of some independent normal scores is the largest one, by quadrature; they add up to 1.

    Costs `STEPS` error functions a score.
    """
    low = max((mean - 2.5 * deviation for mean, deviation in scores), default=0.0)
    high = max((mean + 3.5 * deviation for mean, deviation in scores), default=0.0)
    found, scales = [0.0] * len(scores), [1 / (deviation * _ROOT_OF_TWO) for _, deviation in scores]
    means = [mean for mean, _ in scores]
    for step in range(STEPS):
        _add_slice(found, means, scales, low + (step + 0.5) * (high - low) / STEPS)
    total = sum(found)
    return [part / total for part in found] if total > 0 else [1 / len(scores)] * len(scores)


def _add_slice(found: list[float], means: Sequence[float], scales: Sequence[float], level: float) -> None:
    """Add, for each score, the density of being at this level while all others are below it."""
    distances = [(level - mean) * scale for mean, scale in zip(means, scales, strict=True)]
    below = [max(0.5 * (1 + math.erf(distance)), _TINY) for distance in distances]
    together = sum(map(math.log, below))
    if together < _NOWHERE:
        return
    density = math.exp(together)
    for place, distance in enumerate(distances):
        if distance < 5:  # beyond that the density is nothing
            found[place] += density / below[place] * scales[place] * math.exp(-distance * distance)
