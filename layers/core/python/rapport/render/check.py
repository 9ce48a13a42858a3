"""The check of a template at publishing: what is wrong, where, and what was probably meant."""

from collections.abc import Iterator, Mapping
from typing import Final

from jinja2 import TemplateError, TemplateSyntaxError, nodes

from rapport.render.channels import BLOCKS
from rapport.render.circles import circles, named
from rapport.render.engine import Sandbox, Templates, parsed, says_something
from rapport.render.filters import FILTERS, TESTS
from rapport.render.gaps import Path, Place
from rapport.render.lettercheck import unprintable
from rapport.render.pagecheck import page_problems
from rapport.render.plain import segments, tidy
from rapport.render.problem import TemplateProblem, Vocabulary, column_of, meant
from rapport.render.reading import Folder, Reader, read_block
from rapport.render.taming import Fault, faults
from rapport.render.way_out import UNSUBSCRIBE, surely_printed

LONG_SUBJECT: Final = 70
MANY_SEGMENTS: Final = 2
FIRST_NAMES: Final = frozenset(
    "first_name firstname given_name forename nickname last_name lastname name full_name salutation title".split()  # noqa: SIM905  # a list of words reads better as one
)
_UNREADABLE: Final = frozenset({"SYNTAX", "TEMPLATE", "NOT_ALLOWED", "CIRCLE"})
"""After these there is nothing whole to read on in."""
_PERSONAL: Final = frozenset({"traits", "segments", "persona", "event", "offers"})
_TYPICAL: Final = "x" * 10
"""Stands for a printed value where a length is estimated."""


def check_template(sources: Mapping[str, str], name: str, vocabulary: Vocabulary) -> list[TemplateProblem]:
    """Check one template with everything it extends and includes; errors first, then warnings, each in order.

    Promise: rendering a template without errors never prints a gap. Which elements of offers and properties of events a
    person's message will have is not known here; a missing one holds that message.
    """
    trees: dict[str, nodes.Template] = {}
    problems = list(_parsed_all(sources, name, trees))
    problems += circles(sources, trees)
    if not problems:
        problems += _compiled(sources, name)
    if not _UNREADABLE & {problem.code for problem in problems}:
        problems += _read(sources, name, trees, vocabulary)
    problems += [problem for file in trees for problem in page_problems(file, sources[file], vocabulary)]
    return sorted(dict.fromkeys(problems), key=_order)


def _order(problem: TemplateProblem) -> tuple[bool, str, int, int]:
    return problem.severity == "warning", problem.template, problem.line, problem.column


def _parsed_all(sources: Mapping[str, str], name: str, trees: dict[str, nodes.Template]) -> Iterator[TemplateProblem]:
    """Parse a template and whatever it names, into `trees`; yield what cannot be read or is not allowed."""
    sandbox = Sandbox("plain")
    waiting = [(name, "", 1)]
    while waiting:
        wanted, by, line = waiting.pop()
        if wanted in trees:
            continue
        if wanted not in sources:
            yield _absent(sources, wanted, by, line)
            continue
        try:
            trees[wanted] = parsed(sandbox, sources[wanted], wanted)
        except TemplateSyntaxError as error:
            yield _syntax(sources[wanted], wanted, error)
            continue
        yield from (_syntax(sources[wanted], wanted, fault) for fault in faults(trees[wanted]))
        waiting += [(other, wanted, at) for other, at in named(trees[wanted])]


def _absent(sources: Mapping[str, str], wanted: str, by: str, line: int) -> TemplateProblem:
    column = column_of(sources.get(by, ""), line, wanted)
    return TemplateProblem(
        line, column, "error", "TEMPLATE", f"there is no template {wanted!r}", meant(wanted, sources.keys()), by
    )


def _syntax(source: str, name: str, error: TemplateSyntaxError) -> TemplateProblem:
    subject, code = (error.subject, error.code) if isinstance(error, Fault) else ("", "SYNTAX")
    among = {"FILTER": FILTERS, "TEST": TESTS}.get(code, {})
    column = column_of(source, error.lineno, subject)
    return TemplateProblem(error.lineno, column, "error", code, str(error.message), meant(subject, among.keys()), name)


