"""Experiments and holdout: who gets which arm, by hash alone, so that it is the same everywhere.

Bucketing is GrowthBook's version 2 (FNV-1a of FNV-1a, four decimals), which spreads uniformly where plain FNV-1a does
not.
"""

from collections.abc import Mapping

from rapport.domain.house import Holdout


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


def _fnv1a(text: str) -> int:
    value = 0x811C9DC5
    for byte in text.encode():
        value = (value ^ byte) * 0x01000193 & 0xFFFFFFFF
    return value
