"""Plans are judged in three-valued logic, whatever the data."""

import msgspec
import pytest
from rapport.domain.condition import (
    UNKNOWN,
    Condition,
    explain,
    flips_at,
    holds,
    spell,
    timed,
    unknown_reads,
)
from rapport.domain.logic import STEPS, Plan, Truth, judge, names_in

from tests.domain.condition_facts import Known

DAY = 86400.0
T, F, U = ["const", True], ["const", False], ["const", None]


@pytest.mark.parametrize(
    ("operator", "one", "other", "truth"),
    [
        ("and", T, T, True),
        ("and", T, F, False),
        ("and", T, U, None),
        ("and", F, U, False),
        ("and", U, U, None),
        ("or", F, F, False),
        ("or", T, U, True),
        ("or", F, U, None),
        ("or", U, U, None),
    ],
)
def test_and_and_or_follow_three_valued_logic_both_ways(operator: str, one: Plan, other: Plan, truth: Truth) -> None:
    assert [judge([operator, parts], Known()) for parts in ([one, other], [other, one])] == [truth, truth]


@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
def test_a_comparison_with_an_unknown_is_unknown(sign: str) -> None:
    assert judge([sign, ["get", "traits.orders"], 3], Known()) is None


@pytest.mark.parametrize(
    ("value", "constant"),
    [
        (True, 1),
        (1, True),
        ("1", 1),
        (1, "1"),
        ([1], 1),
        ({"a": 1}, 1),
        (None, 1),
        (float("nan"), 1),
        (float("inf"), 1),
    ],
)
@pytest.mark.parametrize("sign", ["==", "!=", "<"])
def test_values_of_different_types_compare_as_unknown(sign: str, value: object, constant: object) -> None:
    assert judge([sign, ["get", "context.x"], constant], Known({"context": {"x": value}})) is None


@pytest.mark.parametrize(("value", "constant"), [(1, 1.0), (1.0, 1), (10**30, 10.0**30 + 0.0)])
def test_numbers_of_either_form_compare_with_one_another(value: object, constant: object) -> None:
    assert judge([">=", ["get", "context.x"], constant], Known({"context": {"x": value}})) is not None


def test_booleans_have_no_order() -> None:
    assert judge(["<", ["get", "context.x"], True], Known({"context": {"x": False}})) is None


@pytest.mark.parametrize(
    ("items", "truth"),
    [(["a"], True), (("b", "a"), True), ([], False), (["b"], False), ([1, "a"], True), ([1, "b"], None), ("abc", None)],
)
def test_in_asks_each_element_and_never_a_text(items: object, truth: Truth) -> None:
    assert judge(["in", "a", ["get", "context.x"], True], Known({"context": {"x": items}})) is truth


@pytest.mark.parametrize(("value", "truth"), [("a", False), ("c", True), (1, None), (None, None)])
def test_not_in_constants_is_unknown_for_what_is_not_known_or_of_another_type(value: object, truth: Truth) -> None:
    assert judge(["among", ["get", "context.x"], ["a", "b"], False], Known({"context": {"x": value}})) is truth


def test_true_is_not_among_numbers() -> None:
    assert judge(["among", ["get", "context.x"], [1, 2], True], Known({"context": {"x": True}})) is None


@pytest.mark.parametrize(("values", "truth"), [({"x": 1}, False), ({"x": None}, True), ({}, True)])
def test_not_known_can_be_asked_for_and_null_counts_as_absent(values: dict[str, object], truth: Truth) -> None:
    assert judge(["has", ["get", "traits.x"], False], Known({"traits": values})) is truth


@pytest.mark.parametrize(("membership", "truth"), [(True, False), (False, True), (None, None)])
def test_a_segment_has_its_own_truth_on_the_other_side_too(membership: Truth, truth: Truth) -> None:
    assert judge(["segment", "gold", False], Known(segments={"gold": membership})) is truth


BODY = ["==", ["var", "i", ["sku"]], "wax"]


@pytest.mark.parametrize(
    ("which", "items", "truth"),
    [
        ("exists", [{"sku": "a"}, {"sku": "wax"}], True),
        ("exists", [{"sku": "a"}, {}], None),
        ("exists", [{"sku": "wax"}, "rubbish"], True),
        ("exists", [], False),
        ("all", [{"sku": "wax"}, {"sku": "a"}], False),
        ("all", [{"sku": "wax"}, {}], None),
        ("all", [], True),
        ("all", {"sku": "wax"}, None),
    ],
)
def test_exists_and_all_are_or_and_and_over_the_elements(which: str, items: object, truth: Truth) -> None:
    facts = Known({"event": {"properties": {"products": items}}})
    assert judge([which, ["get", "event.properties.products"], "i", BODY], facts) is truth


def test_a_sum_too_large_for_a_number_is_unknown() -> None:
    assert judge([">", ["+", ["get", "context.x"], 0.5], 1], Known({"context": {"x": 10**400}})) is None


def test_data_larger_than_the_budget_comes_out_unknown() -> None:
    facts = Known({"context": {"x": [{"sku": "a"}] * (STEPS + 1)}})
    assert judge(["exists", ["get", "context.x"], "i", BODY], facts) is None


