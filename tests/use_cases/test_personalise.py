"""A pull, from request to answer: who may ask what, what is seen at once, and what the answer tells."""

from typing import Any

import msgspec
import pytest
from msgspec import structs
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import TokenPayload
from rapport.domain.house import Holdout
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import Chosen, Exposure, Intent, Profile, Waiting
from rapport.errors import BadRequest, Forbidden
from rapport.memory import MemorySealer
from rapport.ports import Publication
from rapport.use_cases.asked import ANONYMOUS, SERVER, Asked, Caller, PullRequest, person, read
from rapport.use_cases.personalise import Answer, Reception, personalise
from rapport.use_cases.sealed import opened

from tests.domain.trails import NOW, offer, publish, someone

GOLD = 'traits.tier == "gold"'
SEALER = MemorySealer()
ANN = person("ann")
CATALOGUE = publish(
    offer("gold", when=GOLD, value=5),
    offer("ski", about={"sku": "ski-1", "tags": ["ski"]}),
    offer("oslo", about={"intent": {"trip": "oslo"}}, value=2),
    offer("mobile", "content", when='context.device == "mobile"', value=9),
    segments=[
        {"id": "gold", "when": GOLD},
        {"id": "family", "persona": True, "when": "traits.adult == true"},
    ],
)


def ask(
    profile: Profile, caller: Caller = ANN, catalogue: Catalogue = CATALOGUE, *, degraded: bool = False, **body: Any
) -> Answer:
    named = {"userId": "ann"} if caller.kind != "anonymous" else {"anonymousId": "a1"}
    request = read({"placements": ["hero"], **named, **body}, PullRequest)
    timer = body.pop("timer", None)
    reception = Reception(Publication(catalogue), SEALER, timer=timer)
    return personalise(Asked(request, caller, NOW, "d_1"), profile, reception, degraded=degraded)


def shown(answer: Answer) -> list[str]:
    return [one["id"] for placement in answer.body["placements"] for one in placement["offers"]]


STRETCH = Profile(id="p_1", anonymous_id="a1")


def test_the_answer_has_the_shape_of_the_contract_a12() -> None:
    body = ask(someone(traits={"tier": "gold"})).body
    assert list(body) == ["decisionId", "profileId", "catalogue", "holdout", "placements"]


def test_an_offer_in_it_says_what_why_and_carries_its_token_a9() -> None:
    first = ask(someone(traits={"tier": "gold"})).body["placements"][0]["offers"][0]
    assert list(first) == ["id", "kind", "content", "why", "token"]


def test_an_answer_for_a_stranger_has_the_same_shape() -> None:
    known, unknown = (ask(*who).body for who in ((someone(), ANN), (STRETCH, ANONYMOUS)))
    assert (list(known), list(known["placements"][0])) == (list(unknown), list(unknown["placements"][0]))


def test_a_token_carries_what_was_decided_and_opens_for_its_purpose_only() -> None:
    token = ask(someone(traits={"tier": "gold"})).body["placements"][0]["offers"][0]["token"]
    payload = msgspec.msgpack.decode(SEALER.open("offer", token) or b"", type=TokenPayload)
    assert payload == TokenPayload(
        "d_1", "p_ann", "gold", "hero", "web", NOW, 1.0, "base", "v0", False, (), False, "individual"
    )
    assert SEALER.open("u", token) is None


def test_a_context_alone_decides_for_a_stranger() -> None:
    assert shown(ask(STRETCH, ANONYMOUS, context={"device": "mobile"})) == ["mobile"]


def test_a_browser_never_gets_what_is_known_of_a_person() -> None:
    answer = ask(someone(traits={"tier": "gold"}), ANONYMOUS)
    assert (shown(answer), answer.body["profileId"] == "p_ann") == (["oslo"], False)


VIEWED = {"type": "track", "event": "Product Viewed", "messageId": "m1", "properties": {"sku": "ski-1"}}
LIKES = {"type": "identify", "messageId": "m2", "traits": {"interests": ["ski"]}}
BOOKED = {"type": "track", "event": "Flight Booked", "messageId": "m3", "properties": {"destination": "oslo"}}


def test_what_was_just_declared_counts_in_this_very_answer_a10_d12() -> None:
    catalogue = publish(offer("plain", value=1.2), offer("ski", about={"tags": ["ski"]}))
    assert shown(ask(someone(), catalogue=catalogue, events=[LIKES])) == ["ski"]


