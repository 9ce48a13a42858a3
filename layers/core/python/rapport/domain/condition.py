"""Conditions: what `when`, `unless` and `where` became at publishing, judged, explained, and watched as time passes."""

import json
import math
from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from rapport.domain.logic import (
    COMPARE,
    KINDS,
    SUM,
    UNKNOWN,
    Facts,
    Plan,
    Truth,
    Unknown,
    children,
    judge,
    known,
    look_up,
    names_in,
)
from rapport.domain.moment import Moment

__all__ = [
    "UNKNOWN",
    "Condition",
    "Explanation",
    "Facts",
    "Plan",
    "Timed",
    "Truth",
    "Unknown",
    "explain",
    "flips_at",
    "holds",
    "judge",
    "names_in",
    "read_as",
    "spell",
    "timed",
    "unknown_reads",
]


class Condition(msgspec.Struct, frozen=True, array_like=True):
    """A checked condition: its text, its plan, and the names it reads (`traits.tier`, `segments.gold`, `now` ...)."""

    text: str
    plan: Plan
    reads: tuple[str, ...]


class Explanation(msgspec.Struct, frozen=True):
    """Why a condition came out as it did; `values` are the names an atom reads, None where not known."""

    text: str
    truth: Truth
    values: dict[str, object] = {}
    parts: "tuple[Explanation, ...]" = ()


def holds(condition: Condition | None, facts: Facts) -> Truth:
    """Judge a condition; no condition is true. Never raises, whatever the data; beyond STEPS it is unknown."""
    return True if condition is None else judge(condition.plan, facts)


def unknown_reads(condition: Condition, facts: Facts) -> tuple[str, ...]:
    """Return those of the condition's reads that are not known."""
    missing = {read_as(name) for name in names_in(condition.plan) if look_up(name, facts) is UNKNOWN}
    return tuple(name for name in condition.reads if name in missing)


def explain(condition: Condition, facts: Facts) -> Explanation:
    """Return the truth of the condition and of each of its parts, with the values that decided."""
    return _explain(condition.plan, facts)


class Timed(msgspec.Struct, frozen=True):
    """A condition as the passing of time sees it: its comparisons in which there is `now`."""

    plan: Plan
    comparisons: tuple[Plan, ...]


def timed(condition: Condition) -> Timed:
    """Return the condition's comparisons with now; none of them and time changes nothing by itself."""
    return Timed(condition.plan, tuple(_comparisons(condition.plan)))


def flips_at(condition: Timed, facts: Facts, now: Moment, before: Moment = math.inf) -> Moment | None:
    """Return the earliest moment after `now` at which time alone changes the truth; None when that is not `before`.

    Time passes in comparisons with `now` only. A referred segment, a trait that ages and a computed window change by
    time as well and have their own moments, after each of which this is asked again. A comparison that changes just
    after a moment gives the next millisecond; who stores it coarser rounds up.
    """
    met = {moment for node in condition.comparisons for moment in _flips(node, facts)}
    # Sums of fractions of a second are not exact: where the sides have not quite met, they have a millisecond later.
    later = sorted(moment for moment in met | {moment + _INSTANT for moment in met} if now < moment < before)
    truth = judge(condition.plan, _At(now, facts)) if later else None
    return next((moment for moment in later if judge(condition.plan, _At(moment, facts)) is not truth), None)


def read_as(name: str) -> str:
    """Return the name under which a condition lists what it reads: `intents.trip` for `intents.trip.chosen`."""
    return name.rpartition(".")[0] if name.startswith("intents.") else name


# ---- explaining


def _explain(node: Plan, facts: Facts) -> Explanation:
    truth = judge(node, facts)
    if node[0] in ("and", "or"):
        return Explanation(spell(node), truth, parts=tuple(_explain(part, facts) for part in node[1]))
    values = {name: look_up(name, facts) for name in names_in(node)}
    return Explanation(
        spell(node), truth, {name: None if value is UNKNOWN else value for name, value in values.items()}
    )


