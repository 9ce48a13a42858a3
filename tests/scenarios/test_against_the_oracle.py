"""Every verdict of the simulator against an oracle written from the contract's words: random offers and people."""

import json
from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

import pytest
import yaml
from rapport_authoring.check import check
from rapport_authoring.simulation import simulate

from tests.scenarios import chance as drawing
from tests.scenarios.chance import NOW, OVER, SALES_SHARE, Story
from tests.scenarios.oracle import CONDITIONS, KINDS, Facts, Offer, rank, reason
from tests.scenarios.test_scenarios import files_of

LONG_AGO = NOW - timedelta(days=20)
SIDE = ("sales", "advice", "content")
PLACES = [
    {"id": "hero", "channel": "web", "fallback": "hello"},
    {"id": "side", "channel": "web", "fallback": "hello", "kinds": [*SIDE]},
    {"id": "desk", "channel": "call", "fallback": "hello"},
    {"id": "block", "channel": "email"},
]
EVENTS = (
    "- {event: Product Viewed, means: view, sku: sku}\n"
    "- {event: Order Completed, means: purchase, items: products, sku: sku, key: order_id}\n"
    "- {event: Order Refunded, means: return, items: products, sku: sku, key: order_id}\n"
)
CHAINS = {None: ("en-GB",), "fr-BE": ("fr-BE", "fr", "en-GB"), "de": ("de", "en-GB")}


def files(offers: list[Offer], rapport: Mapping[str, Any], **documents: Any) -> dict[str, str]:
    """The small house with these offers, and one trait more."""
    own = {"offers/x.yaml": offers, "placements/all.yaml": PLACES, **documents}
    found = files_of({"rapport": rapport, "catalogue": own})
    declared = yaml.safe_load(found["traits.yaml"])
    declared["declared"]["wealth"] = {"type": "number", "sensitive": True}
    return found | {"traits.yaml": yaml.safe_dump(declared), "events.yaml": found["events.yaml"] + EVENTS}


def played(found: dict[str, str], story: Story) -> list[dict[str, Any]]:
    """The rows of a timeline."""
    checked = check(found)
    assert checked.catalogue is not None, [problem.message for problem in checked.errors]
    return list(simulate(checked.catalogue, [json.dumps(line) for line in story.lines]))


def person(chance: Random, story: Story, facts: Facts, granted: dict[str, float]) -> None:
    """Tell what somebody is and did, and note what is so then."""
    facts.held, facts.granted = drawing.traits(chance), drawing.drawn(chance, granted)
    facts.for_service_only = chance.random() < 0.3
    known = {"email": "a@example.com", "phone": "+33612345678"}
    story.tell(LONG_AGO, type="identify", traits=known, context={"source": "crm"})
    source = "ledger" if facts.for_service_only else "crm"
    if facts.held:
        story.tell(LONG_AGO, type="identify", traits=facts.held, context={"source": source})
    for purpose in sorted(facts.granted):
        story.tell(LONG_AGO, type="consent", purpose=purpose, status="granted")
    things(chance, story, facts)
    trips(chance, story, facts)
    troubles(chance, story, facts)


def things(chance: Random, story: Story, facts: Facts) -> None:
    for sku in ("a", "b"):
        if chance.random() < 0.35:
            bought = NOW - timedelta(days=chance.choice([1, 2, 3, 5]))
            story.track(bought, "Order Completed", order_id=sku, products=[{"sku": sku}])
            facts.is_first = False
            if chance.random() < 0.25:
                story.track(bought + timedelta(hours=1), "Order Refunded", order_id=sku)
            else:
                facts.owned[sku] = bought
        if chance.random() < 0.4:
            hours = chance.choice([5, 23, 25, 70])
            facts.viewed[sku] = story.track(NOW - timedelta(hours=hours), "Product Viewed", sku=sku)