def test_what_was_just_booked_is_not_offered_any_more_c12_c13() -> None:
    assert "oslo" not in shown(ask(someone(), placements=["grid"], events=[BOOKED]))


def test_a_browser_books_nothing_c12() -> None:
    assert "oslo" in shown(ask(STRETCH, ANONYMOUS, placements=["grid"], events=[BOOKED]))


def test_what_was_just_viewed_may_be_shown_on_the_persons_own_visit_c2() -> None:
    assert "ski" in shown(ask(someone(), placements=["grid"], events=[VIEWED]))


def test_the_events_go_on_to_the_bus_under_the_name_of_the_caller() -> None:
    found = [(event.name, event.user_id, event.trusted) for event in ask(someone(), events=[VIEWED]).events]
    assert found == [("Product Viewed", "ann", True)]


def test_events_of_a_nameless_caller_count_and_go_nowhere() -> None:
    answer = ask(Profile(id="p_0"), ANONYMOUS, anonymousId=None, events=[VIEWED])
    assert (shown(answer), answer.events) == (["oslo"], ())


CONSENT = {"consent": {"categoryPreferences": {"personalisation": True}}}


@pytest.mark.parametrize(
    ("granted", "preferences", "first"),
    [("", {"personalisation": True}, "gold"), ("personalisation", {"personalisation": False}, "oslo")],
)
def test_consent_in_the_context_counts_at_once(granted: str, preferences: dict[str, bool], first: str) -> None:
    context = {"consent": {"categoryPreferences": preferences}}
    assert shown(ask(someone(granted, traits={"tier": "gold"}), context=context)) == [first]


@pytest.mark.parametrize(("granted", "told"), [("", 1), ("personalisation", 0)])
def test_consent_in_the_context_is_told_when_it_is_news(granted: str, told: int) -> None:
    assert len(ask(someone(granted), context=CONSENT).events) == told


def test_consent_in_the_context_is_for_the_web_alone() -> None:
    gold = someone("", traits={"tier": "gold"})
    assert shown(ask(gold, placements=["desk"], channel="call", context=CONSENT))[0] == "oslo"


@pytest.mark.parametrize(
    "consent", [1, "x", [], {"categoryPreferences": 1}, {"categoryPreferences": {"service": False}}]
)
def test_nonsense_for_consent_changes_nothing(consent: Any) -> None:
    assert shown(ask(someone(traits={"tier": "gold"}), SERVER, context={"consent": consent})) == ["gold"]


@pytest.mark.parametrize(
    ("caller", "body"),
    [
        (ANONYMOUS, {"explain": True}),
        (ANONYMOUS, {"force": {"hero": "ski"}}),
        (ANONYMOUS, {"as_persona": "family"}),
        (ANN, {"force": {"hero": "ski"}}),
        (ANN, {"as_persona": "family"}),
        (ANN, {"userId": "bob"}),
        (ANN, {"events": [{**VIEWED, "userId": "bob"}]}),
    ],
)
def test_what_a_caller_may_not_ask_is_refused_and_never_left_out(caller: Caller, body: dict[str, Any]) -> None:
    with pytest.raises(Forbidden):
        ask(someone(), caller, **body)


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"placements": ["hero", "nowhere"]}, "placements[1]"),
        ({"placements": []}, "$.placements"),
        ({"placements": [{"id": "hero", "count": 0}]}, "$.placements[0].count"),
        ({"placements": ["hero"], "count": 3}, "$"),
        ({"placements": ["hero"], "when": "true"}, "$"),
        ({"channel": "fax"}, "$.channel"),
        ({"userId": ""}, "$.userId"),
        ({"events": [VIEWED] * 21}, "$.events"),
        ({"events": [VIEWED, {**VIEWED, "type": "nonsense"}]}, "events[1].type"),
        ({"force": {"hero": "nothing"}}, "force.hero"),
        ({"as_persona": "gold"}, "as_persona"),
    ],
)  # fmt: skip
def test_a_body_that_does_not_fit_is_answered_with_its_faults(body: dict[str, Any], path: str) -> None:
    with pytest.raises(BadRequest) as refused:
        ask(someone(), SERVER, **body)
    assert [fault["path"] for fault in refused.value.errors] == [path]


def test_a_request_may_want_another_number_than_the_placement_a21() -> None:
    assert len(shown(ask(someone(), placements=[{"id": "hero", "count": 2}]))) == 2


