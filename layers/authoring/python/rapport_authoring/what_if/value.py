"""The value of a policy from trials of another: inverse propensities, and when they say too little."""

import math
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct

from rapport_authoring.what_if.trials import Trial

SURE: Final = 1.96
"""Standard errors to each side: the interval misses the truth once in twenty. It is looked at once, not daily."""
FEW: Final = 100
"""Trials: with fewer that count, nothing can be said."""
THIN: Final = 0.05
"""The share of the trials that must count at least."""
ASTRAY: Final = 0.1
"""The mean weight is 1 where the policy only does what was tried; further off it does what was not."""

Weight = Callable[[Trial], float | None]
"""How often a policy would have chosen what was chosen; None where the log does not tell."""


class Verdict(StrEnum):
    """What an estimate says of a policy beside the one that was logged."""

    TOO_LITTLE = "too little evidence"
    BETTER = "better than what was logged"
    WORSE = "worse than what was logged"
    ALIKE = "no clear difference from what was logged"


class Estimate(Struct, frozen=True):
    """What a policy would have brought for each trial.

    `ips` and `snips` are the two estimates (the second is the one to read), `low` to `high` the interval of `snips`,
    clustered by person; `change` is to what was `logged`, with an interval of its own. `effective` tells how many
    trials of the policy itself the log amounts to, `weight` the mean weight, `untold` the trials that say nothing.
    """

    policy: str
    trials: int
    people: int
    untold: int
    logged: float
    ips: float
    snips: float
    low: float
    high: float
    change: float
    change_low: float
    change_high: float
    effective: float
    weight: float
    verdict: Verdict
    why: str


class _Weighed(Struct, frozen=True):
    person: str
    weight: float
    worth: float


def estimate(name: str, trials: Iterable[Trial], share: Weight, worth: Callable[[Trial], float]) -> Estimate:
    """Estimate a policy by name; `worth` is what a trial brought."""
    everything = list(trials)
    told = [(trial, chosen) for trial in everything if (chosen := share(trial)) is not None]
    rows = [_Weighed(trial.person, chosen / trial.chance, worth(trial)) for trial, chosen in told]
    return _estimated(name, rows, len(everything) - len(rows))


def _estimated(name: str, rows: Sequence[_Weighed], untold: int) -> Estimate:
    count, people = len(rows), len({row.person for row in rows})
    total = math.fsum(row.weight for row in rows)
    if not total:
        return _nothing(name, rows, untold)
    logged = math.fsum(row.worth for row in rows) / count
    snips = math.fsum(row.weight * row.worth for row in rows) / total
    own = _clustered((row.person, row.weight * (row.worth - snips) / total) for row in rows)
    apart = _clustered(
        (row.person, row.weight * (row.worth - snips) / total - (row.worth - logged) / count) for row in rows
    )
    effective = total * total / math.fsum(row.weight**2 for row in rows)
    change = snips - logged
    why = _lacking(rows, effective, total / count, untold)
    return Estimate(
        policy=name,
        trials=count,
        people=people,
        untold=untold,
        logged=logged,
        ips=snips * total / count,
        snips=snips,
        low=snips - SURE * own,
        high=snips + SURE * own,
        change=change,
        change_low=change - SURE * apart,
        change_high=change + SURE * apart,
        effective=effective,
        weight=total / count,
        verdict=Verdict.TOO_LITTLE if why else _compared(change, SURE * apart),
        why=why,
    )


def _compared(change: float, half: float) -> Verdict:
    if abs(change) <= half or not change:
        return Verdict.ALIKE
    return Verdict.BETTER if change > 0 else Verdict.WORSE


def _lacking(rows: Sequence[_Weighed], effective: float, weight: float, untold: int) -> str:
    """Why there is too little evidence; empty when there is enough."""
    least = max(FEW, THIN * len(rows))
    if untold > len(rows):
        return f"of {untold} trials the log does not tell whether the policy would have chosen the same"
    if effective < least:
        return f"the log amounts to {effective:.0f} trials of this policy, and {least:.0f} are needed"
    if abs(weight - 1) > ASTRAY and abs(weight - 1) > 3 * _unsure_of_weight(rows, weight):
        return f"the policy does what was not tried: the weights are {weight:.2f} on average, not 1"
    return ""


def _unsure_of_weight(rows: Sequence[_Weighed], weight: float) -> float:
    return _clustered((row.person, (row.weight - weight) / len(rows)) for row in rows)


def _nothing(name: str, rows: Sequence[_Weighed], untold: int) -> Estimate:
    logged = math.fsum(row.worth for row in rows) / len(rows) if rows else 0.0
    why = "the policy would never have chosen what was chosen" if rows else "there are no trials"
    people = len({row.person for row in rows})
    unknown = math.nan
    return Estimate(
        name, len(rows), people, untold, logged, 0.0, unknown, unknown, unknown, unknown, unknown, unknown, 0.0, 0.0,
        Verdict.TOO_LITTLE, why,
    )  # fmt: skip


def _clustered(parts: Iterable[tuple[str, float]]) -> float:
    """The standard error of a sum whose parts of one person belong together."""
    sums: dict[str, float] = {}
    for person, part in parts:
        sums[person] = sums.get(person, 0.0) + part
    people = len(sums)
    return (
        math.sqrt(math.fsum(part * part for part in sums.values()) * people / (people - 1)) if people > 1 else math.inf
    )
