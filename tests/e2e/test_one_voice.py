"""One voice: what somebody booked in one system is known at once on the site, by mail, by text and at the desk."""

from typing import Any

import pytest
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import introduced, messages, midday, order, put_events, settle, shown, track

ALTERNATIVES = {"voice-oslo", "voice-chamonix", "voice-stockholm"}


class Traveller:
    """Somebody who looked at three cities and booked one, and what every touchpoint says to them then."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.user = introduced(caller, phone="+33612345678", timezone=midday())
        for purpose in ("marketing", "personalisation"):
            caller("PUT", f"/v1/profiles/{self.user}/consents/{purpose}", {"status": "granted"})

    def tell(self, event: str, **properties: Any) -> None:
        self.caller("POST", "/v1/track", track(self.user, event, properties))

    def page(self) -> list[str]:
        return shown(self.caller, self.user, "voice-page")

    def desk(self) -> list[str]:
        asked = {"userId": self.user, "channel": "call", "placement": "voice-desk"}
        return [action["offer"] for action in self.caller("POST", "/v1/next-action", asked).body["actions"]]

    def ask(self, key: str) -> None:
        """Let the same question be answered by mail and by text; service messages, so that no cap holds them back."""
        self.tell("Voice Asked", ask=key)
        settle(self.caller.stack)

    def sent(self, campaign: str, key: str) -> list[str]:
        """What a message offered, or how else it ended."""
        row = eventually(lambda: [row for row in messages(self.caller, self.user, campaign) if row["key"] == key])[-1]
        return list(row["offers"]) if row["status"] == "SENT" else [f"{row['status']} {row['reason']}"]

    def everywhere(self, key: str) -> dict[str, list[str]]:
        """What page, desk, mail and text offer at once."""
        asked = {campaign: self.sent(f"voice-{campaign}", key) for campaign in ("mail", "text")}
        return {"page": self.page(), "desk": self.desk(), **asked}


@pytest.fixture(scope="module")
def before(caller: Caller) -> Traveller:
    """Three searches of a customer, and a message about one of the cities planned for later."""
    traveller = Traveller(caller)
    traveller.tell("Order Completed", **order(traveller.user, sku="voice-map"))
    for city in ("oslo", "chamonix", "stockholm"):
        traveller.tell("Trip Searched", destination=city)
    eventually(lambda: _planned(traveller))
    eventually(lambda: set(traveller.page()) >= ALTERNATIVES)
    return traveller


def _planned(traveller: Traveller) -> bool:
    # Each function looks for a new publication every few seconds: until intake has, nothing is planned.
    traveller.tell("Voice Planned", plan="one")
    settle(traveller.caller.stack)
    return any(row["status"] == "DEFERRED" for row in messages(traveller.caller, traveller.user, "voice-later"))


@pytest.fixture(scope="module")
def booked(stack: Deployed, before: Traveller) -> Traveller:
    """The booking comes from another system, over the bus; then the same question on two channels."""
    trip = {"destination": "stockholm", "booking_id": before.user, "return_date": "2099-01-01"}
    put_events(stack, track(before.user, "Flight Booked", trip))
    settle(stack)
    before.ask("one")
    return before


def test_before_the_booking_every_city_is_offered(before: Traveller) -> None:
    assert set(before.desk()) >= ALTERNATIVES


def test_a_booking_closes_every_city_on_page_desk_mail_and_text_c12_c13(booked: Traveller) -> None:
    said = booked.everywhere("one")
    assert [place for place, offers in said.items() if ALTERNATIVES & {*offers}] == []


def test_the_reason_is_that_the_intent_is_satisfied_c12(booked: Traveller) -> None:
    asked = {"userId": booked.user, "placements": ["voice-page"], "explain": True}
    candidates = booked.caller("POST", "/v1/personalise", asked).body["explain"]["candidates"]
    reasons = {one["reason"] for one in candidates if one["offer"] in ALTERNATIVES}
    assert reasons == {"INTENT_SATISFIED"}


def test_the_message_that_was_planned_about_another_city_is_called_off_c12(booked: Traveller) -> None:
    [*_, last] = messages(booked.caller, booked.user, "voice-later")
    assert (last["status"], last["reason"]) == ("SKIPPED", "INTENT_SATISFIED")


def test_page_desk_mail_and_text_say_the_same_first_c14_c16(booked: Traveller) -> None:
    said = booked.everywhere("one")
    assert {place: offers[0] for place, offers in said.items()} == dict.fromkeys(said, "voice-tables")


def test_what_goes_with_the_chosen_city_is_offered_on_all_four_c15(booked: Traveller) -> None:
    said = booked.everywhere("one")
    assert {place: "voice-car" in offers for place, offers in said.items()} == dict.fromkeys(said, True)


def test_what_was_bought_anywhere_is_offered_nowhere_c17(stack: Deployed, booked: Traveller) -> None:
    put_events(stack, track(booked.user, "Order Completed", order(f"{booked.user}-2", sku="voice-car-1")))
    settle(stack)
    booked.ask("two")
    said = booked.everywhere("two")
    assert {place: "voice-car" in offers for place, offers in said.items()} == dict.fromkeys(said, False)
