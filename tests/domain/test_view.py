"""What a view shows, and what it hides and why."""

import pytest
from rapport.domain.condition import UNKNOWN
from rapport.domain.event import EventFacts
from rapport.domain.moment import DAY
from rapport.domain.profile import Chosen, Considered, Intent, Ownership
from rapport.domain.sight import Hidden

from tests.domain.trails import NOW, looked, publish, someone, trait

CATALOGUE = publish(
    segments=[
        {"id": "gold", "when": 'traits.tier == "gold"'},
        {"id": "not-gold", "unless": '"gold" in segments'},
        {"id": "nobody"},
        {"id": "everybody", "when": True},
        {"id": "family", "persona": True, "priority": 2, "when": "traits.adult == true"},
        {"id": "business", "persona": True, "priority": 1, "when": 'traits.job_title == "boss"'},
    ]
)


@pytest.mark.parametrize(
    ("name", "value", "granted", "veil"),
    [
        ("tier", None, "personalisation", Hidden.MISSING),
        ("job_title", trait("boss", "behaviour", 0.6), "personalisation", Hidden.UNCERTAIN),
        ("job_title", trait("boss", "crm", 0.95, NOW - 200 * DAY), "personalisation", Hidden.STALE),
        ("first_name", trait("Ann", "facebook", 0.8), "personalisation", Hidden.OUT_OF_MANDATE),
        ("balance", trait(10.0), "personalisation", Hidden.OUT_OF_MANDATE),
        ("tier", trait("gold"), "marketing", Hidden.NO_CONSENT),
        ("churn_risk", trait(0.9), "personalisation", Hidden.NO_CONSENT),
        ("first_name", trait("Ann", unverified=True), "personalisation", Hidden.UNVERIFIED),
        ("tier", trait("platinum"), "personalisation", Hidden.UNFIT),
        ("age", trait(True), "personalisation", Hidden.UNFIT),
        ("interests", trait("ski"), "personalisation", Hidden.UNFIT),
        ("birthday", trait(1e15), "personalisation", Hidden.UNFIT),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_a_trait_is_hidden_for_one_reason_b1_e1_e2_e3_e8_e16(
    name: str, value: object, granted: str, veil: Hidden
) -> None:
    seen = looked(someone(granted, traits={name: value} if value is not None else {}), CATALOGUE)
    assert seen.hidden[name] is veil


@pytest.mark.parametrize("name", ["tier", "job_title"])
def test_what_is_hidden_is_unknown_to_conditions(name: str) -> None:
    seen = looked(someone("", traits={"tier": "gold", "job_title": "boss"}), CATALOGUE)
    assert seen.value(f"traits.{name}") is UNKNOWN


def test_without_consent_category_traits_are_what_is_left_e2() -> None:
    seen = looked(someone("", traits={"tier": "gold", "home_city": "Oslo"}), CATALOGUE)
    assert seen.traits == {"home_city": "Oslo"}


def test_predicted_traits_need_profiling_besides_e3() -> None:
    seen = looked(someone("personalisation profiling", traits={"churn_risk": 0.9}), CATALOGUE)
    assert seen.value("traits.churn_risk") == 0.9


def test_a_mandate_opens_for_its_own_purpose_e8() -> None:
    seen = looked(someone("", traits={"balance": trait(10.0, "ledger", 1.0)}), CATALOGUE, purpose="service")
    assert seen.value("traits.balance") == 10.0


@pytest.mark.parametrize(
    ("granted", "channel", "is_pull", "individual"),
    [
        ("personalisation", "web", True, True),
        ("marketing", "web", True, False),
        ("personalisation@email", "web", True, False),
        ("personalisation", "email", False, False),
        ("personalisation marketing@email", "email", False, True),
        ("personalisation marketing@sms", "email", False, False),
        ("personalisation marketing@sms", None, False, True),
    ],
)
def test_consent_is_asked_per_channel_and_marketing_besides_in_messages(
    granted: str, channel: str | None, is_pull: bool, individual: bool
) -> None:
    assert looked(someone(granted), CATALOGUE, channel=channel, is_pull=is_pull).individual is individual


def test_an_anonymous_stretch_sees_its_own_claims() -> None:
    stretch = someone("personalisation", traits={"first_name": trait("Ann", unverified=True)})
    seen = looked(type(stretch)(id="p_1", consents=stretch.consents, traits=stretch.traits), CATALOGUE)
    assert seen.value("traits.first_name") == "Ann"


@pytest.mark.parametrize(
    ("context", "locale"),
    [
        ({"locale": "fr-BE"}, "fr-BE"),
        ({"locale": {"$ne": 1}}, UNKNOWN),
        ({"locale": "<script>"}, UNKNOWN),
        ({"locale": "fr" * 50}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_the_context_fills_in_a_locale_that_is_not_known_and_only_a_locale(
    context: dict[str, object], locale: object
) -> None:
    assert looked(someone(), CATALOGUE, context=context).value("traits.locale") == locale


@pytest.mark.parametrize("zone", ["Europe", "../../etc/passwd", "Mars/Olympus", "", "\0"])
def test_a_time_zone_that_does_not_exist_is_not_filled_in(zone: str) -> None:
    assert looked(someone(), CATALOGUE, context={"timezone": zone}).value("traits.timezone") is UNKNOWN


def test_what_is_known_is_not_overridden_by_the_context() -> None:
    seen = looked(someone(traits={"locale": "de"}), CATALOGUE, context={"locale": "fr"})
    assert seen.value("traits.locale") == "de"


def test_a_count_of_nothing_is_a_known_zero() -> None:
    assert looked(someone(), CATALOGUE).value("traits.orders") == 0


@pytest.mark.parametrize(
    ("segment", "tier", "truth"),
    [
        ("gold", "gold", True),
        ("gold", "none", False),
        ("gold", None, None),
        ("not-gold", None, True),
        ("not-gold", "gold", False),
        ("nobody", "gold", False),
        ("everybody", None, True),
        ("no-such", "gold", None),
    ],
)
def test_segments_are_three_valued(segment: str, tier: str | None, truth: bool | None) -> None:
    seen = looked(someone(traits={"tier": tier} if tier else {}), CATALOGUE)
    assert seen.in_segment(segment) is truth


@pytest.mark.parametrize(
    ("traits", "persona"),
    [({"job_title": "boss", "adult": True}, "business"), ({"adult": True}, "family"), ({"job_title": "clerk"}, None)],
)
def test_a_person_fits_at_most_one_persona_the_first_that_is_sure_b5_e4(
    traits: dict[str, object], persona: str | None
) -> None:
    assert looked(someone(traits=traits), CATALOGUE).persona == persona


def test_no_persona_is_an_unknown_one_b5() -> None:
    assert looked(someone(), CATALOGUE).value("persona") is UNKNOWN


def test_a_test_may_play_a_persona() -> None:
    seen = looked(someone(traits={"adult": True}), CATALOGUE, played="business")
    assert (seen.persona, seen.in_segment("family")) == ("business", False)


INTENTS = {
    "trip": Intent(
        considered={"oslo": Considered(NOW - DAY, NOW + DAY), "rome": Considered(NOW - 9 * DAY, NOW - DAY)},
        chosen=(Chosen("stockholm", NOW - DAY, NOW + DAY), Chosen("paris", NOW - 9 * DAY, NOW)),
    )
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("intents.trip.considered", ("oslo",)),
        ("intents.trip.chosen", ("stockholm",)),
        ("intents.bank.chosen", ()),
        ("owned", ("ski-1",)),
        ("groups", ("team-9",)),
    ],
)
def test_what_somebody_wants_and_has_is_known_at_the_moment(name: str, value: tuple[str, ...]) -> None:
    person = someone(intents=INTENTS, owned={"ski-1": Ownership(1, NOW)}, groups=("team-9",))
    assert looked(person, CATALOGUE).value(name) == value


@pytest.mark.parametrize("name", ["intents.trip.chosen", "owned", "groups"])
def test_what_somebody_wants_and_has_is_outside_the_mandate_without_consent_e2(name: str) -> None:
    assert looked(someone("", intents=INTENTS), CATALOGUE).value(name) is UNKNOWN


def test_what_a_source_may_not_tell_is_neither_in_nor_surely_out() -> None:
    person = someone(owned={"ski-1": Ownership(1, NOW, "commerce"), "loan": Ownership(1, NOW, "ledger")})
    assert looked(person, CATALOGUE).value("owned") == ("ski-1", UNKNOWN)


def test_events_and_context_are_read_by_path() -> None:
    event = EventFacts("Order Completed", NOW, {"cart": {"sku": "x"}})
    seen = looked(someone(), CATALOGUE, event=event, context={"page": {"path": "/"}})
    names = ["event.name", "event.properties.cart.sku", "context.page.path", "now"]
    assert [seen.value(name) for name in names] == ["Order Completed", "x", "/", NOW]


@pytest.mark.parametrize("name", ["event.properties.x", "context.page", "traits", "nonsense", "traits.__class__", ""])
def test_a_name_that_stands_for_nothing_is_unknown(name: str) -> None:
    assert looked(someone(), CATALOGUE).value(name) is UNKNOWN


def test_a_discreet_view_keeps_what_is_sensitive_to_itself() -> None:
    person = someone(traits={"health": "well", "tier": "gold"})
    assert looked(person, CATALOGUE).discreet().traits == {"tier": "gold", "orders": 0}


def test_preferred_tags_are_the_values_of_the_traits_that_say_so_a2() -> None:
    assert looked(someone(traits={"interests": ("ski", "outdoor")}), CATALOGUE).preferred_tags == {"ski", "outdoor"}
