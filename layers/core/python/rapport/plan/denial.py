"""The opposite of a plan: surely true exactly when the plan is surely false."""

from collections.abc import Callable, Mapping
from typing import Final

from rapport.domain.logic import Plan

_OPPOSITE: Final[Mapping[str, str]] = {
    "and": "or", "or": "and", "exists": "all", "all": "exists",
    "==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">",
}  # fmt: skip


def denied(plan: Plan) -> Plan:
    """Return the plan with every truth turned round; what is unknown stays unknown."""
    return _DENIED.get(plan[0], _unwanted)(plan)


def _unwanted(plan: Plan) -> Plan:
    """Atoms that end with the truth they want."""
    return [*plan[:-1], not plan[-1]]


def _const(plan: Plan) -> Plan:
    return ["const", None if plan[1] is None else not plan[1]]


def _group(plan: Plan) -> Plan:
    return [_OPPOSITE[plan[0]], [denied(part) for part in plan[1]]]


def _each(plan: Plan) -> Plan:
    return [_OPPOSITE[plan[0]], *plan[1:3], denied(plan[3])]


def _compared(plan: Plan) -> Plan:
    return [_OPPOSITE[plan[0]], *plan[1:]]


_DENIED: Final[Mapping[str, Callable[[Plan], Plan]]] = {
    "const": _const,
    "and": _group,
    "or": _group,
    "exists": _each,
    "all": _each,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">="), _compared),
}
