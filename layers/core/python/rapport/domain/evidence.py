"""Evidence: what groups of people came to, how far apart they are, and how sure that is for whoever looks each day."""

import math
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

WRONG: Final = 0.05
"""How often an interval may miss the truth, however often somebody looks."""
TIGHTEST: Final = 2000
"""People: for so many an interval is as tight as it can be. Fixed beforehand: what follows the data is not valid."""
FEW: Final = 30
"""People: a smaller group tells nothing, whatever it did."""
UNLIKELY: Final = 0.001
"""Below this chance the people did not come to the arms by their weights: something is broken."""
_STANDARD: Final = -2 * math.log(WRONG) + math.log(1 - 2 * math.log(WRONG))


class Measured(Protocol):
    """One group of people and what they came to on average."""

    @property
    def people(self) -> int:
        """How many."""
        ...

    @property
    def rate(self) -> float:
        """The mean over them."""
        ...

    @property
    def variance(self) -> float:
        """Of that mean."""
        ...


class Group(Struct, frozen=True):
    """People of one arm, and how many of them did what was hoped for."""

    people: int
    successes: int

    @property
    def rate(self) -> float:
        """The share of successes; 0 without people."""
        return self.successes / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """Of the rate; two imagined people, one of them a success, keep a small group from looking sure."""
        share = (self.successes + 1) / (self.people + 2)
        return share * (1 - share) / self.people


class Amounts(Struct, frozen=True):
    """People of one arm, and what they came to in sum: revenue, or ratings."""

    people: int
    total: float
    squares: float

    @property
    def rate(self) -> float:
        """The mean amount; 0 without people."""
        return self.total / self.people if self.people else 0.0

    @property
    def variance(self) -> float:
        """Of the mean; one imagined person, as far off as the mean is from nothing, is among them."""
        around = max(0.0, self.squares - self.people * self.rate**2) + self.rate**2
        return around / self.people**2


def amounts(values: Iterable[float]) -> Amounts:
    """A group by what each of its people came to."""
    found = list(values)
    return Amounts(len(found), math.fsum(found), math.fsum(value * value for value in found))


class Effect(Struct, frozen=True):
    """The difference between two means, and the interval in which it surely lies."""

    difference: float
    low: float
    high: float


class Says(StrEnum):
    """What a comparison says, in words."""

    TOO_LITTLE = "too little evidence"
    BETTER = "better"
    WORSE = "worse"
    ALIKE = "no clear difference"


def effect(treated: Measured, control: Measured) -> Effect | None:
    """What a treatment added to the mean, with its uncertainty; None while a group is empty.

    The interval is an asymptotic confidence sequence (a normal mixture): it stays valid for whoever looks each day and
    stops when they like the number.
    """
    if not treated.people or not control.people:
        return None
    difference = treated.rate - control.rate
    half = math.sqrt(treated.variance + control.variance) * _width(treated.people + control.people)
    return Effect(difference, difference - half, difference + half)


def share_effect(treated: Group, control: Group) -> Effect | None:
    """The same for shares, whose difference lies between -1 and 1."""
    found = effect(treated, control)
    return found and Effect(found.difference, max(-1.0, found.low), min(1.0, found.high))


def _width(people: int) -> float:
    """How many standard errors an interval reaches to each side."""
    tuned = _STANDARD / TIGHTEST * people
    return math.sqrt((tuned + 1) / tuned * math.log((tuned + 1) / WRONG**2))


def says(treated: Measured, control: Measured) -> Says:
    """What two groups say of a treatment.

    There is too little evidence while a group is small, or while half as much more or less may as well be true.
    """
    found = effect(treated, control)
    if found is None or min(treated.people, control.people) < FEW:
        return Says.TOO_LITTLE
    if found.low > 0:
        return Says.BETTER
    if found.high < 0:
        return Says.WORSE
    return Says.TOO_LITTLE if found.high - found.low > abs(control.rate) else Says.ALIKE


# ---- whether people came to the arms by their weights


class SampleRatio(Struct, frozen=True):
    """People by arm as they came and as the weights have it, and the chance of being so far off by chance alone."""

    found: dict[str, int]
    expected: dict[str, float]
    chance: float

    @property
    def broken(self) -> bool:
        """Whether the arms cannot be compared."""
        return self.chance < UNLIKELY


def sample_ratio(found: Mapping[str, int], weights: Mapping[str, float]) -> SampleRatio:
    """Check by chi-square that people came to the arms by their weights."""
    arms = {name: weight for name, weight in weights.items() if weight > 0}
    people, total = sum(found.get(name, 0) for name in arms), sum(arms.values())
    expected = {name: people * weight / total for name, weight in arms.items()}
    counted = {name: found.get(name, 0) for name in arms}
    return SampleRatio(counted, expected, _chance(counted, expected))


def _chance(found: Mapping[str, int], expected: Mapping[str, float]) -> float:
    if len(expected) < 2 or not sum(expected.values()):
        return 1.0
    statistic = sum((found[name] - hoped) ** 2 / hoped for name, hoped in expected.items())
    return chi_square_tail(statistic, len(expected) - 1)


def chi_square_tail(statistic: float, freedom: int) -> float:
    """The chance that a chi-square of so many degrees of freedom is at least this large: a finite sum."""
    half = statistic / 2
    if half <= 0:
        return 1.0
    first = 0.5 if freedom % 2 else 0.0
    powers = (first + step for step in range(freedom // 2))
    terms = (math.exp(power * math.log(half) - half - math.lgamma(power + 1)) for power in powers)
    return min(1.0, math.fsum(terms) + (math.erfc(math.sqrt(half)) if freedom % 2 else 0.0))
