"""Approval: what takes a person's yes before a message carries it, and to what exactly the yes binds."""

import hashlib

import msgspec

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import Choice
from rapport.domain.offer import Offer

HUMAN_CHANNELS = frozenset({"note", "call"})
"""Work that somebody of the team does anyway needs no approval by another."""


def heavy(offer: Offer, catalogue: Catalogue) -> bool:
    """Whether an offer takes approval in a message."""
    limit = catalogue.house.contact.approval_above
    return offer.effort == "high" or (limit is not None and offer.value > limit)


def needs_approval(choices: tuple[Choice, ...], channel: str, approved: str | None, catalogue: Catalogue) -> bool:
    """Whether these choices wait for a yes that binds exactly them."""
    if channel in HUMAN_CHANNELS or not any(heavy(catalogue.offers[choice.offer], catalogue) for choice in choices):
        return False
    return approved != digest(choices)


def digest(choices: tuple[Choice, ...]) -> str:
    """What an approval binds to: the offers and their content; a change asks again."""
    said = [(choice.offer, choice.content) for choice in choices]
    return hashlib.blake2b(msgspec.json.encode(said, order="sorted"), digest_size=12).hexdigest()
