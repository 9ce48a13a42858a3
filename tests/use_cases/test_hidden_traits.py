"""What a view hides decides nothing: no choice, no word, no segment. For random people, purposes and catalogues."""

import random
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from msgspec import structs
from rapport.domain.campaign import Campaign, Slot, Trigger
from rapport.domain.catalogue import Catalogue, Publication
from rapport.domain.condition import Condition
from rapport.domain.credited import Cause
from rapport.domain.decide import Terms
from rapport.domain.decision import Decision
from rapport.domain.learning import Learned, Lesson, learn
from rapport.domain.lessons import Learner, kept, take
from rapport.domain.logged import with_log
from rapport.domain.look_again import Go, Look, look_again
from rapport.domain.message import Message
from rapport.domain.moment import DAY
from rapport.domain.outcome_log import Entry
from rapport.domain.planned import Planned
from rapport.domain.profile import Exposure, Profile
from rapport.domain.sight import Hidden
from rapport.domain.trait import TraitValue
from rapport.domain.view import View, view
from rapport.memory import (
    MemoryBus,
    MemoryLedger,
    MemoryProfiles,
    MemoryPublications,
    MemorySchedule,
    MemorySealer,
    MemorySender,
)
from rapport.ports import Ports
from rapport.render import Rendered, Templates
from rapport.use_cases.compose import compose, text_locales

from tests.domain.trails import NOW, encoded, offer, publish, pulled, pushed, someone

VALUES: dict[str, list[Any]] = {
    "first_name": ["Ann", "Bo", "Cy"],
    "tier": ["none", "silver", "gold"],
    "adult": [True, False],
    "age": [17, 40, 70],
    "job_title": ["boss", "clerk"],
    "interests": [("ski",), ("city", "ski"), ("golf",)],
    "balance": [10.0, 1000.0],
    "health": ["good", "poor"],
    "home_city": ["Oslo", "Rome"],
    "churn_risk": [0.1, 0.9],
    "locale": ["fr-BE", "en-GB", "de-DE"],
    "email": ["ann@example.com", "bo@example.com"],
}
CONDITIONS = (
    'traits.first_name == "Ann"', 'traits.tier != "gold"', "traits.adult == true", "!(traits.age > 18)",
    "has(traits.job_title)", "!has(traits.health)", '"ski" in traits.interests', "traits.balance > 100.0",
    'traits.home_city == "Oslo"', "traits.churn_risk > 0.5", '"one" in segments', '!("two" in segments)',
    'persona == "somebody"', 'traits.locale.startsWith("fr")', 'has(traits.email) && traits.tier == "gold"',
    'traits.health == "poor" || traits.adult == true', 'traits.interests.exists(tag, tag == "golf")',
)  # fmt: skip
PURPOSES = ("service", "marketing", "personalisation", "partner")
TEMPLATE = """{% block subject %}{{ traits.first_name | default("You") }}{% endblock %}
{% block email %}<p>{{ traits.first_name | default("you") }} {{ traits.home_city | default("town") }}
{{ traits.job_title | default("-") }} {{ traits.interests | join(" ") | default("-") }} {{ persona | default("-") }}
{% if traits.health %}{{ traits.health }}{% endif %} {% if traits.balance > 100 %}rich{% endif %}
{% if "one" in segments %}one{% endif %} {% if traits.churn_risk > 0.5 %}risk{% endif %}
{% for offer in offers.block %}{{ offer.headline }} {{ offer.why }}{% endfor %}</p>
<a href="{{ links.unsubscribe }}">x</a>{% endblock %}
{% block sms %}{{ traits.tier | default("-") }} {{ traits.health | default("-") }}
{% for offer in offers.block %}{{ offer.headline }}{% endfor %}{% endblock %}"""
FRENCH = TEMPLATE.replace('default("You")', 'default("Vous")')
MODEL = learn(Learned(), [Lesson(f"o{n}", ("tier:gold", "adult:True"), answered=n % 2 == 0) for n in range(8)])
TEMPLATES = Templates({"t.j2": TEMPLATE, "t.fr.j2": FRENCH})


