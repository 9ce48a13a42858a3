"""Conditions made to hurt: each is refused, in little memory."""

import tracemalloc

import pytest
from rapport_authoring.conditions import Names, compile_condition

from tests.catalogue.little_house import checked, codes

NAMES = Names(traits={"tier": "string", "orders": "integer"}, segments=("gold",))
HOSTILE = {
    "deep brackets": "(" * 5_000 + "true" + ")" * 5_000,
    "deep negations": "!" * 5_000 + "true",
    "deep groups": "true && (true || (" * 10 + "true" + "))" * 10,
    "many nodes": " && ".join(f"traits.orders > {n}" for n in range(300)),
    "ten thousand elements": "traits.orders in [" + ", ".join(map(str, range(10_000))) + "]",
    "a huge text": 'traits.tier == "' + "a" * 1_000_000 + '"',
    "a huge number": "traits.orders > " + "9" * 100_000,
    "a look-alike letter": 'tr\u0430its.tier == "gold"',
    "a look-alike quote": "traits.tier == \u201cgold\u201d",
    "an invisible joiner": 'traits.ti\u200der == "gold"',
    "Python's insides": 'traits.__class__ == "gold"',
    "Python's insides in a call": '"".__class__.__mro__ == "gold"',
    "a regular expression": 'traits.tier.matches("(a+)+$")',
    "a product of lists": "[1, 2, 3].map(x, [1, 2, 3].map(y, x * y)) == []",
    "three lists deep": "owned.exists(a, owned.exists(b, owned.exists(c, a == c)))",
    "a text times itself": '("a" + "a" + "a") == traits.tier + traits.tier',
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_condition_is_refused(source: str) -> None:
    found, errors = compile_condition(source, NAMES, "person")
    assert (found, len(errors) > 0) == (None, True)


def test_segments_in_a_circle_are_refused() -> None:
    circle = "".join(f"- {{id: s{n}, when: '\"s{(n + 1) % 50}\" in segments'}}\n" for n in range(50))
    assert "cycle" in codes(checked({"segments/x.yaml": circle}))


@pytest.mark.slow
@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_refusing_takes_little_memory(source: str) -> None:
    tracemalloc.start()
    compile_condition(source, NAMES, "person")
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 16_000_000
