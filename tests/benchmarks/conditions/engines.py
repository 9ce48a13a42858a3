"""The same rules in six engines: each is built once, and then tells for a person which rules hold."""

import json
from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, TypeAlias

import datalogic_py  # type: ignore[import-untyped]  # it ships no py.typed
import zen  # type: ignore[import-untyped]  # the same
from aws_lambda_powertools.utilities.feature_flags import FeatureFlags, StoreProvider
from cel_expr_python import cel  # type: ignore[import-untyped]  # the same
from growthbook.core import evalCondition  # type: ignore[import-untyped]  # the same
from rapport.domain.condition import Condition, holds
from rapport.domain.logic import UNKNOWN, Truth
from rapport.plan.index import Index, build

from tests.benchmarks.conditions import rules as written
from tests.benchmarks.conditions.rules import NOW, Person, Rule

Engine: TypeAlias = Callable[[Person], Sequence[int]]


class Facts:
    """A person as the index reads one, without the view's cost: the others get a plain dictionary as well."""

    def __init__(self, person: Person) -> None:
        self._values: dict[str, object] = {f"traits.{name}": value for name, value in person.items()}
        self._values["now"] = float(NOW)

    def value(self, name: str) -> object:
        return self._values.get(name, UNKNOWN)

    def in_segment(self, segment: str) -> Truth:
        return None


def conditions(rules: Sequence[Rule]) -> list[Condition]:
    """The rules as the compiler leaves them; a test holds that it does."""
    return [Condition("", written.plan(rule), ()) for rule in rules]


def interpreter(rules: Sequence[Rule]) -> Engine:
    """Not an engine to compare with, but what is right: held to Google's CEL by tests/catalogue."""
    ours = conditions(rules)

    def match(person: Person) -> list[int]:
        facts = Facts(person)
        return [at for at, condition in enumerate(ours) if holds(condition, facts) is True]

    return match


def rapport(rules: Sequence[Rule]) -> Index:
    """The index of the rules."""
    return build([(condition, None) for condition in conditions(rules)])


def datalogic(rules: Sequence[Rule]) -> Engine:
    engine = datalogic_py.Engine()
    compiled = [engine.compile(written.json_logic(rule)) for rule in rules]
    session = engine.session()

    def match(person: Person) -> list[int]:
        data = datalogic_py.DataHandle(json.dumps(_told(person)))
        return [at for at, rule in enumerate(compiled) if _quietly(session.evaluate_bool, rule, data)]

    return match


def zen_engine(rules: Sequence[Rule]) -> Engine:
    # All rules as one list: the person is handed over once instead of once a rule.
    compiled = zen.compile_expression("[" + ", ".join(written.zen(rule) for rule in rules) + "]")

    def match(person: Person) -> list[int]:
        return [at for at, truth in enumerate(compiled.evaluate(_told(person))) if truth is True]

    return match


def growthbook(rules: Sequence[Rule]) -> Engine:
    targets = [written.mongo(rule) for rule in rules]

    def match(person: Person) -> list[int]:
        data = _told(person)
        return [at for at, target in enumerate(targets) if evalCondition(data, target)]

    return match


def cel_expr(rules: Sequence[Rule]) -> Engine:
    env = cel.NewEnv(variables={"traits": cel.Type.DYN, "now": cel.Type.INT})
    compiled = [env.compile(written.cel(rule)) for rule in rules]

    def match(person: Person) -> list[int]:
        data = env.Activation(_told(person))
        # An error is returned, and is as true as any text.
        return [at for at, rule in enumerate(compiled) if rule.eval(data).value() is True]

    return match


def powertools(rules: Sequence[Rule]) -> Engine:
    """A flag a rule; nesting is spread over several rules of a flag, ages are told with the person."""
    flags = FeatureFlags(_Store({str(at): _flag(rule) for at, rule in enumerate(rules)}))

    def match(person: Person) -> list[int]:
        ages = {f"age of {name}": NOW - person[name] for name in written.MOMENTS if name in person}
        return [int(flag) for flag in flags.get_enabled_features(context=person | ages | {"now": NOW})]

    return match


class _Store(StoreProvider):
    def __init__(self, flags: dict[str, Any]) -> None:
        self._flags = flags

    def get_configuration(self) -> dict[str, Any]:
        return self._flags

    @property
    def get_raw_configuration(self) -> dict[str, Any]:
        return self._flags


def _flag(rule: Rule) -> dict[str, Any]:
    ways = {
        str(at): {"when_match": True, "conditions": [_condition(*literal) for literal in way]}
        for at, way in enumerate(_ways(rule, want=True))
    }
    return {"default": False, "rules": ways}


def _ways(rule: Rule, *, want: bool) -> list[list[tuple[Rule, bool]]]:
    if rule[0] == "not":
        return _ways(rule[1], want=not want)
    if rule[0] not in ("and", "or"):
        return [[(rule, want)]]
    parts = [_ways(part, want=want) for part in rule[1]]
    if (rule[0] == "or") is want:
        return [way for part in parts for way in part]
    return [[literal for way in chosen for literal in way] for chosen in product(*parts)]


_SIGNS = {
    "==": "EQUALS", "!=": "NOT_EQUALS", ">": "KEY_GREATER_THAN_VALUE", ">=": "KEY_GREATER_THAN_OR_EQUAL_VALUE",
    "<": "KEY_LESS_THAN_VALUE", "<=": "KEY_LESS_THAN_OR_EQUAL_VALUE",
}  # fmt: skip
_UNWANTED = {"==": "!=", "!=": "==", ">": "<=", ">=": "<", "<": ">=", "<=": ">"}


def _condition(rule: Rule, want: bool) -> dict[str, Any]:
    if rule[0] == "among":
        return {"action": "KEY_IN_VALUE" if want else "KEY_NOT_IN_VALUE", "key": rule[1], "value": rule[2]}
    if rule[0] == "has":
        return {"action": "VALUE_IN_KEY" if want else "VALUE_NOT_IN_KEY", "key": rule[1], "value": rule[2]}
    key, sign, value = {
        "now": lambda: ("now", *rule[1:]),
        "age": lambda: (f"age of {rule[1]}", *rule[2:]),
        "is": lambda: rule[1:],
    }.get(rule[0], lambda: (rule[1], rule[0], rule[2]))()
    return {"action": _SIGNS[sign if want else _UNWANTED[sign]], "key": key, "value": value}


def _told(person: Person) -> dict[str, Any]:
    return {"traits": person, "now": NOW}


def _quietly(evaluate: Callable[..., bool], rule: Any, data: Any) -> bool:
    """What an engine says; where it refuses to compare what is missing, the rule does not hold."""
    try:
        return evaluate(rule, data)
    except datalogic_py.DataLogicError:
        return False


PEERS: dict[str, Callable[[Sequence[Rule]], Engine]] = {
    "datalogic-py": datalogic,
    "zen-engine": zen_engine,
    "cel-expr-python": cel_expr,
    "GrowthBook SDK": growthbook,
    "Powertools feature flags": powertools,
}
