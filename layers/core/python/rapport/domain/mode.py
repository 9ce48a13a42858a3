"""The mode in which an offer was used: its own, or that of the most personal thing that came to bear on it."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.condition import holds
from rapport.domain.offer import ContextWeight, Mode, Offer, Variant
from rapport.domain.trait import TraitDefinition
from rapport.domain.view import View

_RANKS: Final[dict[Mode, int]] = {"mass": 0, "individual": 1, "predictive": 2}


def mode_used(offer: Offer, view: View) -> Mode:
    """The most personal of what decides about the offer, and of the weights, preferences and variants that held."""
    rules: tuple[ContextWeight | Variant, ...] = (*offer.context_weight, *offer.variants)
    further = (rule for rule in rules if _RANKS[rule.mode] > _RANKS[offer.mode])
    held = (rule.mode for rule in further if bears(rule, view))
    return max((offer.mode, *_preferred(offer, view), *held), key=_RANKS.__getitem__)


def bears(rule: ContextWeight | Variant, view: View) -> bool:
    """Whether a weight or a variant comes to bear: it surely holds, on nothing but what may decide here."""
    # Not to know is sure knowledge of nobody: `!has(...)` holds wherever a view hides what it asks for.
    return holds(rule.when, view) is True and view.allows(rule.mode)


def _preferred(offer: Offer, view: View) -> Iterator[Mode]:
    for name, tags in view.preferences.items():
        if not tags.isdisjoint(offer.tags):
            yield _of_trait(view.catalogue.traits[name])


def _of_trait(definition: TraitDefinition) -> Mode:
    if definition.kind == "predicted":
        return "predictive"
    return "mass" if definition.category else "individual"
