"""rapport.yaml as a team writes it: the house, with the contact policy's defaults."""

# ruff: noqa: RUF012  pydantic copies a default for each document
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from rapport.domain.house import Basis

from rapport_authoring.documents.values import (
    Channel,
    Colour,
    Count,
    Currency,
    Days,
    DaysOrNone,
    DayText,
    Document,
    Host,
    Https,
    Id,
    Line,
    Locale,
    Mailbox,
    MinuteOfDay,
    Once,
    Origin,
    PurposeName,
    Share,
    SmsSender,
    TimeZone,
)


class Sender(Document):
    """Who messages come from."""

    email: Mailbox | None = None
    reply_to: Mailbox | None = None
    sms: Annotated[SmsSender, Field(max_length=16)] | None = None
    postal: Line | None = None


class Purpose(Document):
    """What data may be used for."""

    basis: Basis = "consent"


class Source(Document):
    """Where data comes from."""

    rank: Annotated[int, Field(ge=0, le=1000)]
    certainty: Share = 1.0
    allows: Annotated[list[PurposeName], Once] | None = None


class Retention(Document):
    """How long data is kept, in days."""

    anonymous_days: Annotated[int, Field(ge=1, le=36_500)] = 90
    events_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    messages_days: Annotated[int, Field(ge=1, le=36_500)] = 800


class QuietHours(Document):
    """In the person's zone; from is included, to is not."""

    start: MinuteOfDay = Field(alias="from")
    end: MinuteOfDay = Field(alias="to")


class ChannelCap(Document):
    """At most so many contacts in a rolling number of days."""

    channel: Literal[Channel, "any"]
    at_most: Count
    days: Days


class SalesShare(Document):
    """The share of sales among the last contacts."""

    at_most: Share = 0.5
    over: Annotated[int, Field(ge=1, le=1000)] = 10


class Ignored(Document):
    """When silence pauses a campaign or an offer."""

    after: Annotated[int, Field(ge=1, le=1000)] = 2
    within_days: Days = 30
    pause_days: Days = 60


def default_quiet_hours() -> QuietHours:
    """Return the quiet hours of a house that writes none."""
    return QuietHours.model_validate({"from": "21:00", "to": "08:00"})


def default_caps() -> list[ChannelCap]:
    """Return the caps of a house that writes none."""
    return [ChannelCap(channel="email", at_most=1, days=1), ChannelCap(channel="any", at_most=3, days=7)]


class ContactPolicy(Document):
    """Tact and fatigue. An explicit `null` switches one rule off; the check lists it as loosened."""

    quiet_hours: QuietHours | None = Field(default_factory=default_quiet_hours)
    blackout: Annotated[list[DayText], Once] = []
    caps: list[ChannelCap] = Field(default_factory=default_caps)
    sales_share: SalesShare | None = SalesShare()
    ignored: Ignored | None = Ignored()
    first_contact: Literal["no-sales", "sales-allowed"] = "no-sales"
    just_viewed_hours: Annotated[float, Field(ge=0, le=876_000)] = 24
    after_service_contact_days: DaysOrNone = 7
    approval_above: Annotated[float, Field(ge=0)] | None = 5000


class Holdout(Document):
    """People who get no optional personalisation."""

    share: Share
    salt: Annotated[str, Field(max_length=100)] = ""


class Brand(Document):
    """Values a base template may use: a colour, a logo, and whatever else the team names."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Line]

    colour: Colour | None = None
    logo: Https | None = None


PURPOSES: dict[str, Basis] = {
    "service": "contract",
    "marketing": "consent",
    "personalisation": "consent",
    "profiling": "consent",
    "partner": "consent",
    "proximity": "consent",
    "tracking": "consent",
}
"""What a house that writes no purposes has."""

SOURCES = {
    "declared": Source(rank=100, certainty=1.0),
    "crm": Source(rank=80, certainty=0.95),
    "commerce": Source(rank=70, certainty=0.95),
    "behaviour": Source(rank=40, certainty=0.6),
    "inferred": Source(rank=10, certainty=0.4),
}
"""What every house has; one it writes takes the place of the one of that name."""


class House(Document):
    """One team's rapport.yaml."""

    name: Line
    locale: Locale = "en-GB"
    timezone: TimeZone = "UTC"
    currency: Currency = "EUR"
    sender: Sender = Sender()
    brands: dict[Id, Brand] = {}
    sites: Annotated[list[Origin], Once] = []
    links: Annotated[list[Host], Once] = []
    topics: Annotated[list[Id], Once] = []
    purposes: dict[PurposeName, Purpose] = Field(
        default_factory=lambda: {name: Purpose(basis=basis) for name, basis in PURPOSES.items()}
    )
    sources: dict[PurposeName, Source] = {}
    retention: Retention = Retention()
    contact: ContactPolicy = ContactPolicy()
    holdout: Holdout | None = None
