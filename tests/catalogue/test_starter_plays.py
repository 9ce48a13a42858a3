"""The starter catalogue in the simulator: a few weeks of one customer, told by what she hears and what she sees."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from rapport_authoring.simulation import simulate

from tests.catalogue.test_right_catalogues import starter

ANN = {"firstName": "Ann", "email": "ann@example.com", "phone": "+33612345678", "tier": "gold", "adult": True,
       "birthday": "1990-11-24", "interests": ["ski"], "adviser": "Marie"}  # fmt: skip
WAX = {"order_id": "o1", "revenue": 620, "products": [{"sku": "wax", "name": "Wax kit"}]}


def line(at: str, kind: str, user: str = "ann", **more: object) -> str:
    return json.dumps({"at": at, "type": kind, "userId": user, **more})


def track(at: str, event: str, **properties: object) -> str:
    return line(at, "track", event=event, properties=properties)


TIMELINE = [
    line("2026-11-22T08:00:00Z", "consent", purpose="marketing", status="granted"),
    line("2026-11-22T08:00:00Z", "consent", purpose="personalisation", status="granted"),
    line("2026-11-22T08:00:01Z", "identify", traits=ANN, source="crm"),
    track("2026-11-22T08:00:02Z", "Signed Up"),
    track("2026-11-22T09:00:00Z", "Flight Booked", destination="stockholm", return_date="2026-12-20", booking_id="b1"),
    track("2026-11-22T10:00:00Z", "Order Completed", **WAX),
    line("2026-11-22T10:30:00Z", "personalise", known=True, placements=["home-hero", "home-grid"], channel="web"),
    track("2026-11-22T10:31:00Z", "Complaint Reported", case_id="c1", subject="a torn zip"),
    line("2026-11-22T12:31:00Z", "next-action", channel="call", placement="agent-desk"),
    track("2026-11-22T13:31:00Z", "Trip Completed", booking_id="b0", leg="return", destination="Oslo"),
    track("2026-11-24T13:31:00Z", "Product Added", cart_id="k1", name="Rain shell", price=290),
    track("2026-11-26T13:31:00Z", "Complaint Resolved", case_id="c1"),
    line("2026-11-26T15:31:00Z", "next-action", channel="call", placement="agent-desk"),
    track("2026-11-26T15:40:00Z", "Order Delivered", order_id="o1", item="your wax kit"),
    line("2026-11-26T16:31:00Z", "identify", "luc", traits={"email": "luc@example.com", "locale": "fr-FR"}),
    line("2026-11-26T16:32:00Z", "track", "luc", event="Signed Up"),
    line("2027-03-24T12:00:00Z", "end"),
]


@cache
def rows() -> tuple[Mapping[str, Any], ...]:
    catalogue = starter().catalogue
    assert catalogue is not None
    return tuple(json.loads(json.dumps(row)) for row in simulate(catalogue, TIMELINE))


def messages(campaign: str, user: str = "ann") -> list[Mapping[str, Any]]:
    return [row for row in rows() if row.get("campaign") == campaign and row.get("userId") == user]


def test_nothing_in_the_starter_fails_to_render() -> None:
    assert [row for row in rows() if row.get("status") in {"FAILED", "HELD"} or row["type"] == "error"] == []


@pytest.mark.parametrize(
    ("campaign", "channel"),
    [
        ("welcome", "email"),
        ("order-confirmation", "email"),
        ("thank-you-note", "note"),
        ("apology", "email"),
        ("welcome-home", "email"),
        ("birthday", "email"),
        ("how-do-you-like-it", "sms"),
        ("wax-due", "email"),
    ],
)
def test_the_customer_hears_once_of_everything_that_concerns_her(campaign: str, channel: str) -> None:
    assert [row["channel"] for row in messages(campaign) if row["status"] == "SENT"] == [channel]


def test_no_basket_is_recalled_while_she_waits_for_us_c6() -> None:
    assert messages("abandoned-basket")[-1]["reason"] == "OPEN_COMPLAINT"


def test_her_site_speaks_of_the_trip_she_booked_c14_c15_c16() -> None:
    decision = next(row for row in rows() if row["type"] == "decision")
    shown = [offer["id"] for placement in decision["placements"] for offer in placement["offers"]]
    assert shown[:2] == ["stockholm-tables", "rental-car-stockholm"]
    assert "stockholm-weekend" not in shown
    assert "wax-kit" not in shown


def test_help_is_at_hand_while_she_waits_and_not_afterwards_b4() -> None:
    first, second = (row for row in rows() if row["type"] == "next-action")
    assert first["actions"][0]["offer"] == "make-it-right"
    assert "make-it-right" not in [action["offer"] for action in second["actions"]]


def test_a_newcomer_from_france_is_welcomed_in_french_d18() -> None:
    assert messages("welcome", "luc")[-1]["content"]["subject"] == "Bienvenue sur le sentier"
