"""Whatever is hidden of a person, a sound template never shows a gap, a mark, or how Python writes nothing."""

import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rapport.render import Missing, Rendered, Templates, Vocabulary, check_template

from tests.use_cases.render_house import BASE, HOSTS, OFFER, ask

SOUND = """{% extends "brand/base.j2" %}
{% set who = traits.first_name | default("traveller") %}
{% macro greet(name) %}Dear {% if name %}{{ name }}{% else %}friend{% endif %},{% endmacro %}
{% block subject %}Hello {{ who }}{% if traits.tier == "gold" %}: gold
{%- elif traits.tier %}: {{ traits.tier }}{% endif %}{% endblock %}
{% block email %}<h1>{{ greet(traits.first_name) }}</h1>
<p>{{ traits.home_city ~ " is far" if traits.home_city else "Where are you?" }} {{ traits.orders or "no" }} orders</p>
{% if traits.birthday %}<p>Born on {{ traits.birthday | day }}</p>{% endif %}
{% for tag in traits.interests %}<i>{{ tag | title }}</i>{% else %}<i>Anything</i>{% endfor %}
{% for offer in offers.tip %}<p>{{ offer.headline }} {{ offer.price | money }}</p>{% endfor %}
{% if "gold" in segments %}<p>As a gold member</p>{% else %}<p>As our guest</p>{% endif %}{% endblock %}
{% block text %}{{ greet(traits.first_name) }} we are {{ "glad" if traits.orders > 2 else "here" }}.
{{ traits.interests | join(", ") | default("Anything") }} in {{ traits.home_city | upper | default("town") }}
{% if persona == "family" %}All of you{% else %}You{% endif %} and {{ who }}{% endblock %}
"""
SOURCES = {"brand/base.j2": BASE, "sound.j2": SOUND}
TEMPLATES = Templates(SOURCES)
TYPES = {
    "first_name": "string",
    "tier": "string",
    "home_city": "string",
    "orders": "integer",
    "birthday": "date",
    "interests": "list",
}
# No punctuation: a name of ":" would look like a gap to GAPS. What is hostile is in test_render_attacks.
WORD = st.text(st.characters(codec="utf-8", categories=["L", "N", "Zs", "Cf", "Cc"]), max_size=12)
VALUES = {
    "first_name": WORD,
    "tier": st.sampled_from(["gold", "silver"]) | WORD,
    "home_city": WORD,
    "orders": st.integers(0, 10**6),
    "birthday": st.dates().map(str),
    "interests": st.lists(WORD, max_size=3),
}
TRAITS = st.fixed_dictionaries({}, optional={name: st.none() | value for name, value in VALUES.items()})
CHANNELS = st.sampled_from(["email", "sms", "push", "whatsapp", "web", "note", "call", "social"])
MARKS = re.compile(r"\bNone\b|Undefined|Unknown|object at 0x|\{\{|\{%|\{#|Markup\(")
GAPS = re.compile(r"\b(?:Hello|Dear|on|in|and) *(?:[,:.<]|\n|$)|<(i|h1|p)>\s*</\1>")


def test_the_template_is_sound() -> None:
    words = Vocabulary(
        TYPES, frozenset({"gold"}), frozenset({"family"}), frozenset({"tip"}), ("email", "sms"), HOSTS, True
    )
    assert check_template(SOURCES, "sound.j2", words) == []


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    traits=TRAITS,
    gold=st.none() | st.booleans(),
    persona=st.none() | st.just("family"),
    channel=CHANNELS,
    offers=st.integers(0, 2),
)
def test_a_sound_template_never_shows_a_gap_b2(
    traits: dict[str, object], gold: bool | None, persona: str | None, channel: str, offers: int
) -> None:
    answer = ask(
        TEMPLATES,
        channel,
        "sound.j2",
        traits=traits,
        segments={"gold": gold},
        persona=persona,
        offers={"tip": [OFFER] * offers},
    )
    assert isinstance(answer, Rendered)
    shown = "\n".join(str(value) for key, value in answer.content.items() if key != "segments")
    without_data = shown
    for value in traits.values():
        for word in value if isinstance(value, list) else [value]:
            if isinstance(word, str) and word.strip():
                without_data = without_data.replace(html.escape(word), "data").replace(word.strip(), "data")
    assert not MARKS.search(without_data)
    assert not GAPS.search(without_data.replace("&nbsp;", " "))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(hidden=st.sets(st.sampled_from(sorted(TYPES))), channel=CHANNELS)
def test_hiding_a_trait_is_the_same_as_never_having_had_it_e8(hidden: set[str], channel: str) -> None:
    full = {
        "first_name": "Ann",
        "tier": "gold",
        "home_city": "Oslo",
        "orders": 3,
        "birthday": "1990-05-01",
        "interests": ["ski"],
    }
    view = {name: value for name, value in full.items() if name not in hidden}
    nulls = {name: None if name in hidden else value for name, value in full.items()}
    assert ask(TEMPLATES, channel, "sound.j2", traits=view) == ask(TEMPLATES, channel, "sound.j2", traits=nulls)


def test_an_unsound_template_holds_the_message_instead() -> None:
    assert isinstance(
        ask({"t.j2": "{% block text %}Hi {{ traits.first_name }}{% endblock %}"}, "note", "t.j2", traits={}), Missing
    )
