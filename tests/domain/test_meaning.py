from typing import Any

import pytest
from rapport.domain.event import Event
from rapport.domain.lists import chosen, considered
from rapport.domain.moment import DAY, parse
from rapport.domain.profile import Profile

from tests.domain.intake_house import T0, days, message, take, track


def order(at: float = T0, /, *skus: str, **more: Any) -> Event:
    return track("Order Completed", at, **{"order_id": "o1", "products": [{"sku": sku} for sku in skus], **more})


def refund(at: float = T0, /, *skus: str, **more: Any) -> Event:
    return track("Order Refunded", at, **{"order_id": "o1", "products": [{"sku": sku} for sku in skus], **more})


def owned(profile: Profile) -> dict[str, float]:
    return {sku: held.quantity for sku, held in profile.owned.items()}


# ---- ownership: C17


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([order(T0, "ski")], {"ski": 1}, id="c17 a purchase gives"),
        pytest.param([order(T0, "ski", "wax")], {"ski": 1, "wax": 1}, id="c17 every line gives"),
        pytest.param([track("Order Completed", sku="ski")], {"ski": 1}, id="a purchase of one sku without items"),
        pytest.param([order(T0, "ski", "ski")], {"ski": 2}, id="two lines of one sku"),
        pytest.param([order(T0, products=[{"sku": "ski", "quantity": 3}])], {"ski": 3}, id="a quantity"),
        pytest.param([order(T0, "ski"), order(days(1), "ski")], {"ski": 1}, id="the same order told twice"),
        pytest.param(
            [order(T0, products=[{"sku": "ski", "quantity": 3}]), order(days(1), "ski")],
            {"ski": 3},
            id="the fuller telling",
        ),
        pytest.param([order(T0, "ski"), order(T0, "ski", order_id="o2")], {"ski": 2}, id="two orders"),
        pytest.param([order(T0, "ski"), refund(days(1), "ski")], {}, id="c17 a return takes back"),
        pytest.param([order(T0, "ski", "wax"), refund(days(1))], {}, id="a return without items takes the order back"),
        pytest.param([order(T0, "ski", "wax"), refund(days(1), "wax")], {"ski": 1}, id="one line returned"),
        pytest.param([refund(days(1), "ski"), order(T0, "ski")], {}, id="the return comes in before the order"),
        pytest.param([refund(days(1)), order(T0, "ski")], {}, id="the whole return comes in before the order"),
        pytest.param(
            [order(T0, "ski"), order(T0, "ski", order_id="o2"), refund(days(1), "ski")], {"ski": 1}, id="one of two"
        ),
        pytest.param([refund(T0, "ski", order_id="o9"), order(days(1), "ski")], {"ski": 1}, id="a return unheard of"),
        pytest.param(
            [order(T0, "ski"), refund(days(1), "ski", order_id=None)],
            {},
            id="a return without a key takes what there is",
        ),
        pytest.param(
            [refund(T0, "ski", order_id=None), order(days(1), "ski")], {"ski": 1}, id="but nothing bought after it"
        ),
        pytest.param([order(T0, "ski"), refund(T0, "ski"), refund(days(1), "ski")], {}, id="never less than nothing"),
        pytest.param([order(T0, "ski", order_id=77), refund(T0, order_id=77.0)], {}, id="keys may be numbers"),
    ],
)
def test_what_is_owned_follows_from_orders_and_returns(events: list[Event], expected: dict[str, float]) -> None:
    assert owned(take(*events)) == expected


def test_an_owned_sku_tells_since_when_and_where_from_e7() -> None:
    profile = take(order(T0, "ski"), order(days(3), "ski", order_id="o2"))
    assert (profile.owned["ski"].since, profile.owned["ski"].source) == (days(3), "behaviour")


def test_an_order_told_twice_was_bought_when_it_was_told_first() -> None:
    told = (order(days(1), "ski"), order(T0, "ski"), order(days(3), "ski"))
    assert take(*told).owned["ski"].since == T0


