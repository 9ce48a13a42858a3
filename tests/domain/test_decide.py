"""The decision: one reason for every candidate, by stage; then rank, count, fallback and force."""

from itertools import pairwise
from typing import Any

import pytest
from msgspec import structs
from rapport.domain.decide import Terms
from rapport.domain.learning import Learned, Lesson, learn
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import Case, Chosen, Contact, Exposure, Intent, Ownership

from tests.domain.trails import NOW, chosen, offer, publish, pulled, pushed, reasons, someone, trait

GOLD = 'traits.tier == "gold"'
NEED = Case("need", "Payment At Risk", "p1", NOW - DAY, None, NOW + DAY)
COMPLAINT = Case("complaint", "Complaint Reported", "c1", NOW - DAY, None, NOW + DAY)
BOOKED = {"trip": Intent(chosen=(Chosen("stockholm", NOW - DAY, NOW + DAY),))}

CASES: list[tuple[str, str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    # reason, stage, the offer, the person, the pull
    ("NOT_LIVE", "validity", {"status": "paused"}, {}, {}),
    ("NOT_YET", "validity", {"from": "2026-11-23"}, {}, {}),
    ("EXPIRED", "validity", {"until": "2026-11-22T09:59:59Z"}, {}, {}),
    ("WRONG_PLACEMENT", "placement", {"placements": ["grid"]}, {}, {"terms": Terms(everything=True)}),
    ("WRONG_CHANNEL", "placement", {"channels": ["email"]}, {}, {}),
    ("NO_CONTENT", "placement", {"content": {"fr": {"headline": "Salut"}}}, {}, {}),
    ("NO_CONSENT", "mandate", {"when": GOLD}, {"granted": ""}, {}),
    ("NO_CONSENT", "mandate", {"when": "traits.churn_risk > 0.5"}, {"traits": {"churn_risk": 0.9}}, {}),
    ("NO_CONSENT", "mandate", {"kind": "partner"}, {}, {}),
    ("OUT_OF_MANDATE", "mandate", {"when": 'traits.first_name == "Ann"'},
     {"traits": {"first_name": trait("Ann", "facebook", 0.8)}}, {}),
    ("OUT_OF_MANDATE", "mandate", {"when": '"friend" in segments'},
     {"traits": {"first_name": trait("Ann", "facebook", 0.8)}}, {}),
    ("OUT_OF_MANDATE", "mandate", {"when": '!("loan" in owned)'}, {"owned": {"loan": Ownership(1, NOW, "ledger")}}, {}),
    ("NOT_ELIGIBLE", "eligibility", {"when": GOLD}, {"traits": {"tier": "silver"}}, {}),
    ("NOT_ELIGIBLE", "eligibility", {"unless": GOLD}, {"traits": {"tier": "gold"}}, {}),
    ("NOT_ELIGIBLE", "eligibility", {"complements": {"trip": "oslo"}}, {"intents": BOOKED}, {}),
    ("UNKNOWN", "eligibility", {"when": GOLD}, {}, {}),
    ("UNKNOWN", "eligibility", {"when": 'traits.tier != "gold"'}, {}, {}),
    ("OWNED", "tact", {"about": {"sku": "ski-1"}}, {"owned": {"ski-1": Ownership(1, NOW)}}, {}),
    ("INTENT_SATISFIED", "tact", {"about": {"intent": {"trip": "oslo"}}}, {"intents": BOOKED}, {}),
    ("OPEN_COMPLAINT", "tact", {}, {"cases": (COMPLAINT,)}, {}),
    ("NEEDS_ATTENTION", "tact", {}, {"cases": (NEED,)}, {}),
    ("RECENT_SERVICE_CONTACT", "tact", {}, {"contacts": (Contact(NOW - DAY),)}, {}),
    ("CAPPED", "contact", {"caps": [{"per": "person", "at_most": 1, "days": 7}]},
     {"exposures": (Exposure("x", NOW - DAY, "viewed", "web"),)}, {}),
    ("CAPPED", "contact", {}, {}, {"terms": Terms(exhausted=frozenset({"x"}))}),
    ("IGNORED", "contact", {}, {"contacts": tuple(
        Contact(NOW - days * DAY, "c", offers=("x",), silent_after=NOW - DAY) for days in (20, 10))}, {}),
    ("HOLDOUT", "contact", {}, {}, {"terms": Terms(held_out=True)}),
    ("DUPLICATE", "arbitration", {}, {}, {"terms": Terms(taken=frozenset({"x"}))}),
    ("CHOSEN", "arbitration", {}, {}, {}),
    ("CHOSEN", "arbitration", {"when": GOLD}, {"traits": {"tier": "gold"}}, {}),
    ("CHOSEN", "arbitration", {"unless": GOLD}, {}, {}),
    ("CHOSEN", "arbitration", {"kind": "partner"}, {"granted": "personalisation partner"}, {}),
    ("CHOSEN", "arbitration", {"complements": {"trip": "stockholm"}}, {"intents": BOOKED}, {}),
    ("CHOSEN", "arbitration", {"when": "!has(traits.tier)"}, {}, {}),
    ("CHOSEN", "arbitration", {"when": 'traits.home_city == "Oslo"'},
     {"granted": "", "traits": {"home_city": "Oslo"}}, {}),
    ("FORCED", "arbitration", {"when": GOLD}, {}, {"terms": Terms(force={"hero": "x"})}),
]  # fmt: skip
SEGMENTS = [{"id": "friend", "when": 'traits.first_name == "Ann"'}]


@pytest.mark.parametrize(
    ("reason", "stage", "about", "person", "pull"), CASES, ids=[f"{c[0]}-{n}" for n, c in enumerate(CASES)]
)
def test_every_reason_of_an_offer_on_a_pull_a20_a25_c12_c17_c19_d22_d26_e1_e2_e3_e8(
    reason: str, stage: str, about: dict[str, Any], person: dict[str, Any], pull: dict[str, Any]
) -> None:
    decision = pulled(someone(**person), publish(offer("x", **about), segments=SEGMENTS), **pull)
    assert [(v.stage, v.reason) for v in decision.verdicts if v.offer == "x"] == [(stage, reason)]


@pytest.mark.parametrize(
    ("reason", "about", "person", "message"),
    [
        ("JUST_VIEWED", {"about": {"sku": "ski-1"}}, {"viewed": {"ski-1": NOW - HOUR}}, {}),
        ("PROXIMITY", {}, {"near_until": NOW + HOUR}, {}),
        ("SALES_ON_FIRST_CONTACT", {}, {"purchased": False}, {}),
        ("SALES_SHARE", {}, {"contacts": tuple(Contact(NOW - d * DAY, "c", sells=True) for d in range(5, 0, -1))}, {}),
        ("SENSITIVE", {"when": 'traits.health == "well"'}, {"traits": {"health": "well"}}, {"channel": "sms"}),
        ("NO_CONSENT", {}, {"granted": ""}, {"purpose": "service"}),
        ("CHOSEN", {"kind": "advice"}, {"granted": ""}, {"purpose": "service"}),
        ("CHOSEN", {}, {"granted": "marketing@email"}, {"purpose": "service"}),
        ("HOLDOUT", {}, {}, {"terms": Terms(held_out=True)}),
        ("CHOSEN", {"kind": "service"}, {}, {"terms": Terms(held_out=True)}),
    ],
)  # fmt: skip
def test_every_reason_of_an_offer_in_a_message_a3_b10_c1_c2_d29(
    reason: str, about: dict[str, Any], person: dict[str, Any], message: dict[str, Any]
) -> None:
    fields = {"purchased": True} | person
    assert reasons(pushed(someone(**fields), publish(offer("x", **about)), **message)) == {"x": reason}


def test_a_service_offer_wins_over_a_sale_c7() -> None:
    catalogue = publish(offer("sale", value=1000), offer("help", "service"))
    assert chosen(pulled(someone(), catalogue)) == ["help"]


@pytest.mark.parametrize("kind", ["service", "advice", "content", "relationship"])
def test_what_meets_an_open_need_comes_before_everything_b4(kind: str) -> None:
    meets = offer("meets", kind, meets=["Payment At Risk"])
    catalogue = publish(offer("help", "service", value=1000), meets)
    assert chosen(pulled(someone(cases=(NEED,)), catalogue)) == ["meets"]


def test_what_would_meet_a_need_is_nothing_special_without_one_b4() -> None:
    catalogue = publish(offer("help", "service"), offer("meets", "advice", meets=["Payment At Risk"]))
    assert chosen(pulled(someone(), catalogue)) == ["help"]


def test_what_complements_a_choice_comes_first_and_content_before_sales_c14_c15_c16() -> None:
    catalogue = publish(
        offer("gloves", value=1000),
        offer("car", complements={"trip": "stockholm"}, value=100),
        offer("guide", "content", complements={"trip": "stockholm"}),
    )
    assert chosen(pulled(someone(intents=BOOKED), catalogue, "grid")) == ["guide", "car", "gloves"]


def test_a_preferred_tag_raises_an_equal_offer_a2() -> None:
    catalogue = publish(offer("plain"), offer("outdoor", about={"tags": ["outdoor"]}))
    person = someone(traits={"interests": ("outdoor",)})
    assert chosen(pulled(person, catalogue)) == ["outdoor"]


def test_preferences_without_consent_fall_away_and_the_offer_stays_e2() -> None:
    catalogue = publish(offer("plain", value=1.1), offer("outdoor", about={"tags": ["outdoor"]}))
    assert chosen(pulled(someone("", traits={"interests": ("outdoor",)}), catalogue)) == ["plain"]


@pytest.mark.parametrize(("tier", "winner"), [("gold", "loyal"), ("silver", "plain"), (None, "plain")])
def test_loyalty_weighs_in_where_it_is_sure_a7_e15(tier: str | None, winner: str) -> None:
    catalogue = publish(offer("plain", value=1.5), offer("loyal", context_weight={GOLD: 2.0}))
    assert chosen(pulled(someone(traits={"tier": tier} if tier else {}), catalogue)) == [winner]


@pytest.mark.parametrize("field", ["value", "lever"])
def test_value_and_lever_decide_among_equals(field: str) -> None:
    assert chosen(pulled(someone(), publish(offer("a"), offer("b", **{field: 2.0}), offer("c")))) == ["b"]


def test_equal_scores_are_settled_by_kind_a4() -> None:
    catalogue = publish(*(offer(kind, kind) for kind in ("sales", "content", "advice", "relationship")))
    assert chosen(pulled(someone(), catalogue, "grid", count=4)) == ["relationship", "advice", "content", "sales"]


def test_equals_are_settled_by_chance_that_differs_between_people() -> None:
    catalogue = publish(*(offer(name) for name in "abcd"))
    first = {chosen(pulled(structs.replace(someone(), user_id=f"u{n}"), catalogue))[0] for n in range(60)}
    assert first == set("abcd")


def test_the_choice_is_the_same_all_day_long_and_changes_once() -> None:
    catalogue = publish(*(offer(f"o{n}") for n in range(20)))
    hours = [chosen(pulled(someone(), catalogue, moment=NOW + hour * HOUR))[0] for hour in range(25)]
    assert sum(one != other for one, other in pairwise(hours)) == 1


@pytest.mark.parametrize(
    ("days", "response", "winner"),
    [(6.9, None, "sent"), (6.9, "silence", "sent"), (7, None, "rich"), (1, "clicked", "rich")],
)
def test_what_was_sent_comes_first_until_answered_or_a_week_a5_d13(
    days: float, response: str | None, winner: str
) -> None:
    catalogue = publish(offer("rich", value=100), offer("sent"))
    exposure = Exposure("sent", NOW - days * DAY, "sent", "email", response=response)
    assert chosen(pulled(someone(exposures=(exposure,)), catalogue)) == [winner]


def test_what_was_sent_stays_in_its_tier_d13() -> None:
    catalogue = publish(offer("help", "service"), offer("sent"))
    exposure = Exposure("sent", NOW - DAY, "sent", "email")
    assert chosen(pulled(someone(exposures=(exposure,)), catalogue)) == ["help"]


def test_up_to_so_many_distinct_offers_best_first_a11_a21_d10() -> None:
    catalogue = publish(*(offer(f"o{value}", value=value) for value in (1, 4, 2, 3)))
    assert chosen(pulled(someone(), catalogue, "grid")) == ["o4", "o3", "o2"]


def test_the_rest_is_outranked_a21() -> None:
    decision = pulled(someone(), publish(offer("a", value=2), offer("b")))
    assert reasons(decision) == {"a": "CHOSEN", "b": "OUTRANKED"}


def test_no_offer_stands_twice_on_one_page() -> None:
    catalogue = publish(offer("a", value=2), offer("b"))
    assert chosen(pulled(someone(), catalogue, "hero", "grid")) == ["a", "b"]


def test_a_kind_that_a_placement_does_not_show_is_the_wrong_one() -> None:
    catalogue = publish(offer("x"))
    narrow = structs.replace(catalogue.placements["hero"], kinds=("service",))
    assert reasons(pulled(someone(), structs.replace(catalogue, placements={"hero": narrow})))["x"] == "WRONG_KIND"


@pytest.mark.parametrize(("placement", "channel"), [("hero", "web"), ("desk", "call")])
def test_where_nothing_fits_the_neutral_fallback_stands_in_a8(placement: str, channel: str) -> None:
    decision = pulled(someone(), publish(offer("x", when=GOLD)), placement, channel=channel)
    assert (chosen(decision), decision.placements[0].fallback) == (["welcome"], True)


def test_a_slot_in_a_message_may_stay_empty() -> None:
    assert chosen(pushed(someone(purchased=True), publish(offer("x", when=GOLD)))) == []


def test_held_out_people_get_service_and_else_the_fallback_a26() -> None:
    decision = pulled(someone(), publish(offer("x")), terms=Terms(held_out=True))
    assert (chosen(decision), decision.holdout) == (["welcome"], True)


def test_a_withdrawn_fallback_is_not_shown_either_d32() -> None:
    catalogue = publish()
    gone = structs.replace(catalogue.offers["welcome"], status="withdrawn")
    assert chosen(pulled(someone(), structs.replace(catalogue, offers={"welcome": gone}))) == []


@pytest.mark.parametrize(("kind", "reason"), [("sales", "NO_CONSENT"), ("content", "NO_CONSENT"), ("advice", "CHOSEN")])
def test_on_the_phone_more_than_help_needs_personalisation(kind: str, reason: str) -> None:
    decision = pulled(someone(""), publish(offer("x", kind)), "desk", channel="call", purpose="service")
    assert reasons(decision)["x"] == reason


class Taught:
    """A model that has learned one thing: who likes what."""

    name = "m1"

    def __init__(self, **shares: float) -> None:
        self._shares = shares

    def propensity(self, offer: str, features: tuple[str, ...]) -> float:
        return 0.1

    def shares(self, worths: list[tuple[str, float]], features: tuple[str, ...]) -> list[float]:
        return [self._shares[offer] for offer, _ in worths]


LEARNING = [{"id": "hero", "fallback": "welcome", "learn": True}]


def hundred(model: Taught, **more: Any) -> list[str]:
    catalogue = publish(offer("a", placements=["hero"]), offer("b", placements=["hero"]), placements=LEARNING, **more)
    people = (structs.replace(someone(), user_id=f"u{n}") for n in range(400))
    return [chosen(pulled(person, catalogue, terms=Terms(model=model)))[0] for person in people]


def test_where_a_placement_learns_offers_are_tried_by_their_share_a22() -> None:
    found = hundred(Taught(a=0.8, b=0.2))
    assert 0.72 < found.count("a") / len(found) < 0.88


def test_what_chance_took_ahead_is_called_explored_a22() -> None:
    catalogue = publish(offer("a", placements=["hero"], value=2), offer("b", placements=["hero"]), placements=LEARNING)
    decision = pulled(someone(), catalogue, terms=Terms(model=Taught(a=0.0, b=1.0)))
    found = {verdict.offer: (verdict.reason.value, verdict.chance) for verdict in decision.verdicts}
    assert found["b"] == ("EXPLORED", 1.0)


def test_a_placement_that_does_not_learn_does_not_ask_the_model() -> None:
    decision = pulled(someone(), publish(offer("a", value=2), offer("b")), terms=Terms(model=Taught(a=0.0, b=1.0)))
    assert chosen(decision) == ["a"]


def test_what_is_learned_is_told_of_segments_and_few_valued_traits_only() -> None:
    catalogue = publish(offer("a", placements=["hero"]), placements=LEARNING)
    person = someone(traits={"tier": "gold", "first_name": "Ann", "adult": True})
    decision = pulled(person, catalogue, terms=Terms(model=Taught(a=1.0)), context={"device": "mobile"})
    assert decision.placements[0].choices[0].basis.features == ("device:mobile", "tier:gold", "adult:True")


def test_nothing_sensitive_is_learned_from() -> None:
    catalogue = publish(offer("a", placements=["hero"]), placements=LEARNING)
    traits = {**catalogue.traits, "adult": structs.replace(catalogue.traits["adult"], sensitive=True)}
    person = someone(traits={"tier": "gold", "adult": True})
    decision = pulled(person, structs.replace(catalogue, traits=traits))
    assert decision.placements[0].choices[0].basis.features == ("tier:gold",)


def test_nothing_that_rests_on_something_sensitive_is_learned_from() -> None:
    catalogue = publish(
        offer("a", placements=["hero"]),
        placements=LEARNING,
        segments=[
            {"id": "ill", "when": 'traits.health == "poor"'},
            {"id": "patient", "persona": True, "priority": 1, "when": '"ill" in segments'},
            {"id": "gold", "when": GOLD},
        ],
    )
    person = someone(traits={"tier": "gold", "health": "poor"})
    assert pulled(person, catalogue).placements[0].choices[0].basis.features == ("segment:gold", "tier:gold")


@pytest.mark.parametrize(
    ("channel", "first"), [("email", "cure"), ("sms", "walk"), ("print", "walk"), ("note", "cure")]
)
def test_what_is_sensitive_weighs_nothing_on_channels_open_to_other_eyes(channel: str, first: str) -> None:
    weighs = {'traits.health == "poor"': 9.0}
    catalogue = publish(offer("cure", "content", context_weight=weighs), offer("walk", "content", value=2))
    person = someone(traits={"health": "poor"})
    assert chosen(pushed(person, catalogue, channel=channel))[0] == first


def test_a_persona_that_is_only_played_teaches_nothing() -> None:
    catalogue = publish(
        offer("a", placements=["hero"]),
        placements=LEARNING,
        segments=[{"id": "family", "persona": True, "when": "traits.adult == true"}],
    )
    plays = [pulled(someone(), catalogue, played=played) for played in (None, "family")]
    assert [decision.placements[0].choices[0].basis.learns for decision in plays] == [True, False]


def test_the_first_thing_learned_turns_few_people_round() -> None:
    catalogue = publish(offer("a", placements=["hero"]), offer("b", placements=["hero"]), placements=LEARNING)
    models = (None, learn(Learned(), [Lesson("a", tried=True)]))
    moved = 0
    for number in range(300):
        person = structs.replace(someone(), user_id=f"u{number}")
        before, after = (chosen(pulled(person, catalogue, terms=Terms(model=model))) for model in models)
        moved += before != after
    assert moved < 30