def test_without_a_channel_the_placements_own_counts() -> None:
    assert ask(someone(), SERVER, placements=["desk"]).decision.placements[0].placement == "desk"


def test_a_test_may_force_an_offer() -> None:
    answer = ask(someone(), SERVER, force={"hero": "gold"}, explain=True)
    assert [(line["offer"], line["reason"]) for line in answer.body["explain"]["candidates"][:2]] == [
        ("welcome", "WRONG_PLACEMENT"), ("gold", "FORCED"),
    ]  # fmt: skip


@pytest.mark.parametrize("persona", ["family", None])
def test_a_test_may_play_a_persona_e4(persona: str | None) -> None:
    catalogue = publish(
        offer("family", when='persona == "family"'),
        segments=[{"id": "family", "persona": True, "when": "traits.adult == true"}],
    )
    found = shown(ask(someone(""), SERVER, catalogue, as_persona=persona))
    assert found == (["family"] if persona else ["welcome"])


class TestExplain:
    """The trace of an answer."""

    def test_lists_the_six_steps_in_order_a23(self) -> None:
        steps = ask(someone(), SERVER, explain=True).body["explain"]["steps"]
        assert [one["step"] for one in steps] == ["identify", "collect", "analyse", "match", "deliver", "optimise"]

    def test_times_them_by_the_timer_it_is_given_a23(self) -> None:
        ticks = iter(range(100))
        request = read({"userId": "ann", "placements": ["hero"], "explain": True}, PullRequest)
        reception = Reception(Publication(CATALOGUE), SEALER, timer=lambda: next(ticks) / 1000)
        answer = personalise(Asked(request, SERVER, NOW, "d_1"), someone(), reception)
        assert [one["ms"] for one in answer.body["explain"]["steps"]] == [1.0] * 6

    def test_names_segments_and_persona_a20(self) -> None:
        explain = ask(someone(traits={"tier": "gold", "adult": True}), SERVER, explain=True).body["explain"]
        assert (explain["segments"], explain["persona"]) == (["gold"], "family")

    def test_has_one_line_for_every_offer_with_its_mode_a20_a25(self) -> None:
        lines = ask(someone(), SERVER, explain=True).body["explain"]["candidates"]
        assert {line["offer"]: (line["stage"], line["reason"], line["mode"]) for line in lines} == {
            "welcome": ("placement", "WRONG_PLACEMENT", "mass"),
            "gold": ("eligibility", "UNKNOWN", "individual"),
            "ski": ("arbitration", "OUTRANKED", "mass"),
            "oslo": ("arbitration", "CHOSEN", "mass"),
            "mobile": ("eligibility", "UNKNOWN", "mass"),
        }

    def test_shows_a_server_the_scores(self) -> None:
        lines = ask(someone(), SERVER, explain=True).body["explain"]["candidates"]
        assert next(line["score"] for line in lines if line["offer"] == "oslo") == {
            "propensity": 0.05, "context": 1.0, "value": 2.0, "lever": 1.0,
        }  # fmt: skip

    def test_shows_a_person_no_scores(self) -> None:
        lines = ask(someone(), ANN, explain=True).body["explain"]["candidates"]
        assert not any({"score", "chance"} & line.keys() for line in lines)

    def test_shows_nothing_individual_without_consent_e2(self) -> None:
        explain = ask(someone("", traits={"tier": "gold", "adult": True}), SERVER, explain=True).body["explain"]
        assert (explain["segments"], explain["persona"]) == ([], None)


def test_held_out_people_get_the_fallback_and_the_answer_says_so_a26() -> None:
    everybody = structs.replace(CATALOGUE, house=structs.replace(CATALOGUE.house, holdout=Holdout(1.0)))
    answer = ask(someone(traits={"tier": "gold"}), catalogue=everybody)
    assert (answer.body["holdout"], shown(answer)) == (True, ["welcome"])


def test_without_the_store_every_placement_shows_its_fallback_a8() -> None:
    answer = ask(Profile(id="p_ann"), placements=["hero", "grid"], degraded=True, events=[VIEWED])
    assert (shown(answer), answer.degraded) == (["welcome", "welcome"], True)


def test_what_was_sent_comes_first_on_the_site_d13_d28() -> None:
    sent = Exposure("ski", NOW - HOUR, "sent", "email")
    assert shown(ask(someone(exposures=(sent,)))) == ["ski"]


