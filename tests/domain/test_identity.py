from typing import Any

import pytest
from msgspec import structs
from rapport.domain.consent import Consents, Receipt, fold, granted
from rapport.domain.event import Event
from rapport.domain.identity import Joined, absorb, is_empty, merge, target
from rapport.domain.profile import Address, Identity, Pending, Profile

from tests.domain.intake_house import CATALOGUE, T0, days, identify, message, take, taken, track


def public(raw: dict[str, Any], at: float = T0) -> Event:
    return message({"anonymousId": "a1", **raw}, at, trusted=False)


def stretch(*events: Event) -> Profile:
    return take(*events, profile=Profile("p_a1", version=1))


def person(*events: Event, **known: Any) -> Profile:
    return structs.replace(take(*(events or (identify(),)), profile=Profile("p_u1", version=3)), **known)


def joined(one: Profile, other: Profile) -> Joined:
    return absorb(one, other, CATALOGUE, days(5))


def agreed(*told: tuple[str, str, str, float]) -> Consents:
    return fold(Receipt(purpose, channel, status, at) for purpose, channel, status, at in told)  # type: ignore[arg-type]  # words of the table


# ---- whom an event belongs to


@pytest.mark.parametrize(
    ("raw", "trusted", "who", "absorbs"),
    [
        ({"type": "page", "userId": "u1"}, True, Identity("user", "u1"), None),
        ({"type": "page", "userId": "u1", "anonymousId": "a1"}, True, Identity("user", "u1"), "a1"),
        ({"type": "page", "userId": None, "anonymousId": "a1"}, True, Identity("anonymous", "a1"), None),
        ({"type": "page", "userId": "u1", "anonymousId": "a1"}, False, Identity("anonymous", "a1"), None),
        ({"type": "alias", "userId": "u1", "previousId": "a1"}, True, Identity("user", "u1"), "a1"),
        ({"type": "track", "event": "Article Published", "userId": None}, True, None, None),
    ],
)
def test_only_a_trusted_call_speaks_for_a_known_person(
    raw: dict[str, Any], trusted: bool, who: Identity | None, absorbs: str | None
) -> None:
    found = target(message(raw, trusted=trusted))
    assert (found.who, found.absorbs, found.faults) == (who, absorbs, ())


def test_a_caller_who_is_not_known_and_names_no_stretch_is_refused() -> None:
    found = target(structs.replace(message({"type": "page"}), trusted=False))
    assert (found.who, found.faults[0]["path"]) == (None, "anonymousId")


# ---- an anonymous stretch joins a person


def test_the_anonymous_history_moves_to_the_person() -> None:
    anonymous = stretch(
        public({"type": "track", "event": "Product Viewed", "properties": {"sku": "ski-1", "category": "ski"}}),
        public({"type": "track", "event": "Flight Searched", "properties": {"destination": "oslo"}}),
    )
    moved = joined(person(track("Product Viewed", sku="wax", category="wax")), anonymous).profile
    assert moved.viewed.keys() == {"ski-1", "wax"}
    assert "oslo" in moved.intents["trip"].considered
    assert len(moved.counters["views_30d"].buckets) == 1


def test_the_stretch_is_emptied_but_for_what_it_has_seen() -> None:
    anonymous = stretch(public({"type": "track", "event": "Product Viewed", "properties": {"sku": "ski-1"}}))
    emptied = joined(person(), anonymous).emptied
    assert (is_empty(emptied), emptied.seen, emptied.version) == (True, anonymous.seen, 1)


def test_a_second_join_moves_nothing_twice() -> None:
    anonymous = stretch(public({"type": "track", "event": "Product Viewed", "properties": {"sku": "ski-1"}}))
    once = joined(person(), anonymous)
    again = joined(once.profile, once.emptied).profile
    assert again.counters == once.profile.counters


def test_the_person_is_recognised_by_the_anonymous_id_afterwards_e14() -> None:
    moved = joined(person(), stretch(public({"type": "page"}))).profile
    assert Identity("anonymous", "a1") in moved.identities
    assert moved.absorbed == ("p_a1",)


def test_anonymous_values_compete_with_the_persons_own() -> None:
    anonymous = stretch(public({"type": "identify", "traits": {"interests": ["ski"], "first_name": "Bo"}}, days(2)))
    moved = joined(person(identify(days(3), first_name="Ann")), anonymous).profile
    assert {name: held.value for name, held in moved.traits.items()} == {"interests": ("ski",), "first_name": "Ann"}
    assert [past.value for past in moved.traits["first_name"].history] == ["Bo"]