@cache
def house(seed: int) -> Catalogue:
    """A random catalogue: which trait is for whom, and what each offer, segment and persona asks of people."""
    chance = random.Random(seed)  # noqa: S311  # the same catalogue for a seed

    def when() -> dict[str, str]:
        said = f" {chance.choice(['&&', '||'])} ".join(f"({one})" for one in chance.sample(CONDITIONS[:10], 2))
        return {chance.choice(["when", "when", "unless"]): chance.choice([said, chance.choice(CONDITIONS)])}

    def segment(name: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "when": chance.choice(CONDITIONS[:10]), **more}

    made = publish(
        *(
            offer(f"o{n}", chance.choice(["sales", "advice", "service", "content", "partner"]), **when(), value=n + 1,
                  about={"tags": [chance.choice(["ski", "city", "golf"])]},
                  context_weight={chance.choice(CONDITIONS[:9]): 3.0},
                  variants=[{"when": chance.choice(CONDITIONS[:9]), "set": {"headline": f"Another {n}"}}])
            for n in range(8)
        ),
        segments=[segment("one"), segment("two"), segment("somebody", persona=True)],
    )  # fmt: skip
    traits = {
        name: structs.replace(
            known,
            allows=chance.choice([None, None, ("service",), ("marketing", "service")]),
            category=chance.random() < 0.2,
            sensitive=known.sensitive or chance.random() < 0.1,
            certain=chance.choice([0.3, 0.5, 0.8]),
        )
        if name in VALUES
        else known
        for name, known in made.traits.items()
    }
    return structs.replace(
        made, traits=traits, campaigns={"c": _campaign(chance.choice(PURPOSES), made.offers["o7"].unless)}
    )


def _campaign(purpose: str, unless: Condition | None) -> Campaign:
    kind: Any = {"service": "service", "partner": "partner"}.get(purpose, "content")
    trigger = Trigger("event", event="Flight Booked")
    slots = {"block": Slot("block", 1)}
    return Campaign(
        "c", purpose, kind, trigger, ("email", "sms"), "t.j2", all_channels=True, offers=slots, unless=unless
    )


def held(name: str) -> st.SearchStrategy[TraitValue]:
    return st.builds(
        TraitValue,
        st.sampled_from(VALUES[name]),
        st.sampled_from(["crm", "ledger", "facebook", "behaviour", "declared"]),
        st.sampled_from([NOW - DAY, NOW - 900 * DAY]),
        st.sampled_from([0.4, 0.6, 0.95]),
        unverified=st.booleans(),
    )


@st.composite
def people(draw: st.DrawFn) -> Profile:
    traits = {name: draw(held(name)) for name in VALUES if draw(st.integers(0, 3))}
    granted = draw(
        st.sampled_from(
            [
                "", "personalisation", "marketing", "marketing personalisation", "marketing partner",
                "marketing partner personalisation profiling", "marketing@email personalisation@web profiling@email",
            ]
        )
    )  # fmt: skip
    return someone(granted, traits=traits)


Case = tuple[Profile, Profile, View, Catalogue]


@st.composite
def veiled(draw: st.DrawFn) -> Case:
    """A person, the same with another value of a trait that a view hides, that view, and the catalogue."""
    person, catalogue = draw(people()), house(draw(st.integers(0, 7)))
    is_pull, channel = draw(st.sampled_from([(True, "web"), (True, "call"), (False, "email"), (False, "sms")]))
    purpose = draw(st.sampled_from(PURPOSES)) if not is_pull else "personalisation"
    seen = looked_at(person, catalogue, purpose, channel, is_pull=is_pull)
    hidden = [name for name, veil in seen.hidden.items() if veil is not Hidden.MISSING and name in person.traits]
    assume(hidden)
    name = draw(st.sampled_from(hidden))
    other = structs.replace(person.traits[name], value=draw(st.sampled_from(VALUES[name])))
    return person, structs.replace(person, traits={**person.traits, name: other}), seen, catalogue


def looked_at(person: Profile, catalogue: Catalogue, purpose: str, channel: str, *, is_pull: bool) -> View:
    return view(person, catalogue, purpose, NOW, channel=channel, is_pull=is_pull)


many = settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@pytest.mark.slow
@many
@given(veiled())
def test_a_hidden_trait_moves_nobody_into_or_out_of_a_segment_e8(
    case: tuple[Profile, Profile, View, Catalogue],
) -> None:
    person, changed, seen, catalogue = case
    about = {"purpose": seen.mandate.purpose, "channel": str(seen.channel), "is_pull": seen.is_pull}
    one, other = (looked_at(who, catalogue, **about) for who in (person, changed))
    assert [(v.segments, v.persona, [v.in_segment(name) for name in catalogue.segments]) for v in (one,)] == [
        (v.segments, v.persona, [v.in_segment(name) for name in catalogue.segments]) for v in (other,)
    ]


@pytest.mark.slow
@many
@given(veiled())
def test_a_hidden_trait_changes_no_decision_e1_e2_e3_e8(case: Case) -> None:
    person, changed, seen, catalogue = case
    channel = str(seen.channel)
    decisions = [
        pulled(who, catalogue, "hero", "grid", channel=channel)
        if seen.is_pull
        else pushed(who, catalogue, channel, seen.mandate.purpose)
        for who in (person, changed)
    ]
    assert encoded(decisions[0]) == encoded(decisions[1])


