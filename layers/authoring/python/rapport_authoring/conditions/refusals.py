"""What types cannot say: a well-typed expression may still be outside the subset, or compare with what cannot be."""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rapport_authoring.conditions.bounds import MOST_ELEMENTS, MOST_NODES
from rapport_authoring.conditions.environment import COMPARISONS
from rapport_authoring.conditions.errors import did_you_mean
from rapport_authoring.conditions.names import ADDRESS, ROOTS, Names
from rapport_authoring.conditions.spans import duration_seconds, timestamp_moment
from rapport_authoring.conditions.syntax import Node, dotted

MOST_DEEP: Final = 8
MOST_FOLDS: Final = 2
_TOO_DEEP: Final = f"a condition is at most {MOST_DEEP} deep"


@dataclass(frozen=True)
class Refusal:
    """Why a node cannot stand where it stands."""

    node: Node
    message: str
    hint: str | None = None


@dataclass(frozen=True)
class _Place:
    """Where a node stands: what variables mean there (the list they run over), and how deep it is."""

    names: Names
    variables: Mapping[str, str]
    depth: int = 0

    def below(self, variables: Mapping[str, str] | None = None) -> "_Place":
        return _Place(self.names, {**self.variables, **(variables or {})}, self.depth + 1)

    def list_of(self, name: str) -> str:
        """The list that a variable runs over; any other name stands for itself."""
        return self.variables.get(name, name)


_Refusals = Iterator[Refusal]


def refusals(root: Node, names: Names) -> _Refusals:
    """Yield everything that is refused in a checked expression."""
    count = sum(1 for _ in _nodes(root))
    if count > MOST_NODES:
        yield Refusal(root, f"a condition has at most {MOST_NODES} nodes", "name parts of it as segments")
        return
    found = list(_truth(root, _Place(names, {})))
    too_deep = [refusal for refusal in found if refusal.message == _TOO_DEEP]
    yield from (refusal for refusal in found if refusal.message != _TOO_DEEP or refusal is too_deep[0])


def _nodes(node: Node) -> Iterator[Node]:
    """The nodes that count: a dotted name is one, and so is a list of constants."""
    yield node
    if dotted(node) is None and node.kind not in ("list", "has"):
        for part in node.args:
            yield from _nodes(part)


# ---- where a truth is meant


def _truth(node: Node, place: _Place) -> _Refusals:
    if place.depth > MOST_DEEP:
        yield Refusal(node, _TOO_DEEP, "name parts of it as segments")
    elif node.kind == "call":
        yield from _TRUTHS.get(str(node.value), _no_truth)(node, place)
    elif node.kind == "fold":
        yield from _fold(node, place)
    elif node.kind == "has":
        yield from _has(node, place)
    elif node.kind != "const" or not isinstance(node.value, bool):
        yield from _flag(node, place)


def _no_truth(node: Node, _place: _Place) -> _Refusals:
    yield Refusal(node, "not a condition: it is neither true nor false", 'compare it, like `traits.tier == "gold"`')


def _flag(node: Node, place: _Place) -> _Refusals:
    name = dotted(node)
    if name is None or place.names.kind(name) not in ("boolean", "any", None):
        yield from _no_truth(node, place)
    else:
        yield from _name(node, place)


def _logic(node: Node, place: _Place) -> _Refusals:
    """A chain of one operator is one level, however the parser groups it."""
    for part in node.args:
        same = part.kind == "call" and part.value == node.value and node.value != "!_"
        yield from _truth(part, place if same else place.below())


def _comparison(node: Node, place: _Place) -> _Refusals:
    for part in node.args:
        yield from _operand(part, place)
    for one, other in (node.args, node.args[::-1]):
        yield from _not_allowed(one, other, place)


def _membership(node: Node, place: _Place) -> _Refusals:
    element, items = node.args
    name = dotted(items)
    if name in ("segments", "groups"):
        yield from _group(element, str(name), place)
        return
    yield from _operand(element, place)
    yield from (
        _constants(items) if items.kind == "list" else _list(items, place, "`in` looks in a named list or in constants")
    )
    yield from _not_allowed(element, items, place)
    for one in items.args if items.kind == "list" else ():
        yield from _not_allowed(one, element, place)


def _group(element: Node, name: str, place: _Place) -> _Refusals:
    if element.kind != "const":
        yield Refusal(element, f"`in {name}` asks for one that is named", f'write "gold" in {name}')
    elif name == "segments":
        yield from _unlike(element, "segments", place.names)


def _starts_with(node: Node, place: _Place) -> _Refusals:
    for part in node.args:
        yield from _operand(part, place)


def _fold(node: Node, place: _Place) -> _Refusals:
    over, body = node.args
    if len(place.variables) >= MOST_FOLDS:
        yield Refusal(node, "exists and all stand within one another at most twice")
    if node.variable in ROOTS or node.variable in place.variables:
        yield Refusal(node, f"`{node.variable}` already means something", "name the variable otherwise")
        return
    yield from _list(over, place, "exists and all run over a named list")
    yield from _truth(body, place.below({node.variable: dotted(over) or ""}))


def _has(node: Node, place: _Place) -> _Refusals:
    asked = Node("select", node.id, node.value, node.args)
    if dotted(asked) != "traits.address":
        yield from _name(asked, place)


_TRUTHS: Final[Mapping[str, Callable[[Node, _Place], _Refusals]]] = {
    "_&&_": _logic,
    "_||_": _logic,
    "!_": _logic,
    "@in": _membership,
    "startsWith": _starts_with,
    **dict.fromkeys(COMPARISONS, _comparison),
}