def test_a_claim_of_this_person_is_verified_when_they_join() -> None:
    claim = public({"type": "identify", "userId": "u1", "traits": {"email": "ann@example.com"}})
    email = joined(person(), stretch(claim)).profile.traits["email"]
    assert (email.value, email.unverified) == ("ann@example.com", False)


def test_what_came_with_a_claim_of_somebody_else_stays_behind() -> None:
    claim = public({"type": "identify", "userId": "u2", "traits": {"email": "bo@example.com", "tier": "gold"}})
    assert joined(person(), stretch(claim)).profile.traits == {}


def test_a_claimed_address_that_nobody_confirmed_stays_unverified() -> None:
    claim = public({"type": "identify", "traits": {"email": "bo@example.com"}})
    assert joined(person(), stretch(claim)).profile.traits["email"].unverified


def test_a_claimed_address_never_replaces_a_verified_one() -> None:
    claim = public({"type": "identify", "traits": {"email": "bo@example.com"}}, days(2))
    email = joined(person(identify(email="ann@example.com")), stretch(claim)).profile.traits["email"]
    assert (email.value, email.history) == ("ann@example.com", ())


def test_a_claimed_address_that_is_the_persons_own_verifies_what_came_with_it() -> None:
    claim = public({"type": "identify", "traits": {"email": "ann@example.com", "first_name": "Ann"}})
    moved = joined(person(identify(email="ann@example.com")), stretch(claim)).profile
    assert not moved.traits["first_name"].unverified


def test_a_verified_value_from_a_low_source_beats_an_unverified_one() -> None:
    claim = public({"type": "identify", "traits": {"email": "bo@example.com"}}, days(2))
    profile = take(
        claim,
        message(
            {
                "type": "identify",
                "userId": None,
                "anonymousId": "a1",
                "traits": {"email": "a@b.example"},
                "context": {"source": "inferred"},
            }
        ),
    )
    assert profile.traits["email"].value == "a@b.example"


def banner(*, wanted: bool, at: float = T0) -> Event:
    preferences = {"categoryPreferences": {"personalisation": wanted}}
    return public({"type": "page", "context": {"consent": preferences}}, at)


def test_a_stretch_grants_the_person_nothing() -> None:
    assert joined(person(), stretch(banner(wanted=True))).profile.consents == {}


def test_a_withdrawal_on_the_stretch_comes_over_with_its_receipt() -> None:
    own = person(consents=agreed(("personalisation", "web", "granted", T0)))
    found = joined(own, stretch(banner(wanted=False, at=days(1))))
    assert not granted(found.profile.consents, "personalisation", "web", days(2))
    assert [receipt.status for receipt in found.receipts] == ["withdrawn"]


def test_an_erased_person_starts_anew_when_a_stretch_joins() -> None:
    gone = Profile("p_u1", erased_at=T0)
    found = joined(gone, stretch(public({"type": "page"}))).profile
    assert (found.erased_at, found.forgotten_before) == (None, T0)


# ---- two people become one


def test_the_stricter_consent_is_kept_in_a_merge() -> None:
    cases = {
        "granted and nothing": ([("marketing", "email", "granted", 1.0)], [], True),
        "nothing and granted": ([], [("marketing", "email", "granted", 1.0)], True),
        "granted later than withdrawn": (
            [("marketing", "email", "granted", 9.0)], [("marketing", "email", "withdrawn", 1.0)], False
        ),
        "withdrawn before the other granted": (
            [("marketing", "email", "withdrawn", 1.0)], [("marketing", "email", "granted", 9.0)], False
        ),
        "withdrawn everywhere, granted on one": (
            [("marketing", "*", "withdrawn", 1.0)], [("marketing", "email", "granted", 9.0)], False
        ),
        "withdrawn on one, granted everywhere": (
            [("marketing", "email", "withdrawn", 1.0)], [("marketing", "*", "granted", 9.0)], False
        ),
        "granted on one, withdrawn everywhere": (
            [("marketing", "email", "granted", 9.0)], [("marketing", "*", "withdrawn", 1.0)], False
        ),
        "granted everywhere, withdrawn on one": (
            [("marketing", "*", "granted", 9.0)], [("marketing", "email", "withdrawn", 1.0)], False
        ),
    }  # fmt: skip
    found = {
        name: granted(
            merge(person(consents=agreed(*theirs)), person(consents=agreed(*own)), CATALOGUE, T0).profile.consents,
            "marketing", "email", 100.0,
        )
        for name, (own, theirs, _) in cases.items()
    }  # fmt: skip
    assert found == {name: expected for name, (_, _, expected) in cases.items()}


