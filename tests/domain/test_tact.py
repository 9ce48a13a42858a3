"""Tact: every rule with the moment at which it begins and ends, on pulls and in messages."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.house import ContactPolicy, SalesShare
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import Address, Case, Chosen, Considered, Contact, Intent, Ownership, Profile
from rapport.domain.reason import Reason
from rapport.domain.tact import Subject, about_message, settled_about, situation, tact

from tests.domain.trails import NOW, publish, someone

CATALOGUE = publish()
SALE = Subject(sells=True, sku="ski-1", intent={"trip": "oslo"})
ADVICE = structs.replace(SALE, sells=False)
KNOWN = {"purchased": True}


def said(person: Profile, subject: Subject = SALE, channel: str = "email", **more: Any) -> Reason | None:
    house = structs.replace(CATALOGUE.house, contact=more.pop("policy", ContactPolicy()))
    stands = situation(
        person, structs.replace(CATALOGUE, house=house), more.pop("at", NOW), channel, is_pull=False, **more
    )
    return tact(subject, stands)


def on_a_pull(person: Profile, subject: Subject = SALE) -> Reason | None:
    return tact(subject, situation(person, CATALOGUE, NOW, "web", is_pull=True))


def sold(count: int, *, of: int) -> tuple[Contact, ...]:
    """The last contacts, `count` of which sold, the latest first among them."""
    return tuple(
        Contact(NOW - (of - place) * HOUR, "c", purpose="marketing", sells=place >= of - count) for place in range(of)
    )


CHOICE = Intent(chosen=(Chosen("stockholm", NOW - 2 * DAY, NOW + DAY),))


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        (Reason.OWNED, {"owned": {"ski-1": Ownership(1, NOW - DAY, "commerce")}}),
        (Reason.INTENT_SATISFIED, {"intents": {"trip": CHOICE}}),
        (Reason.JUST_VIEWED, {"viewed": {"ski-1": NOW - HOUR}}),
        (Reason.PROXIMITY, {"near_until": NOW + HOUR}),
        (Reason.OPEN_COMPLAINT, {"cases": (Case("complaint", "Complaint Reported", "1", NOW - DAY, None, NOW + DAY),)}),
        (Reason.RECENT_SERVICE_CONTACT, {"contacts": (Contact(NOW - 6 * DAY),)}),
        (Reason.SALES_ON_FIRST_CONTACT, {"purchased": False}),
        (Reason.SALES_SHARE, {"contacts": sold(5, of=5)}),
        (Reason.NEEDS_ATTENTION, {"cases": (Case("need", "Payment At Risk", "1", NOW - DAY, None, NOW + DAY),)}),
    ],
    ids=lambda case: str(case) if isinstance(case, str) else "",
)
class TestEachRule:
    """One row a rule: what it is about, and where it holds."""

    def test_holds_in_messages_c1_c2_c6_c9_c12_c17_c19_b10(self, reason: Reason, fields: dict[str, Any]) -> None:
        assert said(someone(**KNOWN | fields)) is reason

    def test_holds_on_a_pull_where_it_should(self, reason: Reason, fields: dict[str, Any]) -> None:
        welcome = {Reason.JUST_VIEWED, Reason.PROXIMITY, Reason.SALES_ON_FIRST_CONTACT, Reason.SALES_SHARE}
        assert on_a_pull(someone(**KNOWN | fields)) is (None if reason in welcome else reason)

    def test_asks_no_consent(self, reason: Reason, fields: dict[str, Any]) -> None:
        assert said(someone("", **KNOWN | fields)) is reason

    def test_takes_more_than_sales_only_where_any_word_would_hurt(self, reason: Reason, fields: dict[str, Any]) -> None:
        always = {Reason.OWNED, Reason.INTENT_SATISFIED, Reason.JUST_VIEWED, Reason.PROXIMITY}
        assert said(someone(**KNOWN | fields), ADVICE) is (reason if reason in always else None)


def test_nothing_speaks_against_a_sale_to_a_customer_of_whom_nothing_is_open() -> None:
    assert said(someone(**KNOWN)) is None


@pytest.mark.parametrize(("days", "reason"), [(59, Reason.OWNED), (60, None), (61, None)])
def test_what_is_owned_is_offered_again_when_it_is_due_c17_d26(days: float, reason: Reason | None) -> None:
    wax = Subject(sku="wax", again_after_days=60)
    assert said(someone(owned={"wax": Ownership(1, NOW - days * DAY)}), wax) is reason


def test_what_was_given_back_may_be_offered_c17() -> None:
    assert said(someone(owned={"ski-1": Ownership(0, NOW - DAY)}, **KNOWN)) is None


@pytest.mark.parametrize(
    ("choice", "considered", "reason"),
    [
        ("stockholm", {}, Reason.INTENT_SATISFIED),
        ("oslo", {}, Reason.INTENT_SATISFIED),
        ("oslo", {"oslo": Considered(NOW - 3 * DAY, NOW + DAY)}, Reason.INTENT_SATISFIED),
        ("oslo", {"oslo": Considered(NOW - DAY, NOW + DAY)}, None),
        ("rome", {"oslo": Considered(NOW - DAY, NOW + DAY)}, Reason.INTENT_SATISFIED),
        ("stockholm", {"stockholm": Considered(NOW - DAY, NOW + DAY)}, Reason.INTENT_SATISFIED),
        ("oslo", {"oslo": Considered(NOW - DAY, NOW)}, Reason.INTENT_SATISFIED),
    ],
)
def test_a_choice_closes_its_group_and_considering_reopens_one_alternative_c12(
    choice: str, considered: dict[str, Considered], reason: Reason | None
) -> None:
    person = someone(intents={"trip": structs.replace(CHOICE, considered=considered)})
    assert said(person, Subject(intent={"trip": choice})) is reason


def test_a_choice_ends_when_it_ends_c12() -> None:
    assert said(someone(intents={"trip": CHOICE}), Subject(intent={"trip": "oslo"}), at=NOW + DAY) is None


def test_another_group_is_not_concerned() -> None:
    assert said(someone(intents={"trip": CHOICE}), Subject(intent={"bank": "oslo"})) is None


@pytest.mark.parametrize(
    ("hours", "own", "reason"),
    [(23, None, Reason.JUST_VIEWED), (24, None, None), (1, 0.0, None), (30, 48.0, Reason.JUST_VIEWED)],
)
def test_what_was_just_viewed_rests_for_the_hours_of_house_or_campaign_c2(
    hours: float, own: float | None, reason: Reason | None
) -> None:
    person = someone(viewed={"ski-1": NOW - hours * HOUR}, **KNOWN)
    assert said(person, just_viewed_hours=own) is reason


def test_what_was_bought_since_it_was_viewed_is_owned_and_not_just_viewed_c2() -> None:
    person = someone(viewed={"wax": NOW - HOUR}, owned={"wax": Ownership(1, NOW - 60)})
    assert said(person, Subject(sku="wax", again_after_days=0)) is None


@pytest.mark.parametrize(
    ("near", "granted", "subject", "reason"),
    [
        (NOW + HOUR, "proximity", SALE, None),
        (NOW + HOUR, "", Subject(is_service=True), None),
        (NOW + HOUR, "", Subject(is_service=True, started_nearby=True), Reason.PROXIMITY),
        (0.0, "", Subject(started_nearby=True), Reason.PROXIMITY),
        (NOW, "", SALE, None),
    ],
)
def test_nothing_is_pushed_at_a_person_for_being_near_without_their_consent_c1(
    near: float, granted: str, subject: Subject, reason: Reason | None
) -> None:
    assert said(someone(granted, near_until=near, **KNOWN), subject) is reason


@pytest.mark.parametrize(
    ("case", "open_"),
    [
        (Case("complaint", None, "1", NOW - DAY, None, NOW + 1), True),
        (Case("complaint", None, "1", NOW - DAY, None, NOW), False),
        (Case("complaint", None, "1", NOW - DAY, NOW - HOUR, NOW + DAY), False),
        (Case("complaint", None, "1", NOW - DAY, NOW - DAY, NOW + DAY), False),
        (Case("complaint", None, "1", NOW - DAY, NOW - 2 * DAY, NOW + DAY), True),
        (Case("complaint", None, "1", None, NOW - DAY, NOW + DAY), False),
    ],
)
def test_a_complaint_is_open_until_resolved_or_expired_c6(case: Case, open_: bool) -> None:
    assert said(someone(cases=(case,), **KNOWN)) is (Reason.OPEN_COMPLAINT if open_ else None)


@pytest.mark.parametrize(("days", "reason"), [(6.9, Reason.RECENT_SERVICE_CONTACT), (7, None)])
def test_sales_rest_for_a_week_after_a_call_c9(days: float, reason: Reason | None) -> None:
    assert said(someone(contacts=(Contact(NOW - days * DAY),), **KNOWN)) is reason


@pytest.mark.parametrize(
    "fields",
    [
        {"purchased": True},
        {"contacts": (Contact(NOW - 30 * DAY, "welcome"),)},
        {"addresses": {"email": Address(last_sent=NOW - 500 * DAY)}},
    ],
)
def test_once_there_was_a_message_or_purchase_it_is_no_first_contact_a3(fields: dict[str, Any]) -> None:
    assert said(someone(**fields)) is None


def test_a_call_of_theirs_is_no_message_of_ours_a3() -> None:
    assert said(someone(contacts=(Contact(NOW - 30 * DAY),))) is Reason.SALES_ON_FIRST_CONTACT


def test_a_house_may_allow_sales_on_first_contact_a3() -> None:
    assert said(someone(), policy=ContactPolicy(first_contact="sales-allowed")) is None


@pytest.mark.parametrize(
    ("count", "of", "share", "reason"),
    [
        (4, 4, SalesShare(0.5, 10), None),
        (5, 5, SalesShare(0.5, 10), Reason.SALES_SHARE),
        (4, 9, SalesShare(0.5, 10), None),
        (5, 9, SalesShare(0.5, 10), Reason.SALES_SHARE),
        (2, 50, SalesShare(0.29, 10), Reason.SALES_SHARE),
        (28, 99, SalesShare(0.29, 100), None),
        (0, 0, SalesShare(1.0, 1), None),
        (9, 9, None, None),
    ],
)
def test_of_any_so_many_contacts_in_a_row_not_more_sell_b10_e18(
    count: int, of: int, share: SalesShare | None, reason: Reason | None
) -> None:
    person = someone(contacts=sold(count, of=of), **KNOWN)
    assert said(person, policy=ContactPolicy(sales_share=share)) is reason


def test_a_service_message_never_sells_so_its_slot_uses_no_share() -> None:
    assert said(someone(contacts=sold(9, of=9), **KNOWN), purpose="service") is None


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "push", "print", "social"])
def test_what_is_sensitive_stays_off_channels_open_to_other_eyes(channel: str) -> None:
    assert said(someone(**KNOWN), Subject(sensitive=True), channel) is Reason.SENSITIVE


@pytest.mark.parametrize("channel", ["email", "web", "note", "call"])
def test_what_is_sensitive_may_go_where_only_the_person_looks(channel: str) -> None:
    assert said(someone(**KNOWN), Subject(sensitive=True), channel) is None


WAX = Campaign("wax", "marketing", "sales", Trigger("event", "X"), ("email",), "wax.j2", sku="wax")
TRIP = structs.replace(WAX, sku=None, intent={"trip": "oslo"})
DUE = structs.replace(WAX, trigger=Trigger("due", trait="wax_due_at"))


@pytest.mark.parametrize(
    ("campaign", "reason"),
    [(WAX, Reason.OWNED), (TRIP, Reason.INTENT_SATISFIED), (DUE, None)],
    ids=["owned", "trip", "due"],
)
def test_a_planned_message_loses_its_object_c12_d25(campaign: Campaign, reason: Reason | None) -> None:
    person = someone(owned={"wax": Ownership(1, NOW)}, intents={"trip": CHOICE})
    assert settled_about(about_message(campaign), person, NOW) is reason


@pytest.mark.parametrize(("purpose", "sells"), [("marketing", True), ("service", False)])
def test_a_service_message_does_not_sell_whatever_its_kind(purpose: str, sells: bool) -> None:
    assert about_message(structs.replace(WAX, purpose=purpose)).sells is sells
