"""What holds for every decision, whatever the person and the offers."""

from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.decide import Terms
from rapport.domain.moment import DAY, HOUR
from rapport.domain.offer import Offer
from rapport.domain.profile import Case, Chosen, Contact, Exposure, Intent, Ownership, Profile
from rapport.domain.sight import Hidden
from rapport.plan.shelf import Shelf, stock

from tests.domain.trails import (
    NOW,
    chosen,
    encoded,
    looked,
    offer,
    publish,
    pulled,
    pushed,
    someone,
    trait,
)  # fmt: skip

CATALOGUE = publish(
    offer("gold", when='traits.tier == "gold"', value=9),
    offer("not-gold", "advice", when='traits.tier != "gold"'),
    offer("ann", when='traits.first_name == "Ann"', value=20),
    offer("stranger", "content", when="!has(traits.first_name)"),
    offer("boss", unless='traits.job_title == "boss"', about={"tags": ["ski"]}),
    offer("churning", "relationship", when="traits.churn_risk > 0.5"),
    offer("trip", about={"intent": {"trip": "oslo"}}),
    offer("car", complements={"trip": "stockholm"}),
    offer("ski", about={"sku": "ski-1", "tags": ["outdoor"]}, caps=[{"per": "person", "at_most": 1, "days": 7}]),
    offer("help", "service", meets=["Payment At Risk"], when="traits.adult == true"),
    offer("friend", "partner", when='"club" in segments'),
    offer("rich", when="traits.balance > 100.0", context_weight={"traits.balance > 100.0": 5.0}),
    offer("oslo", when='traits.home_city == "Oslo"', variants=[
        {"when": 'traits.tier == "gold"', "set": {"headline": "Gold"}}]),
    segments=[
        {"id": "club", "when": 'traits.tier in ["gold", "silver"]'},
        {"id": "family", "persona": True, "when": "traits.adult == true"},
    ],
)  # fmt: skip

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "tier": st.sampled_from(["gold", "silver", "platinum", True]),
    "first_name": st.sampled_from(["Ann", "Bo", ""]),
    "job_title": st.sampled_from(["boss", "clerk"]),
    "adult": st.sampled_from([True, False, 1]),
    "interests": st.sampled_from([("ski",), ("outdoor", "ski"), "ski", ()]),
    "balance": st.sampled_from([10.0, 1000.0, float("nan")]),
    "churn_risk": st.sampled_from([0.1, 0.9]),
    "home_city": st.sampled_from(["Oslo", "Rome"]),
    "locale": st.sampled_from(["fr-BE", "en-GB", "<x>"]),
}
SOURCES = st.sampled_from(["crm", "facebook", "ledger", "behaviour"])