def trips(chance: Random, story: Story, facts: Facts) -> None:
    if chance.random() < 0.6:
        return
    facts.chosen = chance.choice(["oslo", "rome"])
    booked = story.track(NOW - timedelta(days=4), "City Booked", city=facts.chosen, booking_id="k")
    for city in ("oslo", "rome", "bonn"):
        if chance.random() < 0.3:
            story.track(booked - timedelta(hours=3), "City Searched", city=city)
        if chance.random() < 0.3:
            story.track(booked + timedelta(hours=3), "City Searched", city=city)
            facts.again.add(city)
    if chance.random() < 0.2:
        story.track(booked + timedelta(hours=5), "City Cancelled", booking_id="k")
        facts.chosen = None


def troubles(chance: Random, story: Story, facts: Facts) -> None:
    for case, opened, closed, key in (
        ("complaint", "Complaint Reported", "Complaint Resolved", "case_id"),
        ("need", "Payment At Risk", "Payment Covered", "payment_id"),
    ):
        if chance.random() < 0.25:
            story.track(NOW - timedelta(days=2), opened, **{key: "1"})
            facts.cases.add(case)
            if chance.random() < 0.3:
                story.track(NOW - timedelta(days=1), closed, **{key: "1"})
                facts.cases.discard(case)
    if chance.random() < 0.25:
        facts.called = story.track(NOW - timedelta(days=chance.choice([6, 7, 8])), "Call Ended")


def told(offers: list[Offer], placement: str, facts: Facts, given: list[str], count: int) -> dict[str, str]:
    """What must be told of each offer, once those given are seen to be the best."""
    reasons = {offer["id"]: reason(offer, placement, facts) for offer in offers}
    free = {offer["id"]: rank(offer, facts) for offer in offers if reasons[offer["id"]] is None}
    assert [free.get(name) for name in given] == sorted(free.values())[:count]
    return {name: why or ("CHOSEN" if name in given else "OUTRANKED") for name, why in reasons.items()}


# ---- pulls


def pull(seed: int) -> None:
    """One random visit, judged offer by offer."""
    chance = Random(seed)  # noqa: S311  # chance for tests, not for keys
    channel = chance.choice(["web", "web", "call"])
    story, facts = Story(), Facts(channel)
    places = [["hero"], ["hero", "side"], ["hero", "desk"], ["desk"]]
    offers = drawing.offers(chance, places, [["web"], ["call"], ["email", "web"], ["email"]], [*CONDITIONS])
    person(chance, story, facts, {"personalisation": 0.7, "profiling": 0.5, "partner": 0.5})
    locale = chance.choice([*CHAINS])
    facts.device, facts.chain = chance.choice([None, "mobile", "desktop"]), CHAINS[locale]
    context = {name: value for name, value in (("device", facts.device), ("locale", locale)) if value}
    asked, count = chance.sample(["hero", "side" if channel == "web" else "desk"], 2), chance.choice([1, 2, 4])
    story.tell(
        NOW, type="personalise", known=True, channel=channel, context=context, explain=True,
        placements=[{"id": place, "count": count} for place in asked],
    )  # fmt: skip
    [row] = (row for row in played(files(offers, {}), story) if row["type"] == "decision")
    found = {(c["placement"], c["offer"]): c["reason"] for c in row["explain"]["candidates"] if c["offer"] != "hello"}
    expected: dict[tuple[str, str], str] = {}
    for place in row["placements"]:
        facts.kinds = SIDE if place["id"] == "side" else KINDS
        given = [] if place["fallback"] else [offer["id"] for offer in place["offers"]]
        expected |= {(place["id"], name): why for name, why in told(offers, place["id"], facts, given, count).items()}
        facts.taken |= {*given}
        assert given or [offer["id"] for offer in place["offers"]] == ["hello"]
    assert found == expected


