"""What a template reads, through blocks, loops, variables, macros and includes, and where it would print a gap."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from jinja2 import nodes
from msgspec import Struct

from rapport.render.gaps import UNSURE, Meaning, Path, Place, gaps, path_of, sure, touches
from rapport.render.links import leads_astray
from rapport.render.problem import TemplateProblem, Vocabulary, column_of, meant
from rapport.render.words import may_lack, name_fault

_FORMATTED: Final = {"date": "date", "timestamp": "date", "list": 'join(", ")'}
_DEEPEST: Final = 12
_MOST_UNFOLDED: Final = 2_000
"""Blocks, includes and macros that are read in turn; twelve deep, five of each would be millions."""


class Folder(Struct, frozen=True):
    """The parsed templates by name, and the blocks of the one that is checked: name -> (file, block), child first."""

    sources: Mapping[str, str]
    trees: Mapping[str, nodes.Template]
    blocks: Mapping[str, list[tuple[str, nodes.Block]]]
    channel_blocks: frozenset[str]


class Reader:
    """Reads a template as it will run, and keeps what it read and what is wrong."""

    def __init__(self, folder: Folder, vocabulary: Vocabulary) -> None:
        self.folder, self.vocabulary = folder, vocabulary
        self.paths: set[Path] = set()
        self.problems: dict[TemplateProblem, None] = {}
        self.unfolded = 0

    def body(self, statements: Iterable[nodes.Node], place: Place) -> Place:
        """Read statements in order; the place after them has the names that they set."""
        for statement in statements:
            place = _STATEMENTS.get(type(statement), _leave)(self, statement, place)
        return place

    def unfold(self, node: nodes.Node, body: Iterable[nodes.Node], inner: Place, outer: Place) -> None:
        """Read a block, an include or a macro, as it is met within `outer`; too many of them are an error."""
        self.unfolded += 1
        if self.unfolded == _MOST_UNFOLDED:
            message = "the includes and macros unfold to too much"
            self.complain(outer, node, "TEMPLATE", message, "", "include less, or use a loop")
        if self.unfolded < _MOST_UNFOLDED and inner.depth <= _DEEPEST:
            self.body(body, inner)

    def complain(self, place: Place, node: nodes.Node, code: str, message: str, *more: str) -> None:
        """Keep an error; `more` is the word at fault and a hint."""
        word, hint = (*more, "", "")[:2]
        column = column_of(self.folder.sources[place.template], node.lineno, word)
        self.problems[TemplateProblem(node.lineno, column, "error", code, message, hint, place.template)] = None

    def expression(self, node: nodes.Node | None, place: Place) -> None:
        """Read an expression: check its names and what it negates."""
        if node is None:
            return
        path = path_of(node, place)
        if path is not None:
            self._name(node, path, place)
            return
        _EXPRESSIONS.get(type(node), _inner)(self, node, place)

    def _name(self, node: nodes.Node, path: Path, place: Place) -> None:
        self.paths.add(path)
        fault = name_fault(path, self.vocabulary)
        if fault:
            self.complain(place, node, *fault)


Statement = Callable[..., Place]


def _leave(_reader: Reader, _node: nodes.Node, place: Place) -> Place:
    return place


def _output(reader: Reader, node: nodes.Output, place: Place) -> Place:
    for part in node.nodes:
        if not isinstance(part, nodes.TemplateData):
            reader.expression(part, place)
            _printing(reader, part, place)
    return place


def _printing(reader: Reader, node: nodes.Node, place: Place) -> None:
    for gap in sorted(gaps(node, place)):
        if name_fault(gap, reader.vocabulary) or not may_lack(gap, reader.vocabulary):
            continue
        name = gap[1] if gap[0] == "=" else ".".join(gap)
        message = "is not what every brand has" if gap[0] == "brand" else "may be unknown, and would leave a gap"
        hint = 'add "| default(...)", or ask for it with an "if" around the wording'
        reader.complain(place, node, "MAY_BE_UNKNOWN", f"{name} {message}", gap[-1], hint)
    if isinstance(node, nodes.CondExpr) and node.expr2 is None:
        reader.complain(place, node, "NO_ELSE", "when the condition fails nothing is printed", "if", 'add "else"')
    if isinstance(node, nodes.Compare | nodes.Not | nodes.Test):
        reader.complain(place, node, "PRINTS_TRUTH", "this prints a yes or no", "", 'put it in an "if"')
    if any(constant.value is None or isinstance(constant.value, bool) for constant in _constants(node)):
        reader.complain(place, node, "PRINTS_NOTHING", "this may print none, true or false", "", "write a text")
    _printed_type(reader, node, place)
    _printed_whole(reader, node, place)


def _constants(node: nodes.Node) -> Iterator[nodes.Const]:
    """Yield the constants that an expression may be when it is printed."""
    if isinstance(node, nodes.Const):
        yield node
    for part in _PRINTED_PARTS.get(type(node), _no_parts)(node):
        yield from _constants(part)


def _no_parts(_node: nodes.Node) -> list[nodes.Expr]:
    return []


def _default_parts(filter_: nodes.Filter) -> list[nodes.Expr]:
    return filter_.args[:1] if filter_.name in ("default", "d") else []


_PRINTED_PARTS: Final[Mapping[type[nodes.Node], Callable[..., list[nodes.Expr]]]] = {
    nodes.CondExpr: lambda choice: [part for part in (choice.expr1, choice.expr2) if part is not None],
    nodes.Or: lambda node: [node.right],
    nodes.Filter: _default_parts,
}


def _printed_whole(reader: Reader, node: nodes.Node, place: Place) -> None:
    """Complain of printing what is no text but holds some: an event, an offer, its price."""
    path = path_of(node, place) or ()
    if path[-1:] in (("price",), ("image",)) and path[:1] == ("offers",):
        hint = "add | money" if path[-1] == "price" else "print its src and its alt"
        reader.complain(place, node, "PRINTS_WHOLE", f"{path[-1]} is more than a text", path[-1], hint)
    if path in _WHOLE or (path[:1] == ("offers",) and len(path) <= 3):
        message = f"{path[0]} is no text but holds some"
        reader.complain(place, node, "PRINTS_WHOLE", message, path[0], "name what you want of it")


_WHOLE: Final = frozenset({("event",), ("links",), ("campaign",), ("brand",)})


def _printed_type(reader: Reader, node: nodes.Node, place: Place) -> None:
    path = path_of(node, place) or ()
    type_ = reader.vocabulary.traits.get(".".join(path[1:])) if path[:1] == ("traits",) else None
    if type_ in _FORMATTED:
        reader.complain(
            place, node, "NEEDS_FORM", f"{'.'.join(path)} is a {type_}", path[-1], f"add | {_FORMATTED[type_]}"
        )
    if type_ == "boolean":
        reader.complain(place, node, "PRINTS_TRUTH", f"{'.'.join(path)} is a yes or no", path[-1], 'put it in an "if"')


def _if(reader: Reader, node: nodes.If, place: Place) -> Place:
    outcomes = []
    for branch in (node, *node.elif_):
        reader.expression(branch.test, place)
        outcomes.append(reader.body(branch.body, place.knowing(sure(branch.test, place))).names)
    outcomes.append(reader.body(node.else_, place).names)
    return place.naming({name: _least_sure(name, outcomes) for names in outcomes for name in names})


def _least_sure(name: str, outcomes: list[Mapping[str, Meaning]]) -> Meaning:
    """What a name stands for after branches that may each have set it, or not."""
    meanings = [names.get(name, Meaning(("=", name))) for names in outcomes]
    return next((meaning for meaning in meanings if meaning.path and meaning.path[0] in UNSURE), meanings[0])


def _for(reader: Reader, loop: nodes.For, place: Place) -> Place:
    reader.expression(loop.iter, place)
    over = path_of(loop.iter, place) or ()
    element = Meaning((*over, "*") if over[:1] == ("offers",) else ("item",))
    name = loop.target.name if isinstance(loop.target, nodes.Name) else ""
    inner = place.naming({name: element, "loop": Meaning(("item",))}).knowing(sure(loop.iter, place))
    reader.expression(loop.test, inner)
    reader.body(loop.body, inner.knowing(sure(loop.test, inner) if loop.test else ()))
    reader.body(loop.else_, place)
    return place


def _assign(reader: Reader, assign: nodes.Assign, place: Place) -> Place:
    reader.expression(assign.node, place)
    if not isinstance(assign.target, nodes.Name):
        return place
    name, path = assign.target.name, path_of(assign.node, place)
    made = ("=", name) if gaps(assign.node, place) else ("item",)
    return place.naming({name: Meaning(path or made)})


def _assign_block(reader: Reader, node: nodes.AssignBlock, place: Place) -> Place:
    reader.body(node.body, place)
    name = node.target.name if isinstance(node.target, nodes.Name) else ""
    return place.naming({name: Meaning(("item",))})


def _macro(_reader: Reader, macro: nodes.Macro, place: Place) -> Place:
    return place.naming({macro.name: Meaning(macro=macro)})


def _block(reader: Reader, node: nodes.Block, place: Place) -> Place:
    name = node.name
    if name not in reader.folder.channel_blocks:
        read_block(reader, name, place)
    return place


def read_block(reader: Reader, name: str, place: Place, level: int = 0) -> None:
    """Read a block as the checked template has it, or what `super()` means at a level above."""
    layers = reader.folder.blocks.get(name, [])
    if level < len(layers):
        template, block = layers[level]
        reader.unfold(block, block.body, place.inside(template, name, level), place.inside(template))


def _include(reader: Reader, node: nodes.Include, place: Place) -> Place:
    name = node.template.value  # type: ignore[attr-defined]  # a plain text
    if name in reader.folder.trees:
        reader.unfold(node, reader.folder.trees[name].body, place.inside(name), place)
    return place


def _with(reader: Reader, node: nodes.With, place: Place) -> Place:
    inner = place
    for target, value in zip(node.targets, node.values, strict=True):
        inner = _assign(reader, nodes.Assign(target, value, lineno=node.lineno), inner)
    reader.body(node.body, inner)
    return place


_STATEMENTS: Final[Mapping[type[nodes.Node], Statement]] = {
    nodes.Output: _output,
    nodes.If: _if,
    nodes.For: _for,
    nodes.Assign: _assign,
    nodes.AssignBlock: _assign_block,
    nodes.Macro: _macro,
    nodes.Block: _block,
    nodes.Include: _include,
    nodes.With: _with,
}


def _inner(reader: Reader, node: nodes.Node, place: Place) -> None:
    for part in node.iter_child_nodes():
        reader.expression(part, place)


def _condition(reader: Reader, choice: nodes.CondExpr, place: Place) -> None:
    reader.expression(choice.test, place)
    reader.expression(choice.expr1, place.knowing(sure(choice.test, place)))
    reader.expression(choice.expr2, place)


_NEGATIONS: Final = {"ne": "!=", "notin": "not in"}
_NEGATIVE: Final = "a negation of what may be unknown would be said of people we know nothing of"


def _not(reader: Reader, node: nodes.Not, place: Place) -> None:
    if touches(node, place):
        reader.complain(place, node, "NEGATION", _NEGATIVE, "not", 'ask the positive question and use "else"')
    _inner(reader, node, place)


def _compare(reader: Reader, compare: nodes.Compare, place: Place) -> None:
    negative = next((_NEGATIONS[operand.op] for operand in compare.ops if operand.op in _NEGATIONS), None)
    if negative and touches(compare, place):
        reader.complain(place, compare, "NEGATION", _NEGATIVE, negative, 'ask the positive question and use "else"')
    for left, operand in zip((compare.expr, *(part.expr for part in compare.ops)), compare.ops, strict=False):
        _membership(reader, left, operand, place)
    for side in (compare.expr, *(part.expr for part in compare.ops)):
        if path_of(side, place) != ("segments",) and not isinstance(side, nodes.Const):
            reader.expression(side, place)


def _membership(reader: Reader, left: nodes.Node, operand: nodes.Operand, place: Place) -> None:
    words = reader.vocabulary
    for one, other in ((left, operand.expr), (operand.expr, left)):
        path = path_of(other, place)
        _possible(reader, one, path, place)
        if not isinstance(one, nodes.Const) or path is None or path not in _IDS:
            continue
        code, kind, among = _IDS[path](words)
        reader.paths.add(path)
        if among is not None and one.value not in among:
            word = str(one.value)
            hint = _as_a_segment(path, word, words) or meant(word, among)
            reader.complain(place, one, code, f"there is no {kind} {word!r}", word, hint)


def _as_a_segment(path: Path, word: str, words: Vocabulary) -> str:
    """How to ask for a segment that was asked for as a persona."""
    return f'it is a segment: write "{word}" in segments' if path == ("persona",) and word in words.segments else ""


def _possible(reader: Reader, one: nodes.Node, path: Path | None, place: Place) -> None:
    """Complain where a trait is compared with what it can never be."""
    allowed = reader.vocabulary.one_of.get(".".join(path[1:])) if path and path[0] == "traits" else None
    for constant in (one, *(one.items if isinstance(one, nodes.List | nodes.Tuple) else ())):
        if allowed and isinstance(constant, nodes.Const) and constant.value not in allowed:
            word = str(constant.value)
            message = f"{'.'.join(path or ())} is never {word!r}"
            reader.complain(place, constant, "ONE_OF", message, word, meant(word, allowed))


_IDS: Final[Mapping[Path, Callable[[Vocabulary], tuple[str, str, frozenset[str] | None]]]] = {
    ("segments",): lambda words: ("SEGMENT", "segment", words.segments),
    ("persona",): lambda words: ("PERSONA", "persona", words.personas),
    ("variant",): lambda words: ("VARIANT", "variant", words.variants),
}


def _call(reader: Reader, call: nodes.Call, place: Place) -> None:
    name = call.node.name if isinstance(call.node, nodes.Name) else ""
    for argument in (*call.args, *(pair.value for pair in call.kwargs)):
        reader.expression(argument, place)
    if name == "super":
        if place.level + 1 >= len(reader.folder.blocks.get(place.block, [])):
            reader.complain(place, call, "UNKNOWN_NAME", "there is no block above this one", "super")
        read_block(reader, place.block, place, place.level + 1)
        return
    macro = place.names.get(name, Meaning()).macro
    if macro is None:
        reader.complain(place, call, "UNKNOWN_NAME", f"there is no macro {name!r}", name)
    else:
        inner = place.naming(dict(_arguments(macro, call, place))).inside(place.template)
        reader.unfold(call, macro.body, inner, place)


def _arguments(macro: nodes.Macro, call: nodes.Call, place: Place) -> Iterator[tuple[str, Meaning]]:
    defaults = dict(zip([arg.name for arg in macro.args][::-1], macro.defaults[::-1], strict=False))
    given = dict(zip([arg.name for arg in macro.args], call.args, strict=False)) | {
        pair.key: pair.value for pair in call.kwargs
    }
    for arg in macro.args:
        value = given.get(arg.name, defaults.get(arg.name))
        path = path_of(value, place) if value else None
        made = ("=", arg.name) if value is None or gaps(value, place) else ("item",)
        yield arg.name, Meaning(path if path and path not in place.known else ("item",) if path else made)


def _const(reader: Reader, node: nodes.Const, place: Place) -> None:
    hosts = frozenset(host.lower() for host in reader.vocabulary.links_allowed)
    if isinstance(node.value, str) and leads_astray(node.value.strip(), hosts):
        hint = "only https to the hosts listed in rapport.yaml under links"
        reader.complain(place, node, "LINK", f"a link to {node.value[:80]!r}", "", hint)


_EXPRESSIONS: Final[Mapping[type[nodes.Node], Callable[..., None]]] = {
    nodes.CondExpr: _condition,
    nodes.Not: _not,
    nodes.Compare: _compare,
    nodes.Call: _call,
    nodes.Const: _const,
}
