import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.computed import combined, computed_value, update
from rapport.domain.condition import Condition
from rapport.domain.event import Event
from rapport.domain.house import House
from rapport.domain.moment import DAY, HOUR
from rapport.domain.profile import Counter, Profile
from rapport.domain.trait import Computation, TraitDefinition
from rapport.domain.windows import SLICES

from tests.domain.intake_house import CATALOGUE, T0, computed, days, take, track

WEEK = Computation("sum", "Order Completed", property="revenue", days=7)


def value(profile: Profile, name: str, at: float = T0) -> Any:
    counter = profile.counters.get(name)
    return None if counter is None else computed_value(counter, CATALOGUE.traits[name], at)


def viewed(at: float, category: str = "ski") -> Event:
    return track("Product Viewed", at, category=category, n=at)


def order(at: float, revenue: Any = 10) -> Event:
    return track("Order Completed", at, revenue=revenue)


def counting(events: list[Event], definition: TraitDefinition) -> Counter:
    house = Catalogue(House("h"), traits={"x": definition})
    counters: dict[str, Counter] = {}
    for event in events:
        counters = update(counters, event, house, "behaviour")
    return counters["x"]


def test_counters_are_derived_from_events_a19() -> None:
    profile = take(order(T0), order(days(2), "7.30"), order(days(1), 0.1))
    found = {
        name: value(profile, name) for name in ("orders", "spend", "first_order_at", "last_order_at", "wax_due_at")
    }
    expected = {"orders": 3, "spend": 17.4, "first_order_at": T0, "last_order_at": days(2), "wax_due_at": days(92)}
    assert found == expected


def test_a_sum_passes_over_what_is_no_number() -> None:
    assert value(take(order(T0), order(T0 + 1, "lots"), order(T0 + 2, None)), "spend") == 10


def test_a_refund_changes_no_count() -> None:
    assert value(take(order(T0), track("Order Refunded", days(1))), "orders") == 1


def test_a_window_is_exact_to_the_second() -> None:
    profile = take(viewed(T0), viewed(days(1)))
    assert [value(profile, "views_30d", T0 + 30 * DAY + shift) for shift in (-1, 0, DAY - 1, DAY)] == [2, 1, 1, 0]


def test_a_window_with_very_many_events_is_still_right_to_an_hour() -> None:
    profile = take(*(viewed(T0 + 1800 * number) for number in range(100)))
    counter = profile.counters["views_30d"]
    assert max(len(counter.buckets), len(counter.older)) <= SLICES
    halfway = T0 + 1800 * 50 + 30 * DAY
    assert value(profile, "views_30d", halfway) == 49


