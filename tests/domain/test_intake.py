from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport.domain.consent import by_channel, fold, granted
from rapport.domain.event import Event
from rapport.domain.intake import Applied, Outcome, apply
from rapport.domain.moment import DAY
from rapport.domain.normalise import normalise
from rapport.domain.profile import Identity, Profile

from tests.domain.intake_house import CATALOGUE, T0, days, identify, message, take, taken, track

# ---- duplicates


def test_the_same_message_counts_once() -> None:
    view = message({"type": "track", "event": "Order Completed", "messageId": "m1"})
    profile = take(view)
    again = taken(view, profile)
    assert (again.outcome, again.profile) == (Outcome.DUPLICATE, profile)


def test_a_duplicate_changes_nothing_so_nothing_needs_writing() -> None:
    view = message({"type": "track", "event": "Order Completed", "messageId": "m1"})
    profile = take(view)
    assert taken(view, profile).profile is profile


def test_the_same_message_id_with_and_without_trust_is_not_a_duplicate() -> None:
    raw = {"type": "page", "messageId": "m1", "anonymousId": "a1"}
    profile = take(message(raw, trusted=False))
    assert taken(message(raw), profile).outcome is Outcome.ACCEPTED


def test_after_seven_days_a_message_id_is_new() -> None:
    raw = {"type": "page", "messageId": "m1"}
    outcomes = [taken(message(raw, days(later)), take(message(raw))).outcome for later in (6.9, 7.1)]
    assert outcomes == [Outcome.DUPLICATE, Outcome.ACCEPTED]


# ---- erasure


def test_an_event_from_before_the_erasure_is_dropped() -> None:
    gone = Profile("p_u1", erased_at=days(1))
    applied = taken(identify(tier="gold"), gone)
    assert (applied.outcome, applied.profile) == (Outcome.ERASED, gone)


def test_a_later_event_starts_a_fresh_person_with_nothing_granted() -> None:
    fresh = take(identify(days(2), tier="gold"), profile=Profile("p_u1", version=4, erased_at=days(1)))
    assert (fresh.erased_at, fresh.consents, fresh.version) == (None, {}, 4)


def test_after_a_fresh_start_old_events_stay_dropped() -> None:
    fresh = take(identify(days(2), tier="gold"), profile=Profile("p_u1", erased_at=days(1)))
    assert taken(track("Order Completed", days(0.5)), fresh).outcome is Outcome.ERASED


# ---- who: A17, E20


def test_an_event_of_a_known_person_gives_a_profile_with_their_id_a17() -> None:
    profile = take(track("Product Viewed", sku="ski-1"))
    assert (profile.user_id, profile.identities) == ("u1", (Identity("user", "u1"),))


def test_an_unknown_visitor_is_an_anonymous_profile_a17() -> None:
    profile = take(track("Product Viewed", trusted=False, sku="ski-1"))
    assert (profile.user_id, profile.anonymous_id) == (None, "a1")


def test_what_a_browser_claims_is_unverified_and_not_linked() -> None:
    raw = {"type": "identify", "anonymousId": "a1", "userId": "u2", "traits": {"email": "ann@example.com"}}
    profile = take(message(raw, trusted=False))
    assert (profile.user_id, profile.traits["email"].unverified) == (None, True)
    assert profile.claims == (Identity("user", "u2"), Identity("email", "ann@example.com"))


def test_what_an_anonymous_visitor_says_without_a_claim_is_theirs() -> None:
    raw = {"type": "identify", "anonymousId": "a1", "traits": {"interests": ["ski"]}}
    assert not take(message(raw, trusted=False)).traits["interests"].unverified


def test_a_device_token_from_a_browser_is_only_a_claim() -> None:
    raw = {"type": "page", "anonymousId": "a1", "context": {"device": {"token": "t1"}}}
    assert take(message(raw, trusted=False)).traits["device_tokens"].unverified


def test_a_social_login_links_the_identity_without_importing_data_e20() -> None:
    profile = take(identify(source="facebook", id="fb7", interests=["ski"]))
    assert profile.identities == (Identity("user", "u1"), Identity("social", "facebook:fb7"))
    assert profile.traits == {}


