"""What is kept of a person: for how long, and how much of it in one item."""

import random
from typing import Any

import msgspec
import pytest
from msgspec import structs
from rapport.domain.consent import Consent
from rapport.domain.house import Retention
from rapport.domain.keeping import PLAIN, STORED, fitted, kept
from rapport.domain.profile import (
    MOST,
    Case,
    Chosen,
    Considered,
    Contact,
    Exposure,
    Identity,
    Intent,
    Order,
    Ownership,
    Profile,
)
from rapport.domain.trait import PastValue, TraitValue
from rapport_aws.records import body_of, value_of

from tests.domain.intake_house import CATALOGUE, T0, days, take, track

RETENTION = Retention(events_days=100, messages_days=200)
CHANCE = random.Random(7)  # noqa: S311  # not a secret: the same texts in every run


def word(length: int) -> str:
    return "".join(CHANCE.choices("abcdefghijklmnopqrstuvwxyz0123456789éøß漢字", k=length))


def full(length: int, most: float = 1.0) -> Profile:
    """Somebody of whom every list is full, with texts of a length that say nothing twice."""

    def many(name: str) -> range:
        return range(int(MOST[name] * most))

    past = tuple(PastValue(word(length), "crm", T0, 0.9) for _ in range(5))
    return Profile(
        "p_full",
        version=7,
        user_id=word(length),
        identities=(Identity("user", word(length)),),
        traits={f"trait_{n}": TraitValue(word(length), "crm", T0, 0.9, history=past) for n in range(30)},
        consents={"marketing": {"email": Consent("withdrawn", T0, ever_granted=True)}},
        groups=tuple(word(length) for _ in many("groups")),
        intents={
            "trip": Intent(
                {word(length): Considered(T0 + n, days(30)) for n in many("considered")},
                tuple(Chosen(word(length), T0, days(30), word(length)) for _ in many("chosen")),
                {word(length): T0 + n for n in many("released")},
            )
        },
        owned={word(length): Ownership(1.0, T0 + n, "shop") for n in many("owned")},
        orders={word(length): Order(T0 + n, {word(length): 1.0}) for n in many("orders")},
        viewed={word(length): T0 + n for n in many("viewed")},
        cases=tuple(Case("complaint", word(length), word(length), T0, None, days(90)) for _ in many("cases")),
        contacts=tuple(Contact(T0 + n, word(length), word(length), channels=("email",)) for n in many("contacts")),
        exposures=tuple(
            Exposure(word(length), T0 + n, "viewed", "web", word(20), word(length)) for n in many("exposures")
        ),
        seen={word(12): T0 + n for n in many("seen")},
        satisfaction=tuple((T0 + n, 0.5) for n in many("satisfaction")),
        visits=tuple(many("visits")),
        refused={word(64): 1 for _ in range(100)},
        quarantined={word(64): 1 for _ in range(100)},
    )


@pytest.mark.parametrize("length", [5, 30, 255])
def test_the_fullest_person_stays_within_one_item(length: int) -> None:
    light = fitted(full(length))
    assert (len(body_of(light)) <= STORED, len(msgspec.json.encode(light)) <= PLAIN) == (True, True)


def test_what_must_not_be_lost_stays_though_the_item_is_full() -> None:
    whole = full(255)
    light = fitted(whole)
    assert (light.user_id, light.identities, light.consents) == (whole.user_id, whole.identities, whole.consents)
    assert {name: held.value for name, held in light.traits.items()} == {
        name: held.value for name, held in whole.traits.items()
    }


def test_the_oldest_goes_first() -> None:
    light = fitted(full(30))
    assert min(light.seen.values()) > T0
    assert max(light.seen.values()) == T0 + MOST["seen"] - 1


def test_who_is_within_the_bound_is_left_as_they_are() -> None:
    usual = full(12, most=0.3)
    assert fitted(usual) is usual


def test_a_full_person_survives_the_store() -> None:
    light = fitted(full(30))
    assert value_of(body_of(light), Profile) == light


# ---- how long


AGED: dict[str, Any] = {
    "exposures": (Exposure("ski", days(-101), "viewed", "web"), Exposure("ski", days(-150), "sent", "email")),
    "contacts": (Contact(days(-150)), Contact(days(-201))),
    "viewed": {"old": days(-101), "new": days(-99)},
    "orders": {"old": Order(days(-101)), "new": Order(days(-99))},
    "satisfaction": ((days(-101), 1.0), (days(-99), 1.0)),
    "cases": (Case("need", "x", None, days(-180), None, days(-101)), Case("need", "y", None, days(-180), None, T0)),
}
LEFT = {
    "exposures": AGED["exposures"][1:],
    "contacts": AGED["contacts"][:1],
    "viewed": {"new": days(-99)},
    "orders": {"new": Order(days(-99))},
    "satisfaction": AGED["satisfaction"][1:],
    "cases": AGED["cases"][1:],
}


@pytest.mark.parametrize("name", AGED)
def test_events_and_messages_are_kept_as_long_as_the_house_says(name: str) -> None:
    aged = structs.replace(Profile("p"), **{name: AGED[name]})
    assert getattr(kept(aged, RETENTION, T0), name) == LEFT[name]


def test_what_follows_from_an_old_purchase_stays() -> None:
    bought = take(track("Order Completed", days(-500), sku="ski-1", order_id="k1"))
    aged = kept(bought, CATALOGUE.house.retention, T0)
    assert (aged.orders, list(aged.owned), aged.purchased) == ({}, ["ski-1"], True)


def test_nothing_is_written_when_nothing_is_too_old() -> None:
    young = structs.replace(Profile("p"), viewed={"new": days(-99)})
    assert kept(young, RETENTION, T0) is young