@given(st.integers(0, 2**32), st.integers(1, 400), st.integers(1, 60))
@settings(deadline=None, max_examples=25)
def test_a_window_of_any_number_of_events_is_the_same_in_any_order(seed: int, number: int, span: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # the same events for a seed
    events = [order(days(chance.random() * span), chance.randrange(90)) for _ in range(number)]
    name, newest = "spend_7d", max(event.at for event in events)
    definition = TraitDefinition(name, "number", "computed", computation=WEEK)
    found = []
    for told in (sorted(events, key=lambda event: event.at), chance.sample(events, number)):
        counters: dict[str, Counter] = {}
        for event in told:
            counters = update(counters, event, Catalogue(House("h"), traits={name: definition}), "crm")
        found.append([computed_value(counters[name], definition, newest + later * HOUR) for later in (0, 5, 99)])
    assert found[0] == found[1]
    exact = sum(event.properties["revenue"] for event in events if event.at > newest - 7 * DAY)
    missed = sum(event.properties["revenue"] for event in events if 0 <= event.at - newest + 7 * DAY <= 3 * HOUR)
    assert exact - missed <= float(str(found[0][0])) <= exact


def test_a_window_that_an_earlier_version_kept_in_hours_goes_on_counting() -> None:
    hour = int(T0 // HOUR)
    kept = Counter(buckets={str(hour - n): 2.0 for n in range(1, 80)}, grain=HOUR, source="crm", observed_at=T0 - 3600)
    week = TraitDefinition("n", "integer", "computed", computation=structs.replace(WEEK, operator="count"))
    after = update({"n": kept}, order(T0), Catalogue(House("h"), traits={"n": week}), "crm")["n"]
    assert (computed_value(kept, week, T0), computed_value(after, week, T0)) == (158, 159)


def test_the_top_value_is_the_one_with_the_most_weight_now() -> None:
    profile = take(viewed(T0, "city"), viewed(T0 + 1, "city"), viewed(days(60), "ski"))
    assert (value(profile, "favourite"), value(profile, "favourite_7d", days(60))) == ("ski", "ski")


def test_the_top_value_of_a_window_is_missing_when_the_window_is_empty() -> None:
    assert value(take(viewed(T0, "city")), "favourite_7d", days(8)) is None


def test_a_tie_for_the_top_is_always_decided_the_same() -> None:
    values = {
        value(take(*events), "favourite")
        for events in ([viewed(T0, "b"), viewed(T0, "a")], [viewed(T0, "a"), viewed(T0, "b")])
    }
    assert values == {"a"}


@pytest.mark.parametrize(("category", "count"), [("ski", 1), ("city", 0), (None, 0), (["ski"], 0)])
def test_only_events_that_surely_match_count(category: Any, count: int) -> None:
    where = Condition('event.properties.category == "ski"', ["==", ["get", "event.properties.category"], "ski"], ())
    definition = computed("x", operator="count", event="Product Viewed", where=where)
    counters = update(
        {}, track("Product Viewed", category=category), Catalogue(House("h"), traits={"x": definition}), "b"
    )
    assert sum(counter.total for counter in counters.values()) == count


def test_events_that_concern_no_trait_leave_the_counters_as_they_are() -> None:
    counters: dict[str, Counter] = {}
    assert update(counters, track("Call Ended"), CATALOGUE, "behaviour") is counters


def test_a_computed_trait_is_as_sure_as_its_least_sure_source() -> None:
    counters = update({}, order(T0), CATALOGUE, "commerce")
    counter = update(counters, order(days(1)), CATALOGUE, "behaviour")["orders"]
    assert (counter.source, counter.certainty, counter.observed_at) == ("behaviour", 0.6, days(1))


def test_one_event_under_a_mandate_puts_the_whole_trait_under_it_e8() -> None:
    counters = update({}, order(T0), CATALOGUE, "ledger")
    assert update(counters, order(days(1)), CATALOGUE, "behaviour")["orders"].source == "ledger"


def test_a_list_of_values_counts_each_of_them() -> None:
    profile = take(
        track("Product Viewed", category=["ski", "city", 7]), track("Product Viewed", days(1), category="city")
    )
    assert value(profile, "favourite") == "city"


def test_the_values_in_the_race_for_the_top_are_bounded() -> None:
    profile = take(*(viewed(T0 + number, f"c{number}") for number in range(400)))
    kept = {name: len(profile.counters[name].buckets) for name in ("favourite", "favourite_7d")}
    assert kept["favourite"] == 64
    assert kept["favourite_7d"] <= 256


def test_many_values_in_a_window_do_not_blur_when_they_were_seen() -> None:
    profile = take(*(viewed(T0 + 3600 * number, f"c{number % 40}") for number in range(300)))
    assert profile.counters["favourite_7d"].grain <= DAY


COMPUTED = [trait for trait in CATALOGUE.traits.values() if trait.computation is not None]


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 60 * 24), min_size=2, max_size=12), st.integers(1, 11), st.sampled_from(COMPUTED))
def test_two_halves_of_a_history_combine_to_the_whole(hours: list[int], cut: int, trait: TraitDefinition) -> None:
    assert trait.computation is not None
    named = trait.computation.event
    events = [track(named, T0 + hour * 3600, category=f"c{hour % 3}", revenue=hour / 10) for hour in hours]
    first, second = events[: min(cut, len(events) - 1)], events[min(cut, len(events) - 1) :]
    joined = combined(counting(first, trait), counting(second, trait), trait.computation, CATALOGUE.house)
    whole, now = counting(events, trait), days(61)
    assert computed_value(joined, trait, now) == computed_value(whole, trait, now)


@pytest.mark.parametrize("trait", COMPUTED, ids=lambda trait: trait.name)
def test_a_counter_survives_being_stored(trait: TraitDefinition) -> None:
    assert trait.computation is not None
    counter = counting([track(trait.computation.event, T0, category="ski", revenue=1)], trait)
    stored = msgspec.json.decode(msgspec.json.encode(counter), type=Counter)
    assert stored == counter
