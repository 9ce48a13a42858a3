"""From the checked expression to the plan of rapport.domain.logic: negation normal form, constants folded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rapport.domain.logic import Plan

from rapport_authoring.conditions.names import ADDRESS, Kind, Names
from rapport_authoring.conditions.spans import duration_seconds, timestamp_moment
from rapport_authoring.conditions.syntax import Node, dotted


@dataclass(frozen=True)
class _Lowering:
    """What the names mean, and which side of a negation is wanted."""

    names: Names
    variables: Mapping[str, Kind]
    want: bool = True

    def negated(self) -> "_Lowering":
        return _Lowering(self.names, self.variables, not self.want)

    def within(self, variable: str, kind: Kind) -> "_Lowering":
        return _Lowering(self.names, {**self.variables, variable: kind}, self.want)


_Operand = tuple[Kind, Any]
_Truth = Callable[[Node, _Lowering], Plan]

_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_DUAL: Final = {"and": "or", "or": "and", "exists": "all", "all": "exists"}
_TIMES: Final = ("moment", "duration")


def lower(root: Node, names: Names) -> Plan:
    """Return the plan of an expression that nothing refuses."""
    return _lower(root, _Lowering(names, {}))


def _lower(node: Node, how: _Lowering) -> Plan:
    if node.kind == "call":
        return _CALLS[str(node.value)](node, how)
    return _KINDS.get(node.kind, _flag)(node, how)


def _logic(node: Node, how: _Lowering) -> Plan:
    """A chain is flattened; what the negation makes of `and` is `or`."""
    name = {"_&&_": "and", "_||_": "or"}[str(node.value)]
    operator = name if how.want else _DUAL[name]
    parts = [_lower(part, how) for part in node.args]
    return [operator, [one for part in parts for one in (part[1] if part[0] == operator else [part])]]


def _not(node: Node, how: _Lowering) -> Plan:
    return _lower(node.args[0], how.negated())


def _comparison(node: Node, how: _Lowering) -> Plan:
    """A moment and what is none never compare: properties and context hold JSON, which has no moments."""
    sign = str(node.value).strip("_")
    (left_kind, left), (right_kind, right) = (_operand(part, how) for part in node.args)
    if left_kind != right_kind and (left_kind in _TIMES or right_kind in _TIMES):
        left, right = ["unknown", left], ["unknown", right]
    return [sign if how.want else _OPPOSITE[sign], left, right]


def _membership(node: Node, how: _Lowering) -> Plan:
    element, items = node.args
    if dotted(items) == "segments":
        return ["segment", element.value, how.want]
    kind, value = _operand(element, how)
    if kind in _TIMES:  # no list holds moments
        value = ["unknown", value]
    if items.kind == "list":
        return ["among", value, [one.value for one in items.args], how.want]
    return ["in", value, _operand(items, how)[1], how.want]


def _starts_with(node: Node, how: _Lowering) -> Plan:
    return ["startsWith", *(_operand(part, how)[1] for part in node.args), how.want]


def _fold(node: Node, how: _Lowering) -> Plan:
    over, body = node.args
    kind, items = _operand(over, how)
    inner = how.within(node.variable, "string" if kind == "list" else "any")
    which = str(node.value)
    return [which if how.want else _DUAL[which], items, node.variable, _lower(body, inner)]


def _has(node: Node, how: _Lowering) -> Plan:
    asked = Node("select", node.id, node.value, node.args)
    if dotted(asked) == "traits.address":
        return ["or" if how.want else "and", [["has", ["get", f"traits.address.{part}"], how.want] for part in ADDRESS]]
    return ["has", _operand(asked, how)[1], how.want]


def _const(node: Node, how: _Lowering) -> Plan:
    return ["const", node.value is how.want]


def _flag(node: Node, how: _Lowering) -> Plan:
    return ["is", _operand(node, how)[1], how.want]


_KINDS: Final[Mapping[str, _Truth]] = {"fold": _fold, "has": _has, "const": _const}
_CALLS: Final[Mapping[str, _Truth]] = {
    "_&&_": _logic,
    "_||_": _logic,
    "!_": _not,
    "@in": _membership,
    "startsWith": _starts_with,
    **{f"_{sign}_": _comparison for sign in _OPPOSITE},
}


def _operand(node: Node, how: _Lowering) -> _Operand:
    if node.kind == "const":
        return _CONSTANTS[type(node.value)], node.value
    if node.kind == "call":
        return _OPERANDS[str(node.value)](node, how)
    name = str(dotted(node))
    root, *keys = name.split(".")
    if root in how.variables:
        return ("any" if keys else how.variables[root]), ["var", root, keys]
    return how.names.kind(name) or "any", ["get", name]


def _size(node: Node, how: _Lowering) -> _Operand:
    return "number", ["size", _operand(node.args[0], how)[1]]


def _sum(node: Node, how: _Lowering) -> _Operand:
    sign = str(node.value).strip("_")
    (left_kind, left), (right_kind, right) = (_operand(part, how) for part in node.args)
    if left_kind == right_kind == "moment":
        return "duration", [sign, left, right]
    if "moment" in (left_kind, right_kind):
        return "duration", ["unknown", left, right]
    return "number", [sign, left, right]


def _timestamp(node: Node, _how: _Lowering) -> _Operand:
    return "moment", timestamp_moment(str(node.args[0].value))


def _duration(node: Node, _how: _Lowering) -> _Operand:
    return "duration", duration_seconds(str(node.args[0].value))


_CONSTANTS: Final[Mapping[type, Kind]] = {str: "string", bool: "boolean", int: "number", float: "number"}
_OPERANDS: Final[Mapping[str, Callable[[Node, _Lowering], _Operand]]] = {
    "size": _size,
    "_+_": _sum,
    "_-_": _sum,
    "timestamp": _timestamp,
    "duration": _duration,
}