@pytest.mark.parametrize(
    ("own", "theirs"), [(None, days(9)), (days(9), None), (days(9), days(20)), (days(20), days(9))]
)
def test_of_two_grants_the_one_that_ends_sooner_is_kept_in_a_merge(own: float | None, theirs: float | None) -> None:
    mine = fold([Receipt("marketing", "*", "granted", T0 + 2, expires_at=own)])
    other = fold([Receipt("marketing", "email", "granted", T0 + 1, expires_at=theirs)])
    found = merge(person(consents=other), person(consents=mine), CATALOGUE, T0 + 3)
    held = [granted(found.profile.consents, "marketing", "email", days(day)) for day in (8, 10)]
    assert (held, fold(found.receipts, mine)) == ([True, False], found.profile.consents)


def test_a_merge_leaves_receipts_that_fold_to_the_consents() -> None:
    own, theirs = agreed(("marketing", "*", "granted", 9.0)), agreed(("marketing", "email", "withdrawn", 1.0))
    found = merge(person(consents=theirs), person(consents=own), CATALOGUE, T0)
    assert fold(found.receipts, own) == found.profile.consents


def test_a_merge_unites_the_rest() -> None:
    one = person(track("Order Completed", products=[{"sku": "ski"}], order_id="o1"), identify(days(1), tier="gold"))
    into = person(track("Order Completed", products=[{"sku": "wax"}], order_id="o2"), identify(tier="none"))
    merged = merge(one, into, CATALOGUE, days(2)).profile
    assert (merged.owned.keys(), merged.traits["tier"].value, merged.counters["orders"].total) == (
        {"ski", "wax"},
        "gold",
        2.0,
    )


def test_what_was_owned_by_both_adds_up_and_can_be_returned() -> None:
    one = person(track("Order Completed", products=[{"sku": "ski"}], order_id="o1"))
    into = person(track("Order Completed", products=[{"sku": "ski"}], order_id="o2"))
    merged = merge(one, into, CATALOGUE, days(2)).profile
    after = take(track("Order Refunded", days(3), order_id="o1"), profile=merged)
    assert (merged.owned["ski"].quantity, after.owned["ski"].quantity) == (2, 1)


def test_the_same_order_known_of_both_is_one_order() -> None:
    order = track("Order Completed", products=[{"sku": "ski"}], order_id="o1")
    assert merge(person(order), person(order), CATALOGUE, T0).profile.owned["ski"].quantity == 1


def test_what_was_left_suppressed_or_paused_stays_so_after_a_merge() -> None:
    one = person(
        topics_left=("trips",), paused_until=days(9), addresses={"email": Address(suppressed=("a@b.example",))}
    )
    merged = merge(one, person(), CATALOGUE, T0).profile
    assert (merged.topics_left, merged.paused_until, merged.addresses["email"].suppressed) == (
        ("trips",),
        days(9),
        ("a@b.example",),
    )


def test_planned_messages_are_on_the_merged_person() -> None:
    waiting = Pending("m1", "welcome", "k", T0, T0)
    assert merge(person(pending=(waiting,)), person(), CATALOGUE, T0).profile.pending == (waiting,)


def test_the_old_person_keeps_only_where_they_went() -> None:
    found = merge(structs.replace(person(identify(tier="gold")), id="p_old"), person(), CATALOGUE, T0)
    assert (found.emptied.merged_into, found.emptied.traits, found.profile.absorbed) == ("p_u1", {}, ("p_old",))


def test_the_persons_own_id_is_never_crowded_out() -> None:
    crowd = [message({"type": "page", "anonymousId": f"a{n:03}"}, T0 + n) for n in range(80)]
    assert Identity("user", "u1") in take(*crowd).identities


def test_a_merge_keeps_the_people_apart_until_it_is_asked_for() -> None:
    applied = taken(message({"type": "alias", "previousId": "u2"}), person())
    assert applied.profile.merged_into is None


def test_what_was_forgotten_of_one_stays_forgotten_after_a_merge() -> None:
    merged = merge(
        Profile("p_a", 2, user_id="a", forgotten_before=T0), Profile("p_b", 2, user_id="b"), CATALOGUE, T0 + 9
    )
    assert merged.profile.forgotten_before == T0
