"""Predicted traits on public purchases (CDNOW): what is known of the first nine months tells of the next nine."""

from math import log2
from statistics import correlation, median, quantiles

import pytest
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.computed import aged, update
from rapport.domain.event import Event
from rapport.domain.house import House, Purpose, Source
from rapport.domain.moment import Moment
from rapport.domain.norms import added
from rapport.domain.predicted import predicted, standing
from rapport.domain.profile import Counter, Profile
from rapport.domain.trait import Computation, TraitDefinition

from tests.domain.test_predicted import GRANTED
from tests.learning.cdnow import SPLIT, Orders, purchases

HALF_LIFE = 60.0
NAME = "Order Completed"


def predicts(name: str, computation: Computation) -> TraitDefinition:
    return TraitDefinition(name, "integer", "predicted", computation=computation)


FREQUENCY = predicts("frequency", Computation("frequency", NAME, half_life_days=HALF_LIFE))
MONETARY = predicts("monetary", Computation("monetary", NAME, "revenue"))
NEXT = predicts("next", Computation("next", NAME))
CATALOGUE = Catalogue(
    House("h", purposes={"profiling": Purpose()}, sources={"commerce": Source(70, 0.95)}),
    traits={trait.name: trait for trait in (FREQUENCY, MONETARY, NEXT)},
)


@pytest.fixture(scope="module")
def people() -> dict[str, tuple[Profile, Orders]]:
    """Each customer as known at the split, and all their orders."""
    return {name: (known(name, orders), orders) for name, orders in purchases().items()}


def known(name: str, orders: Orders) -> Profile:
    counters: dict[str, Counter] = {}
    for at, amount in orders.items():
        if at < SPLIT:
            event = Event("track", f"{at}", at, at, NAME, properties={"revenue": amount}, trusted=True)
            counters = update(counters, event, CATALOGUE, "commerce")
    return Profile(name, user_id=name, counters=counters, consents=GRANTED)


@pytest.fixture(scope="module")
def live(people: dict[str, tuple[Profile, Orders]]) -> Catalogue:
    norms = added({}, [standing(person, CATALOGUE) for person, _ in people.values()])
    return structs.replace(CATALOGUE, norms=norms)


def test_the_decayed_count_of_purchases_tells_of_purchases_to_come(people: dict[str, tuple[Profile, Orders]]) -> None:
    rule = FREQUENCY.computation
    assert rule is not None
    counts = [aged(person.counters["frequency"], rule, SPLIT)[""] for person, _ in people.values()]
    later = [float(sum(at >= SPLIT for at in orders)) for _, orders in people.values()]
    assert len(people) == 2357
    assert correlation(counts, later) >= 0.62


def test_the_bands_of_the_histogram_are_those_of_sorting_everybody(
    people: dict[str, tuple[Profile, Orders]], live: Catalogue
) -> None:
    spent = {name: sum(amount for at, amount in orders.items() if at < SPLIT) for name, (_, orders) in people.items()}
    cuts = quantiles([amount for amount in spent.values() if amount > 0], n=5)
    wrong = total = 0
    for name, (person, _) in people.items():
        found = predicted(MONETARY, person, live, SPLIT)
        if found is not None:
            total += 1
            wrong += found.value != 1 + sum(spent[name] > cut for cut in cuts)
    assert total > 2300
    assert wrong / total < 0.04


def test_the_higher_the_band_the_more_is_bought_later(
    people: dict[str, tuple[Profile, Orders]], live: Catalogue
) -> None:
    bought: dict[object, list[int]] = {}
    for person, orders in people.values():
        found = predicted(FREQUENCY, person, live, SPLIT)
        if found is not None:
            bought.setdefault(found.value, []).append(sum(at >= SPLIT for at in orders))
    means = [sum(bought[band]) / len(bought[band]) for band in sorted(bought, key=str)]
    assert means == sorted(means)
    assert means[-1] > 4 * means[0]


def test_drawn_to_the_house_the_last_wait_is_expected_better_than_by_either_alone() -> None:
    """Of whoever waited three times or more the last wait is held back; the median error is in doublings."""
    everybody = [sorted(orders) for orders in purchases().values()]
    people = [waiting(days[:-1] if len(days) > 3 else days) for days in everybody]
    live = structs.replace(CATALOGUE, norms=added({}, [standing(person, CATALOGUE) for person in people]))
    last = [(person, days) for person, days in zip(people, everybody, strict=True) if len(days) > 3]
    newcomer = waiting([0.0])
    usual = expected(newcomer, live)
    drawn = median(doublings(expected(person, live) - days[-2], days) for person, days in last)
    own = median(doublings(expected(person, CATALOGUE) - days[-2], days) for person, days in last)
    house = median(doublings(usual, days) for _, days in last)
    assert len(last) > 500
    assert drawn < min(own, house)


def waiting(days: list[Moment]) -> Profile:
    events = [Event("track", f"{at}", at, at, NAME, trusted=True) for at in days]
    counters: dict[str, Counter] = {}
    for event in events:
        counters = update(counters, event, CATALOGUE, "commerce")
    return Profile("p", user_id="p", counters={"next": counters["next"]}, consents=GRANTED)


def expected(person: Profile, catalogue: Catalogue) -> Moment:
    found = predicted(NEXT, person, catalogue, SPLIT)
    assert found is not None
    return float(found.value)  # type: ignore[arg-type]  # a timestamp


def doublings(wait: float, days: list[Moment]) -> float:
    return abs(log2(wait / (days[-1] - days[-2])))
