"""Three-valued logic over plans: what a condition is judged by, without anything of CEL.

A plan is plain JSON in negation normal form, so that nothing of CEL is needed where people wait:

    truths     ["and", [T...]] ["or", [T...]] ["const", true|false|null] ["is", X, want] ["has", X, want]
               ["==", X, X] and != < <= > >=   ["among", X, [constants], want] ["in", X, X, want]
               ["startsWith", X, X, want] ["segment", id, want]
               ["exists", X, variable, T] ["all", X, variable, T]
    operands   a string, number or boolean; ["get", dotted name] ["var", variable, [keys]] ["size", X] ["+", X, X]
               ["-", X, X] ["unknown", X...]: what is read, although it can never compare

`want` is the side of a negation: ["has", X, false] asks for not known. Moments and durations are seconds.
"""

import enum
import math
import operator
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeAlias

Truth: TypeAlias = bool | None
"""True, False, or None for unknown: not decidable on what is known surely enough."""

Plan: TypeAlias = list[Any]


class Unknown(enum.Enum):
    """The value of what is not known; never true, so that a careless `if` qualifies nobody."""

    UNKNOWN = "unknown"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Final = Unknown.UNKNOWN

STEPS: Final = 20_000
"""How many nodes and list elements one judgement may look at before its answer is unknown."""


class Facts(Protocol):
    """What is known, in one view, at one moment."""

    def value(self, name: str) -> object:
        """Return the value of a dotted name, UNKNOWN when it is not known; never raises.

        Moments (`now`, traits that are dates or timestamps) are seconds since the epoch, list traits hold strings,
        `event.properties` and `context` hold whatever JSON holds.
        """
        ...

    def in_segment(self, segment: str) -> Truth:
        """Return the truth of the segment's own condition."""
        ...


def judge(plan: Plan, facts: Facts, steps: list[int] | None = None) -> Truth:
    """Judge a bare plan, as `holds` does; `steps` is the budget that several judgements share, and is used up."""
    try:
        return _truth(plan, _Scope(facts, {}, [STEPS] if steps is None else steps))
    except _OutOfStepsError:
        return None


def evaluate(operand: Any, facts: Facts) -> object:  # noqa: ANN401  # a constant or a node of the plan
    """Return the value of an operand without variables, UNKNOWN when it is not known."""
    return _operand(operand, _Scope(facts, {}, [STEPS]))


def names_in(plan: Plan) -> Iterator[str]:
    """Yield every dotted name that a plan asks its facts for, segments as `segments.ID`."""
    if plan[0] == "get":
        yield plan[1]
    if plan[0] == "segment":
        yield f"segments.{plan[1]}"
    for part in children(plan):
        yield from names_in(part)


def children(node: Plan) -> list[Plan]:
    """Return the nodes right below a node; lists of constants and of keys are not nodes."""
    if node[0] in ("and", "or"):
        parts: list[Plan] = node[1]
        return parts
    inside = {"var": [], "among": node[1:2]}.get(node[0], node[1:])
    return [part for part in inside if type(part) is list]


class _OutOfStepsError(Exception):
    """The data is larger than a condition may look at."""


class _Scope:
    """Facts, the variables of `exists` and `all`, and the steps that are left (shared by inner scopes)."""

    __slots__ = ("facts", "steps", "variables")

    def __init__(self, facts: Facts, variables: dict[str, object], steps: list[int]) -> None:
        self.facts, self.variables, self.steps = facts, variables, steps

    def spend(self, steps: int) -> None:
        self.steps[0] -= steps
        if self.steps[0] < 0:
            raise _OutOfStepsError


_Judge: TypeAlias = Callable[[Plan, _Scope], Truth]
# Only values of these types compare, and only within one kind: Python's True == 1 stops here.
KINDS: Final[dict[type, str]] = {str: "string", int: "number", float: "number", bool: "boolean"}
_EQUALITY: Final = {"==": operator.eq, "!=": operator.ne}
_ORDER: Final = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = _EQUALITY | _ORDER
SUM: Final[dict[str, Callable[[Any, Any], Any]]] = {"+": operator.add, "-": operator.sub}


def _truth(node: Plan, scope: _Scope) -> Truth:
    scope.spend(1)
    return _TRUTHS[node[0]](node, scope)


def _and(node: Plan, scope: _Scope) -> Truth:
    return _fold((_truth(part, scope) for part in node[1]), stop=False)


def _or(node: Plan, scope: _Scope) -> Truth:
    return _fold((_truth(part, scope) for part in node[1]), stop=True)


def _fold(truths: Iterator[Truth], *, stop: bool) -> Truth:
    """Kleene's `or` (stop at true) and `and` (stop at false)."""
    answer: Truth = not stop
    for truth in truths:
        if truth is stop:
            return stop
        if truth is None:
            answer = None
    return answer


def _const(node: Plan, _scope: _Scope) -> Truth:
    truth: Truth = node[1]
    return truth


