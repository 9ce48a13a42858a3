"""The next best action, forms, and the single view."""

from typing import Any

import pytest
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import DAY, text
from rapport.domain.profile import (
    Address,
    Case,
    Chosen,
    Considered,
    Counter,
    Identity,
    Intent,
    Ownership,
    Profile,
)
from rapport.errors import BadRequest, NotFound
from rapport.memory import MemorySealer
from rapport.ports import Publication
from rapport.use_cases.asked import ActionRequest, read
from rapport.use_cases.fill_form import fill_form
from rapport.use_cases.next_action import next_action
from rapport.use_cases.personalise import Reception
from rapport.use_cases.single_view import single_view

from tests.domain.trails import NOW, SOURCES, offer, publish, someone, trait

CALL = {"link": "https://trails.example/book", "headline": "Talk to us"}
CATALOGUE = publish(
    offer("video-call", "advice", when='traits.tier == "gold"', unless="traits.age < 18", content={"en-GB": CALL}),
    offer("thanks", "relationship", value=0.5),
    offer("loan", value=500),
    offer("cover", "service", meets=["Payment At Risk"], when="traits.balance < 100.0"),
    offer("gear", "advice", complements={"trip": "oslo"}, when='"gold" in segments'),
    segments=[{"id": "gold", "when": 'traits.tier == "gold"'}],
    house={"links": ["trails.example"]},
    forms=[{"id": "newsletter", "asks": ["first_name", "interests", "job_title", "birthday"], "needs": ["email"]}],
)
NEED = Case("need", "Payment At Risk", "p1", NOW - DAY, None, NOW + DAY)
YESTERDAY = text(NOW - DAY)


def actions(profile: Profile, catalogue: Catalogue = CATALOGUE, **body: Any) -> list[dict[str, Any]]:
    request = read({"userId": "ann", "placement": "desk", **body}, ActionRequest)
    reception = Reception(Publication(catalogue), MemorySealer())
    found: list[dict[str, Any]] = next_action(request, profile, reception, (NOW, "d_1")).body["actions"]
    return found


def test_a_profile_gives_actions_best_first_with_their_reason_c11_a27() -> None:
    found = [(one["offer"], one["reason"]) for one in actions(someone("", traits={"tier": "gold"}))]
    assert found == [("video-call", "CHOSEN"), ("thanks", "CHOSEN")]


def test_an_invitation_carries_its_link_c21() -> None:
    assert actions(someone("", traits={"tier": "gold"}))[0]["content"]["link"] == "https://trails.example/book"


def test_an_action_shows_the_facts_it_rests_on_with_their_provenance_b14_a24() -> None:
    first = actions(someone("", traits={"tier": "gold", "first_name": "Ann", "age": trait(40, "declared", 1.0)}))[0]
    assert first["facts"] == [
        {"name": "tier", "value": "gold", "source": "crm", "observed_at": YESTERDAY, "certainty": 0.95},
        {"name": "age", "value": 40, "source": "declared", "observed_at": YESTERDAY, "certainty": 1.0},
    ]


def test_facts_reach_through_segments_and_choices() -> None:
    booked = {"trip": Intent(chosen=(Chosen("oslo", NOW - DAY, NOW + DAY),))}
    first = actions(someone("", traits={"tier": "gold"}, intents=booked))[0]
    assert [(fact["name"], fact["value"]) for fact in first["facts"]] == [
        ("segments.gold", True), ("tier", "gold"), ("intents.trip.chosen", "oslo"),
    ]  # fmt: skip


def test_an_open_need_is_met_first_on_service_data_alone_b4_c18() -> None:
    first = actions(someone("", traits={"balance": trait(10.0, "ledger", 1.0)}, cases=(NEED,)))[0]
    assert (first["offer"], [fact["name"] for fact in first["facts"]]) == ("cover", ["balance", "cases.need"])


@pytest.mark.parametrize(("granted", "sold"), [("", False), ("personalisation@web", False), ("personalisation", True)])
def test_on_the_phone_nothing_is_sold_without_personalisation(granted: str, sold: bool) -> None:
    assert ("loan" in [one["offer"] for one in actions(someone(granted))]) is sold


def test_nothing_is_sold_over_a_need_c19() -> None:
    assert "loan" not in [one["offer"] for one in actions(someone("personalisation", cases=(NEED,)))]


def test_an_agent_of_a_stranger_gets_something_to_say() -> None:
    assert [one["offer"] for one in actions(Profile(id="p_0"), publish())] == ["welcome"]


def test_an_unknown_placement_is_a_bad_request() -> None:
    with pytest.raises(BadRequest):
        actions(someone(), placement="nowhere")


# ---- forms


@pytest.mark.parametrize(
    ("granted", "traits", "asks", "known"),
    [
        ("personalisation", {}, ["first_name", "interests", "job_title", "birthday", "email"], {}),
        (
            "personalisation",
            {"first_name": "Ann", "birthday": 0.0, "email": "ann@example.com", "interests": ("ski",)},
            ["job_title"],
            {"first_name": "Ann", "interests": ["ski"], "birthday": "1970-01-01", "email": "ann@example.com"},
        ),
        ("", {"first_name": "Ann"}, ["interests", "job_title", "birthday", "email"], {}),
        (
            "personalisation",
            {"job_title": trait("boss", "crm", 0.95, NOW - 400 * DAY)},
            ["first_name", "interests", "job_title", "birthday", "email"],
            {},
        ),
    ],
    ids=["nothing", "much", "not-granted", "stale"],
)
def test_a_form_asks_what_is_not_known_and_shows_what_is_granted_b8_e6(
    granted: str, traits: dict[str, Any], asks: list[str], known: dict[str, Any]
) -> None:
    found = fill_form("newsletter", someone(granted, traits=traits), CATALOGUE, NOW)
    assert found == {"asks": asks, "known": known}


