"""The mode in which an offer was used: its own, or that of the most personal thing that came to bear on it."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.condition import Condition, holds
from rapport.domain.offer import Mode, Offer
from rapport.domain.reads import reads_of
from rapport.domain.sight import Seen
from rapport.domain.trait import TraitDefinition
from rapport.domain.view import View

_MODES: Final[tuple[Mode, ...]] = ("mass", "individual", "predictive")
_IMPERSONAL: Final = frozenset({"context", "event", "now", "segments", "persona"})
"""Roots that say nothing of the person; what segments and personas read is looked at by itself."""


def mode_used(offer: Offer, view: View) -> Mode:
    """The most personal of what decides about the offer, and of the weights, preferences and variants that held."""
    found = [offer.mode, *_preferred(offer, view)]
    rules = [*(rule.when for rule in offer.context_weight), *(variant.when for variant in offer.variants)]
    found += [mode_of(condition, view) for condition in rules if bears(condition, view)]
    return max(found, key=_MODES.index)


def bears(condition: Condition, view: View) -> bool:
    """Whether a weight or a variant comes to bear: it surely holds, on nothing but what may decide here."""
    # Not to know is sure knowledge of nobody: `!has(...)` holds wherever a view hides what it asks for.
    return holds(condition, view) is True and (view.allows("predictive") or view.allows(mode_of(condition, view)))


def mode_of(condition: Condition, view: View) -> Mode:
    """The most personal thing that a condition reads, through segments and personas too."""
    return max((_of_name(name, view) for name in reads_of(condition, view)), key=_MODES.index, default="mass")


def _preferred(offer: Offer, view: View) -> Iterator[Mode]:
    for name, definition in view.catalogue.traits.items():
        seen = view.sight(name) if definition.prefers and offer.tags else None
        if isinstance(seen, Seen) and not _values(seen).isdisjoint(offer.tags):
            yield _of_trait(definition)


def _values(seen: Seen) -> set[object]:
    return set(seen.value) if isinstance(seen.value, tuple) else {seen.value}


def _of_name(name: str, view: View) -> Mode:
    root, _, rest = name.partition(".")
    if root == "traits":
        definition = view.catalogue.traits.get(rest)
        return "individual" if definition is None else _of_trait(definition)
    return "mass" if root in _IMPERSONAL else "individual"


def _of_trait(definition: TraitDefinition) -> Mode:
    if definition.kind == "predicted":
        return "predictive"
    return "mass" if definition.category else "individual"
