"""Approval: what takes a person's yes before a message carries it, and to what exactly the yes binds."""

import hashlib
from typing import Any, TypeAlias

import msgspec

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import Choice
from rapport.domain.offer import Offer

Offered: TypeAlias = dict[str, Any]
"""`offer` and the `content` that it would have for this person."""
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
    return approved != digest(asks(choices))


def asks(choices: tuple[Choice, ...]) -> tuple[Offered, ...]:
    """What somebody who approves is asked to say yes to: each offer with its content."""
    return tuple({"offer": choice.offer, "content": choice.content} for choice in choices)


def digest(asked: tuple[Offered, ...]) -> str:
    """What a yes binds to: the offers and their content as they were shown; a change asks again."""
    return hashlib.blake2b(msgspec.json.encode(asked, order="sorted"), digest_size=12).hexdigest()