# ---- where a value is meant


def _operand(node: Node, place: _Place) -> _Refusals:
    if node.kind == "const":
        yield from _constant(node)
    elif dotted(node) is not None:
        yield from _name(node, place)
    elif node.kind == "call" and node.value in _OPERANDS:
        yield from _OPERANDS[str(node.value)](node, place)
    else:
        hint = "a comparison stands alone: without `== true`, and with ! for false" if _is_truth(node) else None
        message = "only names, constants, sums and sizes are compared"
        yield Refusal(node, message, hint or "join comparisons with && and ||")


def _is_truth(node: Node) -> bool:
    return node.kind in ("has", "fold") or (node.kind == "call" and node.value in _TRUTHS)


def _constant(node: Node) -> _Refusals:
    if node.value is None:
        yield Refusal(node, "nothing is compared with null", "ask with has() whether something is known")
    elif isinstance(node.value, bytes):
        yield Refusal(node, "bytes are no value of a trait or property")
    elif isinstance(node.value, float) and not math.isfinite(node.value):
        yield Refusal(node, "not a finite number")


def _constants(node: Node) -> _Refusals:
    kinds = {float if type(one.value) is int else type(one.value) for one in node.args}
    if len(node.args) > MOST_ELEMENTS:
        yield Refusal(node, f"a list has at most {MOST_ELEMENTS} elements")
    elif odd := next((one for one in node.args if one.kind != "const"), None):
        yield Refusal(odd, "a written list holds constants only")
    elif len(kinds) > 1:
        yield Refusal(node, "a written list holds values of one type")
    for one in node.args:
        yield from _constant(one)


def _name(node: Node, place: _Place) -> _Refusals:
    name = str(dotted(node))
    if name.partition(".")[0] in place.variables:
        return
    if name in ("segments", "groups"):
        yield Refusal(node, f"`{name}` is only asked whether something is in it", f'write "gold" in {name}')
    elif place.names.kind(name) is None:
        yield Refusal(node, f"`{name}` is no value by itself", _MEMBERS.get(name, _MEMBERS.get(name.partition(".")[0])))


_MEMBERS: Final = {
    "traits": "name a trait: traits.NAME",
    "traits.address": f"name a part of it: {', '.join(ADDRESS)}",
    "intents": "name a group and a list: intents.GROUP.chosen or intents.GROUP.considered",
    "event": "write event.name or event.properties.NAME",
    "context": "name what the caller sent: context.NAME",
}


def _list(node: Node, place: _Place, message: str) -> _Refusals:
    if dotted(node) is None:
        yield Refusal(node, message)
    else:
        yield from _name(node, place)


def _size(node: Node, place: _Place) -> _Refusals:
    yield from _list(node.args[0], place, "size() counts a named list or text")


def _sum(node: Node, place: _Place) -> _Refusals:
    """A chain grows to the left; what is nested to the right is deeper."""
    if place.depth > MOST_DEEP:
        yield Refusal(node, _TOO_DEEP, "name parts of it as segments")
        return
    left, right = node.args
    yield from _operand(left, place)
    yield from _operand(right, place.below())


def _timestamp(node: Node, _place: _Place) -> _Refusals:
    yield from _span(node.args[0], timestamp_moment, 'write timestamp("2026-11-22T00:00:00Z")')


def _duration(node: Node, _place: _Place) -> _Refusals:
    yield from _span(node.args[0], duration_seconds, 'write duration("720h"); the units are h, m, s and ms')


def _span(node: Node, read: Callable[[str], float | None], hint: str) -> _Refusals:
    if node.kind != "const":
        yield Refusal(node, "a moment or a duration is written as a constant", hint)
    elif read(str(node.value)) is None:
        yield Refusal(
            node, f"{str(node.value)[:60]!r} is no {'duration' if read is duration_seconds else 'moment'}", hint
        )


_OPERANDS: Final[Mapping[str, Callable[[Node, _Place], _Refusals]]] = {
    "size": _size,
    "_+_": _sum,
    "_-_": _sum,
    "timestamp": _timestamp,
    "duration": _duration,
}

# ---- values that a name cannot have


def _not_allowed(constant: Node, other: Node, place: _Place) -> _Refusals:
    name = dotted(other)
    if constant.kind == "const" and name is not None:
        yield from _unlike(constant, place.list_of(name), place.names)


def _unlike(constant: Node, name: str, names: Names) -> _Refusals:
    allowed = names.allowed(name)
    if allowed is None or constant.value in allowed:
        return
    words = [str(value) for value in allowed]
    hint = _as_a_segment(str(constant.value), name, names) or did_you_mean(str(constant.value), words)
    hint = hint or (f"one of {', '.join(words[:12])}" if words else _NONE_THERE.get(name))
    yield Refusal(
        constant, _NOT_THERE.get(name, "`{0}` is not among the values of {1}").format(constant.value, name), hint
    )


def _as_a_segment(word: str, name: str, names: Names) -> str | None:
    """How to ask for a segment that was asked for as a persona."""
    return f'it is a segment: write "{word}" in segments' if name == "persona" and word in names.segments else None


_NONE_THERE: Final = {
    "segments": "there are none yet: write one under segments/",
    "persona": "there are none yet: a persona is a segment with `persona: true`",
}
_NOT_THERE: Final = {"segments": "there is no segment `{0}`", "persona": "there is no persona `{0}`"}