def test_the_last_purchase_returned_leaves_the_one_before() -> None:
    profile = take(order(T0, "ski"), order(days(3), "ski", order_id="o2"), refund(days(4), "ski", order_id="o2"))
    assert profile.owned["ski"].since == T0


def test_who_bought_once_has_bought_whatever_came_back() -> None:
    assert take(order(T0, "ski"), refund(days(1))).purchased


def test_what_old_orders_gave_stays_owned_when_they_are_forgotten() -> None:
    profile = take(*(order(days(n), f"sku-{n}", order_id=f"o{n}") for n in range(120)))
    assert (len(profile.orders), len(profile.owned)) == (100, 120)


# ---- views, visits, places, ratings, contacts


def test_the_latest_view_of_a_sku_is_kept_whatever_order_it_comes_in() -> None:
    profile = take(track("Product Viewed", days(1), sku="ski"), track("Product Viewed", sku="ski"))
    assert profile.viewed == {"ski": days(1)}


def test_repeat_visits_are_recorded_b9() -> None:
    pages = [message({"type": "page"}, at) for at in (T0, T0 + 60, days(2))]
    assert len(take(*pages).visits) == 2


def test_a_place_is_the_current_one_for_a_short_time_e7() -> None:
    profile = take(track("Store Nearby", store="Oslo City"))
    assert profile.place is not None
    assert (profile.place.name, profile.place.source) == ("Oslo City", "behaviour")
    assert T0 < profile.near_until <= T0 + DAY / 2


@pytest.mark.parametrize(
    ("stars", "ratings"), [(4, ((T0, 0.8),)), (0, ((T0, 0.0),)), (6, ()), ("many", ()), (None, ())]
)
def test_satisfaction_is_a_share_of_the_best_score_b9(stars: Any, ratings: tuple[tuple[float, float], ...]) -> None:
    assert take(track("Delivery Rated", stars=stars)).satisfaction == ratings


def test_a_service_contact_is_a_contact_without_a_campaign() -> None:
    (contact,) = take(track("Call Ended")).contacts
    assert (contact.at, contact.campaign, contact.kind) == (T0, None, "service")


def test_survey_answers_become_traits_with_the_definitions_source_d6() -> None:
    profile = take(track("Survey Answered", q_interest=["ski"], q_name="Ann"))
    found = {name: (held.value, held.source) for name, held in profile.traits.items()}
    assert found == {"interests": (("ski",), "declared"), "first_name": ("Ann", "declared")}


# ---- cases: C6, C18, C19


def reported(at: float = T0, case: str | None = "c1") -> Event:
    return track("Complaint Reported", at, case_id=case)


def resolved(at: float = T0, case: str | None = "c1") -> Event:
    return track("Complaint Resolved", at, case_id=case)


def is_open(profile: Profile, at: float) -> list[str | None]:
    return [
        case.key
        for case in profile.cases
        if case.opened_at is not None
        and (case.closed_at is None or case.closed_at < case.opened_at)
        and at < case.expires_at
    ]


@pytest.mark.parametrize(
    ("events", "at", "open_cases"),
    [
        pytest.param([reported()], days(1), ["c1"], id="c6 open from its event"),
        pytest.param([reported(), resolved(days(1))], days(2), [], id="c6 until resolved"),
        pytest.param([resolved(days(1)), reported()], days(2), [], id="an early resolution is kept"),
        pytest.param([reported(), resolved(days(1)), reported(days(2))], days(3), ["c1"], id="open again"),
        pytest.param([reported(), resolved(days(1), "c2")], days(2), ["c1"], id="another case"),
        pytest.param([reported(), resolved(days(1), None)], days(2), ["c1"], id="keyless closes only keyless"),
        pytest.param([reported(T0, None), resolved(days(1), None)], days(2), [], id="keyless closed by keyless"),
        pytest.param([reported(T0, None), resolved(days(1), "c1")], days(2), [None], id="keyless kept by a key"),
        pytest.param([reported()], days(89), ["c1"], id="open within its days"),
        pytest.param([reported()], days(91), [], id="expired after its days"),
    ],
)
def test_event_time_orders_cases(events: list[Event], at: float, open_cases: list[str | None]) -> None:
    assert is_open(take(*events), at) == open_cases


