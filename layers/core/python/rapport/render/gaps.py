"""Where a template may meet the unknown: the paths an expression reads, those that may leave a gap, those made sure."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from jinja2 import nodes
from msgspec import Struct

Path = tuple[str, ...]
Known = frozenset[Path]

UNSURE: Final = ("traits", "persona", "=")
"""What may be unknown without a campaign's fault: traits, the persona, and variables made of them."""
AT_TIMES: Final = (*UNSURE, "brand")
"""What may leave a gap: besides, what not every brand has."""
_DEFAULTS: Final = ("default", "d")


class Meaning(Struct, frozen=True):
    """What a name in a template stands for: a path into the data, a macro, or a text made of what may be unknown."""

    path: Path | None = None
    macro: nodes.Macro | None = None


class Place(Struct, frozen=True):
    """Where the reader is: the file, what names mean there, what an enclosing `if` has made sure, how deep it is."""

    template: str
    names: Mapping[str, Meaning]
    known: Known = frozenset()
    block: str = ""
    level: int = 0
    depth: int = 0

    def knowing(self, paths: Iterable[Path]) -> "Place":
        """The same place, inside an `if` that makes these sure."""
        return Place(self.template, self.names, self.known | set(paths), self.block, self.level, self.depth)

    def naming(self, names: Mapping[str, Meaning]) -> "Place":
        """The same place with more names."""
        return Place(self.template, {**self.names, **names}, self.known, self.block, self.level, self.depth)

    def inside(self, template: str, block: str = "", level: int = 0) -> "Place":
        """One step deeper, in another file or block."""
        return Place(template, self.names, self.known, block, level, self.depth + 1)


def path_of(node: nodes.Node, place: Place) -> Path | None:
    """The path that an expression is, when it is nothing but a name with its keys."""
    if isinstance(node, nodes.Name):
        meaning = place.names.get(node.name)
        return meaning.path if meaning else (node.name,)
    if isinstance(node, nodes.Getattr):
        return _longer(node.node, node.attr, place)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        return _longer(node.node, "*" if isinstance(node.arg.value, int) else str(node.arg.value), place)
    return None


def _longer(node: nodes.Node, key: str, place: Place) -> Path | None:
    path = path_of(node, place)
    return (*path, key) if path else None


def touches(node: nodes.Node, place: Place) -> bool:
    """Whether an expression reads a trait or the persona."""
    path = path_of(node, place)
    return (path is not None and path[0] in UNSURE) or any(touches(part, place) for part in node.iter_child_nodes())


def gaps(node: nodes.Node | None, place: Place) -> Known:
    """The paths that may leave a gap when this expression is printed."""
    if node is None:
        return frozenset()
    path = path_of(node, place)
    if path is not None:
        return frozenset({path}) if path[0] in AT_TIMES and not is_known(path, place) else frozenset()
    return _GAPS.get(type(node), _any_gap)(node, place)


def is_known(path: Path, place: Place) -> bool:
    """Whether an enclosing `if` has made a path sure; a list that is has a first element."""
    return path in place.known or (path[-1] == "*" and path[:-1] in place.known)


def sure(node: nodes.Node, place: Place) -> Known:
    """The paths that are surely known when this test is true."""
    path = path_of(node, place)
    if path is not None:
        return frozenset({path})
    return _SURE.get(type(node), _all_sure)(node, place)


def _any_gap(node: nodes.Node, place: Place) -> Known:
    return frozenset().union(*(gaps(part, place) for part in node.iter_child_nodes()))


def _no_gap(_node: nodes.Node, _place: Place) -> Known:
    return frozenset()


def _filter_gap(filter_: nodes.Filter, place: Place) -> Known:
    if filter_.name in _DEFAULTS:
        instead = (*filter_.args[:1], *(pair.value for pair in filter_.kwargs if pair.key == "default_value"))
        return frozenset().union(*(gaps(part, place) for part in instead))
    return _any_gap(filter_, place)


def _condition_gap(choice: nodes.CondExpr, place: Place) -> Known:
    inner = place.knowing(sure(choice.test, place))
    return gaps(choice.expr1, inner) | gaps(choice.expr2, place)


def _or_gap(node: nodes.Or, place: Place) -> Known:
    return gaps(node.right, place)


def _and_gap(node: nodes.And, place: Place) -> Known:
    left, right = node.left, node.right
    return gaps(left, place) | gaps(right, place.knowing(sure(left, place)))


_GAPS: Final[Mapping[type[nodes.Node], Callable[..., Known]]] = {
    nodes.Filter: _filter_gap,
    nodes.CondExpr: _condition_gap,
    nodes.Or: _or_gap,
    nodes.And: _and_gap,
    **dict.fromkeys((nodes.Call, nodes.Compare, nodes.Test, nodes.Not), _no_gap),
}


def _all_sure(node: nodes.Node, place: Place) -> Known:
    """What is unknown passes through comparisons, filters and sums, and makes the test fail."""
    return frozenset().union(*(sure(part, place) for part in node.iter_child_nodes()))


def _either_sure(node: nodes.Or, place: Place) -> Known:
    return sure(node.left, place) & sure(node.right, place)


def _none_sure(_node: nodes.Node, _place: Place) -> Known:
    return frozenset()


def _test_sure(node: nodes.Test, place: Place) -> Known:
    undefined = node.name == "undefined"
    return frozenset() if undefined else _all_sure(node, place)


def _filter_sure(node: nodes.Filter, place: Place) -> Known:
    return frozenset() if node.name in _DEFAULTS else _all_sure(node, place)


_SURE: Final[Mapping[type[nodes.Node], Callable[..., Known]]] = {
    nodes.Or: _either_sure,
    nodes.Filter: _filter_sure,
    nodes.Test: _test_sure,
    **dict.fromkeys((nodes.CondExpr, nodes.Call, nodes.Not, nodes.List, nodes.Tuple), _none_sure),
}
