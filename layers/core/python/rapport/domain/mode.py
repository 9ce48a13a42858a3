"""The mode in which an offer was used: its own, or that of the most personal thing that came to bear on it."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.condition import holds
from rapport.domain.offer import ContextWeight, Mode, Offer, Variant
from rapport.domain.sight import Seen
from rapport.domain.trait import TraitDefinition
from rapport.domain.view import View

_MODES: Final[tuple[Mode, ...]] = ("mass", "individual", "predictive")


def mode_used(offer: Offer, view: View) -> Mode:
    """The most personal of what decides about the offer, and of the weights, preferences and variants that held."""
    rules: tuple[ContextWeight | Variant, ...] = (*offer.context_weight, *offer.variants)
    held = (rule.mode for rule in rules if bears(rule, view))
    return max((offer.mode, *_preferred(offer, view), *held), key=_MODES.index)


def bears(rule: ContextWeight | Variant, view: View) -> bool:
    """Whether a weight or a variant comes to bear: it surely holds, on nothing but what may decide here."""
    # Not to know is sure knowledge of nobody: `!has(...)` holds wherever a view hides what it asks for.
    return holds(rule.when, view) is True and view.allows(rule.mode)


def _preferred(offer: Offer, view: View) -> Iterator[Mode]:
    if view.preferred_tags.isdisjoint(offer.tags):
        return
    for name, definition in view.catalogue.traits.items():
        seen = view.sight(name) if definition.prefers else None
        if isinstance(seen, Seen) and not _values(seen).isdisjoint(offer.tags):
            yield _of_trait(definition)


def _values(seen: Seen) -> set[object]:
    return set(seen.value) if isinstance(seen.value, tuple) else {seen.value}


def _of_trait(definition: TraitDefinition) -> Mode:
    if definition.kind == "predicted":
        return "predictive"
    return "mass" if definition.category else "individual"