def test_a_login_may_start_a_campaign_but_brings_no_data() -> None:
    context = {"source": "facebook"}
    signed_in = {"type": "track", "event": "Signed In", "properties": {"friends": ["Bob"]}, "context": context}
    facts = taken(message(signed_in)).facts
    assert facts is not None
    assert (facts.name, facts.properties) == ("Signed In", {})


def test_external_ids_of_the_context_are_identities() -> None:
    context = {"externalIds": [{"type": "crm_id", "id": "c9"}, {"type": "user", "id": "u2"}, 7]}
    assert take(message({"type": "page", "context": context})).identities[1:] == (Identity("crm_id", "c9"),)


def test_a_group_call_joins_the_group() -> None:
    assert take(message({"type": "group", "groupId": "team-9"})).groups == ("team-9",)


# ---- consent: A18


def consenting(at: float = T0, **wanted: Any) -> Event:
    return message({"type": "page", "context": {"consent": {"categoryPreferences": wanted}}}, at)


def test_consent_of_the_context_is_for_the_web_only_a18() -> None:
    consents = take(consenting(marketing=True)).consents
    assert [granted(consents, "marketing", channel, T0) for channel in ("web", "email")] == [True, False]


def test_consent_leaves_a_receipt() -> None:
    (receipt,) = taken(consenting(personalisation=False)).receipts
    assert (receipt.purpose, receipt.channel, receipt.status) == ("personalisation", "web", "withdrawn")


def test_saying_the_same_again_leaves_no_second_receipt() -> None:
    applied = taken(consenting(days(1), marketing=True), take(consenting(marketing=True)))
    assert (applied.receipts, applied.profile.consents["marketing"]["web"].at) == ((), days(1))


@pytest.mark.parametrize("purpose", ["service", "nosuch"])
def test_purposes_that_ask_no_consent_are_passed_over(purpose: str) -> None:
    assert take(consenting(**{purpose: True})).consents == {}


def test_googles_consent_mode_is_understood() -> None:
    google = {"ad_personalization": "denied", "analytics_storage": "granted", "ad_storage": "granted"}
    consents = take(message({"type": "page", "context": {"consent": {"google": google}}})).consents
    assert {name: found["web"].status for name, found in consents.items()} == {
        "personalisation": "withdrawn",
        "tracking": "granted",
    }


# ---- trust


def test_an_untrusted_purchase_means_nothing() -> None:
    applied = taken(track("Order Completed", trusted=False, products=[{"sku": "ski-1"}]))
    assert (applied.profile.owned, applied.profile.counters, applied.facts) == ({}, {}, None)


def test_a_trusted_named_event_gives_the_facts_that_campaigns_read() -> None:
    facts = taken(track("Trip Completed", leg="return")).facts
    assert facts is not None
    assert (facts.name, facts.at, facts.properties) == ("Trip Completed", T0, {"leg": "return"})


# ---- any order, any repetition

SKUS = st.sampled_from(["ski-1", "wax"])
KEYS = st.sampled_from(["k1", "k2", None])
PLACES = st.sampled_from(["oslo", "rome"])
PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        "sku": SKUS,
        "products": st.lists(
            st.fixed_dictionaries({"sku": SKUS}, optional={"quantity": st.integers(1, 3)}), max_size=2
        ),
        "order_id": KEYS,
        "case_id": KEYS,
        "payment_id": KEYS,
        "booking_id": KEYS,
        "destination": PLACES,
        "return_date": st.sampled_from(["2026-12-24", "2026-11-25T10:00:00Z"]),
        "stars": st.integers(0, 6),
        "revenue": st.sampled_from([0.1, 0.2, 19.99, "7.30"]),
        "category": st.sampled_from(["ski", "city"]),
        "q_interest": st.lists(st.sampled_from(["ski", "wax"]), max_size=2),
        "store": PLACES,
    },
)
SOURCED = st.sampled_from([{}, {"source": "crm"}, {"source": "inferred"}, {"source": "facebook"}])
PREFERENCES = st.dictionaries(st.sampled_from(["marketing", "personalisation"]), st.booleans(), max_size=2)
CONTEXTS = st.builds(lambda source, told: {**source, "consent": {"categoryPreferences": told}}, SOURCED, PREFERENCES)