@pytest.mark.parametrize("part", range(3))
def test_a_visit_gets_the_offers_and_reasons_of_the_contract(part: int) -> None:
    for seed in range(part * 8, part * 8 + 8):
        pull(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_visit_gets_the_offers_and_reasons_of_the_contract_in_300_cases(part: int) -> None:
    for seed in range(1000 + part * 75, 1075 + part * 75):
        pull(seed)


# ---- messages

RAPPORT = {
    "contact": {
        "caps": [],
        "ignored": None,
        "quiet_hours": None,
        "sales_share": {"at_most": SALES_SHARE, "over": OVER},
    }
}
CAMPAIGNS = [
    {"id": "sell", "purpose": "marketing", "kind": "sales", "trigger": {"event": "Sell"}, "channels": ["email"],
     "template": "note.j2"},
    {"id": "tell", "purpose": "service", "kind": "relationship", "trigger": {"event": "Tell"}, "channels": ["email"],
     "template": "note.j2"},
]  # fmt: skip
TEMPLATE = (
    '{% block subject %}A{% endblock %}{% block email %}<p>x</p><a href="{{ links.unsubscribe }}">u</a>{% endblock %}'
    "{% block text %}x{% for offer in offers.tip %}{{ offer.id }}{% endfor %}{% endblock %}"
)


def message(seed: int) -> None:
    """One random message with a slot, judged offer by offer."""
    chance = Random(seed)  # noqa: S311  # the same
    channel, purpose = chance.choice(["email", "sms"]), chance.choice(["service", "marketing", "marketing"])
    first, count = chance.choice(["no-sales", "sales-allowed"]), chance.choice([1, 2, 4])
    story, facts = Story(), Facts(channel, purpose, is_message=True, is_first=True)
    offers = drawing.offers(chance, [["block"]], [["email"], ["sms"], ["email", "sms"]], [*CONDITIONS])
    person(chance, story, facts, {"marketing": 0.85, "profiling": 0.5, "partner": 0.5, "proximity": 0.2})
    facts.is_near = chance.random() < 0.15
    if facts.is_near:
        story.track(NOW - timedelta(minutes=3), "Store Nearby")
    for number in range(chance.choice([0, 0, 1, 3, 6])):
        story.track(LONG_AGO + timedelta(hours=26 * (number + 1)), chance.choice(["Sell", "Sell", "Tell"]))
    story.track(NOW, "Go")
    go = {"id": "go", "purpose": purpose, "kind": "content", "trigger": {"event": "Go"}, "channels": [channel],
          "offers": {"tip": {"placement": "block", "count": count}}, "template": "go.j2"}  # fmt: skip
    rapport = {"contact": {**RAPPORT["contact"], "first_contact": first}}
    rows = played(
        files(offers, rapport, **{"campaigns/all.yaml": [*CAMPAIGNS, go], "templates/go.j2": TEMPLATE}), story
    )
    *before, row = (row for row in rows if row["type"] == "message")
    contacts = [(one["at"], one["campaign"] == "sell") for one in before if one["status"] == "SENT"]
    facts.is_first = facts.is_first and first == "no-sales" and not contacts
    contacts += [] if facts.called is None else [(drawing.at(facts.called), False)]
    facts.sold = tuple(sold for _, sold in sorted(contacts))
    if purpose == "marketing" and "marketing" not in facts.granted:
        assert row["reason"] == "NO_CONSENT"
    elif purpose == "marketing" and facts.is_near and "proximity" not in facts.granted:
        assert row["reason"] == "PROXIMITY"
    else:
        expected = told(offers, "block", facts, row.get("offers", []), count)
        assert {c["offer"]: c["reason"] for c in row["candidates"]} == expected
        assert (row["status"] == "SENT") is bool(row.get("offers") or purpose == "service")


@pytest.mark.parametrize("part", range(3))
def test_a_message_carries_the_offers_and_reasons_of_the_contract(part: int) -> None:
    for seed in range(part * 8, part * 8 + 8):
        message(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_a_message_carries_the_offers_and_reasons_of_the_contract_in_300_cases(part: int) -> None:
    for seed in range(1000 + part * 75, 1075 + part * 75):
        message(seed)
