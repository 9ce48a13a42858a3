"""What a template may be made of, and its tree rewritten: loops pay their way, comparisons are three-valued."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from jinja2 import TemplateSyntaxError, nodes

from rapport.render.bounds import CHARACTERS_A_STEP, SOURCE_CHARACTERS
from rapport.render.filters import FILTERS, TESTS

WHOLE: Final = "_whole"
"""True while a template is rendered as a whole (an email's document), not for one of its blocks."""

DEEPEST: Final = 60
"""How deep a template's tree may be."""

_ALLOWED: Final = frozenset(
    (
        *(nodes.Template, nodes.Output, nodes.TemplateData, nodes.Extends, nodes.Include, nodes.Block),
        *(nodes.For, nodes.If, nodes.Assign, nodes.AssignBlock, nodes.Macro, nodes.Call, nodes.With),
        *(nodes.Name, nodes.Const, nodes.List, nodes.Tuple, nodes.Getattr, nodes.Getitem, nodes.Keyword),
        *(nodes.Filter, nodes.Test, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr),
        *(nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos),
    )
)


class Fault(TemplateSyntaxError):
    """Something a template may not do; `subject` is the word at fault, for finding its column, `code` its name."""

    def __init__(self, message: str, line: int, subject: str = "", code: str = "NOT_ALLOWED") -> None:
        super().__init__(message, line)
        self.subject, self.code = subject, code


def faults(tree: nodes.Template) -> Iterator[Fault]:
    """Yield whatever in a parsed template is not allowed."""
    if _depth_exceeds(tree, DEEPEST):
        yield Fault("nested too deeply", 1)
        return
    for node in _everything(tree):
        if type(node) not in _ALLOWED:
            yield Fault(f"{_spoken(node)} is not for templates", node.lineno or 1)
        else:
            yield from _RULES.get(type(node), _no_rule)(node)


def too_long(source: str) -> bool:
    """Whether a template's source is longer than one may be."""
    return len(source) > SOURCE_CHARACTERS


def tame(tree: nodes.Template, weights: Mapping[str, int]) -> nodes.Template:
    """Rewrite an allowed tree in place; `weights` are the lengths of the sources that it may include."""
    tree.body = _gated(_tamed_list(tree.body, weights))
    return tree.set_environment(tree.environment)  # type: ignore[arg-type, return-value]  # Jinja returns the node itself


def _everything(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _everything(child)


def _depth_exceeds(node: nodes.Node, left: int) -> bool:
    return left < 0 or any(_depth_exceeds(child, left - 1) for child in node.iter_child_nodes())


def _spoken(node: nodes.Node) -> str:
    return _NAMES.get(type(node), type(node).__name__.lower())


_NAMES: Final[dict[type[nodes.Node], str]] = {
    nodes.Pow: "a power",
    nodes.Slice: "a slice",
    nodes.FromImport: "import",
    nodes.CallBlock: "a call block",
    nodes.FilterBlock: "a filter block",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.NSRef: "a namespace",
    nodes.Dict: "a mapping",
}


def _no_rule(_node: nodes.Node) -> Iterator[Fault]:
    return iter(())


def _name(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Name) and (
        node.name.startswith("_") or node.name in ("self", "varargs", "kwargs", "caller")
    ):
        yield Fault(f"the name {node.name!r} is not for templates", node.lineno, node.name)


def _key(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        yield Fault(f"the name {node.attr!r} is not for templates", node.lineno, node.attr)


def _filter(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        yield Fault(f"there is no filter {node.name!r} for templates", node.lineno, node.name, "FILTER")
    if isinstance(node, nodes.Filter) and (node.dyn_args or node.dyn_kwargs):
        yield Fault("arguments are written one by one", node.lineno)


def _test(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Test) and node.name not in TESTS:
        yield Fault(f"there is no test {node.name!r} for templates", node.lineno, node.name, "TEST")


def _call(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name):
        yield Fault("only a macro of the template can be called", node.lineno)
    if isinstance(node, nodes.Call) and (node.dyn_args or node.dyn_kwargs):
        yield Fault("arguments are written one by one", node.lineno)


def _loop(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.For) and (node.recursive or not isinstance(node.target, nodes.Name)):
        yield Fault("a loop has one name and is not recursive", node.lineno)


def _static(node: nodes.Node) -> Iterator[Fault]:
    if isinstance(node, nodes.Extends | nodes.Include) and not (
        isinstance(node.template, nodes.Const) and isinstance(node.template.value, str)
    ):
        yield Fault("another template is named by a plain text", node.lineno)
    if isinstance(node, nodes.Include) and (node.ignore_missing or not node.with_context):
        yield Fault("an include stands alone: no 'ignore missing', no 'without context'", node.lineno)


_RULES: Final[dict[type[nodes.Node], Callable[[nodes.Node], Iterator[Fault]]]] = {
    nodes.Name: _name,
    nodes.Getattr: _key,
    nodes.Filter: _filter,
    nodes.Test: _test,
    nodes.Call: _call,
    nodes.For: _loop,
    nodes.Extends: _static,
    nodes.Include: _static,
}


def _gated(body: list[nodes.Node]) -> list[nodes.Node]:
    """Let assignments always run and everything else only when the template is rendered as a whole."""
    return [gated for node in body for gated in _gate(node)]


def _gate(node: nodes.Node) -> list[nodes.Node]:
    if isinstance(node, nodes.Assign | nodes.AssignBlock | nodes.Macro | nodes.Extends | nodes.ExprStmt):
        return [node]
    if isinstance(node, nodes.If):
        node.body, node.else_ = _gated(node.body), _gated(node.else_)
        node.elif_ = [branch for part in node.elif_ for branch in _gate(part)]  # type: ignore[misc]  # an If gives an If
        return [node]
    return [nodes.If(nodes.Name(WHOLE, "load"), [node], [], [], lineno=node.lineno)]


def _tamed(node: nodes.Node, weights: Mapping[str, int]) -> nodes.Node:
    for field, value in node.iter_fields():
        if isinstance(value, list):
            setattr(node, field, _tamed_list(value, weights))
        elif isinstance(value, nodes.Node):
            setattr(node, field, _tamed(value, weights))
    rewrite = _REWRITES.get(type(node))
    return rewrite(node, weights) if rewrite else node


def _tamed_list(items: list[nodes.Node], weights: Mapping[str, int]) -> list[nodes.Node]:
    return [_tamed(item, weights) if isinstance(item, nodes.Node) else item for item in items]  # type: ignore[redundant-expr]  # names too


def _weight(body: list[nodes.Node]) -> int:
    """What one run of a body costs, without the loops in it, which pay for themselves."""
    steps = 1
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        steps += 1 + (len(node.data) // CHARACTERS_A_STEP if isinstance(node, nodes.TemplateData) else 0)
        waiting.extend([node.iter, *node.else_] if isinstance(node, nodes.For) else node.iter_child_nodes())
    return steps


_TURN: Final = 3
"""What one turn of a loop costs besides its body."""


def _operation(name: str, value: nodes.Node, *args: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(value, name, list(args), [], None, None, lineno=value.lineno)


def _pay(steps: int, line: int) -> nodes.ExprStmt:
    return nodes.ExprStmt(_operation("_pay", nodes.Const(steps, lineno=line)), lineno=line)


def _paid_loop(loop: nodes.For, _weights: Mapping[str, int]) -> nodes.Node:
    tests = [loop.test] if loop.test else []
    loop.iter = _operation("_each", loop.iter, nodes.Const(_TURN + _weight([*loop.body, *tests])))
    return loop


def _paid_macro(macro: nodes.Macro, _weights: Mapping[str, int]) -> nodes.Node:
    macro.body.insert(0, _pay(_weight(macro.body), macro.lineno))
    return macro


def _paid_include(include: nodes.Include, weights: Mapping[str, int]) -> nodes.Node:
    weight = weights.get(include.template.value, 0)  # type: ignore[attr-defined]  # a plain text, by the rules
    line = include.lineno
    body: list[nodes.Node] = [_pay(1 + weight // 8, line), include]
    return nodes.With([nodes.Name(WHOLE, "param")], [nodes.Const(True)], body, lineno=line)


def _three_valued(compare: nodes.Compare, _weights: Mapping[str, int]) -> nodes.Node:
    left = compare.expr
    answer: nodes.Expr | None = None
    for operand in compare.ops:
        link = _operation("_compare", left, nodes.Const(operand.op), operand.expr)
        answer = link if answer is None else nodes.And(answer, link, lineno=compare.lineno)
        left = operand.expr
    return answer or compare


def _negation(node: nodes.Not, _weights: Mapping[str, int]) -> nodes.Node:
    return _operation("_not", node.node)


def _joined(node: nodes.Concat, _weights: Mapping[str, int]) -> nodes.Node:
    return _operation("_concat", nodes.List(node.nodes, lineno=node.lineno))


_REWRITES: Final[dict[type[nodes.Node], Callable[..., nodes.Node]]] = {
    nodes.For: _paid_loop,
    nodes.Macro: _paid_macro,
    nodes.Include: _paid_include,
    nodes.Compare: _three_valued,
    nodes.Not: _negation,
    nodes.Concat: _joined,
}
