"""Placements and offers as a team writes them: places, and the one repository of what can appear there."""

# ruff: noqa: RUF012  pydantic copies a default for each document
from typing import Annotated, Literal

from pydantic import Field
from rapport.domain.offer import Kind, Status

from rapport_authoring.documents.values import (
    Channel,
    Condition,
    Count,
    Currency,
    Days,
    DaysOrNone,
    Document,
    EventName,
    HouseTimeText,
    Https,
    Id,
    Line,
    Locale,
    MaybeCondition,
    Name,
    Once,
    Text,
)


class Placement(Document):
    """A place on a site, in a message, or on an agent's screen."""

    id: Id
    channel: Channel = "web"
    count: Annotated[int, Field(ge=1, le=100)] = 1
    fallback: Id | None = None
    kinds: Annotated[list[Kind], Once, Field(min_length=1)] | None = None
    learn: bool = False


class Image(Document):
    """A picture, with the words for who cannot see it; empty words mark it as decoration."""

    src: Https
    alt: Annotated[str, Field(max_length=500)] | None = None


class Price(Document):
    """An amount of money, perhaps per day or person."""

    amount: Annotated[float, Field(ge=0, le=1e12)]
    currency: Currency | None = None
    per: Line | None = None


class Elements(Document):
    """What an offer says and shows; all of it may differ per channel, locale or rule."""

    headline: Line | None = None
    text: Text | None = None
    image: Image | None = None
    price: Price | None = None
    link: Https | None = None
    code: Line | None = None
    video: Https | None = None
    ar: Https | None = None
    brand: Id | None = None


class Content(Elements):
    """An offer's elements in one locale, with what differs on a channel."""

    web: Elements | None = None
    email: Elements | None = None
    sms: Elements | None = None
    push: Elements | None = None
    whatsapp: Elements | None = None
    print: Elements | None = None
    note: Elements | None = None
    call: Elements | None = None
    social: Elements | None = None


class Variant(Document):
    """Elements that a rule sets; without a locale in every one that has the element's language."""

    when: Condition
    set: Content
    locale: Locale | None = None


class About(Document):
    """What an offer or a message is about, for tact and preferences."""

    sku: Line | None = None
    tags: Annotated[list[Line], Once, Field(max_length=100)] = []
    intent: dict[Name, Line] = {}


class OfferCap(Document):
    """At most so many views and sends."""

    per: Literal["person", "all"]
    at_most: Count
    days: Days | None = None


class Offer(Document):
    """One thing a person can get."""

    id: Id
    kind: Kind
    benefit: Line
    why: dict[Locale, Line] = {}
    when: MaybeCondition = None
    unless: MaybeCondition = None
    starts: HouseTimeText | None = Field(default=None, alias="from")
    ends: HouseTimeText | None = Field(default=None, alias="until")
    status: Status = "live"
    about: About = About()
    complements: dict[Name, Line] = {}
    meets: Annotated[list[EventName], Once] = []
    again_after_days: DaysOrNone | None = None
    placements: Annotated[list[Id], Once] = []
    channels: Annotated[list[Channel], Once, Field(min_length=1)] | None = None
    value: Annotated[float, Field(gt=0, le=1e9)] = 1.0
    lever: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    context_weight: Annotated[dict[Condition, Annotated[float, Field(ge=0, le=1e6)]], Field(max_length=100)] = {}
    caps: list[OfferCap] = []
    effort: Literal["standard", "high"] = "standard"
    content: dict[Locale, Content] = {}
    variants: Annotated[list[Variant], Field(max_length=200)] = []
