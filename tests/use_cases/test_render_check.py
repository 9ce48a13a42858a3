"""What the check of a template finds, where it says it is, and what it lets through."""

import pytest
from msgspec import structs
from rapport.render import TemplateProblem, Vocabulary, check_template

from tests.use_cases.render_house import BASE, HOSTS, WELCOME

WORDS = Vocabulary(
    traits={
        "first_name": "string",
        "job_title": "string",
        "tier": "string",
        "birthday": "date",
        "interests": "list",
        "adult": "boolean",
        "orders": "integer",
        "address.city": "string",
    },
    one_of={"tier": frozenset({"silver", "gold"})},
    segments=frozenset({"gold", "lapsed"}),
    personas=frozenset({"family"}),
    slots=frozenset({"tip"}),
    channels=("note",),
    links_allowed=HOSTS,
    brand=frozenset({"id", "name", "colour", "logo"}),
    brand_at_times=frozenset({"claim", "motto"}),
)


def found(sources: dict[str, str], words: Vocabulary = WORDS, name: str = "t.j2") -> list[TemplateProblem]:
    return check_template(sources, name, words)


def codes(text: str, words: Vocabulary = WORDS, **more: str) -> list[str]:
    source = f"{{% block text %}}{text}{{% endblock %}}"
    return [problem.code for problem in found({"t.j2": source} | more, words)]


