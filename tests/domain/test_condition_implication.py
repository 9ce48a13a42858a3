"""A condition covers another when it surely holds wherever that does; a denial is true where a plan is false."""

from random import Random

import pytest
from rapport.domain.logic import Plan, judge
from rapport.plan.denial import denied
from rapport.plan.implication import covers
from rapport_authoring.conditions import compile_condition

from tests.catalogue.conditions_random import NAMES, condition, person
from tests.domain.condition_facts import Known


def plan(source: str) -> Plan:
    found, errors = compile_condition(source, NAMES, "trigger")
    assert found is not None, errors
    return found.plan


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("true", 'traits.tier == "a"'),
        ('traits.tier in ["a", "b"]', 'traits.tier == "a"'),
        ('traits.tier != "c"', 'traits.tier in ["a", "b"]'),
        ('traits.tier != "c"', 'traits.tier != "c" && traits.orders > 1'),
        ("traits.orders > 1", "traits.orders > 2 && traits.vip"),
        ("traits.orders >= 1 && traits.orders < 9", "traits.orders == 3"),
        ('"gold" in segments || "lapsed" in segments', '"gold" in segments'),
        ('!("a" in owned)', '!("a" in owned) && !("b" in owned)'),
    ],
)
def test_the_wide_one_covers_the_narrow_one_and_not_the_other_way_round(wide: str, narrow: str) -> None:
    assert (covers(plan(wide), plan(narrow)), covers(plan(narrow), plan(wide))) == (True, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('traits.tier == "a"', 'traits.plan == "a"'),
        ("traits.orders > 3", "traits.orders == 3"),
        ("traits.orders < 3", "traits.orders == 3"),
        ('"gold" in segments', '!("gold" in segments)'),
        ("traits.vip", "traits.vip != true"),
    ],
)
def test_what_says_something_else_is_not_covered(one: str, other: str) -> None:
    assert (covers(plan(one), plan(other)), covers(plan(other), plan(one))) == (False, False)


@pytest.mark.slow
def test_what_covers_another_holds_for_everybody_for_whom_that_does() -> None:
    chance = Random(5)  # noqa: S311  # chance for tests, not for keys
    plans = [plan(condition(chance)) for _ in range(150)]
    crowd = [Known(person(chance), {"gold": True, "lapsed": False}) for _ in range(25)]
    pairs = [(wide, narrow) for wide in plans for narrow in plans if covers(wide, narrow)]
    assert len(pairs) > len(plans)
    assert [pair for pair in pairs for facts in crowd if judge(pair[1], facts) and not judge(pair[0], facts)] == []


def test_a_denial_is_true_where_the_plan_is_false_and_unknown_where_it_is_unknown() -> None:
    chance = Random(6)  # noqa: S311  # the same
    opposite = {True: False, False: True, None: None}
    for one in (plan(condition(chance)) for _ in range(150)):
        facts = Known(person(chance), {"gold": None, "lapsed": False})
        assert judge(denied(one), facts) is opposite[judge(one, facts)]
