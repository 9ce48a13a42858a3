"""Experiments and holdout: who gets which arm, by hash alone, so that it is the same everywhere.

Bucketing is GrowthBook's version 2 (FNV-1a of FNV-1a, four decimals), which spreads uniformly where plain FNV-1a does
not.
"""

import math
from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from rapport.domain.house import Holdout

WRONG: Final = 0.05
"""How often an interval may miss the truth, however often somebody looks."""


def bucket(seed: str, unit: str) -> float:
    """A number in [0, 1) with four decimals for a unit (a person) under a seed (an experiment)."""
    return _fnv1a(str(_fnv1a(seed + unit))) % 10000 / 10000


def arm(experiment: Mapping[str, float], seed: str, unit: str) -> str | None:
    """The arm of an experiment by its weights; None where there is no experiment."""
    total = sum(experiment.values())
    if total <= 0:
        return None
    place, reached = bucket(seed, unit) * total, 0.0
    for name, weight in experiment.items():
        reached += weight
        if place < reached:
            return name
    return name


def held_out(holdout: Holdout, unit: str) -> bool:
    """Whether a person belongs to the group that gets no optional personalisation."""
    return holdout.share > 0 and bucket(f"holdout:{holdout.salt}", unit) < holdout.share


# ---- what an experiment came to


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


class Effect(Struct, frozen=True):
    """The difference between two rates, and the interval in which it surely lies."""

    difference: float
    low: float
    high: float


def effect(treated: Group, control: Group) -> Effect | None:
    """What a treatment added to the rate of success, with its uncertainty; None while a group is empty.

    The interval is an asymptotic confidence sequence (a normal mixture): it stays valid for whoever looks each day and
    stops when they like the number.
    """
    if not treated.people or not control.people:
        return None
    people = treated.people + control.people
    spread = (treated.variance + control.variance) * people
    tuned = (-2 * math.log(WRONG) + math.log(1 - 2 * math.log(WRONG))) / (spread * people)
    mixed = spread * people * tuned + 1
    half = math.sqrt(mixed / (people**2 * tuned) * math.log(mixed / WRONG**2))
    difference = treated.rate - control.rate
    return Effect(difference, max(-1.0, difference - half), min(1.0, difference + half))


def _fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