REFUSED = [
    ("{{ traits.frist_name | default('you') }}", "UNKNOWN_TRAIT"),
    ("{{ traits.address.town | default('you') }}", "UNKNOWN_TRAIT"),
    ("{% if traits.tire == 'gold' %}x{% endif %}", "UNKNOWN_TRAIT"),
    ("{{ offers.tipp | length }}", "UNKNOWN_SLOT"),
    ("{% for o in offers.tip %}{{ o.headlin }}{% endfor %}", "UNKNOWN_ELEMENT"),
    ("{{ offers.tip[0].headlin }}", "UNKNOWN_ELEMENT"),
    ("{{ nothing }}", "UNKNOWN_NAME"),
    ("{{ nothing() }}", "UNKNOWN_NAME"),
    ("{{ traits }}", "UNKNOWN_TRAIT"),
    ("{{ brand.clame }}", "UNKNOWN_NAME"),
    ("{{ brand.claim }}", "MAY_BE_UNKNOWN"),
    ("{% include 't.j2' %}", "CIRCLE"),
    ("{% macro one() %}{{ two() }}{% endmacro %}{% macro two() %}{{ one() }}{% endmacro %}x", "CIRCLE"),
    ("{{ links.unsubscirbe }}", "UNKNOWN_NAME"),
    ("{% if 'gld' in segments %}x{% endif %}", "SEGMENT"),
    ("{% if segments.gold %}x{% endif %}", "SEGMENT"),
    ("{% if persona == 'famly' %}x{% endif %}", "PERSONA"),
    ("{{ traits.first_name }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.first_name | upper }}", "MAY_BE_UNKNOWN"),
    ("{{ 'Hi ' ~ traits.first_name }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.orders + 1 }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.birthday | date }}", "MAY_BE_UNKNOWN"),
    ("{{ persona }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.first_name | default(traits.job_title) }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.first_name or traits.job_title }}", "MAY_BE_UNKNOWN"),
    ("{{ traits.first_name if traits.tier else 'you' }}", "MAY_BE_UNKNOWN"),
    ("{% if traits.tier %}{{ traits.first_name }}{% endif %}", "MAY_BE_UNKNOWN"),
    ("{% if traits.tier or traits.first_name %}{{ traits.first_name }}{% endif %}", "MAY_BE_UNKNOWN"),
    ("{% if traits.first_name %}x{% else %}{{ traits.first_name }}{% endif %}", "MAY_BE_UNKNOWN"),
    ("{% if traits.first_name is undefined %}{{ traits.first_name }}{% endif %}", "MAY_BE_UNKNOWN"),
    ("{% if traits.first_name | default('x') %}{{ traits.first_name }}{% endif %}", "MAY_BE_UNKNOWN"),
    ("{% set n = traits.first_name %}{{ n }}", "MAY_BE_UNKNOWN"),
    ("{% set n = 'Hi ' ~ traits.first_name %}{{ n }}", "MAY_BE_UNKNOWN"),
    ("{% if event.x %}{% set n = 'x' %}{% endif %}{{ n }}", "MAY_BE_UNKNOWN"),
    ("{% if event.x %}{% set n = traits.tier %}{% else %}{% set n = 'x' %}{% endif %}{{ n }}", "MAY_BE_UNKNOWN"),
    ("{% set n %}{{ traits.first_name }}{% endset %}{{ n }}", "MAY_BE_UNKNOWN"),
    ("{% macro m(n) %}{{ n }}{% endmacro %}{{ m(traits.first_name) }}", "MAY_BE_UNKNOWN"),
    ("{% macro m(n) %}{{ n }}{% endmacro %}{{ m() }}", "MAY_BE_UNKNOWN"),
    ("{% macro m() %}{{ traits.first_name }}{% endmacro %}{{ m() }}", "MAY_BE_UNKNOWN"),
    ("{% for o in offers.tip %}{{ traits.first_name }}{% endfor %}", "MAY_BE_UNKNOWN"),
    ("{{ traits.first_name if traits.first_name }}", "NO_ELSE"),
    ("{% if not traits.tier %}x{% endif %}", "NEGATION"),
    ("{% if traits.tier != 'gold' %}x{% endif %}", "NEGATION"),
    ("{% if 'ski' not in traits.interests %}x{% endif %}", "NEGATION"),
    ("{% if not (traits.tier == 'gold' and 'gold' in segments) %}x{% endif %}", "NEGATION"),
    ("{% set t = traits.tier %}{% if t != 'gold' %}x{% endif %}", "NEGATION"),
    ("{{ 'x' if not traits.tier else 'y' }}", "NEGATION"),
    ("{% if traits.tier is not defined %}x{% endif %}", "NEGATION"),
    ("{% if traits.birthday %}{{ traits.birthday }}{% endif %}", "NEEDS_FORM"),
    ("{% if traits.interests %}{{ traits.interests }}{% endif %}", "NEEDS_FORM"),
    ("{% if traits.adult %}{{ traits.adult }}{% endif %}", "PRINTS_TRUTH"),
    ("{{ 'gold' in segments }}", "PRINTS_TRUTH"),
    ("{{ event.x | uper }}", "FILTER"),
    ("{{ event.x | safe }}", "FILTER"),
    ("{% if event.x is nice %}x{% endif %}", "TEST"),
    ("{{ event.x.upper() }}", "NOT_ALLOWED"),
    ("{{ event.__class__ }}", "NOT_ALLOWED"),
    ("{{ 2 ** 3 }}", "NOT_ALLOWED"),
    ("{% import 'x.j2' as x %}", "NOT_ALLOWED"),
    ("{% include event.x %}", "NOT_ALLOWED"),
    ("{% if %}", "SYNTAX"),
    ("{% include 'no.j2' %}", "TEMPLATE"),
    ("See https://evil.example/x", "LINK"),
    ("See http://trails.example/x", "LINK"),
    ("See https://trails.example.evil.example/x", "LINK"),
    ("See https://{{ event.x }}/x", "LINK"),
    ("<a href='https://evil.example/'>x</a>", "LINK"),
    ("<a href='javascript:alert(1)'>x</a>", "LINK"),
    ("<a href='mailto:x@y.example'>x</a>", "LINK"),
    ("<a href='https://trails.example{{ event.x }}'>x</a>", "LINK"),
    ("<img alt='' src='//evil.example/x.png'>", "LINK"),
    ("<a href={{ event.x }}>x</a>", "UNQUOTED"),
    ("<{{ event.x }}>x", "UNQUOTED"),
    ("<p style='color: {{ event.x }}'>x</p>", "UNSAFE_PLACE"),
    ("<style>p { color: {{ event.x }} }</style>", "UNSAFE_PLACE"),
    ("<!-- {{ event.x }} -->x", "UNSAFE_PLACE"),
    ("{{ 'https://evil.example/' ~ event.x }}", "LINK"),
    ("{% set u = 'https://evil.example/' %}{{ u }}", "LINK"),
    ("{{ event.x | default('javascript:x') }}", "LINK"),
    ("See www.evil.example", "LINK"),
    ("<p style='background: url(https://evil.example/x.png)'>x</p>", "LINK"),
    ('<style>p { background: url("//evil.example/x.png") }</style>x', "LINK"),
    ("<style>@font-face { src: url('https://evil.example/x.woff2') }</style>x", "LINK"),
    ("<a href='{% if event.x %}https://evil.example/{% else %}https://trails.example/{% endif %}'>x</a>", "LINK"),
    ("<a href='https://trails.example{% if event.x %}.evil.example{% endif %}/'>x</a>", "LINK"),
    ("<a href='{% if event.x %}javascript:{% endif %}x'>x</a>", "LINK"),
    ("<style>@import 'https://trails.example/x.css';</style>x", "ELEMENT"),
    ("<img alt='' src='https://trails.example/x.png' srcset='https://trails.example/y.png 2x'>", "ELEMENT"),
    ("<a href='https://trails.example/' ping='https://trails.example/'>x</a>", "ELEMENT"),
    (
        "<img alt='' src='https://trails.example/x.png' srcset='https://trails.example/y.png, //evil.example/z 2x'>",
        "LINK",
    ),
    ("{% if traits.tier == 'platinum' %}x{% endif %}", "ONE_OF"),
    ("{% if 'platinum' == traits.tier %}x{% endif %}", "ONE_OF"),
    ("{% if traits.tier in ['gold', 'platinum'] %}x{% endif %}", "ONE_OF"),
    ("{{ traits.interests[0] }}", "MAY_BE_UNKNOWN"),
    ("{{ event }}", "PRINTS_WHOLE"),
    ("{{ links }}", "PRINTS_WHOLE"),
    ("{{ offers.tip }}", "PRINTS_WHOLE"),
    ("{% for o in offers.tip %}{{ o }}{% endfor %}", "PRINTS_WHOLE"),
    ("{% for o in offers.tip %}{{ o.price }}{% endfor %}", "PRINTS_WHOLE"),
    ("{% for o in offers.tip %}{{ o.image }}{% endfor %}", "PRINTS_WHOLE"),
    ("{{ traits.first_name | default(none) }}", "PRINTS_NOTHING"),
    ("{{ 'x' if event.x else none }}", "PRINTS_NOTHING"),
    ("{{ event.x or false }}", "PRINTS_NOTHING"),
    ("{{ super() }}", "UNKNOWN_NAME"),
    ("{{ loop.index }}", "UNKNOWN_NAME"),
    ("<script>x()</script>", "ELEMENT"),
    ("<p onclick='x()'>x</p>", "ELEMENT"),
]

