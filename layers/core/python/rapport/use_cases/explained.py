"""The why of an answer, for those who may see it: steps, segments, persona, and every candidate with its reason."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from rapport.domain.decision import Decision, Verdict
from rapport.domain.mode import mode_used
from rapport.domain.offer import Mode
from rapport.domain.reason import Stage
from rapport.domain.view import View


class Laps:
    """How long each of the six steps took."""

    __slots__ = ("_last", "_timer", "steps")

    def __init__(self, timer: Callable[[], float] | None) -> None:
        self._timer, self.steps = timer, list[dict[str, Any]]()
        self._last = 0.0 if timer is None else timer()

    def lap(self, step: str) -> None:
        """The step is done."""
        if self._timer is None:
            self.steps.append({"step": step})
            return
        now = self._timer()
        self.steps.append({"step": step, "ms": round((now - self._last) * 1000, 3)})
        self._last = now


def explained(
    views: Mapping[str, View], decision: Decision, steps: list[dict[str, Any]], *, with_scores: bool
) -> dict[str, Any]:
    """Why the answer is as it is; it holds ids and reasons, no value of any trait.

    `views` are those of the placements, by name; segments and persona are told as the first one sees them.
    """
    first = next(iter(views.values()))
    return {
        "steps": steps,
        "segments": list(first.segments),
        "persona": first.persona,
        "candidates": [
            candidate(verdict, with_scores=with_scores) | {"mode": _mode(verdict, views[verdict.placement])}
            for verdict in decision.verdicts
        ],
    }


def _mode(verdict: Verdict, seen: View) -> Mode:
    """The mode that was used; an offer that fell away before it was weighed has but its own."""
    offer = seen.catalogue.offers[verdict.offer]
    return mode_used(offer, seen) if verdict.stage is Stage.ARBITRATION else offer.mode


def candidate(verdict: Verdict, *, with_scores: bool) -> dict[str, Any]:
    """One line of the explain."""
    line: dict[str, Any] = {
        "offer": verdict.offer,
        "placement": verdict.placement,
        "stage": verdict.stage.value,
        "reason": verdict.reason.value,
        "mode": verdict.mode,
    }
    if with_scores and verdict.score is not None:
        line["score"] = msgspec.to_builtins(verdict.score)
    if with_scores and verdict.chance is not None:
        line["chance"] = verdict.chance
    return line
