"""Offers: the one repository for every channel."""

from typing import Any, Literal

from msgspec import Struct

from rapport.domain.condition import Condition
from rapport.domain.moment import Moment

Kind = Literal["service", "advice", "content", "relationship", "sales", "partner"]
Status = Literal["draft", "live", "paused", "withdrawn"]
Mode = Literal["mass", "individual", "predictive"]


class OfferCap(Struct, frozen=True):
    """At most so many views and sends, per person or for all together, within rolling days (None: ever)."""

    per: Literal["person", "all"]
    at_most: int
    days: float | None = None


class Variant(Struct, frozen=True):
    """Elements of the content that a rule sets; `price` and `image` are set whole."""

    when: Condition
    set: dict[str, Any]
    locale: str | None = None
    mode: Mode = "predictive"
    """The most personal thing that `when` reads, through segments and personas too."""


class ContextWeight(Struct, frozen=True):
    """A factor on the score where the condition surely holds."""

    when: Condition
    weight: float
    mode: Mode = "predictive"
    """The most personal thing that `when` reads, through segments and personas too."""


class Offer(Struct, frozen=True, omit_defaults=True):
    """One thing a person can get, with who may get it, where, and what it says in each locale."""

    id: str
    kind: Kind
    benefit: str
    why: dict[str, str] = {}
    when: Condition | None = None
    unless: Condition | None = None
    starts_at: Moment | None = None
    ends_at: Moment | None = None
    status: Status = "live"
    sku: str | None = None
    tags: tuple[str, ...] = ()
    intent: dict[str, str] = {}
    complements: dict[str, str] = {}
    meets: tuple[str, ...] = ()
    again_after_days: float | None = None
    placements: tuple[str, ...] = ()
    channels: tuple[str, ...] | None = None
    value: float = 1.0
    lever: float = 1.0
    context_weight: tuple[ContextWeight, ...] = ()
    caps: tuple[OfferCap, ...] = ()
    effort: Literal["standard", "high"] = "standard"
    content: dict[str, dict[str, Any]] = {}
    variants: tuple[Variant, ...] = ()
    mode: Mode = "mass"
    sensitive: bool = False
    """Its `when` or `unless` reads, directly or through segments and personas, a sensitive trait."""