def test_a_form_that_nobody_wrote_is_not_found() -> None:
    with pytest.raises(NotFound):
        fill_form("nothing", someone(), CATALOGUE, NOW)


# ---- the single view

ANN = someone(
    "service marketing@email",
    traits={"tier": "gold", "birthday": 86400.0, "email": "ann@example.com", "job_title": trait("boss", at=NOW)},
    counters={"orders": Counter(total=2, certainty=0.95, source="commerce", observed_at=NOW - DAY)},
    identities=(Identity("user", "ann"),),
    owned={"ski-1": Ownership(1, NOW), "gone": Ownership(0, NOW)},
    intents={"trip": Intent({"oslo": Considered(NOW, NOW + DAY)}, (Chosen("rome", NOW, NOW + DAY),))},
    addresses={"sms": Address(last_sent=NOW, last_response={"status": "replied", "at": NOW, "campaign": "c"})},
    cases=(NEED, Case("complaint", "Complaint Reported", "c", NOW - DAY, NOW, NOW + DAY)),
    groups=("team-9",),
    quarantined={"facebook:friends": 2},
)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("userId", "ann"),
        ("identities", [{"kind": "user", "value": "ann"}]),
        ("segments", ["gold"]),
        ("persona", None),
        ("groups", ["team-9"]),
        ("owned", ["ski-1"]),
        ("intents", {"trip": {"considered": ["oslo"], "chosen": ["rome"]}}),
        ("cases", [{"kind": "need", "event": "Payment At Risk", "key": "p1", "opened_at": YESTERDAY}]),
        ("quarantined", {"facebook:friends": 2}),
        ("contacts", {
            "email": {"address": "ann@example.com", "last_sent": None, "last_response": None},
            "sms": {"address": None, "last_sent": text(NOW),
                    "last_response": {"status": "replied", "at": text(NOW), "campaign": "c"}},
        }),
    ],
)  # fmt: skip
def test_the_single_view_shows_everything_on_one_page_d7_d8_e7_e9(key: str, value: object) -> None:
    assert single_view(ANN, CATALOGUE, NOW)[key] == value


@pytest.mark.parametrize(
    ("name", "value", "source"),
    [("tier", "gold", "crm"), ("birthday", "1970-01-02", "crm"), ("email", "ann@example.com", "crm")],
)
def test_each_trait_shows_where_it_comes_from_and_how_sure_it_is_a16(name: str, value: str, source: str) -> None:
    assert single_view(ANN, CATALOGUE, NOW)["traits"][name] == {
        "value": value, "source": source, "observed_at": YESTERDAY, "certainty": 0.95,
    }  # fmt: skip


def test_consents_are_shown_per_channel() -> None:
    assert list(single_view(ANN, CATALOGUE, NOW)["consents"]["marketing"]) == ["email"]


def test_a_count_of_what_happened_is_shown_and_of_nothing_is_not_a19() -> None:
    shown = [
        single_view(person, CATALOGUE, NOW)["traits"].get("orders", {}).get("value") for person in (ANN, someone())
    ]
    assert shown == [2, None]


def test_certainty_ages_before_the_readers_eyes_d9() -> None:
    found = [single_view(ANN, CATALOGUE, NOW + days * DAY)["traits"]["job_title"]["certainty"] for days in (0, 365)]
    assert found == [0.95, 0.475]


def test_the_profile_grows_surer_as_more_is_known_d9() -> None:
    more = someone(traits={"tier": "gold", "first_name": trait("Ann", "declared", 1.0)})
    before, after = (single_view(one, CATALOGUE, NOW) for one in (someone(traits={"tier": "gold"}), more))
    assert (after["completeness"] > before["completeness"], after["certainty"] > before["certainty"]) == (True, True)


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ('"ski-1" in owned', [{"name": "owned", "value": "ski-1", "source": "commerce", "observed_at": YESTERDAY}]),
        ('"oslo" in intents.trip.considered', [
            {"name": "intents.trip.considered", "value": "oslo", "source": "crm", "observed_at": YESTERDAY},
            {"name": "intents.trip.chosen", "value": "rome", "source": "crm", "observed_at": YESTERDAY},
        ]),
        ('"team-9" in groups', [{"name": "groups", "value": ["team-9"]}]),
    ],
)  # fmt: skip
def test_facts_tell_what_is_owned_considered_and_chosen_and_by_whom_a24(when: str, facts: list[dict[str, Any]]) -> None:
    club = {**SOURCES, "club": {"rank": 1, "certainty": 1.0, "allows": ["marketing"]}}
    catalogue = publish(offer("x", "service", when=when), house={"sources": club})
    at = NOW - DAY
    trip = Intent(
        {"oslo": Considered(NOW, NOW + DAY, {"crm": (at, NOW + DAY), "club": (NOW, NOW + DAY)})},
        (Chosen("rome", at, NOW + DAY, source="crm"), Chosen("nice", at, NOW + DAY, "k", "club")),
    )
    person = someone("", owned={"ski-1": Ownership(1, at, "commerce")}, groups=("team-9",), intents={"trip": trip})
    assert actions(person, catalogue)[0]["facts"] == facts
