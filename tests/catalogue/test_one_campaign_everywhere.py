"""One campaign of the starter on four channels: each person their own message, and the same one everywhere."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from rapport_authoring.simulation import simulate

from tests.catalogue.test_right_catalogues import starter

CHANNELS = ("email", "sms", "print", "web")
FIRST, OPENED, VISITED, AFTER = (
    f"2026-11-{day}Z" for day in ("01T09:00:00", "15T08:00:00", "15T10:30:00", "15T12:00:00")
)
GOLD = "10% off for gold card holders"
INTERESTS = ("city", "ski", "trekking", "food")

Rows = Mapping[tuple[str, str], Mapping[str, Any]]


def line(at: str, kind: str, user: str, **more: object) -> str:
    return json.dumps({"at": at, "type": kind, "userId": user, **more})


def introduced(user: str, number: int) -> list[str]:
    """Somebody with an order behind them, reachable everywhere; every second one is gold."""
    traits = {
        "firstName": f"Ann-{number}", "email": f"{user}@example.com", "phone": f"+336{number:08d}",
        "tier": "gold" if number % 2 else "silver", "interests": [INTERESTS[number % len(INTERESTS)]],
        "address": {"street": f"{number} Rue des Alpes", "postalCode": "73000", "city": "Chambery"},
    }  # fmt: skip
    order = {"order_id": f"o{number}", "revenue": 60, "products": [{"sku": "map"}]}
    return [
        line(FIRST, "identify", user, traits=traits, source="crm"),
        line(FIRST, "consent", user, purpose="marketing", status="granted"),
        line(FIRST, "consent", user, purpose="personalisation", status="granted"),
        line(FIRST, "track", user, event="Order Completed", properties=order),
    ]


def visited(user: str) -> list[str]:
    seen = {"offer": "season-opens", "placement": "home-hero"}
    return [
        line(VISITED, "personalise", user, known=True, channel="web", placements=["home-hero"]),
        line(VISITED, "track", user, event="Offer Viewed", properties=seen),
    ]


@cache
def played(people: int) -> Rows:
    """What each person was sent on each channel."""
    catalogue = starter().catalogue
    assert catalogue is not None
    users = [f"u{number}" for number in range(people)]
    lines = [
        *(told for number, user in enumerate(users) for told in introduced(user, number)),
        line(OPENED, "track", "shop", event="Season Opened"),
        *(told for user in users for told in visited(user)),
        line(AFTER, "end", "shop"),
    ]
    return {
        (row["userId"], row["channel"]): row
        for row in simulate(catalogue, lines)
        if row.get("campaign") == "season-opens" and row["status"] == "SENT"
    }


FEW = 8
PEOPLE = [f"u{number}" for number in range(FEW)]


def amount(row: Mapping[str, Any]) -> set[str]:
    """The amounts that a message names."""
    return set(re.findall(r"€[\d.,]*\d", str(row["content"]["text"])))


def test_every_channel_carries_the_campaign_d1() -> None:
    assert set(played(FEW)) == {(user, channel) for user in PEOPLE for channel in CHANNELS}


@pytest.mark.parametrize("user", PEOPLE)
def test_every_channel_names_the_same_offer_a5_d2(user: str) -> None:
    assert len({tuple(played(FEW)[user, channel]["offers"]) for channel in CHANNELS}) == 1


@pytest.mark.parametrize("user", PEOPLE)
def test_every_channel_names_the_same_amount_d2_d21(user: str) -> None:
    found = {channel: amount(played(FEW)[user, channel]) for channel in CHANNELS}
    assert len({frozenset(amounts) for amounts in found.values()}) == 1
    assert len(found["sms"]) == 1


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("user", PEOPLE)
def test_the_discount_is_for_gold_card_holders_wherever_they_read_d3(user: str, channel: str) -> None:
    is_gold = int(user[1:]) % 2 == 1
    assert (GOLD in str(played(FEW)[user, channel]["content"]["text"])) is is_gold


def test_gold_card_holders_pay_less_for_the_same_trip_d3_d21() -> None:
    by_trip: dict[str, set[str]] = {}
    for user in PEOPLE:
        row = played(FEW)[user, "sms"]
        by_trip.setdefault(row["offers"][0], set()).update(amount(row))
    assert any(len(prices) == 2 for prices in by_trip.values()), by_trip


def test_offers_are_ranked_for_each_person_d10() -> None:
    assert len({played(FEW)[user, "email"]["offers"][0] for user in PEOPLE}) > 1


def said(people: int, channel: str) -> list[str]:
    return [json.dumps(row["content"]) for (_, on), row in played(people).items() if on == channel]


@pytest.mark.parametrize("channel", CHANNELS)
def test_no_two_people_read_the_same_message_a1_d11(channel: str) -> None:
    assert len(set(said(FEW, channel))) == FEW


@pytest.mark.slow
@pytest.mark.parametrize("channel", CHANNELS)
def test_a_thousand_people_read_a_thousand_different_messages_a1_d11(channel: str) -> None:
    assert len(set(said(1000, channel))) == 1000