def _compiled(sources: Mapping[str, str], name: str) -> Iterator[TemplateProblem]:
    """Yield what only compiling tells: a block twice, a circle of templates."""
    templates = Templates(sources)
    try:
        for file in templates.chain(name):
            templates.load("plain", file)
    except TemplateSyntaxError as error:
        yield _syntax(sources[name], error.name or name, error)
    except TemplateError as error:
        yield TemplateProblem(1, 1, "error", "TEMPLATE", str(error), "", name)


def _read(
    sources: Mapping[str, str], name: str, trees: Mapping[str, nodes.Template], words: Vocabulary
) -> Iterator[TemplateProblem]:
    chain = _chain(name, trees)
    folder = Folder(sources, trees, _layers(chain, trees), frozenset(BLOCKS))
    reader = Reader(folder, words)
    place = _top_level(reader, chain, trees)
    reader.body(_printing(trees[chain[-1]].body), place.inside(chain[-1]))
    read_block(reader, "email", place)
    email_reads = frozenset(reader.paths)
    for block in BLOCKS:
        read_block(reader, block, place)
    yield from reader.problems
    present = {block for block, layers in folder.blocks.items() if says_something(layers[0][1])}
    yield from _channels(name, frozenset(present), words)
    if words.requires_unsubscribe and "email" in words.channels and "email" in present:
        yield from _way_out(name, folder, chain, words, is_read=UNSUBSCRIBE in email_reads)
    yield from _manners(name, folder, reader.paths, words)


def _way_out(
    name: str, folder: Folder, chain: tuple[str, ...], words: Vocabulary, *, is_read: bool
) -> Iterator[TemplateProblem]:
    """Yield that somebody may get the email without a link to unsubscribe: anybody, or those for whom an `if` fails."""
    if not is_read:
        hint = 'add <a href="{{ links.unsubscribe }}"> to the block "email" or to its base'
        yield TemplateProblem(1, 1, "error", "NO_UNSUBSCRIBE", "this email has no link to unsubscribe", hint, name)
        return
    # A service email needs it as soon as a slot sells something; marketing with slots goes out with one that is filled.
    occasions = [frozenset({("offers", slot)}) for slot in sorted(words.filled_slots)] or [frozenset()]
    if all(surely_printed(folder, chain, given) for given in occasions):
        return
    read = (
        (file, node.lineno)
        for file, tree in folder.trees.items()
        for node in tree.find_all(nodes.Getattr)
        if node.attr == UNSUBSCRIBE[-1]
    )
    file, line = next(read, (name, 1))
    column = column_of(folder.sources[file], line, UNSUBSCRIBE[-1])
    message = "the link to unsubscribe is left out for some: it stands inside an if or a loop"
    hint = "print it outside, or in every branch, the else too"
    yield TemplateProblem(line, column, "error", "NO_UNSUBSCRIBE", message, hint, file)