def test_a_need_remembers_which_event_opened_it_c18() -> None:
    (case,) = take(track("Payment At Risk", payment_id="p1")).cases
    assert (case.kind, case.event, case.key) == ("need", "Payment At Risk", "p1")


def test_a_need_is_met_by_its_own_key_c19() -> None:
    profile = take(track("Payment At Risk", payment_id="p1"), track("Payment Covered", days(1), payment_id="p1"))
    assert is_open(profile, days(2)) == []


# ---- intents: C12 to C16


def searched(at: float, city: str) -> Event:
    return track("Flight Searched", at, destination=city)


def booked(at: float = T0, city: str = "oslo", **more: Any) -> Event:
    return track("Flight Booked", at, **{"destination": city, "booking_id": "b1", **more})


def cancelled(at: float, **more: Any) -> Event:
    return track("Flight Cancelled", at, **{"booking_id": "b1", **more})


def choices(profile: Profile, at: float) -> tuple[str, ...]:
    return chosen(profile.intents["trip"], at)


def test_what_is_considered_is_kept_for_its_days_also_after_a_choice_c12() -> None:
    profile = take(searched(T0, "oslo"), searched(days(1), "rome"), booked(days(2)))
    kept = [considered(profile.intents["trip"], days(later)) for later in (29, 30.5, 32)]
    assert kept == [("oslo", "rome"), ("rome",), ()]


@pytest.mark.parametrize(
    ("events", "at", "expected"),
    [
        pytest.param([booked()], days(29), ("oslo",), id="c12 chosen for thirty days"),
        pytest.param([booked()], days(31), (), id="not longer"),
        pytest.param([booked(return_date="2026-12-30")], days(36), ("oslo",), id="until a date"),
        pytest.param([booked(return_date="2026-12-30")], days(38), (), id="not beyond the date"),
        pytest.param([booked(return_date="2026-11-23T10:00:00+01:00")], days(2), (), id="until a time"),
        pytest.param([booked(return_date="soon")], days(29), ("oslo",), id="an end that is no time"),
        pytest.param([booked(), cancelled(days(1))], days(2), (), id="released by its key"),
        pytest.param([cancelled(days(1)), booked()], days(2), (), id="an early release is kept"),
        pytest.param([booked(), cancelled(T0)], days(2), (), id="released at the very moment"),
        pytest.param([booked(), cancelled(days(1), booking_id="b2")], days(2), ("oslo",), id="released by another key"),
        pytest.param([booked(), cancelled(days(1), booking_id=None)], days(2), ("oslo",), id="keyless keeps keyed"),
        pytest.param(
            [booked(booking_id=None), cancelled(days(1), booking_id=None)], days(2), (), id="keyless releases keyless"
        ),
        pytest.param([booked(), cancelled(days(1)), booked(days(2))], days(3), ("oslo",), id="chosen again"),
        pytest.param([booked(), booked(days(1), "rome")], days(2), ("rome",), id="a booking that was changed"),
        pytest.param(
            [booked(), booked(days(1), "rome", booking_id="b2")], days(2), ("oslo", "rome"), id="two bookings"
        ),
        pytest.param([booked(city="", booking_id="*"), cancelled(days(1), booking_id="*")], days(2), (), id="odd key"),
        pytest.param([booked(), cancelled(days(1), booking_id="*")], days(2), ("oslo",), id="no key means all"),
    ],
)
def test_a_choice_lasts_until_its_end_or_its_release(events: list[Event], at: float, expected: tuple[str, ...]) -> None:
    assert choices(take(*events), at) == expected


def test_considering_an_alternative_again_is_known_to_be_later_than_the_choice() -> None:
    intent = take(searched(T0, "rome"), booked(days(1)), searched(days(2), "rome")).intents["trip"]
    assert intent.considered["rome"].at > intent.chosen[0].at == parse("2026-11-23T08:00:00Z")