def spell(node: Any) -> str:  # noqa: ANN401  # a constant or a node of the plan
    """Write a plan, or a part of it, in the words of CEL; moments and durations as seconds."""
    if type(node) is not list:
        return json.dumps(node, ensure_ascii=False)
    return _SPELL.get(node[0], _spell_comparison)(node)


def _spell_group(node: Plan) -> str:
    words = (f"({spell(part)})" if part[0] in ("and", "or") else spell(part) for part in node[1])
    return {"and": " && ", "or": " || "}[node[0]].join(words)


def _spell_comparison(node: Plan) -> str:
    return f"{spell(node[1])} {node[0]} {spell(node[2])}"


def _spell_each(node: Plan) -> str:
    return f"{spell(node[1])}.{node[0]}({node[2]}, {spell(node[3])})"


def _not(want: object) -> str:
    return "" if want else "!"


_SPELL: Final[dict[str, Callable[[Plan], str]]] = {
    "and": _spell_group,
    "or": _spell_group,
    "const": lambda node: "unknown" if node[1] is None else spell(node[1]),
    "is": lambda node: f"{_not(node[2])}{spell(node[1])}",
    "has": lambda node: f"{_not(node[2])}has({spell(node[1])})",
    "among": lambda node: f"{_not(node[3])}({spell(node[1])} in {json.dumps(node[2], ensure_ascii=False)})",
    "in": lambda node: f"{_not(node[3])}({spell(node[1])} in {spell(node[2])})",
    "startsWith": lambda node: f"{_not(node[3])}{spell(node[1])}.startsWith({spell(node[2])})",
    "segment": lambda node: f"{_not(node[2])}({spell(node[1])} in segments)",
    "exists": _spell_each,
    "all": _spell_each,
    "get": lambda node: node[1],
    "var": lambda node: ".".join([node[1], *node[2]]),
    "size": lambda node: f"size({spell(node[1])})",
    "unknown": lambda _node: "unknown",
}


# ---- the passing of time


class _At(msgspec.Struct, frozen=True):
    """The same facts at another moment: what ages by itself is as it is now."""

    moment: Moment
    facts: Facts

    def value(self, name: str) -> object:
        return self.moment if name == "now" else self.facts.value(name)

    def in_segment(self, segment: str) -> Truth:
        return self.facts.in_segment(segment)


def _comparisons(node: Plan) -> Iterator[Plan]:
    if node[0] in COMPARE and "now" in names_in(node):
        yield node
    for part in children(node):
        yield from _comparisons(part)


_INSTANT: Final = 0.001
_EVER: Final = 1e12  # seconds; thirty thousand years
# How long after the sides are equal each comparison changes.
_FLIPS: Final = {"<": (0.0,), ">=": (0.0,), "<=": (_INSTANT,), ">": (_INSTANT,), "==": (0.0, _INSTANT)}


def _flips(node: Plan, facts: Facts) -> tuple[Moment, ...]:
    """The moments at which the sides of a comparison with now in it meet, or have just met."""
    difference = _line(["-", node[1], node[2]], facts)
    if difference is None or not difference[0]:
        return ()
    slope, start = difference
    return tuple(-start / slope + after for after in _FLIPS.get(node[0], (0.0, _INSTANT)))


def _line(node: Any, facts: Facts) -> tuple[float, float] | None:  # noqa: ANN401  # a constant or a node
    """A number as slope x now + start; None when it is unknown or no number."""
    if type(node) is list and node[0] in SUM:
        one, other = _line(node[1], facts), _line(node[2], facts)
        return one and other and (SUM[node[0]](one[0], other[0]), SUM[node[0]](one[1], other[1]))
    if node == ["get", "now"]:
        return 1.0, 0.0
    value = known(facts.value(node[1])) if type(node) is list and node[0] == "get" else node
    return (0.0, value) if KINDS.get(type(value)) == "number" and abs(value) < _EVER else None  # type: ignore[arg-type, return-value]  # a number, by its kind
