"""Templates that include themselves and macros that call themselves, by whatever way round: neither ever ends."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from jinja2 import nodes

from rapport.render.problem import TemplateProblem, column_of


def circles(sources: Mapping[str, str], trees: Mapping[str, nodes.Template]) -> Iterator[TemplateProblem]:
    """Yield the first include that leads back to its own file, and each macro that leads back to itself."""
    yield from islice((found for name in sorted(trees) for found in _includes(name, sources[name], trees)), 1)
    for name, tree in trees.items():
        yield from _macros(name, sources[name], tree)


def _includes(name: str, source: str, trees: Mapping[str, nodes.Template]) -> Iterator[TemplateProblem]:
    for other, line in _named(trees[name].find_all(nodes.Include)):
        if name in _reached(other, lambda file: [to for to, _ in named(trees[file])] if file in trees else []):
            column = column_of(source, line, other)
            message = f"{other!r} is included in a circle"
            yield TemplateProblem(line, column, "error", "CIRCLE", message, "break the circle", name)


def _macros(name: str, source: str, tree: nodes.Template) -> Iterator[TemplateProblem]:
    macros = {macro.name: macro for macro in tree.find_all(nodes.Macro)}

    def calls(macro: str) -> Iterator[str]:
        for call in macros[macro].find_all(nodes.Call) if macro in macros else ():
            yield from (call.node.name,) if isinstance(call.node, nodes.Name) else ()

    for macro in macros.values():
        if any(macro.name in _reached(called, calls) for called in calls(macro.name)):
            column = column_of(source, macro.lineno, macro.name)
            message = f"the macro {macro.name!r} calls itself, and never ends"
            yield TemplateProblem(macro.lineno, column, "error", "CIRCLE", message, "use a loop", name)


def _reached(start: str, following: Callable[[str], Iterable[str]]) -> set[str]:
    """Return what can be reached from here, itself included."""
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        here = waiting.pop()
        if here not in reached:
            reached.add(here)
            waiting += following(here)
    return reached


def named(tree: nodes.Template) -> list[tuple[str, int]]:
    """Return the templates that one extends or includes, each with the line where it says so."""
    return [*_named(tree.find_all(nodes.Extends)), *_named(tree.find_all(nodes.Include))]


def _named(found: Iterable[nodes.Extends | nodes.Include]) -> Iterator[tuple[str, int]]:
    for node in found:
        if isinstance(node.template, nodes.Const):
            yield str(node.template.value), node.lineno
