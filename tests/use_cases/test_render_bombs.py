"""Templates that would hang or swell: each is stopped by what it may cost, long before it hurts."""

import tracemalloc

import pytest
from rapport.render import Broken, Missing, Rendered

from tests.use_cases.render_house import ask

LIST = [f"item {number}" for number in range(1000)]
LONG = "a" * 30_000
MARKS = "\u1e69" * 30_000
NAMES = {"event": {"list": LIST, "long": LONG, "marks": MARKS, "hundred": LIST[:100], "n": 10**9, "text": "x"}}
TEN = "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]"


def nested(depth: int, inside: str, over: str = "event.list") -> str:
    opened = "".join(f"{{% for v{level} in {over} %}}" for level in range(depth))
    return opened + inside + "{% endfor %}" * depth


BOMBS = {
    "range": "{% for i in range(1000000000) %}x{% endfor %}",
    "range in a range": "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
    "lipsum": "{{ lipsum(n=100000) }}",
    "cycler": "{% set c = cycler('a', 'b') %}{{ c.next() }}",
    "joiner": "{% set j = joiner(',') %}{{ j() }}",
    "namespace": "{% set ns = namespace(x='a') %}{% for i in event.list %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    "dict": "{{ dict(a=1) }}",
    "text times a number": "{{ 'a' * 1000000000 }}",
    "data times a number": "{{ event.text * event.n }}",
    "a list times a number": "{{ ([1] * 1000000000) | length }}",
    "a power": "{{ 9 ** 9 ** 9 }}",
    "numbers multiplied": "{% set a = 10000000000 %}{{ a * a * a * a * a * a * a }}",
    "a modulo of text": "{{ '%1000000000d' % 1 }}",
    "format": "{{ '%1000000000d' | format(1) }}",
    "the method format": "{{ '{:1000000000}'.format(1) }}",
    "the method ljust": "{{ 'a'.ljust(1000000000) }}",
    "center": "{{ 'a' | center(1000000000) }}",
    "indent": "{{ 'a' | indent(1000000000) }}",
    "wordwrap": "{{ event.long | wordwrap(1) }}",
    "slice": "{% for s in event.list | slice(1000000000) %}x{% endfor %}",
    "batch": "{% for s in event.list | batch(1000000000, 'x') %}x{% endfor %}",
    "round to a billion places": "{{ 1.5 | round(1000000000, 'ceil') }}",
    "pprint": "{{ event | pprint }}",
    "tojson": "{{ event | tojson }}",
    "xmlattr": "{{ event | xmlattr }}",
    "urlize": "{{ event.long | urlize }}",
    "random": "{{ event.list | random }}",
    "two loops": nested(2, "x"),
    "three loops": nested(3, "x"),
    "fifteen loops": nested(15, "x"),
    "loops over a literal": nested(10, "x", TEN),
    "loops that print nothing": nested(3, ""),
    "loops of tests": nested(2, "{% if v0 == v1 %}{% endif %}" * 100),
    "loops of assignments": nested(2, "{% set a = v0 ~ v1 %}"),
    "loops of sorting": nested(1, "{% set a = event.list | sort %}"),
    "loops of joining": nested(1, "{% set a = event.list | join(event.long) %}"),
    "loops of replacing": nested(1, "{% set a = event.long | replace('a', event.long) %}"),
    "loops of upper": nested(1, "{% set a = event.long | upper %}"),
    "loops of titles": nested(1, "{% set a = event.long | title %}"),
    "loops of striptags": nested(1, "{% set a = event.long | striptags %}"),
    "loops of searching": nested(1, "{% if 'b' in event.long %}{% endif %}"),
    "a loop within a condition": "{% for a in event.list if (event.list | sort | first) == a %}x{% endfor %}",
    "loops of mapping": nested(1, "{% set a = event.list | map('upper') %}"),
    "mapping to more": "{{ event.list | map('replace', 'i', event.long) | join }}",
    "joining within a mapping": nested(1, "{% set a = [event.list, event.list] | map('join', event.long) %}"),
    "loops of selecting": nested(1, "{% set a = event.list | select('equalto', 'x') %}"),
    "selecting among as many": "{{ event.list | select('in', event.list) | reject('in', event.list) | length }}",
    "rejecting by a long text": "{{ event.list | reject('in', event.long) | length }}" * 20,
    "loops of plain letters": nested(1, "{% set a = event.long | gsm %}"),
    "plain letters of letters with marks": "{% set a = event.marks | gsm %}" * 10,
    "loops of amounts": nested(2, "{% set a = 12345.6 | money %}"),
    "loops of days": nested(2, "{% set a = '2026-11-22' | day %}"),
    "loops of plurals": nested(2, "{% set a = 3 | plural('a', 'b') %}"),
    "a wide separator": "{{ event.list | join(event.long) }}",
    "replacing by more": "{{ event.long | replace('a', event.long) }}",
    "replacing nothing": "{{ event.long | replace('', event.long) }}",
    "text doubled": "{% set a0 = event.long %}"
    + "".join(f"{{% set a{step} = a{step - 1} ~ a{step - 1} %}}" for step in range(1, 30))
    + "{{ a29 }}",
    "text added": "{% set a0 = event.long %}"
    + "".join(f"{{% set a{step} = a{step - 1} + a{step - 1} %}}" for step in range(1, 30))
    + "{{ a29 }}",
    "blocks of text doubled": "{% set a0 = event.long %}"
    + "".join(f"{{% set a{step} %}}{{{{ a{step - 1} }}}}{{{{ a{step - 1} }}}}{{% endset %}}" for step in range(1, 30))
    + "{{ a29 }}",
    "a macro that calls itself": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a macro that calls itself twice": "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "macros that call each other": "{% macro m0() %}x{% endmacro %}"
    + "".join(
        f"{{% macro m{step} () %}}{{{{ m{step - 1}() }}}}{{{{ m{step - 1}() }}}}{{% endmacro %}}"
        for step in range(1, 30)
    )
    + "{{ m29() }}",
    "macros that double their text": "{% macro d(x) %}{{ x }}{{ x }}{% endmacro %}{{ "
    + "d(" * 30
    + "'aaaaaaaa'"
    + ")" * 30
    + " }}",
    "much text in a loop": nested(1, "y" * 3000),
    "much text printed often": "{{ event.long }}" * 100,
    "an include of itself": "{% include 't.j2' %}",
    "a recursive loop": "{% for a in event.list recursive %}{{ loop(event.list) }}{% endfor %}",
    "a call block": "{% macro m() %}{{ caller() }}{% endmacro %}{% call m() %}x{% endcall %}",
    "a filter block": "{% filter upper %}x{% endfilter %}",
    "a slice of a list": "{{ event.list[::-1] | length }}",
    "brackets without end": "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "ifs in ifs": "{% if event.text %}" * 500 + "x" + "{% endif %}" * 500,
    "a source too long": "x" * 70_000,
    "a number too long": "{{ " + "9" * 6000 + " }}",
    "an import": "{% import 't.j2' as t %}{{ t.m() }}",
    "autoescape off": "{% autoescape false %}{{ event.text }}{% endautoescape %}",
    "an unwritten name": "{{ _run }}",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_is_stopped(bomb: str) -> None:
    answer = ask({"t.j2": f"{{% block text %}}{bomb}{{% endblock %}}"}, "note", "t.j2", **NAMES)
    assert isinstance(answer, Broken | Missing)


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_never_swells(bomb: str) -> None:
    tracemalloc.start()
    ask({"t.j2": f"{{% block text %}}{bomb}{{% endblock %}}"}, "note", "t.j2", **NAMES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 * 1024 * 1024


def html(wording: str) -> dict[str, str]:
    return {"t.j2": "{% block subject %}Hello{% endblock %}{% block email %}" + wording + "{% endblock %}"}


RULES = "".join(f"p:not(.c{number}) {{ color: red }}" for number in range(1200))
HTML_BOMBS = {
    "elements without end": nested(1, "<b>" * 60) + "x",
    "elements as deep as a source": "<b>" * 5000 + "x",
    "blocks without end": nested(1, "<div>" * 20) + "x",
    "elements that paragraphs make again": "".join(f"<b class='b{n}'>" for n in range(190)) + nested(1, "<p>x</p>" * 3),
    "more elements than anybody reads": nested(1, "<p>x</p>" * 20),
    "rules times elements": f"<style>{RULES}</style>" + nested(1, "<p>x</p>" * 4),
    "text that grows when it is escaped": nested(1, "&" * 200),
}


@pytest.mark.parametrize("channel", ["email", "web"])
@pytest.mark.parametrize("bomb", HTML_BOMBS.values(), ids=HTML_BOMBS.keys())
def test_html_that_would_bring_its_reader_down_is_stopped(bomb: str, channel: str) -> None:
    sources = html(bomb) if channel == "email" else {"t.j2": "{% block web %}" + bomb + "{% endblock %}"}
    assert isinstance(ask(sources, channel, "t.j2", **NAMES), Broken)


def test_ends_that_need_not_be_written_are_not_counted_as_depth() -> None:
    rows = "<table>" + nested(1, "<tr><td>{{ v0 }}<p>x", "event.hundred") + "</table><ul>" + "<li>x" * 300 + "</ul>"
    assert isinstance(ask(html(rows), "email", "t.j2", **NAMES), Rendered)


def test_a_chain_of_includes_pays_for_each() -> None:
    sources = {f"{step}.j2": f"{{% include '{step + 1}.j2' %}}" * 2 for step in range(40)}
    sources |= {"40.j2": "x", "t.j2": "{% block text %}{% include '0.j2' %}{% endblock %}"}
    assert isinstance(ask(sources, "note", "t.j2"), Broken)


def test_a_parent_asked_for_twice_at_each_level_is_stopped() -> None:
    middle = "{%% extends '%d.j2' %%}{%% block text %%}{{ super() }}{{ super() }}{%% endblock %%}"
    sources = {f"{level}.j2": middle % (level + 1) for level in range(9)}
    sources["9.j2"] = "{% block text %}" + "x" * 5000 + "{% endblock %}"
    assert isinstance(ask(sources, "note", "0.j2"), Broken)


def test_an_email_of_ordinary_length_is_not_a_bomb() -> None:
    wording = "{% for item in event.hundred %}<p>{{ item }} {{ item | upper }} {{ loop.index }}</p>{% endfor %}"
    source = "{% block subject %}All of it{% endblock %}{% block email %}" + wording + "{% endblock %}"
    assert isinstance(ask({"t.j2": source}, "email", "t.j2", **NAMES), Rendered)
