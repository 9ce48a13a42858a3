"""Traits: what may be known of a person, and one known value with where it comes from."""

from typing import Literal, TypeAlias

from msgspec import Struct

from rapport.domain.condition import Condition
from rapport.domain.moment import Moment

TraitType = Literal["string", "number", "integer", "boolean", "date", "timestamp", "list"]
TraitKind = Literal["built_in", "declared", "computed", "predicted"]
Operator = Literal[
    "count", "sum", "latest", "first", "top", "due",
    "recency", "frequency", "monetary", "affinity", "next", "best_hour",
]  # fmt: skip
"""The second line are predictions: what they amount to depends on the whole house, or says what is not yet so."""
Value: TypeAlias = str | float | int | bool | tuple[str, ...]
"""Dates and timestamps are moments (float seconds); a date is midnight UTC of its day."""


class Computation(Struct, frozen=True):
    """How a trait follows from events: `sum` and `top` read a property, windows and half lives are in days."""

    operator: Operator
    event: str
    property: str | None = None
    where: Condition | None = None
    days: float | None = None
    half_life_days: float | None = None
    every_days: float | None = None
    bands: int = 5
    """Into how many equal parts of the house recency, frequency and monetary sort."""
    at_least: float = 0.2
    """The share of a person's attention from which on it is an affinity."""


class TraitDefinition(Struct, frozen=True):
    """A trait as declared: its type, names on the wire, and everything that may hide it."""

    name: str
    type: TraitType
    kind: TraitKind = "declared"
    wire_names: tuple[str, ...] = ()
    certain: float = 0.5
    half_life_days: float | None = None
    one_of: tuple[str, ...] = ()
    prefers: bool = False
    sensitive: bool = False
    allows: tuple[str, ...] | None = None
    category: bool = False
    computation: Computation | None = None


class PastValue(Struct, frozen=True):
    """A value that lost against another, kept as history."""

    value: Value
    source: str
    observed_at: Moment
    certainty: float


class TraitValue(Struct, frozen=True, omit_defaults=True):
    """What is known now, where it comes from, when it was observed and how sure it is (0 to 1, before ageing)."""

    value: Value
    source: str
    observed_at: Moment
    certainty: float
    corrected: bool = False
    """The person said so themselves: outranks every source."""
    unverified: bool = False
    """Came with a claim: kept for the anonymous stretch, never linked and never mailed."""
    history: tuple[PastValue, ...] = ()
    besides: tuple[str, ...] = ()
    """Of what follows from events: their other sources, whose mandates it has to keep as well."""


BUILT_IN: dict[str, TraitDefinition] = {
    definition.name: definition
    for definition in (
        TraitDefinition("email", "string", "built_in"),
        TraitDefinition("phone", "string", "built_in"),
        TraitDefinition("locale", "string", "built_in"),
        TraitDefinition("timezone", "string", "built_in"),
        TraitDefinition("address.street", "string", "built_in"),
        TraitDefinition("address.postal_code", "string", "built_in", ("address.postalCode",)),
        TraitDefinition("address.city", "string", "built_in"),
        TraitDefinition("address.country", "string", "built_in"),
        TraitDefinition("device_tokens", "list", "built_in", ("deviceTokens",)),
    )
}
