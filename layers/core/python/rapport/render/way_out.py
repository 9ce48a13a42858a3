"""Whether an email surely prints a link, whoever reads it: where there are branches, each of them must."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from jinja2 import nodes

from rapport.render.gaps import Known, Meaning, Path, Place, path_of, sure
from rapport.render.reading import Folder

UNSUBSCRIBE: Final[Path] = ("links", "unsubscribe")
_BLOCK: Final = "email"
_DEEPEST: Final = 12


def surely_printed(folder: Folder, chain: Sequence[str], given: Known) -> bool:
    """Whether the email of a template, `chain` with what it extends, prints the link to unsubscribe.

    `given` is what is true besides; links are there in every message.
    """
    place = Place(chain[0], {}, given)
    walk = _Walk(folder)
    for file in chain:
        place = walk.names(folder.trees[file].body, place.inside(file))
    return walk.prints(folder.trees[chain[-1]].body, Place(chain[-1], place.names, given)) or walk.block(_BLOCK, place)


class _Walk:
    """A walk through what surely is printed."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    def prints(self, statements: Iterable[nodes.Node], place: Place) -> bool:
        """Whether statements in their order print it."""
        for statement in statements:
            if _PRINTS.get(type(statement), _nothing)(self, statement, place):
                return True
            place = self.names([statement], place)
        return False

    def names(self, statements: Iterable[nodes.Node], place: Place) -> Place:
        """The place with the names that statements set: a text that holds the link stands for it."""
        for statement in statements:
            if isinstance(statement, nodes.Macro):
                place = place.naming({statement.name: Meaning(macro=statement)})
            elif isinstance(statement, nodes.Assign) and isinstance(statement.target, nodes.Name):
                path = UNSUBSCRIBE if self.shows(statement.node, place) else path_of(statement.node, place)
                place = place.naming({statement.target.name: Meaning(path or ("item",))})
            elif isinstance(statement, nodes.AssignBlock) and isinstance(statement.target, nodes.Name):
                path = UNSUBSCRIBE if self.prints(statement.body, place) else ("item",)
                place = place.naming({statement.target.name: Meaning(path)})
        return place

    def block(self, name: str, place: Place, level: int = 0) -> bool:
        """Whether a block prints it, as the child has it or as `super()` means it."""
        layers = self.folder.blocks.get(name, [])
        if level >= len(layers) or place.depth >= _DEEPEST:
            return False
        template, block = layers[level]
        return self.prints(block.body, place.inside(template, name, level))

    def shows(self, node: nodes.Node | None, place: Place) -> bool:
        """Whether printing an expression prints it."""
        if node is None:
            return False
        path = path_of(node, place)
        if path is not None:
            return path == UNSUBSCRIBE
        return _SHOWS.get(type(node), _any_part)(self, node, place)


def _holds(test: nodes.Node, place: Place) -> bool:
    """Whether a test surely is true."""
    if isinstance(test, nodes.Or):
        return _holds(test.left, place) or _holds(test.right, place)
    if isinstance(test, nodes.And):
        return _holds(test.left, place) and _holds(test.right, place)
    if isinstance(test, nodes.Test) and test.name == "defined":
        return _holds(test.node, place)
    path = path_of(test, place)
    return path is not None and (path[0] == "links" or path in place.known)


# ---- statements


def _nothing(_walk: _Walk, _node: nodes.Node, _place: Place) -> bool:
    return False


def _output(walk: _Walk, node: nodes.Output, place: Place) -> bool:
    return any(walk.shows(part, place) for part in node.nodes)


def _if(walk: _Walk, node: nodes.If, place: Place) -> bool:
    for branch in (node, *node.elif_):
        if not walk.prints(branch.body, place.knowing(sure(branch.test, place))):
            return False
        if _holds(branch.test, place):
            return True
    return walk.prints(node.else_, place)


def _for(walk: _Walk, loop: nodes.For, place: Place) -> bool:
    over = path_of(loop.iter, place) or ()
    name = loop.target.name if isinstance(loop.target, nodes.Name) else ""
    inside = walk.prints(loop.body, place.naming({name: Meaning((*over, "*") if over else ("item",))}))
    at_least_once = _holds(loop.iter, place) and loop.test is None
    return inside and (at_least_once or walk.prints(loop.else_, place))


def _block(walk: _Walk, node: nodes.Block, place: Place) -> bool:
    is_silent = node.name in walk.folder.channel_blocks and node.name != _BLOCK
    return not is_silent and walk.block(node.name, place)


def _include(walk: _Walk, node: nodes.Include, place: Place) -> bool:
    name = node.template.value if isinstance(node.template, nodes.Const) else ""
    tree = walk.folder.trees.get(name)
    return tree is not None and place.depth < _DEEPEST and walk.prints(tree.body, place.inside(name))


def _with(walk: _Walk, node: nodes.With, place: Place) -> bool:
    for target, value in zip(node.targets, node.values, strict=True):
        place = walk.names([nodes.Assign(target, value, lineno=node.lineno)], place)
    return walk.prints(node.body, place)


_PRINTS: Final[Mapping[type[nodes.Node], Callable[..., bool]]] = {
    nodes.Output: _output,
    nodes.If: _if,
    nodes.For: _for,
    nodes.Block: _block,
    nodes.Include: _include,
    nodes.With: _with,
}


# ---- expressions


def _any_part(walk: _Walk, node: nodes.Node, place: Place) -> bool:
    return any(walk.shows(part, place) for part in node.iter_child_nodes())


def _condition(walk: _Walk, choice: nodes.CondExpr, place: Place) -> bool:
    return walk.shows(choice.expr1, place) and (_holds(choice.test, place) or walk.shows(choice.expr2, place))


def _or(walk: _Walk, node: nodes.Or, place: Place) -> bool:
    return walk.shows(node.left, place) and (_holds(node.left, place) or walk.shows(node.right, place))


def _and(walk: _Walk, node: nodes.And, place: Place) -> bool:
    return walk.shows(node.right, place) and _holds(node.left, place)


def _filtered(walk: _Walk, node: nodes.Filter, place: Place) -> bool:
    return walk.shows(node.node, place)


def _call(walk: _Walk, call: nodes.Call, place: Place) -> bool:
    name = call.node.name if isinstance(call.node, nodes.Name) else ""
    if name == "super":
        return walk.block(place.block, place, place.level + 1)
    macro = place.names.get(name, Meaning()).macro
    if macro is None or place.depth >= _DEEPEST:
        return False
    given = dict(zip([arg.name for arg in macro.args], call.args, strict=False))
    given |= {pair.key: pair.value for pair in call.kwargs}
    named = {arg: Meaning(UNSUBSCRIBE if walk.shows(value, place) else ("item",)) for arg, value in given.items()}
    return walk.prints(macro.body, place.naming(named).inside(place.template))


_SHOWS: Final[Mapping[type[nodes.Node], Callable[..., bool]]] = {
    nodes.CondExpr: _condition,
    nodes.Or: _or,
    nodes.And: _and,
    nodes.Filter: _filtered,
    nodes.Call: _call,
    **dict.fromkeys((nodes.Not, nodes.Compare, nodes.Test), _nothing),
}