def _is(node: Plan, scope: _Scope) -> Truth:
    value = _operand(node[1], scope)
    return value is node[2] if type(value) is bool else None


def _has(node: Plan, scope: _Scope) -> Truth:
    return (_operand(node[1], scope) is not UNKNOWN) is node[2]


def _compare(node: Plan, scope: _Scope) -> Truth:
    left, right = _operand(node[1], scope), _operand(node[2], scope)
    kind = KINDS.get(type(left))
    if kind is None or kind != KINDS.get(type(right)) or (kind == "boolean" and node[0] in _ORDER):
        return None
    return COMPARE[node[0]](left, right)


def _among(node: Plan, scope: _Scope) -> Truth:
    _, operand, constants, want = node
    value = _operand(operand, scope)
    kind = KINDS.get(type(value))
    if kind is None or (constants and kind != KINDS[type(constants[0])]):
        return None
    return (value in constants) is want


def _in(node: Plan, scope: _Scope) -> Truth:
    needle, items = _operand(node[1], scope), _operand(node[2], scope)
    if type(items) not in (list, tuple):
        return None
    scope.spend(len(items))  # type: ignore[arg-type]  # a list or a tuple, as just seen
    found = _fold((_same(needle, item) for item in items), stop=True)  # type: ignore[attr-defined]  # the same
    return None if found is None or needle is UNKNOWN else found is node[3]


def _same(one: object, other: object) -> Truth:
    kind = KINDS.get(type(one))
    return None if kind is None or kind != KINDS.get(type(other)) else one == other


def _starts_with(node: Plan, scope: _Scope) -> Truth:
    text, start = _operand(node[1], scope), _operand(node[2], scope)
    return text.startswith(start) is node[3] if isinstance(text, str) and isinstance(start, str) else None


def _segment(node: Plan, scope: _Scope) -> Truth:
    truth = scope.facts.in_segment(node[1])
    return None if truth is None else truth is node[2]


def _exists(node: Plan, scope: _Scope) -> Truth:
    return _each(node, scope, stop=True)


def _all(node: Plan, scope: _Scope) -> Truth:
    return _each(node, scope, stop=False)


def _each(node: Plan, scope: _Scope, *, stop: bool) -> Truth:
    _, over, variable, body = node
    items = _operand(over, scope)
    if type(items) not in (list, tuple):
        return None
    inner = _Scope(scope.facts, dict(scope.variables), scope.steps)

    def truths() -> Iterator[Truth]:
        for item in items:  # type: ignore[attr-defined]  # a list or a tuple, as just seen
            inner.variables[variable] = item
            yield _truth(body, inner)

    return _fold(truths(), stop=stop)


_TRUTHS: Final[dict[str, _Judge]] = {
    "and": _and,
    "or": _or,
    "const": _const,
    "is": _is,
    "has": _has,
    "among": _among,
    "in": _in,
    "startsWith": _starts_with,
    "segment": _segment,
    "exists": _exists,
    "all": _all,
    **dict.fromkeys(COMPARE, _compare),
}


def _operand(node: Any, scope: _Scope) -> object:  # noqa: ANN401  # a constant or a node of the plan
    return _OPERANDS[node[0]](node, scope) if type(node) is list else node


def _get(node: Plan, scope: _Scope) -> object:
    return known(scope.facts.value(node[1]))


def _var(node: Plan, scope: _Scope) -> object:
    value = scope.variables[node[1]]
    for key in node[2]:
        value = value.get(key) if type(value) is dict else None
    return known(value)


def known(value: object) -> object:
    """A null counts as absent, and so does what is no number although it is called a float."""
    if value is None or (type(value) is float and not math.isfinite(value)):
        return UNKNOWN
    return value


def _size(node: Plan, scope: _Scope) -> object:
    value = _operand(node[1], scope)
    # A list with a member that may not be seen has no known size: who counts would learn of it.
    if isinstance(value, list | tuple):
        return UNKNOWN if UNKNOWN in value else len(value)
    return len(value) if isinstance(value, str) else UNKNOWN


def _sum(node: Plan, scope: _Scope) -> object:
    left, right = _operand(node[1], scope), _operand(node[2], scope)
    if KINDS.get(type(left)) != "number" or KINDS.get(type(right)) != "number":
        return UNKNOWN
    try:
        return known(SUM[node[0]](left, right))
    except OverflowError:  # an integer of hundreds of digits meets a float
        return UNKNOWN


def _unknown(_node: Plan, _scope: _Scope) -> object:
    return UNKNOWN


_OPERANDS: Final[dict[str, Callable[[Plan, _Scope], object]]] = {
    "get": _get,
    "var": _var,
    "size": _size,
    "+": _sum,
    "-": _sum,
    "unknown": _unknown,
}


def look_up(name: str, facts: Facts) -> object:
    """Return what a name of `names_in` stands for, UNKNOWN when it is not known."""
    kind, _, rest = name.partition(".")
    return known(facts.in_segment(rest) if kind == "segments" else facts.value(name))
