"""The starter's newer campaigns in the simulator: each goes to whom it is meant for, on its channel."""

import json
from functools import cache
from typing import Any

import pytest
from rapport_authoring.simulation import simulate

from tests.catalogue.test_right_catalogues import starter

ANN = {"firstName": "Ann", "email": "ann@example.com", "phone": "+33612345678", "weddingDay": "2015-11-25"}
BOOTS = {"order_id": "o1", "revenue": 420, "products": [{"sku": "boots-alpine", "name": "Boots"}]}


def track(at: str, event: str, **properties: object) -> dict[str, Any]:
    return {"at": at, "type": "track", "userId": "ann", "event": event, "properties": properties}


STORIES = {
    "anniversary": ([], "2026-11-25T12:00:00Z", "email"),
    "e-book": ([track("2026-11-23T09:00:00Z", "Guide Requested", guide="hut-to-hut")], "2026-11-23T12:00:00Z", "email"),
    "video-call": (
        [track("2026-11-23T09:00:00Z", "Trip Searched", destination=city) for city in ("oslo", "rome")],
        "2026-11-25T20:00:00Z",
        "email",
    ),
    "boots-worn-out": ([track("2026-11-23T09:00:00Z", "Order Completed", **BOOTS)], "2030-11-20T12:00:00Z", "email"),
}


@cache
def sent(campaign: str, *, granted: bool = True) -> list[dict[str, Any]]:
    at = "2026-11-22T09:00:00Z"
    events, end, _ = STORIES[campaign]
    consents = ("marketing", "personalisation") if granted else ()
    lines = [
        {"at": at, "type": "identify", "userId": "ann", "traits": ANN, "source": "crm"},
        *({"at": at, "type": "consent", "userId": "ann", "purpose": one, "status": "granted"} for one in consents),
        track(at, "Signed Up"),
        *events,
        {"at": end, "type": "end"},
    ]
    catalogue = starter().catalogue
    assert catalogue is not None
    rows = simulate(catalogue, map(json.dumps, lines))
    return [row for row in rows if row.get("campaign") == campaign and row["status"] == "SENT"]


@pytest.mark.parametrize("campaign", STORIES)
def test_it_goes_once_on_its_channel(campaign: str) -> None:
    assert [row["channel"] for row in sent(campaign)] == [STORIES[campaign][2]]


@pytest.mark.parametrize("campaign", ["anniversary", "video-call", "boots-worn-out"])
def test_nobody_gets_it_who_has_not_agreed_e12(campaign: str) -> None:
    assert sent(campaign, granted=False) == []


def test_worn_out_boots_are_followed_by_new_ones_although_owned_d26() -> None:
    assert sent("boots-worn-out")[0]["offers"] == ["boots-again"]


def test_an_invitation_to_a_video_call_brings_the_booking_link_c21() -> None:
    assert "https://book.trails.example/guide" in sent("video-call")[0]["content"]["text"]


def test_an_e_book_brings_its_link_a14() -> None:
    assert "https://trails.example/guides/hut-to-hut" in sent("e-book")[0]["content"]["text"]
