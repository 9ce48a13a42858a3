"""Catalogues made to hurt: each is refused by name, and none is told of without end."""

import pytest
from rapport_authoring.loader import MAX_PROBLEMS

from tests.catalogue.little_house import checked, codes

LONG = "a" * 3_000_000
HOSTILE = {
    "too many files": ({f"offers/{at}.yaml": "id: a" for at in range(20_001)}, "too-large"),
    "too much text": ({"offers/x.yaml": " " * 33_000_000}, "too-large"),
    "brackets to the end of the stack": ({"offers/x.yaml": "[" * 200_000}, "too-deep"),
    "dashes to the end of the stack": ({"offers/x.yaml": "- " * 100_000}, "too-deep"),
    "too many keys": ({"offers/x.yaml": "".join(f"k{at}: 1\n" for at in range(50_000))}, "too-large"),
    "a million digits": ({"rapport.yaml": "name: X\nretention: {events_days: " + "9" * 1_000_000 + "}"}, "wrong-type"),
    "a number beyond the largest": ({"rapport.yaml": "name: X\nholdout: {share: 1e999}"}, "wrong-value"),
    "a very long time zone": ({"rapport.yaml": f"name: X\ntimezone: {LONG}"}, "unknown-time-zone"),
    "a very long locale": ({"rapport.yaml": f"name: X\nlocale: {LONG}"}, "unknown-locale"),
    "a very long address": ({"rapport.yaml": f"name: X\nsender: {{email: a@{'.' * 1_000_000}@}}"}, "wrong-value"),
    "a very long sender": ({"rapport.yaml": f"name: X\nsender: {{sms: {'1' * 1_000_000}!}}"}, "wrong-value"),
    "a very long key": ({"offers/x.yaml": f"id: x\n{LONG[:1000]}: 1"}, "unknown-key"),
    "half a character": ({"offers/x.yaml": "id: \ud800"}, "not-text"),
    "zeros": ({"offers/x.yaml": "id: \x00"}, "not-text"),
    "a path out of the folder": ({"templates/../../x.j2": "x"}, "bad-path"),
    "a path from the root": ({"/etc/offers/x.yaml": "x"}, "bad-path"),
    "a condition of brackets": ({"segments/x.yaml": f"{{id: x, when: '{'(' * 60_000}'}}"}, "condition"),
    "a condition that never ends": ({"segments/x.yaml": f"{{id: x, when: '{'true && ' * 9_000}true'}}"}, "condition"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_catalogue_is_refused_by_name(name: str) -> None:
    files, code = HOSTILE[name]
    assert code in codes(checked(files))


def test_a_template_that_includes_itself_is_refused() -> None:
    assert "template" in codes(checked({"templates/birthday.j2": '{% include "birthday.j2" %}'}))


def test_ten_thousand_wrong_offers_give_a_bounded_list() -> None:
    offers = "".join(f"- {{id: o{at}, kind: sale, benefit: B}}\n" for at in range(10_000))
    assert len(checked({"offers/x.yaml": offers}).problems) <= MAX_PROBLEMS


def test_two_thousand_segments_in_a_row_are_no_problem() -> None:
    row = "".join(f"- {{id: s{at}, when: '\"s{at + 1}\" in segments'}}\n" for at in range(2_000))
    assert codes(checked({"segments/x.yaml": row + "- {id: s2000, when: 'traits.orders > 1'}"})) == []


@pytest.mark.slow
def test_more_conditions_than_can_be_checked_while_somebody_waits_are_refused() -> None:
    many = "".join(f"- {{id: s{at}, when: 'size(owned) > {at}'}}\n" for at in range(25_001))
    assert "too-large" in codes(checked({"segments/many.yaml": many}))