def tracks(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    named = st.sampled_from(names)
    return st.fixed_dictionaries(
        {"type": st.just("track"), "event": named, "properties": PROPERTIES, "context": CONTEXTS}
    )


TIERS = {"tier": st.sampled_from(["none", "silver", "gold"]), "interests": st.just(["ski"])}
IDENTIFIES = st.fixed_dictionaries(
    {"type": st.just("identify"), "traits": st.fixed_dictionaries({}, optional=TIERS), "context": CONTEXTS}
)
GROUPS = st.fixed_dictionaries({"type": st.just("group"), "groupId": st.sampled_from(["g1", "g2"])})
FAMILIES = (
    tracks("Order Completed", "Order Refunded"),
    tracks("Complaint Reported", "Complaint Resolved"),
    tracks("Flight Searched", "Flight Booked", "Flight Cancelled"),
    IDENTIFIES,
    st.one_of(tracks(*sorted(CATALOGUE.events)), IDENTIFIES, GROUPS),
)
"""Events that act on the same thing meet in one history, or they would rarely meet at all."""
HISTORIES = st.sampled_from(FAMILIES).flatmap(
    lambda calls: st.lists(st.tuples(calls, st.integers(0, 72)), min_size=1, max_size=8)
)


def events_of(history: list[tuple[dict[str, Any], int]]) -> list[Event]:
    """Events that all came in at one moment, each with its own time and id."""
    return [
        message({**call, "messageId": f"m{number}"}, T0)
        if hours == 0
        else msgspec.structs.replace(message({**call, "messageId": f"m{number}"}, T0), at=T0 - hours * 3600.0)
        for number, (call, hours) in enumerate(history)
    ]


def rounded(value: Any) -> Any:
    """Numbers to nine digits: a decayed weight may differ in its last bits."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def essence(profile: Profile) -> Any:
    return rounded(msgspec.to_builtins(profile))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_order_and_repetition_of_events_gives_the_same_profile(data: st.DataObject) -> None:
    events = events_of(data.draw(HISTORIES))
    shuffled = data.draw(st.permutations(events))
    repeated = data.draw(st.lists(st.sampled_from(events), max_size=4))
    assert essence(take(*shuffled, *repeated)) == essence(take(*events))


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_the_receipts_fold_to_the_consents_of_the_profile(history: list[tuple[dict[str, Any], int]]) -> None:
    profile, receipts = Profile("p"), []
    for event in events_of(history):
        applied = taken(event, profile)
        profile = applied.profile
        receipts.extend(applied.receipts)
    folded = fold(receipts)
    assert statuses(folded) == statuses(profile.consents)


def statuses(consents: Any) -> dict[str, dict[str, str]]:
    return {
        purpose: {channel: consent.status for channel, consent in channels.items()}
        for purpose, channels in by_channel(consents).items()
    }


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [
        "sku",
        "products",
        "order_id",
        "case_id",
        "destination",
        "return_date",
        "booking_id",
        "stars",
        "revenue",
        "category",
    ]
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(sorted(CATALOGUE.events)),
    st.dictionaries(NAMES, ANYTHING, max_size=5),
    st.dictionaries(st.sampled_from(["consent", "locale", "timezone", "device", "externalIds"]), ANYTHING, max_size=3),
    st.dictionaries(st.sampled_from(sorted(CATALOGUE.traits)), ANYTHING, max_size=3),
)
def test_nothing_hostile_raises(name: str, properties: Any, context: Any, traits: Any) -> None:
    for raw in (
        {"type": "track", "event": name, "properties": properties, "context": context},
        {"type": "identify", "traits": traits, "context": context},
    ):
        event = normalise({**raw, "userId": "u1", "anonymousId": "a1"}, T0, trusted=True)
        applied = apply(Profile("p"), event, CATALOGUE) if isinstance(event, Event) else None
        assert applied is None or isinstance(applied, Applied)


def test_what_a_profile_remembers_of_messages_is_bounded() -> None:
    profile = Profile("p_u1")
    for number in range(1100):
        profile = take(message({"type": "page", "messageId": f"m{number}"}, T0 + number), profile=profile)
    assert len(profile.seen) == 1000


def test_what_was_seen_longer_than_seven_days_ago_is_forgotten() -> None:
    profile = take(message({"type": "page", "messageId": "m1"}))
    later = take(message({"type": "page", "messageId": "m2"}, T0 + 8 * DAY), profile=profile)
    assert len(later.seen) == 1