ALLOWED = [
    "{{ traits.first_name | default('you') }}",
    "{{ traits.first_name | upper | default('you') }}",
    "{{ traits.address.city | default('your town') }}",
    "{{ ', ' ~ traits.first_name if traits.first_name else '' }}",
    "{{ traits.first_name or 'you' }}",
    "{% if traits.first_name %}{{ traits.first_name }}{% endif %}",
    "{% if traits.first_name and traits.tier == 'gold' %}{{ traits.first_name }} {{ traits.tier }}{% endif %}",
    "{% if traits.first_name is defined %}{{ traits.first_name }}{% endif %}",
    "{% if traits.orders > 3 %}{{ traits.orders }}{% else %}few{% endif %}",
    "{% if 'ski' in traits.interests %}{{ traits.interests | join(', ') }}{% endif %}",
    "{% for i in traits.interests %}{{ i }}{% endfor %}",
    "{% if traits.birthday %}{{ traits.birthday | date }}{% endif %}",
    "{% if 'gold' in segments %}x{% endif %}{% if 'gold' not in segments %}y{% endif %}",
    "{% if persona == 'family' %}x{% else %}y{% endif %}",
    "{% if brand.motto %}{{ brand.motto }}{% endif %}{% if not brand.claim %}y{% endif %}",
    "{{ brand.claim | default('x') }}",
    "{% if not event.x %}x{% endif %}{% if event.x != 2 %}y{% endif %}",
    "{{ event.x }} {{ event.x | date }} {{ campaign.name }} {{ brand.colour }} {{ why }}",
    "{% for o in offers.tip %}{{ o.headline }} {{ o.price | money }} {{ o.image.alt }} {{ o.link }}{% endfor %}",
    "{% set n = traits.first_name | default('you') %}{{ n }}",
    "{% set n = traits.first_name %}{% if n %}{{ n }}{% endif %}",
    "{% if traits.tier %}{% set n = 'x' %}{% else %}{% set n = 'y' %}{% endif %}{{ n }}",
    "{% set n = 'you' %}{% if traits.tier %}{% set n = traits.tier | upper %}{% endif %}{{ n }}",
    "{% macro m(n) %}{% if n %}{{ n }}{% else %}you{% endif %}{% endmacro %}{{ m(traits.first_name) }}",
    "{% macro m(n='you') %}{{ n }}{% endmacro %}{{ m() }}{{ m(traits.first_name | default('x')) }}",
    "<a href='{{ event.x }}'>x</a><a href='https://trails.example/?x={{ event.x | urlencode }}'>y</a>",
    "<img src='{% if event.x %}https://trails.example/a.png{% else %}https://trails.example/b.png{% endif %}' alt=''>",
    "<a href='https://trails.example/{% if event.x %}a{% else %}b{% endif %}?c={{ event.c }}'>x</a>",
    "<p style='background: url(https://trails.example/x.png)'>x</p><p style='background: url({{ brand.logo }})'>y</p>",
    "<meta http-equiv='Content-Type' content='text/html; charset=utf-8'>See www.trails.example, or trails.example/x",
    "{% if traits.interests %}{{ traits.interests[0] }}{% endif %}{{ traits.interests[0] | default('outdoors') }}",
    "{% if event.x == 'https://evil.example/' %}x{% endif %}",
    "{% for i in event.list %}{{ loop.index }} {{ i }}{% endfor %}",
    "{{ event.x | e }} {{ event.list | map('upper') | join(', ') }} {{ event.list | select('equalto', 'a') | join }}",
    "<a href='https://www.trails.example/a?b=1&amp;c=2#d'>x</a><a href='#top'>y</a>",
    "<p style='color: {{ brand.colour }}'>x</p><style>p { color: {{ brand.colour }} }</style>",
    "<img src='https://trails.example/x.png' alt='A lake'>",
    "if a < b and c > d, 1 <2",
    "<a href=''>x</a><a href=' '>y</a><a href>z</a><img src='' alt=''>",
]


