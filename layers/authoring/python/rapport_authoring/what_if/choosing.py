"""Choosing anew: what a catalogue would choose where the log tells enough of the person; it judges as a decision does.

The log has what the model could read of a person: persona, segments, device, and traits with few values. A rule that
reads anything else cannot be judged; then an offer counts as a candidate where the log shows that it was one: it was
listed, or it was shown there to somebody of whom as much was known. What a changed rule surely takes away is none.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import UNKNOWN, Condition, Truth, holds
from rapport.domain.house import SELLING
from rapport.domain.learning import BASE_RATE, Learned
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.trait import TraitDefinition

from rapport_authoring.what_if.trials import Trial

_KINDS: Final = {kind: place for place, kind in enumerate(("service", "relationship", "advice", "content", "sales"))}
_Cell = tuple[str, tuple[str, ...]]


class Choosing:
    """A catalogue as it would have chosen in trials."""

    def __init__(self, catalogue: Catalogue, trials: Sequence[Trial]) -> None:
        self._catalogue = catalogue
        self._shown: dict[_Cell, set[str]] = {}
        self._ever: dict[str, set[str]] = {}
        for trial in trials:
            self._shown.setdefault((trial.placement, trial.features), set()).add(trial.offer)
            ever = self._ever.setdefault(trial.placement, set())
            ever.update((trial.offer, *(candidate.offer for candidate in trial.candidates)))

    def share(self, trial: Trial, model: Learned | None) -> float | None:
        """How often what was chosen would have been chosen; None where the catalogue has no such placement."""
        placement = self._catalogue.placements.get(trial.placement)
        if placement is None:
            return None
        facts = Told(trial, self._catalogue)
        if trial.offer == placement.fallback and not trial.candidates:
            return 1.0  # nothing else was to be had, and what is new is not known to fit
        fitting = [offer for offer in self._offers(placement, trial) if self._may(offer, trial, facts)]
        return self._shares(fitting, facts, model if placement.learn else None).get(trial.offer, 0.0)

    def _offers(self, placement: Placement, trial: Trial) -> list[Offer]:
        return [
            offer
            for offer in self._catalogue.offers.values()
            if placement.id in offer.placements and offer.kind in placement.kinds and offer.id not in trial.beside
            if (offer.channels is None or trial.channel in offer.channels) and _is_live(offer, trial.at)
        ]

    def _may(self, offer: Offer, trial: Trial, facts: "Told") -> bool:
        if trial.candidates:
            listed = {candidate.offer for candidate in trial.candidates if candidate.chance or not trial.learned}
            if offer.id in self._ever[trial.placement]:
                return offer.id in listed and facts.meets(offer) is not False
            return facts.meets(offer) is True
        found = facts.meets(offer)
        if found is None:
            return offer.id == trial.offer or offer.id in self._shown[trial.placement, trial.features]
        return found

    def _shares(self, offers: list[Offer], facts: "Told", model: Learned | None) -> Mapping[str, float]:
        """Who comes first among the best tier: by lot of what was learned, or by worth alone."""
        if not offers:
            return {}
        best = min(map(_tier, offers))
        first = [offer for offer in offers if _tier(offer) == best]
        worths = [(offer.id, facts.context(offer) * offer.value * offer.lever) for offer in first]
        if model is not None:
            return dict(zip((name for name, _ in worths), model.shares(worths, facts.features), strict=True))
        ranked = sorted(zip(worths, first, strict=True), key=_order)
        ahead = [pair[1].id for pair in next(iter(groupby(ranked, key=_order)))[1]]
        return dict.fromkeys(ahead, 1 / len(ahead))


def _order(pair: tuple[tuple[str, float], Offer]) -> tuple[float, int]:
    (_, worth), offer = pair
    return -float(f"{worth * BASE_RATE:.9e}"), _KINDS.get(offer.kind, len(_KINDS))


def _tier(offer: Offer) -> int:
    """Service, what complements a choice, the rest; whether a case was open the log does not tell."""
    if offer.kind == "service":
        return 1
    return (3 if offer.kind in SELLING else 2) if offer.complements else 4


def _is_live(offer: Offer, at: float) -> bool:
    begun = offer.starts_at is None or offer.starts_at <= at
    return offer.status == "live" and begun and (offer.ends_at is None or at <= offer.ends_at)


class Told:
    """Facts about the person of a trial: what the log tells, and UNKNOWN for all else."""

    def __init__(self, trial: Trial, catalogue: Catalogue) -> None:
        self.features = trial.features
        self._at, self._catalogue = trial.at, catalogue
        self._told = dict(feature.split(":", 1) for feature in trial.features if not feature.startswith("segment:"))
        self._segments = {feature.removeprefix("segment:") for feature in trial.features}
        self._untold = False

    def value(self, name: str) -> object:
        """A name of a condition; whether it was not known then, or only the log does not tell, is kept in mind."""
        root, _, rest = name.partition(".")
        if name == "now":
            return self._at
        if root == "persona" or name == "context.device":
            return self._told.get("persona" if root == "persona" else "device", UNKNOWN)
        definition = self._catalogue.traits.get(rest) if root == "traits" else None
        if definition is None or not _is_told(definition):
            self._untold = True
            return UNKNOWN
        return _typed(self._told.get(rest), definition)

    def in_segment(self, segment: str) -> Truth:
        """Who surely was in is told of every segment."""
        return segment in self._segments

    def meets(self, offer: Offer) -> bool | None:
        """Whether the person may have an offer by its conditions; None where the log does not tell."""
        self._untold = bool(offer.complements)
        taken_out = offer.unless is not None and holds(offer.unless, self) is True
        let_in = self._holds(offer.when)
        if taken_out or let_in is False:
            return False
        return None if self._untold else let_in is True

    def _holds(self, condition: Condition | None) -> Truth:
        return holds(condition, self)

    def context(self, offer: Offer) -> float:
        """The factor of what surely holds."""
        factor = 1.0
        for rule in offer.context_weight:
            factor *= rule.weight if holds(rule.when, self) is True else 1.0
        return factor


def _is_told(definition: TraitDefinition) -> bool:
    return definition.type == "boolean" or bool(definition.one_of and definition.type == "string")


def _typed(told: str | None, definition: TraitDefinition) -> object:
    if told is None:
        return UNKNOWN
    return told == "True" if definition.type == "boolean" else told
