"""A house with so many live offers on one placement, and what deciding for one person takes there."""

import time
from collections.abc import Callable
from random import Random
from statistics import median, quantiles
from typing import Any, NamedTuple, TypeAlias

from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.consent import Consent
from rapport.domain.decide import Terms
from rapport.domain.house import House, Purpose, Source
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.profile import Profile
from rapport.domain.trait import TraitDefinition, TraitValue
from rapport.memory import MemorySealer
from rapport.plan import index
from rapport.plan.shelf import Shelf, stock
from rapport.use_cases.asked import Asked, PullRequest, person
from rapport.use_cases.personalise import Reception, personalise
from rapport_authoring.conditions import Names, compile_condition

from tests.domain.trails import NOW, looked, pulled

SIZES = (10, 100, 1_000, 10_000)
PEOPLE = 60
FEW = 10
TURNS = 4
WORDS = {"country": 20, "language": 12, "tier": 4, "device": 5, "plan": 5}
NUMBERS = {"orders": 40, "spent": 5000, "age": 90, "points": 20000}
TRAITS = {name: TraitDefinition(name, "string") for name in WORDS} | {
    name: TraitDefinition(name, "number") for name in NUMBERS
}
NAMES = Names(traits=dict.fromkeys(WORDS, "string") | dict.fromkeys(NUMBERS, "number"))

Way: TypeAlias = Callable[[Profile], object]


class Measured(NamedTuple):
    """Processor seconds for one person, undisturbed, and how many offers they may have.

    `answer` is the whole use case behind `POST /v1/personalise`, its token included; `singly` a decision that tries the
    rule of every offer.
    """

    bare: float
    decision: float
    answer: float
    singly: float
    eligible: float

    @property
    def ratio(self) -> float:
        """The whole decision beside the bare index."""
        return self.decision / self.bare

    def __str__(self) -> str:
        """One row of the table under HEAD."""
        each = " | ".join(f"{seconds * 1e6:,.0f} us" for seconds in self[:4])
        return f"{each} | {self.eligible:.0f} | {self.ratio:.1f} | {1 / self.decision:,.0f}"


HEAD = "live offers | bare index | whole decision | whole answer | rules one by one | may have | ratio | a second"


def measured(size: int) -> Measured:
    """Decide for the people of a house in each way by turns, so that what else the machine does falls on all alike."""
    catalogue = house(size)
    shelf, bare = (
        Shelf(stock(catalogue), list(catalogue.offers)),
        index.build([(offer.when, None) for offer in catalogue.offers.values()]),
    )
    people = [somebody(Random(number)) for number in range(PEOPLE)]  # noqa: S311  # chance for tests, not for keys
    reception, terms = Reception(Publication(catalogue), MemorySealer(), shelf=shelf), Terms(shelf=shelf)
    ways: tuple[tuple[Way, list[Profile]], ...] = (
        (lambda who: bare.eligible(looked(who, catalogue)), people),
        (lambda who: pulled(who, catalogue, "hero", terms=terms), people),
        (lambda who: personalise(asked(who), who, reception), people),
        (lambda who: pulled(who, catalogue, "hero"), people[:FEW]),
    )
    turns = [[_times(way, crowd) for way, crowd in ways] for _ in range(TURNS)]
    found = (undisturbed([time for times in column for time in times]) for column in zip(*turns, strict=True))
    return Measured(*found, median(len(shelf("hero", looked(who, catalogue))) for who in people))


def _times(way: Way, crowd: list[Profile]) -> list[float]:
    """The processor seconds of each person, once the first few have brought back what another way had pushed out."""
    for who in crowd[:FEW]:
        way(who)
    taken: list[float] = []
    for who in crowd:
        before = time.process_time()
        way(who)
        taken.append(time.process_time() - before)
    return taken


def undisturbed(times: list[float]) -> float:
    """The lower quartile: what else runs on a machine only ever adds."""
    return quantiles(times, n=4)[0]


def house(size: int) -> Catalogue:
    """So many live offers on one placement, each for the few whom its rule of two to four demands lets have it."""
    chance = Random(1)  # noqa: S311  # the same
    offers = {"welcome": Offer("welcome", "content", "a welcome", content={"en-GB": {"headline": "Hello"}})}
    for number in range(size):
        offers[f"o{number}"] = _offer(f"o{number}", chance)
    return Catalogue(
        House(
            "Measured",
            purposes={"personalisation": Purpose(), "service": Purpose("contract")},
            sources={"crm": Source(80, 0.95), "declared": Source(100)},
        ),
        traits=TRAITS,
        placements={"hero": Placement("hero", fallback="welcome")},
        offers=offers,
    )


def _offer(name: str, chance: Random) -> Offer:
    rule = " && ".join(_demand(chance) for _ in range(chance.randint(2, 4)))
    when, problems = compile_condition(rule, NAMES, "trigger")
    if when is None:
        raise ValueError(problems)
    content = {"en-GB": {"headline": name, "text": "Something good", "price": {"amount": 29, "currency": "EUR"}}}
    kind: Any = chance.choice(["sales", "content", "advice"])
    return Offer(
        name,
        kind,
        "something good",
        when=when,
        sku=f"sku-{name}",
        tags=(f"t{chance.randrange(30)}",),
        placements=("hero",),
        value=chance.uniform(1, 50),
        content=content,
        mode="individual",
    )


def _demand(chance: Random) -> str:
    if chance.random() < 0.6:
        name = chance.choice([*WORDS])
        return f'traits.{name} == "{name[0]}{chance.randrange(WORDS[name])}"'
    name = chance.choice([*NUMBERS])
    return f"traits.{name} {chance.choice(['>', '<='])} {chance.randrange(NUMBERS[name])}.0"


def somebody(chance: Random) -> Profile:
    """A person of whom nearly everything is known."""
    known: dict[str, Any] = {name: f"{name[0]}{chance.randrange(count)}" for name, count in WORDS.items()}
    known |= {name: float(chance.randrange(most)) for name, most in NUMBERS.items()}
    traits = {name: TraitValue(value, "crm", NOW - 86400, 0.95) for name, value in known.items()}
    consents = {"personalisation": {"*": Consent("granted", NOW - 86400, ever_granted=True)}}
    name = f"u{chance.randrange(10**9)}"
    return Profile(f"p_{name}", user_id=name, traits=traits, consents=consents)


def asked(who: Profile) -> Asked:
    """A visit of a person."""
    return Asked(PullRequest(["hero"]), person(str(who.user_id)), NOW, "d_1")