HOSTILE = [
    None,
    True,
    "",
    "x" * 100_000,
    -0.0,
    10**400,
    float("nan"),
    [],
    {},
    [[[]]],
    {"": {"": None}},
    [None],
    object(),
]
SHAPES = [
    ["==", ["get", "context.x"], ["get", "context.y"]],
    ["<", ["get", "context.x"], ["get", "context.y"]],
    ["in", ["get", "context.x"], ["get", "context.y"], True],
    ["among", ["get", "context.x"], ["a"], True],
    ["is", ["get", "context.x"], True],
    [">", ["-", ["get", "context.x"], ["size", ["get", "context.y"]]], 3],
    ["startsWith", ["get", "context.x"], ["get", "context.y"], True],
    ["exists", ["get", "context.x"], "i", ["==", ["var", "i", ["a", "b"]], ["get", "context.y"]]],
]


@pytest.mark.parametrize("plan", SHAPES, ids=lambda plan: plan[0])
def test_no_value_makes_a_condition_raise(plan: Plan) -> None:
    pairs = [Known({"context": {"x": x, "y": y}}) for x in HOSTILE for y in HOSTILE]
    assert {judge(plan, facts) for facts in pairs} <= {True, False, None}


def test_no_condition_is_true() -> None:
    assert holds(None, Known()) is True


def test_an_unknown_is_never_truthy() -> None:
    assert not UNKNOWN


GOLD_OR_AWAY = Condition(
    'traits.tier == "gold" || "oslo" in intents.trip.chosen && "vip" in segments',
    [
        "or",
        [
            ["==", ["get", "traits.tier"], "gold"],
            ["and", [["in", "oslo", ["get", "intents.trip.chosen"], True], ["segment", "vip", True]]],
        ],
    ],
    ("traits.tier", "intents.trip", "segments.vip"),
)


def test_the_reads_that_are_not_known_are_named() -> None:
    facts = Known({"intents": {"trip": {"chosen": []}}})
    assert unknown_reads(GOLD_OR_AWAY, facts) == ("traits.tier", "segments.vip")


def test_an_explanation_has_the_truth_and_the_values_of_every_part() -> None:
    explained = explain(GOLD_OR_AWAY, Known({"traits": {"tier": "none"}, "intents": {"trip": {"chosen": ["oslo"]}}}))
    tier, away = explained.parts
    assert (explained.truth, tier.truth, away.truth) == (None, False, None)
    assert (tier.values, away.parts[0].values) == ({"traits.tier": "none"}, {"intents.trip.chosen": ["oslo"]})


def test_an_explanation_reads_like_the_condition() -> None:
    text = 'traits.tier == "gold" || (("oslo" in intents.trip.chosen) && ("vip" in segments))'
    assert spell(GOLD_OR_AWAY.plan) == text


def test_a_condition_survives_json() -> None:
    assert msgspec.json.decode(msgspec.json.encode(GOLD_OR_AWAY), type=Condition) == GOLD_OR_AWAY


def test_constants_that_look_like_a_plan_are_no_names() -> None:
    assert list(names_in(["among", ["get", "traits.x"], ["get", "traits.y"], True])) == ["traits.x"]


def lapsed(sign: str) -> Condition:
    return Condition("", [sign, ["-", ["get", "now"], ["get", "traits.last"]], 30 * DAY], ("now", "traits.last"))


@pytest.mark.parametrize("sign", ["<", "<=", ">", ">=", "==", "!="])
def test_time_alone_flips_a_comparison_with_now_at_the_moment_foretold(sign: str) -> None:
    facts = Known({"now": 40 * DAY, "traits": {"last": 20 * DAY}})
    before = holds(lapsed(sign), facts)
    moment = flips_at(timed(lapsed(sign)), facts, 40 * DAY)
    assert moment is not None
    assert holds(lapsed(sign), Known({"now": moment, "traits": {"last": 20 * DAY}})) is not before


def test_time_flips_nothing_that_lies_behind() -> None:
    facts = Known({"now": 60 * DAY, "traits": {"last": 20 * DAY}})
    assert flips_at(timed(lapsed(">")), facts, 60 * DAY) is None


def test_time_flips_nothing_that_is_not_known() -> None:
    assert flips_at(timed(lapsed(">")), Known({"now": 60 * DAY}), 60 * DAY) is None


def test_the_earliest_of_two_flips_is_given() -> None:
    both = Condition("", ["or", [[">=", ["get", "now"], 5.0], ["<", ["get", "now"], 3.0]]], ("now",))
    assert flips_at(timed(both), Known({"now": 1.0}), 1.0) == 3.0


def test_a_comparison_that_decides_nothing_flips_nothing() -> None:
    gold_lately = Condition("", ["and", [["==", ["get", "traits.tier"], "gold"], lapsed("<").plan]], ())
    silver = Known({"now": 10 * DAY, "traits": {"last": 5 * DAY, "tier": "silver"}})
    gold = Known({"now": 10 * DAY, "traits": {"last": 5 * DAY, "tier": "gold"}})
    assert (flips_at(timed(gold_lately), silver, 10 * DAY), flips_at(timed(gold_lately), gold, 10 * DAY) is None) == (
        None,
        False,
    )


def test_fractions_of_a_second_do_not_hide_a_flip() -> None:
    last = 1_795_305_600.1
    facts = Known({"now": last + 1, "traits": {"last": last}})
    moment = flips_at(timed(lapsed("<")), facts, last + 1)
    assert moment is not None
    assert holds(lapsed("<"), Known({"now": moment, "traits": {"last": last}})) is False


def test_constants_that_look_like_a_comparison_flip_nothing() -> None:
    odd = Condition("", ["among", ["get", "traits.sign"], ["<", "now", "9"], True], ("traits.sign",))
    assert flips_at(timed(odd), Known({"now": 1.0}), 1.0) is None
