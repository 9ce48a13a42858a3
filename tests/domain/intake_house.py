"""A small house and its events, for the tests of intake."""

from typing import Any

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import TokenPayload
from rapport.domain.event import TRUSTED_BY_DEFAULT, Event, EventDefinition, Meaning
from rapport.domain.house import House, Purpose, Source
from rapport.domain.intake import Applied, apply
from rapport.domain.moment import DAY, Moment, parse
from rapport.domain.normalise import normalise
from rapport.domain.offer import Offer
from rapport.domain.profile import Profile
from rapport.domain.trait import BUILT_IN, Computation, TraitDefinition

T0 = parse("2026-11-22T08:00:00Z")

SOURCES = {
    "declared": Source(100, 1.0),
    "crm": Source(80, 0.95),
    "ledger": Source(75, 1.0, ("service",)),
    "commerce": Source(70, 0.95),
    "behaviour": Source(40, 0.6),
    "inferred": Source(10, 0.4),
    "facebook": Source(20, 0.8, ("login",)),
}
PURPOSES = {
    "service": Purpose("contract"),
    "marketing": Purpose(),
    "personalisation": Purpose(),
    "tracking": Purpose(),
}


def computed(name: str, **computation: Any) -> TraitDefinition:
    return TraitDefinition(name, "number", "computed", computation=Computation(**computation))


TRAITS = (
    TraitDefinition("first_name", "string", wire_names=("firstName",)),
    TraitDefinition("tier", "string", one_of=("none", "silver", "gold")),
    TraitDefinition("birthday", "date"),
    TraitDefinition("seen_at", "timestamp"),
    TraitDefinition("interests", "list", prefers=True),
    TraitDefinition("balance", "number", sensitive=True),
    TraitDefinition("children", "integer"),
    TraitDefinition("member", "boolean"),
    TraitDefinition("company", "string", wire_names=("company.name",)),
    TraitDefinition("churn_risk", "number", "predicted"),
    computed("orders", operator="count", event="Order Completed"),
    computed("views_30d", operator="count", event="Product Viewed", days=30),
    computed("spend", operator="sum", event="Order Completed", property="revenue"),
    computed("first_order_at", operator="first", event="Order Completed"),
    computed("last_order_at", operator="latest", event="Order Completed"),
    computed("wax_due_at", operator="due", event="Order Completed", every_days=90),
    computed("favourite", operator="top", event="Product Viewed", property="category", half_life_days=30),
    computed("favourite_7d", operator="top", event="Product Viewed", property="category", days=7),
)


def means(event: str, meaning: Meaning | None = None, **more: Any) -> EventDefinition:
    return EventDefinition(event, meaning, **{"trusted": meaning in TRUSTED_BY_DEFAULT, **more})


EVENTS = (
    means("Order Completed", "purchase", items="products", sku="sku", key="order_id"),
    means("Order Refunded", "return", items="products", sku="sku", key="order_id"),
    means("Product Viewed", "view", sku="sku"),
    means("Complaint Reported", "complaint", key="case_id", days=90.0),
    means("Complaint Resolved", "resolution", key="case_id"),
    means("Call Ended", "service_contact"),
    means("Store Nearby", "proximity"),
    means("Flight Searched", "considers", intent="trip", choice="destination", days=30.0),
    means("Flight Booked", "chooses", intent="trip", choice="destination", until="return_date", key="booking_id"),
    means("Flight Cancelled", "releases", intent="trip", key="booking_id"),
    means("Payment At Risk", "need", key="payment_id"),
    means("Payment Covered", "need_met", key="payment_id"),
    means("Delivery Rated", "satisfaction", score="stars", of=5.0),
    means("Survey Answered", tells={"q_interest": "interests", "q_name": "first_name"}, source="declared"),
)
CATALOGUE = Catalogue(
    house=House("Trails", purposes=PURPOSES, sources=SOURCES),
    traits={**BUILT_IN, **{trait.name: trait for trait in TRAITS}},
    events={said.event: (said,) for said in EVENTS},
    offers={"skis": Offer("skis", "sales", "Warm skis", sku="ski-1")},
)


def message(raw: dict[str, Any], at: Moment = T0, *, trusted: bool = True) -> Event:
    """The event of a raw message that is in order."""
    event = normalise({"userId": "u1", **raw} if trusted else raw, at, trusted=trusted)
    assert isinstance(event, Event), event
    return event


def track(name: str, at: Moment = T0, /, *, trusted: bool = True, **properties: Any) -> Event:
    who = {} if trusted else {"anonymousId": "a1"}
    return message({"type": "track", "event": name, "properties": properties, **who}, at, trusted=trusted)


def identify(at: Moment = T0, /, *, source: str | None = None, **traits: Any) -> Event:
    context = {} if source is None else {"source": source}
    return message({"type": "identify", "traits": traits, "context": context}, at)


def take(*events: Event, profile: Profile | None = None, token: TokenPayload | None = None) -> Profile:
    """The profile after some events."""
    for event in events:
        profile = taken(event, profile, token).profile
    assert profile is not None
    return profile


def taken(event: Event, profile: Profile | None = None, token: TokenPayload | None = None) -> Applied:
    return apply(profile or Profile("p_u1"), event, CATALOGUE, token)


def days(number: float) -> Moment:
    """So many days after T0."""
    return T0 + number * DAY
