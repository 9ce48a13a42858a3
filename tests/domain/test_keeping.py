"""What is kept of a person: for how long, and how much of it in one item."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from rapport.domain.computed import computed_value, lighter
from rapport.domain.consent import Consent
from rapport.domain.house import Retention
from rapport.domain.keeping import MOST_BASES, PLAIN, STORED, fitted, is_heavy, kept
from rapport.domain.profile import (
    MOST,
    Basis,
    Case,
    Chosen,
    Considered,
    Contact,
    Counter,
    Exposure,
    Identity,
    Intent,
    Order,
    Ownership,
    Pending,
    Profile,
    Waiting,
)
from rapport.domain.trait import Computation, PastValue, TraitDefinition, TraitValue
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


# ---- whatever a house declares and whoever floods it


def counters(number: int, chance: random.Random) -> dict[str, Counter]:
    """Computed traits of every operator, as full as they become."""
    text = partial(texts, chance)
    made = [
        lambda: Counter(total=7.0, certainty=0.6, source="behaviour", observed_at=T0),
        lambda: Counter(moment=T0, source="behaviour", observed_at=T0),
        lambda: Counter(moment=T0, buckets={text(64): chance.random() for _ in range(64)}, observed_at=T0),
        lambda: Counter(buckets={str(int(T0) + n): 1.0 for n in range(64)}, observed_at=T0),
        lambda: Counter(buckets={f"{int(T0) + n} {text(64)}": 1.0 for n in range(256)}, observed_at=T0),
    ]
    return {f"computed_{n}": made[n % len(made)]() for n in range(number)}


def texts(chance: random.Random, length: int) -> str:
    return "".join(map(chr, (chance.randrange(0x4E00, 0x9FFF) for _ in range(length))))


def flooded(seed: int) -> Profile:
    """Somebody of a house that declares a lot, with any of the parts of a profile as heavy as it can become."""
    chance = random.Random(seed)  # noqa: S311  # the same person for a seed
    text, heavy = partial(texts, chance), lambda: chance.random() < 0.5
    own = Identity("user", text(255))
    parts: dict[str, Callable[[], Any]] = {
        "identities": lambda: (own, *(Identity("crm", text(255)) for _ in range(MOST["identities"] - 1))),
        "claims": lambda: tuple(Identity("email", text(255)) for _ in range(MOST["identities"])),
        "traits": lambda: {
            f"trait_{n}": TraitValue(tuple(text(40) for _ in range(100)), "crm", T0 + n, 0.9)
            for n in range(chance.choice((5, 200)))
        },
        "counters": lambda: counters(chance.choice((5, 200)), chance),
        "groups": lambda: tuple(text(255) for _ in range(MOST["groups"])),
        "intents": lambda: {
            f"group_{n}": Intent({text(255): Considered(T0, days(9)) for _ in range(50)}, (Chosen(text(255), T0, T0),))
            for n in range(chance.choice((1, 100)))
        },
        "orders": lambda: {text(255): Order(T0, {text(255): 1.0 for _ in range(500)}) for _ in range(3)},
        "owned": lambda: {text(255): Ownership(1.0, T0) for _ in range(MOST["owned"])},
        "cases": lambda: tuple(Case("need", text(255), text(255), T0) for _ in range(MOST["cases"])),
        "waiting": lambda: tuple(
            Waiting(text(30), "hello", "hero", {"html": text(4000)}) for _ in range(MOST["waiting"])
        ),
        "pending": lambda: tuple(
            Pending(text(30), text(64), text(255), T0 + n, T0) for n in range(MOST["pending"])
        ),
        "memberships": lambda: {text(64): True for _ in range(chance.choice((9, 900)))},
        "seen": lambda: {text(12): T0 + n for n in range(MOST["seen"])},
        "quarantined": lambda: {text(64): 1 for _ in range(100)},
        "absorbed": lambda: tuple(text(32) for _ in range(MOST["identities"])),
    }  # fmt: skip
    person = Profile(
        "p_flooded", version=3, user_id=own.value, **{name: part() for name, part in parts.items() if heavy()}
    )
    return structs.replace(person, grouped_by=dict.fromkeys(person.groups, ("behaviour", "crm")))


STAGES = (
    ("seen", "orders", "quarantined"),
    ("owned", "cases", "waiting", "groups", "claims", "absorbed"),
    ("counters",),
    ("traits", "memberships", "identities", "pending"),
)
"""Parts by the stage in which they go first."""


@pytest.mark.slow
@given(st.integers(0, 2**32))
@settings(max_examples=15)
def test_whatever_a_person_is_made_of_fits_one_item_and_goes_in_order(seed: int) -> None:
    whole = flooded(seed)
    light = fitted(whole)
    assert not is_heavy(light)
    assert light.grouped_by.keys() == set(light.groups)
    assert (light.user_id, light.identities[:1]) == (whole.user_id, whole.identities[:1])
    touched = [stage for stage, names in enumerate(STAGES) if any(lost(whole, light, name) for name in names)]
    for name in (name for stage in STAGES[: max(touched, default=0)] for name in stage):
        assert is_bare(getattr(light, name)), f"{name} could have given more before {touched}"


def lost(whole: Profile, light: Profile, name: str) -> bool:
    return bool(getattr(whole, name) != getattr(light, name))


def is_bare(held: Any) -> bool:
    """Whether no more of it could go: nothing is left, or of a counter only its one number."""
    return (
        all(lighter(one) == one for one in held.values() if isinstance(one, Counter))
        if (isinstance(held, dict) and any(isinstance(one, Counter) for one in held.values()))
        else not held
    )


def test_a_counter_that_grows_lighter_still_counts_the_same() -> None:
    window = TraitDefinition("n", "integer", "computed", computation=Computation("count", "Seen", days=30))
    counter = Counter(buckets={str(int(T0) - 3600 * n): 1.0 for n in range(1, 60)}, observed_at=T0)
    lightest = lighter(lighter(counter))
    assert (len(lightest.buckets) < 61, computed_value(lightest, window, T0)) == (True, 59)


def test_the_favourite_stays_the_favourite_though_its_counter_grows_lighter() -> None:
    top = TraitDefinition("n", "string", "computed", computation=Computation("top", "Seen", property="x"))
    counter = Counter(moment=T0, buckets={f"sku {n}": float(n) for n in range(64)}, observed_at=T0)
    for _ in range(9):
        counter = lighter(counter)
    assert (counter.buckets, computed_value(counter, top, T0)) == ({"sku 63": 63.0}, "sku 63")


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


def resting(number: int, at: float) -> Exposure:
    basis = Basis(0.5, "m1", ("tier:gold",), learns=True)
    return Exposure("a", at, "viewed", "web", f"d{number}", "hero", basis=basis)


def test_what_a_choice_rested_on_goes_when_nothing_can_come_of_it_any_more() -> None:
    shown = (resting(1, T0 - 31 * 86400), resting(2, T0 - 29 * 86400))
    left = kept(Profile("p", exposures=shown), RETENTION, T0).exposures
    assert [one.basis is None for one in left] == [True, False]
    assert [one.decision for one in left] == ["d1", "d2"]


def test_only_the_latest_choices_keep_what_they_rested_on() -> None:
    shown = tuple(resting(number, T0 - 86400) for number in range(MOST_BASES + 3))
    left = kept(Profile("p", exposures=shown), RETENTION, T0).exposures
    assert [one.basis is None for one in left] == [True] * 3 + [False] * MOST_BASES


def test_a_person_of_whom_nothing_is_to_go_stays_the_same() -> None:
    person = Profile("p", exposures=(resting(1, T0 - 86400),))
    assert kept(person, RETENTION, T0) is person
