from typing import Any

import pytest
from rapport.domain.moment import parse
from rapport.domain.profile import Profile
from rapport.domain.trait import BUILT_IN, TraitDefinition
from rapport.domain.traits import Statement, set_traits
from rapport.domain.typed import from_text, read

from tests.domain.intake_house import CATALOGUE, T0, days, identify, message, take, taken


def value(profile: Profile, name: str) -> Any:
    return profile.traits[name].value if name in profile.traits else None


def stated(profile: Profile, traits: dict[str, Any], **how: Any) -> tuple[Profile, tuple[dict[str, str], ...]]:
    return set_traits(profile, traits, Statement(how.pop("source", "crm"), how.pop("at", T0), **how), CATALOGUE)


# ---- provenance: A15, A16, A18


def test_a_trait_keeps_value_source_time_and_certainty_a18() -> None:
    trait = take(identify(source="crm", tier="gold")).traits["tier"]
    assert (trait.value, trait.source, trait.observed_at, trait.certainty) == ("gold", "crm", T0, 0.95)


def test_an_identify_without_a_source_is_declared_a16() -> None:
    assert take(identify(tier="gold")).traits["tier"].source == "declared"


def test_declared_beats_inferred_though_it_is_older_a16() -> None:
    profile = take(identify(tier="gold"), identify(days(1), source="inferred", tier="none"))
    assert value(profile, "tier") == "gold"
    assert [past.value for past in profile.traits["tier"].history] == ["none"]


def test_within_one_rank_the_later_observation_wins_whatever_order_it_comes_in() -> None:
    profile = take(identify(days(1), tier="gold"), identify(tier="none"))
    assert value(profile, "tier") == "gold"


def test_a_crm_event_changes_the_profile_a15() -> None:
    assert value(take(identify(source="crm", company={"name": "Acme"})), "company") == "Acme"


def test_saying_the_same_again_leaves_no_history_of_it() -> None:
    profile = take(identify(tier="gold"), identify(days(1), tier="none"), identify(days(2), tier="gold"))
    assert [past.value for past in profile.traits["tier"].history] == ["none"]


def test_history_keeps_when_a_value_was_last_said() -> None:
    said = (identify(days(at), source="inferred", tier="none") for at in (2, 1))
    (past,) = take(identify(tier="gold"), *said).traits["tier"].history
    assert past.observed_at == days(2)


def test_an_unknown_source_is_refused() -> None:
    applied = taken(identify(source="nobody", tier="gold"))
    assert (applied.outcome, applied.problems[0]["path"]) == ("refused", "context.source")


# ---- names on the wire


def test_segments_names_and_names_from_the_catalogue_are_taken() -> None:
    profile = take(identify(firstName="Ann", address={"postalCode": "73000", "city": "Oslo"}))
    found = {name: value(profile, name) for name in ("first_name", "address.postal_code", "address.city")}
    assert found == {"first_name": "Ann", "address.postal_code": "73000", "address.city": "Oslo"}


def test_the_traits_own_name_wins_over_a_name_from_the_wire() -> None:
    assert value(take(identify(first_name="Ann", firstName="Bob")), "first_name") == "Ann"


def test_undeclared_traits_are_dropped_and_counted() -> None:
    profile = take(identify(shoe_size=41))
    assert (profile.traits, profile.refused) == ({}, {"shoe_size:UNDECLARED": 1})


def test_an_undeclared_trait_is_a_fault_when_set_by_hand() -> None:
    assert stated(Profile("p"), {"shoe_size": 41}, strict=True)[1][0]["path"] == "traits.shoe_size"


def test_computed_traits_cannot_be_set() -> None:
    applied = taken(identify(orders=7))
    assert (applied.profile.traits, applied.problems[0]["path"]) == ({}, "traits.orders")


def test_predicted_traits_come_from_trusted_callers_only() -> None:
    raw = {"type": "identify", "anonymousId": "a1", "traits": {"churn_risk": 0.5}}
    found = [taken(message(raw, trusted=trusted)).profile.traits.keys() for trusted in (True, False)]
    assert found == [{"churn_risk"}, set()]


# ---- types: E16