@pytest.mark.parametrize(("text", "code"), REFUSED, ids=range(len(REFUSED)))
def test_the_check_refuses(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize("text", ALLOWED, ids=range(len(ALLOWED)))
def test_the_check_lets_through(text: str) -> None:
    assert [code for code in codes(text) if code != "SUPERFICIAL"] == []


def test_a_web_of_includes_is_refused_instead_of_read_to_its_end() -> None:
    def includes(at: int) -> str:
        return "".join(f"{{% include 't{other}.j2' %}}" for other in range(at + 1, min(at + 6, 60)))

    web = {f"t{at}.j2": f"x{includes(at)}" for at in range(1, 60)}
    web["t0.j2"] = f"{{% block text %}}{includes(0)}{{% endblock %}}"
    assert [problem.message for problem in found(web, name="t0.j2")] == ["the includes and macros unfold to too much"]


def test_a_misspelt_trait_is_shown_with_its_place_and_what_was_meant() -> None:
    source = "{% block text %}\nHello {{ traits.frist_name | default('you') }}{% endblock %}"
    problem = found({"t.j2": source})[0]
    assert (problem.template, problem.line, problem.column) == ("t.j2", 2, 17)
    assert problem.hint == "did you mean 'first_name'?"


def test_a_problem_in_a_base_is_shown_in_the_base() -> None:
    sources = {
        "base.j2": "\n{{ traits.tier }}{% block text %}{% endblock %}",
        "t.j2": "{% extends 'base.j2' %}{% block text %}x{% endblock %}",
    }
    assert [(problem.template, problem.line, problem.code) for problem in found(sources)] == [
        ("base.j2", 2, "MAY_BE_UNKNOWN")
    ]


def test_an_included_text_is_read_with_what_is_sure_around_it() -> None:
    text = "{% if traits.tier %}{% include 'x.j2' %}{% endif %}"
    assert codes(text, **{"x.j2": "{{ traits.tier }}"}) == []
    assert codes("{% include 'x.j2' %}", **{"x.j2": "{{ traits.tier }}"}) == ["MAY_BE_UNKNOWN"]


def test_what_super_prints_is_read_too() -> None:
    sources = {
        "base.j2": "{% block text %}{{ traits.tier }}{% endblock %}",
        "t.j2": "{% extends 'base.j2' %}{% block text %}{{ super() }}{% endblock %}",
    }
    assert [problem.code for problem in found(sources)] == ["MAY_BE_UNKNOWN"]


@pytest.mark.parametrize(
    "sources",
    [
        {"t.j2": "{% extends 't.j2' %}"},
        {"t.j2": "{% extends 'a.j2' %}", "a.j2": "{% extends 't.j2' %}{% block text %}{{ x | uper }}{% endblock %}"},
        {"t.j2": "{% block text %}x{% endblock %}{% block text %}y{% endblock %}"},
        {},
    ],
)
def test_a_template_that_cannot_be_put_together_is_refused(sources: dict[str, str]) -> None:
    assert found(sources)[0].severity == "error"


@pytest.mark.parametrize(
    ("channels", "source", "code"),
    [
        (("email",), "{% block email %}x{% endblock %}", "NO_BLOCK"),
        (("email",), "{% block subject %}x{% endblock %}{% block text %}y{% endblock %}", "NO_BLOCK"),
        (("sms",), "{% block subject %}x{% endblock %}", "NO_BLOCK"),
        (("sms", "print"), "{% block sms %}x{% endblock %}", "NO_BLOCK"),
    ],
)
def test_a_channel_without_wording_is_refused(channels: tuple[str, ...], source: str, code: str) -> None:
    assert [problem.code for problem in found({"t.j2": source}, Vocabulary(channels=channels))] == [code]


def test_a_block_text_serves_every_channel_but_email() -> None:
    words = Vocabulary(channels=("sms", "print", "web", "call", "note", "social", "push", "whatsapp"))
    assert found({"t.j2": "{% block text %}x{% endblock %}"}, words) == []


@pytest.mark.parametrize(("footer", "refused"), [("{{ links.unsubscribe }}", False), ("{{ links.why }}", True)])
def test_a_marketing_email_needs_a_way_out(footer: str, refused: bool) -> None:
    source = "{% block subject %}x{% endblock %}{% block email %}x{% endblock %}<p>" + footer + "</p>"
    words = Vocabulary(channels=("email",), requires_unsubscribe=True)
    assert [problem.code for problem in found({"t.j2": source}, words)] == ["NO_UNSUBSCRIBE"] * refused


STOP = "<a href='{{ links.unsubscribe }}'>stop</a>"
SURE = {
    "in an if on the link itself": "{% if links.unsubscribe %}" + STOP + "{% endif %}",
    "in an if that it is defined": "{% if links.unsubscribe is defined %}" + STOP + "{% endif %}",
    "in every branch": "{% if traits.first_name %}" + STOP + "{% else %}Or " + STOP + "{% endif %}",
    "in every branch of three": "{% if 'gold' in segments %}"
    + STOP
    + "{% elif traits.first_name %}"
    + STOP
    + "{% else %}"
    + STOP
    + "{% endif %}",
    "after an if": "{% if traits.first_name %}x{% endif %}" + STOP,
    "in a loop and its else": "{% for o in offers.tip %}" + STOP + "{% else %}" + STOP + "{% endfor %}",
    "by a variable": "{% set way = links.unsubscribe %}{{ way }}",
    "by a text": "{% set foot %}" + STOP + "{% endset %}{{ foot }}",
    "by a macro": "{% macro foot(way) %}<a href='{{ way }}'>stop</a>{% endmacro %}{{ foot(links.unsubscribe) }}",
    "by both sides of a choice": "{{ links.unsubscribe if traits.first_name else links.unsubscribe }}",
    "by a filter": "{{ links.unsubscribe | default('') }}",
    "by a with": "{% with way = links.unsubscribe %}{{ way }}{% endwith %}",
    "in a block of its own": "{% block foot %}" + STOP + "{% endblock %}",
}
UNSURE = {
    "in an if": "{% if traits.first_name %}" + STOP + "{% endif %}",
    "in an else": "{% if traits.first_name %}x{% else %}" + STOP + "{% endif %}",
    "in all branches without else": "{% if 'gold' in segments %}"
    + STOP
    + "{% elif traits.first_name %}"
    + STOP
    + "{% endif %}",
    "in a loop": "{% for o in offers.tip %}" + STOP + "{% endfor %}",
    "read and not printed": "{% if links.unsubscribe %}x{% endif %}",
    "by one side of a choice": "{{ links.unsubscribe if traits.first_name else 'x' }}",
    "where data lacks": "{{ traits.first_name | default(links.unsubscribe) }}",
    "by a macro that nobody calls": "{% macro foot() %}" + STOP + "{% endmacro %}",
    "in an if on the link and more": "{% if links.unsubscribe and traits.first_name %}" + STOP + "{% endif %}",
    "by a macro in an if": "{% macro foot() %}"
    + STOP
    + "{% endmacro %}{% if traits.first_name %}{{ foot() }}{% endif %}",
}
MARKETING = Vocabulary(
    traits={"first_name": "string"},
    slots=frozenset({"tip"}),
    segments=frozenset({"gold"}),
    channels=("email",),
    requires_unsubscribe=True,
)


def mail(body: str) -> str:
    return "{% block subject %}x{% endblock %}{% block email %}<p>x</p>" + body + "{% endblock %}"


def ways_out(source: str, words: Vocabulary = MARKETING) -> list[str]:
    return [one.code for one in found({"t.j2": source}, words) if one.code == "NO_UNSUBSCRIBE"]


@pytest.mark.parametrize("where", SURE)
def test_a_way_out_for_everybody_is_one(where: str) -> None:
    assert ways_out(mail(SURE[where])) == []


@pytest.mark.parametrize("where", UNSURE)
def test_a_way_out_that_some_do_not_get_is_none(where: str) -> None:
    assert ways_out(mail(UNSURE[where])) == ["NO_UNSUBSCRIBE"]


def test_a_way_out_in_the_base_is_lost_with_the_block_that_held_it() -> None:
    base = "<p>{% block email %}{% endblock %}</p>{% block foot %}" + STOP + "{% endblock %}"
    head = "{% extends 'b.j2' %}{% block subject %}x{% endblock %}{% block email %}x{% endblock %}"
    foots = {"": 0, "{% block foot %}x{% endblock %}": 1, "{% block foot %}{{ super() }}{% endblock %}": 0}
    told = {foot: len(ways_out_of({"b.j2": base, "t.j2": head + foot})) for foot in foots}
    assert told == foots


def ways_out_of(sources: dict[str, str]) -> list[str]:
    return [one.code for one in check_template(sources, "t.j2", MARKETING) if one.code == "NO_UNSUBSCRIBE"]


@pytest.mark.parametrize(
    ("slots", "codes"), [({"tip"}, []), ({"tip", "more"}, ["NO_UNSUBSCRIBE"]), (set(), ["NO_UNSUBSCRIBE"])]
)
def test_a_service_email_needs_a_way_out_where_a_slot_that_sells_is_filled(slots: set[str], codes: list[str]) -> None:
    words = structs.replace(MARKETING, slots=frozenset({"tip", "more"}), filled_slots=frozenset(slots))
    assert ways_out(mail("{% if offers.tip %}" + STOP + "{% endif %}"), words) == codes


def test_the_place_of_a_way_out_that_some_do_not_get_is_told() -> None:
    source = mail("\n{% if traits.first_name %}\n  " + STOP + "{% endif %}")
    [problem] = [one for one in check_template({"t.j2": source}, "t.j2", MARKETING) if one.code == "NO_UNSUBSCRIBE"]
    assert (problem.line, problem.template, "else" in problem.hint) == (3, "t.j2", True)


def test_a_template_with_only_a_first_name_is_superficial_b3() -> None:
    problem = found({"t.j2": "{% block text %}Hi {{ traits.first_name | default('you') }}, news!{% endblock %}"})[0]
    assert (problem.code, problem.severity) == ("SUPERFICIAL", "warning")


@pytest.mark.parametrize(
    "more", ["{{ event.place }}", "{% if 'gold' in segments %}x{% endif %}", "{% for o in offers.tip %}x{% endfor %}"]
)
def test_a_template_with_more_than_a_name_is_not_superficial_b3(more: str) -> None:
    assert codes("Hi {{ traits.first_name | default('you') }} " + more) == []


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("{% block subject %}" + "long " * 20 + "{% endblock %}{% block text %}x{% endblock %}", "LONG_SUBJECT"),
        ("{% block sms %}" + "many words " * 40 + "{% endblock %}{% block text %}x{% endblock %}", "LONG_SMS"),
        ("{% block text %}<img src='https://trails.example/x.png'>{% endblock %}", "NO_ALT"),
    ],
)
def test_the_check_warns(source: str, code: str) -> None:
    assert [(problem.code, problem.severity) for problem in found({"t.j2": source})] == [(code, "warning")]


