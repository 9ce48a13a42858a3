"""The index finds the rules that surely apply, and only those."""

import pytest
from rapport.domain.condition import Condition, holds
from rapport.domain.logic import STEPS, Plan
from rapport.plan import index
from rapport.plan.conjunctions import MOST_WAYS, Atom, ways

from tests.domain.condition_facts import Known

GOLD: Plan = ["==", ["get", "traits.tier"], "gold"]


def rule(plan: Plan) -> Condition:
    return Condition("", plan, ())


@pytest.mark.parametrize(("tier", "eligible"), [({"tier": "gold"}, ()), ({"tier": "none"}, (0,)), ({}, (0,))])
def test_unless_takes_out_only_when_it_is_surely_true(tier: dict[str, object], eligible: tuple[int, ...]) -> None:
    assert index.build([(None, rule(GOLD))]).eligible(Known({"traits": tier})) == eligible


def test_without_rules_nothing_is_eligible() -> None:
    assert index.build([]).eligible(Known()) == ()


def test_positions_are_those_of_the_rules_whatever_their_shape() -> None:
    either: Plan = ["or", [GOLD, ["has", ["get", "owned"], True]]]
    rules: list[Plan] = [["const", False], GOLD, either, ["const", True], ["and", [GOLD, either]]]
    built = index.build([(rule(plan), None) for plan in rules])
    assert built.eligible(Known({"traits": {"tier": "gold"}})) == (1, 2, 3, 4)


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_a_thousand_bounds_on_one_number_are_kept_apart(sign: str) -> None:
    rules = [rule([sign, ["get", "traits.spent"], bound]) for bound in range(1_000)]
    built = index.build([(one, None) for one in rules])
    for value in (-1, 0, 63, 64.0, 499.5, 999, 10**400):
        facts = Known({"traits": {"spent": value}})
        assert built.eligible(facts) == tuple(at for at, one in enumerate(rules) if holds(one, facts))


def test_bounds_that_leave_no_number_never_hold() -> None:
    between: Plan = ["and", [[">", ["get", "traits.spent"], 3], ["<=", ["get", "traits.spent"], 3]]]
    assert ways(between) == []


def test_a_whole_number_larger_than_a_float_tells_apart_is_told_apart() -> None:
    above = rule([">", ["get", "traits.orders"], 2**53])
    assert index.build([(above, None)]).eligible(Known({"traits": {"orders": 2**53 + 1}})) == (0,)


def test_a_condition_of_too_many_ways_is_left_to_the_interpreter() -> None:
    pairs: list[Plan] = [
        ["or", [["==", ["get", f"context.a{n}"], 1], ["==", ["get", f"context.b{n}"], 1]]] for n in range(10)
    ]
    (only,) = ways(["and", pairs])
    assert 2 ** len(pairs) > MOST_WAYS
    assert [type(literal) for literal in only] == [Atom]


def test_hostile_lists_use_up_the_steps_and_then_nothing_more_is_sure() -> None:
    long = Known({"context": {"x": [{}] * STEPS * 2}})
    rules = [rule(["exists", ["get", "context.x"], "i", ["==", ["var", "i", ["sku"]], n]]) for n in range(100)]
    members = rule(["in", "wax", ["get", "context.x"], False])
    assert index.build([(one, None) for one in [*rules, members]]).eligible(long) == ()
