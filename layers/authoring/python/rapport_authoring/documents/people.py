"""traits.yaml, events.yaml, segments and forms: what may be known of a person, and what events mean."""

# ruff: noqa: RUF012  pydantic copies a default for each document
from typing import Annotated

from pydantic import Field
from rapport.domain.event import Meaning
from rapport.domain.trait import Operator, TraitType

from rapport_authoring.documents.values import (
    Condition,
    Days,
    Document,
    EventName,
    Id,
    Line,
    Name,
    Once,
    PropertyName,
    PurposeName,
    Share,
)


class Trait(Document):
    """What every trait may say of itself."""

    certain: Share = 0.5
    half_life_days: Days | None = None
    sensitive: bool = False
    allows: Annotated[list[PurposeName], Once] | None = None
    category: bool = False
    prefers: bool = False


class DeclaredTrait(Trait):
    """A trait that comes in from outside, under its own name or another on the wire."""

    type: TraitType
    wire_names: Annotated[list[PropertyName], Once] = Field(default=[], alias="from")
    one_of: Annotated[list[Line], Once, Field(min_length=1, max_length=1000)] = []


class PredictedTrait(DeclaredTrait):
    """A trait that a model supplies; it needs the purpose profiling."""


class ComputedTrait(Trait):
    """A trait kept up to date event by event: exactly one of count, sum, first, latest, top and due."""

    count: EventName | None = None
    sum: PropertyName | None = None
    first: EventName | None = None
    latest: EventName | None = None
    top: PropertyName | None = None
    due: EventName | None = None
    of: EventName | None = None
    where: Condition | None = None
    days: Days | None = None
    every_days: Days | None = None

    @property
    def operators(self) -> list[Operator]:
        """The operators that are written; one, when it is right."""
        return [name for name in OPERATORS if getattr(self, name) is not None]

    @property
    def operator(self) -> Operator:
        """The one operator; `choose-one` is found before anybody asks."""
        return self.operators[0]

    @property
    def event(self) -> str:
        """The event it follows: `of` where the operator reads a property."""
        return str(self.of if self.operator in READS_PROPERTY else getattr(self, self.operator))


OPERATORS: tuple[Operator, ...] = ("count", "sum", "first", "latest", "top", "due")
READS_PROPERTY = frozenset({"sum", "top"})
COMPUTED_TYPES: dict[Operator, TraitType] = {
    "count": "integer",
    "sum": "number",
    "first": "timestamp",
    "latest": "timestamp",
    "due": "timestamp",
    "top": "string",
}
OPERATOR_KEYS: dict[Operator, tuple[frozenset[str], frozenset[str]]] = {
    "count": (frozenset(), frozenset({"where", "days"})),
    "sum": (frozenset({"of"}), frozenset({"where", "days"})),
    "first": (frozenset(), frozenset({"where"})),
    "latest": (frozenset(), frozenset({"where"})),
    "top": (frozenset({"of"}), frozenset({"where", "days"})),
    "due": (frozenset({"every_days"}), frozenset({"where"})),
}
"""What each operator needs besides, and what it takes besides."""


class Traits(Document):
    """The whole of traits.yaml."""

    declared: dict[Name, DeclaredTrait] = {}
    computed: dict[Name, ComputedTrait] = {}
    predicted: dict[Name, PredictedTrait] = {}


class Event(Document):
    """What an event of this name means."""

    event: EventName
    means: Meaning | None = None
    items: PropertyName | None = None
    sku: PropertyName | None = None
    key: PropertyName | None = None
    days: Days | None = None
    intent: Name | None = None
    choice: PropertyName | None = None
    until: PropertyName | None = None
    score: PropertyName | None = None
    of: Annotated[float, Field(gt=0)] | None = None
    tells: dict[PropertyName, str] = {}
    source: PurposeName | None = None
    trusted: bool | None = None


NEEDS_OF_MEANING: dict[Meaning, tuple[str, ...]] = {
    "purchase": ("sku",),
    "view": ("sku",),
    "considers": ("intent", "choice"),
    "chooses": ("intent", "choice"),
    "releases": ("intent",),
    "satisfaction": ("score",),
}
"""Keys without which a meaning cannot be told."""

DEFAULT_EVENTS = (
    Event(event="Order Completed", means="purchase", items="products", sku="sku", key="order_id"),
    Event(event="Order Refunded", means="return", items="products", sku="sku", key="order_id"),
    Event(event="Order Cancelled", means="return", items="products", sku="sku", key="order_id"),
    Event(event="Product Viewed", means="view", sku="sku"),
)
"""Segment's e-commerce events, where the team says nothing of them."""


class Segment(Document):
    """A named condition; a persona is one that excludes the others."""

    id: Id
    when: Condition | None = None
    unless: Condition | None = None
    persona: bool = False
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0


class Form(Document):
    """What a form asks, and what it cannot do without."""

    id: Id
    asks: Annotated[list[str], Once] = []
    needs: Annotated[list[str], Once] = []
