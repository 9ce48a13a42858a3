"""Predicted traits: what is expected of a person, beside what is usual in the house, and how sure it is."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.combining import combined
from rapport.domain.computed import update
from rapport.domain.consent import Consent
from rapport.domain.house import House, Purpose, Source
from rapport.domain.moment import DAY, HOUR, text
from rapport.domain.norms import added, difference
from rapport.domain.predicted import signature, standing
from rapport.domain.profile import Profile
from rapport.domain.sight import Hidden, Seen
from rapport.domain.trait import Computation, TraitDefinition
from rapport.domain.traits import Statement, set_traits
from rapport.domain.view import view

from tests.domain.intake_house import T0, track

GRANTED = {"profiling": {"*": Consent("granted", T0)}, "personalisation": {"*": Consent("granted", T0)}}


def predicts(name: str, kind: Any, **computation: Any) -> TraitDefinition:
    operator = computation.pop("operator")
    return TraitDefinition(name, kind, "predicted", computation=Computation(operator, **computation))


TRAITS = (
    predicts("recency", "integer", operator="recency", event="Order Completed"),
    predicts("frequency", "integer", operator="frequency", event="Order Completed", half_life_days=60.0),
    predicts(
        "worth", "integer", operator="monetary", event="Order Completed", property="revenue", half_life_days=365.0
    ),
    predicts("tastes", "list", operator="affinity", event="Product Viewed", property="category", half_life_days=30.0),
    predicts("next_order_at", "timestamp", operator="next", event="Order Completed"),
    predicts("best_hour", "integer", operator="best_hour", event="Page Viewed", half_life_days=90.0),
)
HOUSE = House(
    "h",
    timezone="Europe/Paris",
    purposes={"service": Purpose("contract"), "personalisation": Purpose(), "profiling": Purpose()},
    sources={"commerce": Source(70, 0.95)},
)
CATALOGUE = Catalogue(HOUSE, traits={trait.name: trait for trait in TRAITS})


def somebody(*events: Any, consents: Any = None, name: str = "p") -> Profile:
    """A person after some events, all from commerce."""
    counters: dict[str, Any] = {}
    for event in events:
        counters = update(counters, event, CATALOGUE, "commerce")
    return Profile(name, user_id=name, counters=counters, consents=GRANTED if consents is None else consents)


def orders(*days: float, revenue: float = 20.0) -> list[Any]:
    return [track("Order Completed", T0 + day * DAY, revenue=revenue, n=day) for day in days]


def among(person: Profile, others: list[Profile], at: float = T0 + 400 * DAY) -> dict[str, Seen | Hidden]:
    """What is seen of a person in a house of others."""
    norms = added({}, [standing(one, CATALOGUE) for one in (person, *others)])
    live = structs.replace(CATALOGUE, norms=norms)
    seen = view(person, live, "personalisation", at, channel="web", is_pull=True)
    return {trait.name: seen.sight(trait.name) for trait in TRAITS}


def value(found: Seen | Hidden) -> Any:
    return found.value if isinstance(found, Seen) else found


CROWD = [somebody(*orders(*range(0, 30 * (1 + n % 10), 30), revenue=5.0 * (1 + n))) for n in range(100)]
"""A hundred people: some ordered once, some ten times a month apart, each at another price."""


@pytest.mark.parametrize("name", ["recency", "frequency", "worth"])
def test_who_is_ahead_of_the_house_is_in_the_highest_band_and_who_is_behind_in_the_lowest_a7(name: str) -> None:
    best = somebody(*orders(*range(0, 390, 15), revenue=400.0))
    last = somebody(*orders(-300, revenue=1.0))
    assert value(among(best, CROWD)[name]) == 5
    assert value(among(last, CROWD)[name]) == 1


def test_the_bands_are_equal_parts_of_the_house() -> None:
    found = [value(among(person, CROWD)["worth"]) for person in CROWD]
    sizes = [found.count(band) for band in range(1, 6)]
    assert sum(sizes) == 100
    assert min(sizes) >= 15


def test_a_place_in_the_house_does_not_change_while_nobody_does_anything() -> None:
    someone = CROWD[37]
    early, late = (among(someone, CROWD, T0 + day * DAY) for day in (301, 3000))
    assert [value(early[name]) for name in ("recency", "frequency", "worth")] == [
        value(late[name]) for name in ("recency", "frequency", "worth")
    ]


def test_somebody_without_an_event_has_no_prediction() -> None:
    assert set(among(somebody(), CROWD).values()) == {Hidden.MISSING}


def test_a_small_house_is_no_measure() -> None:
    assert value(among(CROWD[0], CROWD[1:5])["recency"]) is Hidden.UNCERTAIN


# ---- expected next


def test_the_next_purchase_follows_ones_own_rhythm_e17() -> None:
    found = among(somebody(*orders(0, 10, 20, 30, 40)), CROWD)["next_order_at"]
    assert isinstance(found, Seen)
    expected = T0 // DAY * DAY + 40 * DAY
    assert expected + 10 * DAY < float(found.value) < expected + 20 * DAY, text(float(found.value))
    assert found.certainty == pytest.approx(0.95 * 4 / 5)


def test_with_few_purchases_it_is_drawn_to_the_rhythm_of_the_house() -> None:
    few, many = (among(somebody(*orders(*range(0, days, 4))), CROWD)["next_order_at"] for days in (9, 81))
    waits = [float(value(found)) - (T0 // DAY + last) * DAY for found, last in ((few, 8), (many, 80))]
    assert waits[0] > 2 * waits[1] > 0


def test_after_one_purchase_nothing_is_sure() -> None:
    assert value(among(somebody(*orders(0)), CROWD)["next_order_at"]) is Hidden.UNCERTAIN


# ---- affinities and hours


def looked(*seen: tuple[str, float]) -> list[Any]:
    return [track("Product Viewed", T0 + day * DAY, category=category, n=day) for category, day in seen]


def test_affinities_are_what_takes_its_share_of_the_attention_most_of_it_first_e5() -> None:
    found = among(somebody(*looked(("ski", 0), ("ski", 1), ("ski", 2), ("city", 2), ("food", -300))), [], T0 + 3 * DAY)[
        "tastes"
    ]
    assert value(found) == ("ski", "city")


def test_an_affinity_fades_and_a_new_one_takes_its_place() -> None:
    events = looked(*[("ski", day) for day in range(5)], *[("sea", 200 + day) for day in range(2)])
    assert value(among(somebody(*events), [], T0 + 202 * DAY)["tastes"]) == ("sea",)


def test_the_best_hour_is_the_hour_where_the_person_lives() -> None:
    pages = [track("Page Viewed", (T0 // DAY + day) * DAY + 17 * HOUR, n=day) for day in range(20)]
    found = among(somebody(*pages), [])["best_hour"]
    assert isinstance(found, Seen)
    assert found.value in {18, 19}


def test_of_a_single_visit_no_hour_is_known() -> None:
    assert value(among(somebody(track("Page Viewed", T0)), [])["best_hour"]) is Hidden.UNCERTAIN


# ---- the mandate


def test_predictions_are_seen_with_the_consent_to_profiling_only_e3() -> None:
    without = {name: given for name, given in GRANTED.items() if name != "profiling"}
    events = [*orders(0, 10, 20, 30), *looked(("ski", 0), ("ski", 1), ("ski", 2))]
    told = among(somebody(*events, consents=without), CROWD)
    assert {name: value(found) for name, found in told.items() if name != "best_hour"} == dict.fromkeys(
        ("recency", "frequency", "worth", "tastes", "next_order_at"), Hidden.NO_CONSENT
    )


def test_who_did_not_grant_profiling_is_counted_nowhere_e1() -> None:
    assert standing(somebody(*orders(0, 10), consents={}), CATALOGUE) == {}


def test_somebody_anonymous_is_counted_nowhere() -> None:
    assert standing(structs.replace(somebody(*orders(0, 10)), user_id=None), CATALOGUE) == {}


def test_a_withdrawal_takes_the_person_out_of_the_norms() -> None:
    person = somebody(*orders(0, 10))
    withdrawn = structs.replace(person, consents={"profiling": {"*": Consent("withdrawn", T0 + 1)}})
    change = difference(standing(withdrawn, CATALOGUE), standing(person, CATALOGUE))
    assert not any(one.bins for one in added({}, [standing(person, CATALOGUE), change]).values())


def test_nobody_can_set_what_is_expected_from_events() -> None:
    profile, faults = set_traits(Profile("p"), {"recency": 5}, Statement("declared", T0, strict=True), CATALOGUE)
    assert profile.traits == {}
    assert profile.refused == {"recency:COMPUTED": 1}
    assert [found["path"] for found in faults] == ["traits.recency"]


def test_events_come_in_any_order_to_the_same() -> None:
    events = [*orders(0, 11, 19, 40), *looked(("ski", 0), ("sea", 3))]
    one, other = somebody(*events), somebody(*reversed(events))
    assert standing(one, CATALOGUE) == standing(other, CATALOGUE)
    assert {name: value(found) for name, found in among(one, CROWD).items()} == {
        name: value(found) for name, found in among(other, CROWD).items()
    }


def test_two_people_become_one_with_both_their_days() -> None:
    one, other = somebody(*orders(0, 20)), somebody(*orders(10, 30), name="q")
    both = combined(one, other, CATALOGUE)
    assert standing(both, CATALOGUE) == standing(somebody(*orders(0, 10, 20, 30)), CATALOGUE)


def test_another_definition_begins_another_histogram() -> None:
    slow = structs.replace(TRAITS[1], computation=structs.replace(TRAITS[1].computation, half_life_days=90.0))
    assert signature(slow) != signature(TRAITS[1])


@pytest.mark.parametrize(
    ("allows", "seen"), [(("service", "personalisation"), False), (("personalisation", "profiling"), True)]
)
def test_a_source_that_may_not_be_used_for_profiling_lets_nothing_be_foreseen_e17(
    allows: tuple[str, ...], seen: bool
) -> None:
    bound = structs.replace(CATALOGUE, house=structs.replace(HOUSE, sources={"commerce": Source(70, 0.95, allows)}))
    person = somebody(*orders(0, 10, 20, 30))
    norms = added({}, [standing(person, bound)] * 40)
    shown = view(
        person, structs.replace(bound, norms=norms), "personalisation", T0 + 31 * DAY, channel="web", is_pull=True
    )
    assert (isinstance(shown.sight("recency"), Seen), bool(norms)) == (seen, seen)
