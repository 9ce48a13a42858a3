"""From a condition's plan to the ways it can be true: a few conjunctions, each a constraint per operand.

A literal says when an atom is surely true, so what is unknown satisfies none, and three values become two. What does
not fit the three forms stays a bare atom for the interpreter.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import Any, Final, TypeAlias

import msgspec

from rapport.domain.logic import KINDS, Plan

MOST_WAYS: Final = 48
"""Beyond as many conjunctions a condition is left to the interpreter whole."""

Constant: TypeAlias = str | bool | int | float

Key: TypeAlias = str
"""An operand as JSON: what constraints on the same operand share."""


class Values(msgspec.Struct, frozen=True, array_like=True, tag="values"):
    """The operand has this kind, and is (or, not wanted, is not) one of the values."""

    key: Key
    kind: str
    values: frozenset[Constant]
    want: bool


Edge: TypeAlias = tuple[int | float, int]
"""Where a span begins or ends: (3, 0) just before 3, (3, 1) just after it."""


class Span(msgspec.Struct, frozen=True, array_like=True, tag="span"):
    """The operand is a number between two edges; without an edge the span is open there."""

    key: Key
    start: Edge | None = None
    end: Edge | None = None


class Members(msgspec.Struct, frozen=True, array_like=True, tag="members"):
    """The list has one of the texts in it, or surely none of them."""

    key: Key
    values: frozenset[Constant]
    want: bool


class Atom(msgspec.Struct, frozen=True, array_like=True, tag="atom"):
    """The interpreter finds the plan (as JSON) true."""

    key: Key


SEGMENTS: Final[Key] = '["segments"]'
"""All segments are one operand, a list of which they are the members."""

_LIST: Final = "list"
Literal: TypeAlias = Values | Span | Members | Atom
Conjunction: TypeAlias = frozenset[Literal]


def ways(plan: Plan) -> list[Conjunction]:
    """Return the conjunctions of which one must hold; none when the plan can never be true.

    A conjunction has at most one Values and one Span for an operand.
    """
    try:
        narrowed = (_narrowed(way) for way in _ways(plan))
        return [way for way in narrowed if way is not None]
    except _TooManyWaysError:
        return [frozenset([_atom(plan)])]


class _TooManyWaysError(Exception):
    """The disjunctive form would be larger than the condition is worth."""


def _ways(plan: Plan) -> list[Conjunction]:
    if plan[0] == "const":
        return [frozenset()] if plan[1] is True else []
    if plan[0] == "or":
        return _bounded(_merged([way for part in plan[1] for way in _ways(part)]))
    if plan[0] == "and":
        found: list[Conjunction] = [frozenset()]
        for part in plan[1]:
            found = _bounded({one | other for one, other in product(found, _ways(part))})
        return found
    return [frozenset([_literal(plan)])]


def _bounded(found: Iterable[Conjunction]) -> list[Conjunction]:
    bounded = list(found)
    if len(bounded) > MOST_WAYS:
        raise _TooManyWaysError
    return bounded


def _merged(found: Sequence[Conjunction]) -> list[Conjunction]:
    """One of these values or one of those is one of both: alternatives on one operand need no way each."""
    together: dict[tuple[Key, str], set[Constant]] = {}
    others: list[Conjunction] = []
    for way in found:
        literal = next(iter(way)) if len(way) == 1 else None
        if isinstance(literal, Values | Members) and literal.want:
            together.setdefault((literal.key, getattr(literal, "kind", _LIST)), set()).update(literal.values)
        else:
            others.append(way)
    return others + [frozenset([_wanted(key, kind, frozenset(values))]) for (key, kind), values in together.items()]


def _wanted(key: Key, kind: str, values: frozenset[Constant]) -> Literal:
    return Members(key, values, want=True) if kind == _LIST else Values(key, kind, values, want=True)


def _narrowed(way: Conjunction) -> Conjunction | None:
    """Join what a conjunction asks of each operand; None when no operand could be so."""
    operands: dict[Key, list[Literal]] = {}
    for literal in way:
        operands.setdefault(literal.key, []).append(literal)
    asked: list[Literal] = []
    for key, literals in operands.items():
        joined = _joined(key, literals)
        if joined is None:
            return None
        asked += joined
    return frozenset(asked)


def _joined(key: Key, literals: Sequence[Literal]) -> list[Literal] | None:
    values = [literal for literal in literals if isinstance(literal, Values)]
    spans = [literal for literal in literals if isinstance(literal, Span)]
    lists = [literal for literal in literals if isinstance(literal, Members)]
    others: list[Literal] = [*lists, *(literal for literal in literals if isinstance(literal, Atom))]
    kinds = {value.kind for value in values} | ({"number"} if spans else set())
    span = _one_span(key, spans) if spans else None
    one = _one_choice(key, values)
    if len(kinds) > 1 or (spans and span is None) or (values and one is None) or _exclude(lists):
        return None
    return [*others, *(literal for literal in (span, one) if literal is not None)]


def _exclude(lists: Sequence[Members]) -> bool:
    """Whether one of these members must be in the list while surely none of them is."""
    unwanted = frozenset[Constant]().union(*(members.values for members in lists if not members.want))
    return any(members.values <= unwanted for members in lists if members.want)


def _one_span(key: Key, spans: Sequence[Span]) -> Span | None:
    start = max((span.start for span in spans if span.start), default=None)
    end = min((span.end for span in spans if span.end), default=None)
    return None if start and end and start >= end else Span(key, start, end)


def _one_choice(key: Key, choices: Sequence[Values]) -> Values | None:
    wanted = [choice.values for choice in choices if choice.want]
    unwanted = frozenset[Constant]().union(*(choice.values for choice in choices if not choice.want))
    if wanted:
        left = frozenset.intersection(*wanted) - unwanted
        return Values(key, choices[0].kind, left, want=True) if left else None
    return Values(key, choices[0].kind, unwanted, want=False) if unwanted else None


# ---- literals

_SIDE: Final = {"<": 0, "<=": 1, ">": 1, ">=": 0}
_MIRROR: Final[Mapping[str, str]] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


def _literal(node: Plan) -> Literal:
    return _LITERALS.get(node[0], _atom)(node)


def _atom(node: Plan) -> Literal:
    return Atom(_key(node))


def _key(node: Any) -> Key:  # noqa: ANN401  # a constant or a node of the plan
    return json.dumps(node, ensure_ascii=False)


def _comparison(node: Plan) -> Literal:
    sign, left, right = node
    if type(left) is not list:
        sign, left, right = _MIRROR[sign], right, left
    if type(left) is not list or type(right) is list:
        return _atom(node)
    if sign in ("==", "!="):
        return Values(_key(left), KINDS[type(right)], frozenset([right]), sign == "==")
    if KINDS[type(right)] != "number":
        return _atom(node)
    edge = (right, _SIDE[sign])
    return Span(_key(left), end=edge) if sign in ("<", "<=") else Span(_key(left), start=edge)


def _among(node: Plan) -> Literal:
    _, operand, constants, want = node
    if not constants or type(operand) is not list:
        return _atom(node)
    return Values(_key(operand), KINDS[type(constants[0])], frozenset(constants), want)


def _flag(node: Plan) -> Literal:
    return Values(_key(node[1]), "boolean", frozenset([node[2]]), True)


def _presence(node: Plan) -> Literal:
    """What has() asks is an operand of its own, true or false."""
    return Values(_key(node[:2]), "boolean", frozenset([node[2]]), True)


def _segment(node: Plan) -> Literal:
    return Members(SEGMENTS, frozenset([node[1]]), node[2])


def _in(node: Plan) -> Literal:
    _, element, items, want = node
    return Members(_key(items), frozenset([element]), want) if type(element) is str else _atom(node)


_LITERALS: Final = {
    **dict.fromkeys(_MIRROR, _comparison),
    "among": _among,
    "is": _flag,
    "has": _presence,
    "segment": _segment,
    "in": _in,
}
