"""Campaigns: what starts a message, to whom, when, and on which channels."""

from typing import Literal

from msgspec import Struct

from rapport.domain.condition import Condition
from rapport.domain.moment import DAY
from rapport.domain.offer import Kind, Mode

TriggerKind = Literal["event", "date", "due", "segment", "schedule"]
InDoubt = Literal["resend", "drop", "hold"]


class Trigger(Struct, frozen=True):
    """What starts a run; which fields matter follows from `kind`.

    event: `event`, `when`, `key` (a property), `audience` (a segment: an event about nobody), `at` (a property holding
    a moment) with `lead` seconds before it. date and due: `trait`, `lead`. segment: `segment`. schedule: `schedule`, a
    local date and time without a zone, and `audience`.
    """

    kind: TriggerKind
    event: str | None = None
    when: Condition | None = None
    key: str | None = None
    audience: str | None = None
    at: str | None = None
    lead: float = 0.0
    trait: str | None = None
    segment: str | None = None
    schedule: str | None = None


class CancelOn(Struct, frozen=True):
    """An event that ends runs: those whose key equals its property, or without `key` all the person's runs."""

    event: str
    key: str | None = None


class Goal(Struct, frozen=True):
    """Reached within so many days: remaining runs end, and it counts as success."""

    event: str
    days: float = 14


class Slot(Struct, frozen=True):
    """A place for offers inside the message."""

    placement: str
    count: int | None = None


class BrandRule(Struct, frozen=True):
    """The brand to wear; the first whose condition surely holds."""

    brand: str
    when: Condition | None = None


class Campaign(Struct, frozen=True):
    """One campaign. Durations are seconds, `at` minutes of the local day."""

    id: str
    purpose: str
    kind: Kind
    trigger: Trigger
    channels: tuple[str, ...]
    template: str
    urgent: bool = False
    brand: tuple[BrandRule, ...] = ()
    topic: str | None = None
    sku: str | None = None
    intent: dict[str, str] = {}
    after: float = 0.0
    at: int | None = None
    again_after_days: float | None = None
    fresh_for: float | None = None
    cancel_on: tuple[CancelOn, ...] = ()
    goal: Goal | None = None
    when: Condition | None = None
    unless: Condition | None = None
    all_channels: bool = False
    placement: str | None = None
    offers: dict[str, Slot] = {}
    experiment: dict[str, float] = {}
    non_response_days: float = 7
    in_doubt: InDoubt = "drop"
    just_viewed_hours: float | None = None
    mode: Mode = "mass"
    sensitive: bool = False

    @property
    def freshness(self) -> float:
        """Seconds for which the trigger stays worth answering; by default the delay and a day."""
        return self.after + DAY if self.fresh_for is None else self.fresh_for

    @property
    def is_service(self) -> bool:
        """Whether it runs on the purpose that asks no marketing consent."""
        return self.purpose == "service"
