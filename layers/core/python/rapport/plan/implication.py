"""Which condition surely holds wherever another does, as far as their conjunctions tell: False says nothing."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from rapport.domain.logic import KINDS, Plan
from rapport.plan.conjunctions import Conjunction, Literal, Members, Span, Values, ways


def covers(wide: Plan, narrow: Plan) -> bool:
    """Return whether the wide plan is surely true for everybody for whom the narrow one is."""
    wider = ways(wide)
    return all(any(_within(way, other) for other in wider) for way in ways(narrow))


def _within(way: Conjunction, other: Conjunction) -> bool:
    return all(any(_implies(mine, asked) for mine in way) for asked in other)


def _implies(literal: Literal, asked: Literal) -> bool:
    if literal == asked:
        return True
    if literal.key != asked.key:
        return False
    implied = _IMPLIED.get((type(literal), type(asked)))
    return implied is not None and implied(literal, asked)


def _of_values(one: Values, other: Values) -> bool:
    if one.kind != other.kind:
        return False
    if one.want:
        return one.values <= other.values if other.want else not one.values & other.values
    return not other.want and other.values <= one.values


def _of_spans(one: Span, other: Span) -> bool:
    starts = other.start is None or (one.start is not None and one.start >= other.start)
    return starts and (other.end is None or (one.end is not None and one.end <= other.end))


def _value_in_span(one: Values, other: Span) -> bool:
    return one.want and one.kind == KINDS[float] and all(_inside(value, other) for value in one.values)


def _inside(value: Any, span: Span) -> bool:  # noqa: ANN401  # a number, by its kind
    # Just after 3 is behind (3, 0) and before (3, 1): the number 3 itself lies between the two.
    at = (value, 0.5)
    return (span.start is None or span.start < at) and (span.end is None or at < span.end)


def _of_members(one: Members, other: Members) -> bool:
    if one.want is not other.want:
        return False
    return one.values <= other.values if one.want else other.values <= one.values


_IMPLIED: Final[Mapping[tuple[type, type], Callable[[Any, Any], bool]]] = {
    (Values, Values): _of_values,
    (Span, Span): _of_spans,
    (Values, Span): _value_in_span,
    (Members, Members): _of_members,
}
