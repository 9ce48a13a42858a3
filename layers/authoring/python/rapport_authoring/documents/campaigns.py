"""Campaigns as a team writes them: what starts a message, to whom, when, on which channels."""

# ruff: noqa: RUF012  pydantic copies a default for each document
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from rapport.domain.campaign import TriggerKind
from rapport.domain.offer import Kind

from rapport_authoring.documents.offers import About
from rapport_authoring.documents.values import (
    Channel,
    Days,
    DaysOrNone,
    Document,
    EventName,
    Id,
    LocalTime,
    MaybeCondition,
    MinuteOfDay,
    Name,
    Once,
    PropertyName,
    PurposeName,
    Seconds,
)


class Trigger(Document):
    """What starts a run: exactly one of event, date, due, segment and schedule."""

    event: EventName | None = None
    date: str | None = None
    due: str | None = None
    segment: Id | None = None
    schedule: LocalTime | None = None
    when: MaybeCondition = None
    key: PropertyName | None = None
    audience: Id | None = None
    at: PropertyName | None = None
    lead: Seconds | None = None

    @property
    def kinds(self) -> list[TriggerKind]:
        """The kinds that are written; one, when it is right."""
        return [kind for kind in TRIGGER_KEYS if getattr(self, kind) is not None]

    @property
    def kind(self) -> TriggerKind:
        """The one kind; `choose-one` is found before anybody asks."""
        return self.kinds[0]


TRIGGER_KEYS: dict[TriggerKind, frozenset[str]] = {
    "event": frozenset({"when", "key", "audience", "at", "lead"}),
    "date": frozenset({"lead"}),
    "due": frozenset({"lead"}),
    "segment": frozenset(),
    "schedule": frozenset({"audience"}),
}
"""The keys that each kind of trigger takes besides its own."""


class CancelOn(Document):
    """An event that ends runs."""

    event: EventName
    key: PropertyName | None = None


class Goal(Document):
    """What the campaign is for."""

    event: EventName
    days: Days = 14


class Slot(Document):
    """A place for offers inside the message."""

    placement: Id
    count: Annotated[int, Field(ge=1, le=100)] | None = None


class BrandRule(Document):
    """A brand to wear when a condition holds; without one, always."""

    brand: Id
    when: MaybeCondition = None


def _rules(value: object) -> object:
    """One brand for everybody is a list of one rule."""
    return [{"brand": value}] if isinstance(value, str) else value


class Campaign(Document):
    """One campaign."""

    id: Id
    purpose: PurposeName
    kind: Kind
    trigger: Trigger
    channels: Annotated[list[Channel], Once, Field(min_length=1)]
    template: Annotated[str, Field(min_length=1, max_length=200)]
    urgent: bool = False
    brand: Annotated[list[BrandRule], BeforeValidator(_rules), Field(max_length=50)] = []
    topic: Id | None = None
    about: About = About()
    after: Seconds = 0.0
    at: MinuteOfDay | None = None
    again_after_days: DaysOrNone | None = None
    fresh_for: Seconds | None = None
    cancel_on: Annotated[list[CancelOn], Field(max_length=20)] = []
    goal: Goal | None = None
    when: MaybeCondition = None
    unless: MaybeCondition = None
    all_channels: bool = False
    placement: Id | None = None
    offers: dict[Name, Slot] = {}
    experiment: dict[Id, Annotated[float, Field(ge=0, le=1e6)]] = {}
    non_response_days: Days = 7
    in_doubt: Literal["resend", "drop", "hold"] | None = None
    just_viewed_hours: Annotated[float, Field(ge=0, le=876_000)] | None = None