def _chain(name: str, trees: Mapping[str, nodes.Template], below: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The template and what it extends, itself first; a circle, told elsewhere, ends it."""
    parent = trees[name].find(nodes.Extends)
    above = parent.template if parent else None
    ends = not isinstance(above, nodes.Const) or above.value in below
    return (name,) if ends else (name, *_chain(above.value, trees, (*below, name)))  # type: ignore[union-attr]  # a Const


def _layers(chain: tuple[str, ...], trees: Mapping[str, nodes.Template]) -> dict[str, list[tuple[str, nodes.Block]]]:
    layers: dict[str, list[tuple[str, nodes.Block]]] = {}
    for file in chain:
        for block in trees[file].find_all(nodes.Block):
            layers.setdefault(block.name, []).append((file, block))
    return layers


def _top_level(reader: Reader, chain: tuple[str, ...], trees: Mapping[str, nodes.Template]) -> Place:
    """What the top level of each file sets, the child's first, as when rendering."""
    place = Place(chain[0], {})
    for file in chain:
        place = reader.body(_setting(trees[file].body), place.inside(file))
    return Place(chain[0], place.names)


def _setting(body: list[nodes.Node]) -> list[nodes.Node]:
    return [node for node in body if isinstance(node, nodes.Assign | nodes.AssignBlock | nodes.Macro)]


def _printing(body: list[nodes.Node]) -> list[nodes.Node]:
    return [node for node in body if not isinstance(node, nodes.Assign | nodes.AssignBlock | nodes.Macro)]


def _channels(name: str, present: frozenset[str], words: Vocabulary) -> Iterator[TemplateProblem]:
    """Yield the channels that the template has no wording for."""
    for channel in words.channels:
        needed = ("subject", "email") if channel == "email" else (channel,)
        for block in needed:
            if block not in present and (channel == "email" or "text" not in present):
                message = f"the campaign uses {channel}, and the template has no block {block!r}"
                hint = "" if channel == "email" else "a block 'text' serves every channel but email"
                yield TemplateProblem(1, 1, "error", "NO_BLOCK", message, hint, name)


def _manners(name: str, folder: Folder, paths: set[Path], words: Vocabulary) -> Iterator[TemplateProblem]:
    """Yield what is allowed and unwise."""
    personal = {path for path in paths if path[0] in _PERSONAL}
    names = FIRST_NAMES | words.names
    if personal and all(path[0] == "traits" and path[-1].lower() in names for path in personal):
        message = "superficial: nothing in it is personal but a name"
        yield TemplateProblem(
            1, 1, "warning", "SUPERFICIAL", message, "say something that is only true of this person", name
        )
    yield from _unprinted(folder)
    subject = tidy(_longest_of(folder, "subject"))
    if len(subject) > LONG_SUBJECT:
        yield _at_block(folder, "subject", "LONG_SUBJECT", f"the subject may reach {len(subject)} characters")
    block = "sms" if _longest_of(folder, "sms") or "sms" not in words.channels else "text"
    count = segments(tidy(_longest_of(folder, block)))
    if count > MANY_SEGMENTS:
        yield _at_block(folder, block, "LONG_SMS", f"the SMS may take {count} segments")
    found = unprintable(folder.blocks) if "print" in words.channels else None
    if found:
        yield _at_block(folder, found[0], "UNPRINTABLE", found[1])


def _unprinted(folder: Folder) -> Iterator[TemplateProblem]:
    """Yield the blocks that no channel has and no base prints: most likely misspelt."""
    for block, layers in folder.blocks.items():
        file, node = layers[-1]
        tree = folder.trees[file]
        idle = node in tree.body and (meant(block, BLOCKS) if tree.find(nodes.Extends) is None else "idle")
        if idle and block not in BLOCKS:
            column = column_of(folder.sources[file], node.lineno, block)
            message, hint = f"nothing prints the block {block!r}", meant(block, BLOCKS) or "print it in the base"
            yield TemplateProblem(node.lineno, column, "warning", "IDLE_BLOCK", message, hint, file)


def _at_block(folder: Folder, block: str, code: str, message: str) -> TemplateProblem:
    file, node = folder.blocks[block][0]
    return TemplateProblem(
        node.lineno, column_of(folder.sources[file], node.lineno, block), "warning", code, message, "", file
    )


def _longest_of(folder: Folder, block: str) -> str:
    layers = folder.blocks.get(block)
    return _longest(layers[0][1].body) if layers else ""


def _longest(body: list[nodes.Node]) -> str:
    """The longest wording that a body may print, guessed with values of a typical length."""
    return "".join(_longest_part(node) for node in body)


def _longest_part(node: nodes.Node) -> str:
    if isinstance(node, nodes.Output):
        return "".join(part.data if isinstance(part, nodes.TemplateData) else _TYPICAL for part in node.nodes)
    if isinstance(node, nodes.If):
        branches = (node.body, *(branch.body for branch in node.elif_), node.else_)
        return max((_longest(branch) for branch in branches), key=len)
    return _longest(node.body) if isinstance(node, nodes.For) else ""