@pytest.mark.parametrize(
    ("name", "raw", "stored"),
    [
        ("tier", "gold", "gold"),
        ("tier", "platinum", None),
        ("tier", ["gold"], None),
        ("balance", 12.5, 12.5),
        ("balance", True, None),
        ("balance", "12.5", None),
        ("children", 2, 2),
        ("children", 2.0, 2),
        ("children", 2.5, None),
        ("member", False, False),
        ("member", "yes", None),
        ("birthday", "1990-02-28", parse("1990-02-28T00:00:00Z")),
        ("birthday", "1990-02-28T23:30:00-05:00", parse("1990-02-28T00:00:00Z")),
        ("birthday", "1990-02-31", None),
        ("birthday", 631152000, None),
        ("seen_at", "2026-11-22T08:00:00+01:00", T0 - 3600),
        ("seen_at", "soon", None),
        ("seen_at", "9999-12-31T23:59:59-14:00", None),
        ("seen_at", "0001-01-01T00:00:00+14:00", None),
        ("interests", ["ski", "ski", " wax "], ("ski", "wax")),
        ("interests", "ski", None),
        ("interests", [1], None),
        ("email", " Ann@Example.COM ", "Ann@example.com"),
        ("email", "ann@example", None),
        ("email", "ann@@example.com", None),
        ("email", "ann@192.168.0.1", None),
        ("email", "ann..lee@example.com", None),
        ("email", "ann@exa mple.com", None),
        ("email", "ann@example.com\r\nBcc: x@y.example", None),
        ("phone", "+33 6 12 34 56 78", "+33612345678"),
        ("phone", "0612345678", None),
        ("locale", "fr_be", "fr-BE"),
        ("locale", "french", None),
        ("timezone", "Europe/Paris", "Europe/Paris"),
        ("timezone", "../../etc/passwd", None),
        ("timezone", "Europe", None),
    ],
)
def test_values_are_checked_against_their_type_e16(name: str, raw: Any, stored: Any) -> None:
    applied = taken(identify(**{name: raw}))
    assert value(applied.profile, name) == stored
    assert bool(applied.problems) == (stored is None)


@pytest.mark.parametrize("blank", [None, "", "  ", []])
def test_null_and_blanks_count_as_absent(blank: Any) -> None:
    applied = taken(identify(first_name=blank), take(identify(first_name="Ann")))
    assert (value(applied.profile, "first_name"), applied.problems) == ("Ann", ())


def test_a_refused_value_leaves_the_others_alone_and_is_counted_e16() -> None:
    profile = take(identify(email="broken", first_name="Ann"))
    assert (value(profile, "first_name"), profile.refused) == ("Ann", {"email:INVALID": 1})


@pytest.mark.parametrize(
    ("name", "text", "stored"),
    [
        ("balance", "12.5", 12.5),
        ("children", "3", 3),
        ("member", "TRUE", True),
        ("interests", "ski; wax", ("ski", "wax")),
        ("first_name", " Ann ", "Ann"),
    ],
)
def test_text_of_a_table_is_read_by_type(name: str, text: str, stored: Any) -> None:
    definition: TraitDefinition = CATALOGUE.traits[name]
    assert read(definition, from_text(definition, text)) == stored


def test_a_way_to_write_phone_numbers_can_be_given() -> None:
    assert read(BUILT_IN["phone"], "06 12 34 56 78", lambda raw: "+33" + raw.replace(" ", "")[1:]) == "+33612345678"


# ---- corrections: E16


def test_a_correction_outranks_everything_and_stays_e16() -> None:
    before = take(identify(days(2), tier="gold"))
    corrected, _ = stated(before, {"tier": "silver"}, correction=True)
    after = take(identify(days(3), tier="none"), profile=corrected)
    assert (value(after, "tier"), after.traits["tier"].source) == ("silver", "declared")


def test_a_later_correction_replaces_an_earlier_one() -> None:
    profile, _ = stated(Profile("p"), {"tier": "silver"}, correction=True)
    assert value(stated(profile, {"tier": "gold"}, correction=True, at=days(1))[0], "tier") == "gold"


def test_null_takes_back_what_the_source_said_itself() -> None:
    profile = take(identify(source="crm", tier="gold"), identify(source="inferred", tier="none"))
    assert value(stated(profile, {"tier": None}, strict=True)[0], "tier") == "none"


def test_null_in_a_correction_takes_everything_back() -> None:
    profile = take(identify(tier="gold"), identify(source="inferred", tier="none"))
    assert stated(profile, {"tier": None}, strict=True, correction=True)[0].traits == {}


# ---- quarantine: E9


def test_data_of_a_login_source_is_quarantined_e9() -> None:
    profile = take(identify(source="facebook", id="fb7", email="ann@example.com", friends=["Bob"]))
    assert profile.traits == {}
    assert profile.quarantined == {"facebook:id": 1, "facebook:email": 1, "facebook:friends": 1}


def test_a_login_source_is_quarantined_when_set_by_hand_too_e9() -> None:
    assert stated(Profile("p"), {"tier": "gold"}, source="facebook")[0].traits == {}


# ---- the client's context


def test_locale_and_time_zone_of_the_context_fill_in() -> None:
    profile = take(message({"type": "page", "context": {"locale": "fr-BE", "timezone": "Europe/Brussels"}}))
    assert (value(profile, "locale"), profile.traits["timezone"].source) == ("fr-BE", "behaviour")


def test_a_declared_locale_is_not_overridden_by_the_context() -> None:
    page = message({"type": "page", "context": {"locale": "en-GB"}}, days(1))
    assert value(take(identify(locale="fr-BE"), page), "locale") == "fr-BE"


def test_device_tokens_add_up() -> None:
    tokens = [message({"type": "page", "context": {"device": {"token": token}}}) for token in ("t2", "t1")]
    assert value(take(*tokens), "device_tokens") == ("t1", "t2")
