"""The index against the interpreter, over the same rules and people in the same run: a ratio, never a time."""

import time
from collections.abc import Callable
from random import Random
from statistics import median

import pytest
from rapport.domain.condition import Condition, holds
from rapport.plan import index
from rapport_authoring.conditions import compile_condition

from tests.catalogue.conditions_random import NAMES, condition, person
from tests.domain.condition_facts import Known

RULES = 500
PEOPLE = 25
FASTER = 5


@pytest.fixture(scope="module")
def rules() -> list[Condition]:
    chance = Random(7)  # noqa: S311  # chance for tests, not for keys
    compiled = (compile_condition(condition(chance, any_type=False), NAMES, "trigger")[0] for _ in range(RULES))
    return [found for found in compiled if found is not None]


@pytest.fixture(scope="module")
def people() -> list[Known]:
    chance = Random(8)  # noqa: S311  # the same
    return [Known(person(chance), {"gold": True, "lapsed": False}) for _ in range(PEOPLE)]


def typical(work: Callable[[Known], object], people: list[Known]) -> float:
    """Return the median time of one person, the first one left out."""
    taken = []
    for facts in people:
        before = time.process_time()
        work(facts)
        taken.append(time.process_time() - before)
    return median(taken[1:])


@pytest.mark.slow
def test_the_index_is_several_times_faster_than_judging_rule_by_rule(
    rules: list[Condition], people: list[Known]
) -> None:
    built = index.build([(rule, None) for rule in rules])
    one_by_one = typical(lambda facts: [holds(rule, facts) for rule in rules], people)
    assert one_by_one > FASTER * typical(built.eligible, people)
