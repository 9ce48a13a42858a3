"""Trials: each choice that was logged, with the chance that it had and what came of it."""

from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from msgspec import Struct
from rapport.domain.message import is_message
from rapport.domain.moment import DAY, Moment
from rapport.domain.outcome_log import RESPONSES, Candidate, Entry, LoggedExposure, LoggedOutcome

WITHIN: Final = 7.0
"""Days: an answer counts for so long, and what is younger at the end of the log is left out: it may yet be answered."""

_Key: TypeAlias = tuple[str, str, str, str]


class Trial(Struct, frozen=True):
    """One choice of the log: where and when, of what the model could read, how likely it was, and what it brought."""

    person: str
    offer: str
    placement: str
    channel: str
    at: Moment
    chance: float
    features: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    learned: bool = False
    """Its placement learned: the candidates that had a chance were those ahead of all others."""
    beside: frozenset[str] = frozenset()
    """What stood in the same placement with it."""
    answered: bool = False
    brought: float = 0.0
    """What an acceptance came to, in the house's currency."""


def trials_of(entries: Iterable[Entry], within_days: float = WITHIN) -> list[Trial]:
    """The trials of a log, in the order of their time; nobody's who is held out, and no fallback's without a chance."""
    exposures: dict[_Key, LoggedExposure] = {}
    outcomes: dict[_Key, list[LoggedOutcome]] = {}
    last = float("-inf")
    for entry in entries:
        last = max(last, entry.at)
        if isinstance(entry, LoggedExposure):
            exposures.setdefault(_key(entry), entry)
        elif entry.decision and entry.offer:
            outcomes.setdefault(_key(entry), []).append(entry)
    return _ripe(exposures, outcomes, last - within_days * DAY, within_days * DAY or float("inf"))


def _ripe(
    exposures: Mapping[_Key, LoggedExposure], outcomes: Mapping[_Key, list[LoggedOutcome]], before: Moment, wait: float
) -> list[Trial]:
    together: dict[tuple[str, str, str], set[str]] = {}
    for shown in exposures.values():
        together.setdefault((shown.profile, shown.decision, shown.placement), set()).add(shown.offer)
    ripe = [shown for shown in exposures.values() if _counts(shown) and shown.at <= before]
    return [
        _trial(shown, together[shown.profile, shown.decision, shown.placement], outcomes.get(_key(shown), []), wait)
        for shown in sorted(ripe, key=lambda shown: (shown.at, shown.profile, shown.offer))
    ]


def _counts(shown: LoggedExposure) -> bool:
    return (
        bool(shown.offer)
        and not is_message(shown.offer)
        and shown.how != "held_out"
        and not shown.holdout
        and 0 < shown.chance <= 1
    )


def _trial(shown: LoggedExposure, together: set[str], outcomes: list[LoggedOutcome], wait: float) -> Trial:
    answers = [one for one in outcomes if one.kind in RESPONSES and one.at <= shown.at + wait]
    return Trial(
        person=shown.profile,
        offer=shown.offer,
        placement=shown.placement,
        channel=shown.channel,
        at=shown.at,
        chance=shown.chance,
        features=shown.features,
        candidates=shown.candidates,
        learned=shown.learns,
        beside=frozenset(together - {shown.offer}),
        answered=bool(answers),
        brought=max((one.value or 0.0 for one in answers if one.kind == "accepted"), default=0.0),
    )


def _key(entry: Entry) -> _Key:
    return entry.profile, entry.decision, entry.placement, entry.offer