def test_a_text_that_serves_as_sms_is_measured_as_one() -> None:
    source = {"t.j2": "{% block text %}" + "many words " * 40 + "{% endblock %}"}
    told = {channel: found(source, Vocabulary(channels=(channel,))) for channel in ("sms", "note")}
    assert {channel: [one.code for one in each] for channel, each in told.items()} == {"sms": ["LONG_SMS"], "note": []}


def test_a_name_by_any_other_name_is_superficial_b3() -> None:
    words = Vocabulary(traits={"rufname": "string"}, channels=("note",), names=frozenset({"rufname"}))
    assert codes("Hallo {{ traits.rufname | default('du') }}", words) == ["SUPERFICIAL"]


def test_an_event_that_starts_nothing_cannot_be_read() -> None:
    assert codes("{{ event.x }}", Vocabulary(event=False, channels=("note",))) == ["NO_EVENT"]


def test_the_welcome_message_is_sound() -> None:
    words = Vocabulary(
        traits=WORDS.traits,
        segments=WORDS.segments,
        slots=WORDS.slots,
        channels=("email", "sms", "print", "web"),
        links_allowed=HOSTS,
        requires_unsubscribe=True,
        brand=frozenset({"name", "colour", "postal"}),
        properties=frozenset({"place"}),
    )
    assert found({"brand/base.j2": BASE, "t.j2": WELCOME}, words) == []