def held(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.builds(
        trait,
        values,
        SOURCES,
        st.sampled_from([0.4, 0.6, 0.95]),
        st.sampled_from([NOW - DAY, NOW - 900 * DAY]),
        unverified=st.booleans(),
    )


@st.composite
def people(draw: st.DrawFn) -> Profile:
    traits = {name: draw(held(values)) for name, values in VALUES.items() if draw(st.booleans())}
    some = draw(st.sampled_from(["", "personalisation", "personalisation profiling partner marketing", "marketing"]))
    return structs.replace(
        someone(some, traits=traits),
        purchased=draw(st.booleans()),
        owned=draw(st.sampled_from([{}, {"ski-1": Ownership(1, NOW - DAY)}])),
        intents=draw(st.sampled_from([{}, {"trip": Intent(chosen=(Chosen("stockholm", NOW - DAY, NOW + DAY),))}])),
        cases=draw(st.sampled_from([(), (Case("need", "Payment At Risk", None, NOW - DAY, None, NOW + DAY),)])),
        contacts=draw(st.sampled_from([(), (Contact(NOW - HOUR, "c", sells=True, offers=("gold",)),)])),
        exposures=draw(st.sampled_from([(), (Exposure("ski", NOW - HOUR, "sent", "email"),)])),
    )


FORBIDDEN: dict[str, Callable[[Profile], bool]] = {
    "owned": lambda person: "ski-1" in person.owned,
    "trip": lambda person: bool(person.intents),
    "capped": lambda person: any(shown.offer == "capped" for shown in person.exposures),
    "no-longer": lambda person: any(shown.response == "dismissed" for shown in person.exposures),
}
FOR_NOBODY = {"ran-out", "over", "withdrawn", "early"}
"""What must never be chosen: the offers of `RISKY` that carry a reason not to, by name, and for whom that holds."""
RISKS: dict[str, dict[str, Any]] = {
    "owned": {"about": {"sku": "ski-1"}},
    "trip": {"about": {"intent": {"trip": "oslo"}}},
    "ran-out": {"caps": [{"per": "all", "at_most": 5}]},
    "over": {"until": "2026-11-21"},
    "withdrawn": {"status": "withdrawn"},
    "early": {"from": "2026-11-23"},
    "capped": {"caps": [{"per": "person", "at_most": 1, "days": 7}]},
    "no-longer": {},
    "secret": {"when": "traits.balance > 1.0"},
    "churning": {"when": "traits.churn_risk > 0.5"},
    "partly": {"unless": 'traits.tier == "gold"', "when": "traits.adult == true"},
    "plain": {"value": 0.1},
}
RISKY = publish(*(offer(name, **{"value": 1e6, "lever": 50.0} | more) for name, more in RISKS.items()))
RAN_OUT = Terms(exhausted=frozenset({"ran-out"}))


def forbidden(person: Profile, channel: str) -> set[str]:
    """The offers that this person must not be given on this channel."""
    seen = looked(person, RISKY, channel=channel)
    hidden = {name for name, trait_ in (("secret", "balance"), ("churning", "churn_risk")) if trait_ in seen.hidden}
    return FOR_NOBODY | hidden | {name for name, holds in FORBIDDEN.items() if holds(person)}


@st.composite
def tempted(draw: st.DrawFn) -> Profile:
    """Somebody with every reason not to be given something."""
    person = draw(people())
    told = [
        Exposure(name, NOW - HOUR, "viewed", "web", f"d_{name}", response=response, responded_at=NOW - HOUR)
        for name, response in (("capped", None), ("no-longer", "dismissed"))
        if draw(st.booleans())
    ]
    return structs.replace(person, exposures=(*person.exposures, *told))


def never(person: Profile, channel: str) -> None:
    """Hold all that must hold of any decision for a person."""
    decision = pulled(person, RISKY, "grid", "hero", channel=channel, terms=RAN_OUT)
    assert not set(chosen(decision)) & forbidden(person, channel)
    counted = Counter((verdict.placement, verdict.offer) for verdict in decision.verdicts)
    candidates = {(place, name) for place in ("grid", "hero") for name in RISKY.offers if name != "welcome"}
    assert {pair: counted[pair] for pair in candidates} == dict.fromkeys(candidates, 1)
    assert encoded(decision) == encoded(pulled(person, RISKY, "grid", "hero", channel=channel, terms=RAN_OUT))
    without = structs.replace(
        RISKY, offers={name: one for name, one in RISKY.offers.items() if name not in {"over", "withdrawn", "ran-out"}}
    )
    assert pulled(person, without, "grid", "hero", channel=channel, terms=RAN_OUT).placements == decision.placements


quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(people())
def test_every_candidate_has_exactly_one_reason(person: Profile) -> None:
    counted = Counter(verdict.offer for verdict in pulled(person, CATALOGUE).verdicts if verdict.offer != "welcome")
    assert counted == {name: 1 for name in CATALOGUE.offers if name != "welcome"}


@quick
@given(people())
def test_the_same_question_has_the_same_answer_byte_for_byte(person: Profile) -> None:
    assert encoded(pulled(person, CATALOGUE, "grid")) == encoded(pulled(person, CATALOGUE, "grid"))


@quick
@given(people(), st.sampled_from(["web", "call", "email", "sms"]))
def test_a_hidden_trait_changes_no_choice_e1_e8(person: Profile, channel: str) -> None:
    decide = pulled if channel in {"web", "call"} else pushed
    seen = looked(person, CATALOGUE, channel=channel) if decide is pulled else None
    hidden = (seen or looked(person, CATALOGUE, purpose="marketing", channel=channel, is_pull=False)).hidden
    without = {name: value for name, value in person.traits.items() if name not in hidden}
    bare = structs.replace(person, traits=without)
    asked = {"channel": channel}
    assert decide(person, CATALOGUE, **asked).placements == decide(bare, CATALOGUE, **asked).placements


@quick
@given(people())
def test_a_hidden_trait_is_told_apart_in_reasons_by_its_mandate_alone(person: Profile) -> None:
    seen = looked(person, CATALOGUE)
    unsure = {name for name, veil in seen.hidden.items() if veil is not Hidden.OUT_OF_MANDATE}
    bare = structs.replace(person, traits={n: value for n, value in person.traits.items() if n not in unsure})
    assert encoded(pulled(person, CATALOGUE, "grid")) == encoded(pulled(bare, CATALOGUE, "grid"))


def _with(catalogue: Catalogue, *offers: Offer) -> Catalogue:
    return structs.replace(catalogue, offers={**catalogue.offers, **{one.id: one for one in offers}})


@quick
@given(people(), st.sampled_from(["expired", "paused", "never", "closed"]))
def test_an_offer_that_is_not_to_be_had_changes_nothing_for_the_others(person: Profile, how: str) -> None:
    plain = Offer("zz", "service", "b", placements=("grid",), content={"en-GB": {"headline": "zz"}}, value=1e6)
    barred = {
        "expired": structs.replace(plain, ends_at=NOW - 1),
        "paused": structs.replace(plain, status="paused"),
        "never": structs.replace(plain, unless=CATALOGUE.offers["oslo"].when, when=CATALOGUE.offers["oslo"].when),
        "closed": structs.replace(plain, placements=()),
    }[how]
    assert chosen(pulled(person, _with(CATALOGUE, barred), "grid")) == chosen(pulled(person, CATALOGUE, "grid"))


@quick
@given(people())
def test_without_any_consent_all_that_is_chosen_is_for_everybody_e2(person: Profile) -> None:
    stranger = structs.replace(person, consents={})
    decision = pulled(stranger, CATALOGUE, "grid")
    assert all(CATALOGUE.offers[name].mode == "mass" for name in chosen(decision))


@quick
@given(people())
def test_nothing_is_sold_while_a_need_is_open_c18_c19(person: Profile) -> None:
    need = Case("need", "Payment At Risk", None, NOW - DAY, None, NOW + DAY)
    decision = pulled(structs.replace(person, cases=(need,)), CATALOGUE, "grid")
    assert not {CATALOGUE.offers[name].kind for name in chosen(decision)} & {"sales", "partner"}


@quick
@given(people())
def test_a_placement_on_the_web_always_answers_and_never_sells_by_default_a8(person: Profile) -> None:
    filled = pulled(person, CATALOGUE, "hero").placements[0]
    assert filled.choices
    assert not filled.fallback or filled.choices[0].kind not in {"sales", "partner"}


@pytest.mark.parametrize("count", [1, 3, 100])
def test_never_more_than_were_asked_for(count: int) -> None:
    assert len(chosen(pulled(someone(), CATALOGUE, "grid", count=count))) <= count


SHELF = Shelf(stock(CATALOGUE), list(CATALOGUE.offers))


@quick
@given(people())
def test_a_shelf_finds_the_same_offers_as_a_search(person: Profile) -> None:
    found = pulled(person, CATALOGUE, "grid", terms=Terms(shelf=SHELF))
    assert found.placements == pulled(person, CATALOGUE, "grid").placements


@quick
@given(tempted(), st.sampled_from(["web", "call"]))
def test_what_must_not_be_chosen_never_is(person: Profile, channel: str) -> None:
    never(person, channel)


def by_chance(chance: Random) -> Profile:
    """A person as `tempted` draws them, a hundred times as fast."""
    traits = {
        name: trait(
            chance.choice(values),
            chance.choice(["crm", "facebook", "ledger", "behaviour"]),
            chance.choice([0.4, 0.6, 0.95]),
            NOW - chance.choice([1, 900]) * DAY,
            unverified=chance.random() < 0.2,
        )
        for name, values in DRAWN.items()
        if chance.random() < 0.6
    }
    granted = chance.choice(["", "personalisation", "personalisation profiling partner marketing", "profiling"])
    told = [
        Exposure(name, NOW - HOUR, "viewed", "web", f"d_{name}", response=response, responded_at=NOW - HOUR)
        for name, response in (("capped", None), ("no-longer", "dismissed"))
        if chance.random() < 0.5
    ]
    return structs.replace(
        someone(granted, traits=traits),
        id=f"p_{chance.randrange(10**9)}",
        user_id=f"u{chance.randrange(10**9)}",
        owned=chance.choice([{}, {"ski-1": Ownership(1, NOW - DAY)}]),
        intents=chance.choice([{}, {"trip": Intent(chosen=(Chosen("stockholm", NOW - DAY, NOW + DAY),))}]),
        cases=chance.choice([(), (Case("need", "Payment At Risk", None, NOW - DAY, None, NOW + DAY),)]),
        contacts=chance.choice([(), (Contact(NOW - HOUR, "c", sells=True, offers=("plain", "owned")),)]),
        exposures=tuple(told),
    )


DRAWN: dict[str, list[Any]] = {
    "tier": ["gold", "silver", "platinum", True],
    "first_name": ["Ann", "Bo", ""],
    "adult": [True, False, 1],
    "interests": [("ski",), ("outdoor", "ski"), "ski", ()],
    "balance": [10.0, 1000.0, float("nan")],
    "churn_risk": [0.1, 0.9],
    "home_city": ["Oslo", "Rome"],
}


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
def test_what_must_not_be_chosen_never_is_over_100000_cases(part: int) -> None:
    chance = Random(part)  # noqa: S311  # chance for tests, not for keys
    for _ in range(10_000):
        never(by_chance(chance), chance.choice(["web", "call"]))