@pytest.mark.slow
@many
@given(veiled())
def test_what_is_hidden_chooses_as_if_it_were_not_there_e1(case: Case) -> None:
    person, changed, seen, catalogue = case
    others = {name: held for name, held in person.traits.items() if changed.traits[name] == held}
    channel, without = str(seen.channel), structs.replace(person, traits=others)
    one, other = (
        pulled(who, catalogue, "hero", "grid", channel=channel)
        if seen.is_pull
        else pushed(who, catalogue, channel, seen.mandate.purpose)
        for who in (person, without)
    )
    assert one.placements == other.placements


def ports(catalogue: Catalogue) -> Ports:
    schedule, bus = MemorySchedule(), MemoryBus()
    profiles = MemoryProfiles(schedule, bus)
    return Ports(
        profiles, MemoryPublications(catalogue), MemoryLedger(profiles), MemorySender(), bus, MemorySealer(),
        public_url="https://rapport.example",
    )  # fmt: skip


def written(person: Profile, catalogue: Catalogue) -> dict[str, bytes]:
    """What the campaign says to a person, channel by channel, byte for byte."""
    message = Message("m_1", person.id, "c", "k", NOW, NOW, NOW)
    look = Look(message, catalogue.campaigns["c"], person, Publication(catalogue), NOW)
    look = structs.replace(look, locales=text_locales(look, TEMPLATES))
    goes = [step for step in look_again(look) if isinstance(step, Go)]
    rendered = {step.channel: compose(look, step, TEMPLATES, ports(catalogue)) for step in goes}
    return {
        channel: msgspec.json.encode(answer.content) if isinstance(answer, Rendered) else repr(answer).encode()
        for channel, answer in rendered.items()
    }


@settings(many, max_examples=80)
@given(people(), st.integers(0, 7), st.data())
def test_a_hidden_trait_changes_no_rendered_byte_e8(person: Profile, seed: int, data: st.DataObject) -> None:
    catalogue = house(seed)
    purpose = catalogue.campaigns["c"].purpose
    goes = written(person, catalogue)
    for channel in ("email", "sms"):
        said = goes.get(channel)
        seen = looked_at(person, catalogue, purpose, channel, is_pull=False)
        for name in [n for n, veil in seen.hidden.items() if veil is not Hidden.MISSING and n in person.traits]:
            other = structs.replace(person.traits[name], value=data.draw(st.sampled_from(VALUES[name])))
            changed = structs.replace(person, traits={**person.traits, name: other})
            assert written(changed, catalogue).get(channel) == said
            without = {known: value for known, value in person.traits.items() if known != name}
            assert written(structs.replace(person, traits=without), catalogue).get(channel) == said


def taught(person: Profile, decision: Decision, catalogue: Catalogue) -> tuple[tuple[Entry, ...], bytes]:
    """The rows of the log when all that was chosen is shown and clicked, and what they teach, byte for byte."""
    exposures = tuple(
        Exposure(choice.offer, NOW, "viewed", "web", "d_1", placement.placement, None, "clicked", NOW, choice.basis)
        for placement in decision.placements
        for choice in placement.choices
    )
    planned = Planned(structs.replace(person, exposures=exposures))
    rows, learner = with_log(planned, catalogue, Cause(person, NOW)).log, Learner()
    take(learner, rows, NOW)
    return rows, kept(learner)


@pytest.mark.slow
@many
@given(veiled())
def test_a_hidden_trait_changes_no_byte_of_the_log_or_of_the_model_e8(case: Case) -> None:
    person, changed, seen, catalogue = case
    learning = {name: structs.replace(placement, learn=True) for name, placement in catalogue.placements.items()}
    catalogue, channel, terms = structs.replace(catalogue, placements=learning), str(seen.channel), Terms(model=MODEL)
    decisions = [
        pulled(who, catalogue, "hero", "grid", channel=channel, terms=terms)
        if seen.is_pull
        else pushed(who, catalogue, channel, seen.mandate.purpose, terms=terms)
        for who in (person, changed)
    ]
    assert taught(person, decisions[0], catalogue) == taught(changed, decisions[1], catalogue)


def test_the_random_houses_do_teach_something_of_people() -> None:
    ann = someone("personalisation", traits={"tier": TraitValue("gold", "declared", NOW - DAY, 1.0)})
    catalogue = publish(
        offer("a", placements=["hero"]), placements=[{"id": "hero", "fallback": "welcome", "learn": True}]
    )
    rows, _ = taught(ann, pulled(ann, catalogue), catalogue)
    assert [row.features for row in rows] == [("tier:gold",), ("tier:gold",)]


def test_the_random_houses_do_say_something_of_people() -> None:
    ann = someone(
        "marketing partner personalisation profiling",
        traits={name: TraitValue(values[0], "declared", NOW - DAY, 1.0) for name, values in VALUES.items()},
    )
    assert sum(b"Ann" in b"".join(written(ann, house(seed)).values()) for seed in range(8)) >= 2
