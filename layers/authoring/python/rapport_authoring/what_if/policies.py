"""Policies: how often each would have chosen what was chosen, by a word, a table of shares, or a whole catalogue."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from rapport.domain.catalogue import Catalogue
from rapport.domain.experiment import bucket
from rapport.domain.learning import Learned, Lesson, learn
from rapport.errors import BadRequest

from rapport_authoring.what_if.choosing import Choosing
from rapport_authoring.what_if.trials import Trial

ALWAYS: Final = "always:"
HALVES: Final = 2


class Policy(Struct, frozen=True):
    """A policy by its name; `share` tells how often it would have chosen what was chosen, None if nobody can tell."""

    name: str
    share: Callable[[Trial], float | None]


def policy_of(text: str, trials: Sequence[Trial], catalogue: Callable[[Path], Catalogue]) -> Policy:
    """The policy that a text names. Raises BadRequest for none.

    `logged`, `uniform`, `always:OFFER`, a JSON file `{placement: {offer: share}}`, or the folder of a catalogue, which
    `catalogue` reads.
    """
    if text == "logged":
        return Policy(text, lambda trial: trial.chance)
    if text == "uniform":
        return Policy(text, Uniform(trials).share)
    if text.startswith(ALWAYS):
        offer = text.removeprefix(ALWAYS)
        return Policy(text, lambda trial: float(trial.offer == offer))
    path = Path(text)
    if path.is_dir():
        return Policy(text, Draft(catalogue(path), trials).share)
    if path.is_file():
        return Policy(text, _table(path))
    raise BadRequest(f"no policy {text!r}: logged, uniform, always:OFFER, a file of shares, or a catalogue's folder")


class Uniform:
    """Chooses among what was ever shown at a placement, each as often."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        self._offers: dict[str, set[str]] = {}
        for trial in trials:
            self._offers.setdefault(trial.placement, set()).add(trial.offer)

    def share(self, trial: Trial) -> float:
        """Of candidates that are known each as often, else of all that the placement ever showed."""
        known = {candidate.offer for candidate in trial.candidates} or self._offers[trial.placement]
        return 1 / max(1, len(known - trial.beside)) if trial.offer in known else 0.0


class Draft:
    """A catalogue that is not live yet, with what the log has taught of its offers.

    Each half of the people is judged by what the other half taught, so that nobody's answer speaks for itself.
    """

    def __init__(self, catalogue: Catalogue, trials: Sequence[Trial]) -> None:
        self._choosing = Choosing(catalogue, trials)
        self._models = [_taught(trials, half) for half in range(HALVES)]

    def share(self, trial: Trial) -> float | None:
        """How often it would have chosen the same."""
        return self._choosing.share(trial, self._models[_half(trial.person)])


def _taught(trials: Sequence[Trial], half: int) -> Learned | None:
    """A model from everybody but one half; None where that is nobody."""
    others = [
        Lesson(trial.offer, trial.features, answered=trial.answered) for trial in trials if _half(trial.person) != half
    ]
    return learn(Learned(), others) if others else None


def _half(person: str) -> int:
    return int(bucket("what-if", person) * HALVES)


def _table(path: Path) -> Callable[[Trial], float | None]:
    shares = json.loads(path.read_text(encoding="utf-8"))
    if not _is_table(shares):
        raise BadRequest(f"{path} must hold {{placement: {{offer: share}}}}, the shares of a placement adding up to 1")

    def share(trial: Trial) -> float | None:
        known: Mapping[str, float] | None = shares.get(trial.placement)
        return None if known is None else known.get(trial.offer, 0.0)

    return share


def _is_table(shares: object) -> bool:
    return isinstance(shares, dict) and all(isinstance(offers, dict) and _adds_up(offers) for offers in shares.values())


def _adds_up(offers: Mapping[str, object]) -> bool:
    found = [share for share in offers.values() if isinstance(share, int | float) and 0 <= share <= 1]
    return len(found) == len(offers) and abs(sum(found) - 1) < 0.01
