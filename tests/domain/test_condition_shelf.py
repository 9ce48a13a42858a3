"""The shelf gives the same decision as a search through all offers, and sees what was withdrawn since."""

import msgspec
import pytest
from rapport.domain.catalogue import without
from rapport.domain.decide import Terms
from rapport.domain.profile import Profile
from rapport.plan.shelf import Shelf, Stock, stock

from tests.domain.trails import chosen, looked, offer, publish, pulled, someone

CATALOGUE = publish(
    offer("gold", when='traits.tier == "gold"'),
    offer("not-gold", unless='"gold" in segments'),
    offer("young", when='traits.birthday > timestamp("2000-01-01T00:00:00Z")', placements=["grid"]),
    offer("skier", when='traits.interests.exists(i, i == "ski") && context.device != "tv"'),
    offer("big", when="traits.orders + traits.age > 30"),
    offer("unheard", when="!has(traits.job_title)"),
    segments=[{"id": "gold", "when": 'traits.tier == "gold"'}],
)
PEOPLE = [
    someone(),
    someone(traits={"tier": "gold"}),
    someone(traits={"tier": "none", "interests": ("ski",), "age": 40}),
    someone(traits={"birthday": 1e9, "job_title": "boss"}),
    someone("", traits={"tier": "gold", "interests": ("ski",)}),
]


def shelf() -> Shelf:
    return Shelf(msgspec.msgpack.decode(msgspec.msgpack.encode(stock(CATALOGUE)), type=Stock), list(CATALOGUE.offers))


@pytest.mark.parametrize("person", PEOPLE, ids=range(len(PEOPLE)))
@pytest.mark.parametrize("placement", ["hero", "grid"])
def test_the_choice_is_the_same_with_and_without_a_shelf(person: Profile, placement: str) -> None:
    context = {"device": "mobile"}
    plain = pulled(person, CATALOGUE, placement, count=9, context=context)
    shelved = pulled(person, CATALOGUE, placement, terms=Terms(shelf=shelf()), count=9, context=context)
    assert chosen(shelved) == chosen(plain)


def test_only_what_a_person_surely_may_have_is_on_the_shelf() -> None:
    found = shelf()("hero", looked(someone(traits={"tier": "gold"}), CATALOGUE))
    assert [each.id for each in found] == ["gold", "unheard"]


def test_an_offer_withdrawn_since_is_seen_as_withdrawn() -> None:
    overlaid = without(CATALOGUE, frozenset({"gold"}))
    found = shelf()("hero", looked(someone(traits={"tier": "gold"}), overlaid))
    assert [each.status for each in found if each.id == "gold"] == ["withdrawn"]


def test_a_placement_without_offers_has_an_empty_shelf() -> None:
    assert shelf()("nowhere", looked(someone(), CATALOGUE)) == []
