"""A decision: what was asked, what was chosen for each placement, and why for every candidate."""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from rapport.domain.moment import Moment
from rapport.domain.outcome_log import Candidate
from rapport.domain.profile import Basis
from rapport.domain.reason import Reason, Stage


class Slotting(Struct, frozen=True):
    """One placement that wants offers: at most `count` of them, judged for `channel`."""

    placement: str
    count: int
    channel: str
    slot: str = ""
    """The name of the slot in a message; on a pull the placement itself."""


class Score(Struct, frozen=True):
    """The factors of an offer's rank; their product orders offers within a tier."""

    propensity: float
    context: float
    value: float
    lever: float

    @property
    def worth(self) -> float:
        """The product that orders offers within a tier."""
        return self.propensity * self.context * self.value * self.lever


class Verdict(Struct, frozen=True, omit_defaults=True):
    """What became of one candidate at one placement; exactly one reason each."""

    offer: str
    placement: str
    stage: Stage
    reason: Reason
    mode: str | None = None
    score: Score | None = None
    chance: float | None = None
    """Of what was chosen: its exact propensity, given those that stand before it."""
    share: float | None = None
    """How often it would have come first."""


BASE_MODEL = "base"
"""The name of the model where nothing is learned yet."""
CERTAIN = Basis()
"""The basis of what nothing else could take the place of."""


class Choice(Struct, frozen=True, omit_defaults=True):
    """A chosen offer with the content that this person gets to see."""

    offer: str
    kind: str
    content: dict[str, Any]
    why: str
    reason: Reason
    locale: str = ""
    basis: Basis = CERTAIN


class PlacementDecision(Struct, frozen=True):
    """The choices for one placement, best first; `fallback` when the neutral offer stands in."""

    placement: str
    slot: str
    choices: tuple[Choice, ...]
    fallback: bool = False


class Decision(Struct, frozen=True):
    """Everything decided at once: placements in the order asked, verdicts in the order of candidates."""

    placements: tuple[PlacementDecision, ...]
    verdicts: tuple[Verdict, ...]
    holdout: bool = False


def candidates(verdicts: Iterable[Verdict]) -> dict[str, tuple[Candidate, ...]]:
    """Of each placement those that could have been chosen, with how often each would have come first."""
    found: dict[str, list[Candidate]] = {}
    for verdict in verdicts:
        if verdict.share is not None:
            found.setdefault(verdict.placement, []).append(Candidate(verdict.offer, verdict.share))
    return {placement: tuple(some) for placement, some in found.items()}


class TokenPayload(Struct, frozen=True, array_like=True):
    """What a decision token carries back, encrypted: enough to count what was shown, for its own person only."""

    decision: str
    profile: str
    offer: str
    placement: str
    channel: str
    at: Moment
    chance: float
    model: str
    catalogue: str
    holdout: bool
    features: tuple[str, ...] = ()
    learns: bool = False
    mode: str = ""
    candidates: tuple[Candidate, ...] = ()
    """Where the placement learns: those that could have been chosen."""

    @property
    def basis(self) -> Basis:
        """What the choice rested on."""
        return Basis(self.chance, self.model, self.features, self.learns, self.mode)