def waiting(**more: Any) -> Waiting:
    plain = Waiting("m_1", "news", "hero", {"text": "News"}, (), NOW + DAY, "Because")
    return structs.replace(plain, **more)


def with_news() -> Catalogue:
    news = Campaign("news", "marketing", "content", Trigger("event", "X"), ("web",), "news.j2", placement="hero")
    trip = structs.replace(news, id="trip", intent={"trip": "oslo"})
    return structs.replace(CATALOGUE, campaigns={"news": news, "trip": trip})


def test_a_message_that_waits_for_its_placement_comes_first() -> None:
    answer = ask(someone(waiting=(waiting(),)), catalogue=with_news(), placements=["grid", "hero"])
    hero = answer.body["placements"][1]
    assert ([one["id"] for one in hero["offers"]], hero["fallback"]) == (["news"], False)


def test_a_waiting_messages_token_names_the_message() -> None:
    token = ask(someone(waiting=(waiting(),)), catalogue=with_news()).body["placements"][0]["offers"][0]["token"]
    assert msgspec.msgpack.decode(SEALER.open("offer", token) or b"", type=TokenPayload).offer == "m_1"


@pytest.mark.parametrize(
    ("fields", "granted"),
    [
        ({"until": NOW}, "personalisation marketing"),
        ({"offers": ("gone",)}, "personalisation marketing"),
        ({"campaign": "gone"}, "personalisation marketing"),
        ({"campaign": "trip"}, "personalisation marketing"),
        ({}, "personalisation"),
        ({"placement": "grid"}, "personalisation marketing"),
    ],
    ids=["late", "withdrawn", "no-campaign", "tact", "consent", "elsewhere"],
)
def test_a_waiting_message_is_looked_at_again_c12_d32(fields: dict[str, Any], granted: str) -> None:
    booked = {"trip": Intent(chosen=(Chosen("oslo", NOW - HOUR, NOW + DAY),))}
    profile = someone(granted, waiting=(waiting(**fields),), intents=booked)
    assert shown(ask(profile, catalogue=with_news())) == ["ski"]


def test_an_offer_inside_a_waiting_message_does_not_appear_again_beside_it() -> None:
    profile = someone(waiting=(waiting(offers=("oslo",)),), purchased=True)
    assert shown(ask(profile, catalogue=with_news(), placements=["hero", {"id": "grid", "count": 1}])) == [
        "news",
        "ski",
    ]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"placements": ["\xff"]}', b'{"placements": 1}', b"[" * 99_999])
def test_a_body_of_bytes_that_is_no_request_is_a_bad_request(body: bytes) -> None:
    with pytest.raises(BadRequest):
        read(body, PullRequest)


def test_what_would_be_too_long_an_explain_is_refused_whoever_asks() -> None:
    one = CATALOGUE.offers["gold"]
    crowded = structs.replace(CATALOGUE, offers={f"o{n}": structs.replace(one, id=f"o{n}") for n in range(15_001)})
    with pytest.raises(BadRequest, match="too much to explain"):
        ask(someone(), catalogue=crowded, placements=["hero", "grid"], explain=True)
    assert "explain" not in ask(someone(), catalogue=crowded, placements=["hero", "grid"]).body


def test_without_a_channel_each_placement_is_judged_on_its_own_channel() -> None:
    placements = [{"id": "hero", "fallback": "welcome"}, {"id": "desk", "channel": "call", "fallback": "welcome"}]
    catalogue = publish(
        offer("told", "advice", channels=["call"], when=GOLD, value=9, placements=["hero", "desk"]),
        offer("shown", "content", value=5, placements=["hero", "desk"]),
        placements=placements,
    )
    callers = someone("personalisation@call", traits={"tier": "gold"})
    answer = ask(callers, SERVER, catalogue, placements=["hero", "desk"], explain=True)
    found = {(line["placement"], line["offer"]): line["reason"] for line in answer.body["explain"]["candidates"]}
    assert shown(answer) == ["shown", "told"]
    assert (found["hero", "told"], found["desk", "shown"]) == ("WRONG_CHANNEL", "DUPLICATE")
    tokens = [opened(one["token"], SEALER) for placement in answer.body["placements"] for one in placement["offers"]]
    assert [token.channel for token in tokens if token] == ["web", "call"]
