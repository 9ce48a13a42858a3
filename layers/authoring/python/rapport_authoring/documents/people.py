"""traits.yaml, events.yaml, segments and forms: what may be known of a person, and what events mean."""

# ruff: noqa: RUF012  pydantic copies a default for each document
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field
from rapport.domain.event import Meaning
from rapport.domain.trait import Operator, TraitType

from rapport_authoring.documents.values import (
    Days,
    Document,
    EventName,
    Id,
    Line,
    MaybeCondition,
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


class OutsideTrait(Trait):
    """A trait that comes in from outside, under its own name or another on the wire."""

    wire_names: Annotated[list[PropertyName], Once] = Field(default=[], alias="from")
    one_of: Annotated[list[Line], Once, Field(min_length=1, max_length=1000)] = []


class DeclaredTrait(OutsideTrait):
    """A trait that somebody tells."""

    type: TraitType


class FromEvents(Trait):
    """A trait that follows from events by exactly one operator."""

    of: EventName | None = None
    where: MaybeCondition = None

    @property
    def operators(self) -> list[Operator]:
        """The operators that are written; one, when it is right."""
        return [name for name in OPERATOR_KEYS if getattr(self, name, None) is not None]

    @property
    def operator(self) -> Operator:
        """The one operator; `choose-one` is found before anybody asks."""
        return self.operators[0]

    @property
    def event(self) -> str:
        """The event it follows: `of` where the operator reads a property."""
        return str(self.of if self.operator in READS_PROPERTY else getattr(self, self.operator))


class PredictedTrait(OutsideTrait, FromEvents):
    """A trait that a model outside supplies (`type`), or that is expected by one's own events; for profiling only."""

    type: TraitType | None = None
    recency: EventName | None = None
    frequency: EventName | None = None
    monetary: PropertyName | None = None
    affinity: PropertyName | None = None
    next: EventName | None = None
    best_hour: EventName | None = None
    bands: Annotated[int, Field(ge=2, le=100)] = 5
    at_least: Annotated[float, Field(gt=0, le=1)] = 0.2


class ComputedTrait(FromEvents):
    """A trait kept up to date event by event: exactly one of count, sum, first, latest, top and due."""

    count: EventName | None = None
    sum: PropertyName | None = None
    first: EventName | None = None
    latest: EventName | None = None
    top: PropertyName | None = None
    due: EventName | None = None
    days: Days | None = None
    every_days: Days | None = None


OPERATORS: tuple[Operator, ...] = ("count", "sum", "first", "latest", "top", "due")
PREDICTIONS: tuple[Operator, ...] = ("recency", "frequency", "monetary", "affinity", "next", "best_hour")
READS_PROPERTY = frozenset({"sum", "top", "monetary", "affinity"})
DECAYING = frozenset({"top", "frequency", "monetary", "affinity", "best_hour"})
"""Operators whose `half_life_days` is that of the events, and not of the trait."""
FRESH_BY_ITSELF = frozenset({"recency", "next"})
"""Predictions that follow the last events alone: no half life."""
COMPUTED_TYPES: dict[Operator, TraitType] = {
    "count": "integer",
    "sum": "number",
    "first": "timestamp",
    "latest": "timestamp",
    "due": "timestamp",
    "top": "string",
    "recency": "integer",
    "frequency": "integer",
    "monetary": "integer",
    "affinity": "list",
    "next": "timestamp",
    "best_hour": "integer",
}
OPERATOR_KEYS: dict[Operator, tuple[frozenset[str], frozenset[str]]] = {
    "count": (frozenset(), frozenset({"where", "days"})),
    "sum": (frozenset({"of"}), frozenset({"where", "days"})),
    "first": (frozenset(), frozenset({"where"})),
    "latest": (frozenset(), frozenset({"where"})),
    "top": (frozenset({"of"}), frozenset({"where", "days"})),
    "due": (frozenset({"every_days"}), frozenset({"where"})),
    "recency": (frozenset(), frozenset({"where", "bands"})),
    "frequency": (frozenset(), frozenset({"where", "bands"})),
    "monetary": (frozenset({"of"}), frozenset({"where", "bands"})),
    "affinity": (frozenset({"of"}), frozenset({"where", "at_least"})),
    "next": (frozenset(), frozenset({"where"})),
    "best_hour": (frozenset(), frozenset({"where"})),
}
"""What each operator needs besides, and what it takes besides."""


class Traits(Document):
    """The whole of traits.yaml."""

    declared: dict[Name, DeclaredTrait] = {}
    computed: dict[Name, ComputedTrait] = {}
    predicted: dict[Name, PredictedTrait] = {}

    @property
    def from_events(self) -> Iterator[tuple[Literal["computed", "predicted"], str, FromEvents]]:
        """Every trait that may follow from events: its section, its name, and what is written of it."""
        yield from (("computed", name, trait) for name, trait in self.computed.items())
        yield from (("predicted", name, trait) for name, trait in self.predicted.items())


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
    when: MaybeCondition = None
    unless: MaybeCondition = None
    persona: bool = False
    priority: Annotated[int, Field(ge=-1_000_000, le=1_000_000)] = 0


class Form(Document):
    """What a form asks, and what it cannot do without."""

    id: Id
    asks: Annotated[list[str], Once] = []
    needs: Annotated[list[str], Once] = []
