"""YAML text to a tree of nodes and to plain values: the safe, bounded part of YAML 1.2 that a catalogue needs.

Unlike YAML 1.1 a plain `no`, `on`, `21:00`, `2026-11-01` or `0123` is text; only true, false, null and numbers are not.
Every node keeps its line and column, so that whatever is found later can be placed.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # the stubs do not export it

from rapport_authoring.problems import Code, Place, Problem

MAX_DEPTH = 24
ALIASES = 10_000
MAX_KEYS = 20_000
WORDS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
         "null": None, "Null": None, "NULL": None, "~": None, "": None}  # fmt: skip
INTEGER = re.compile(r"[-+]?(0|[1-9]\d{0,17})")
NUMBER = re.compile(r"[-+]?(0|[1-9]\d{0,30})?(\.\d{1,30})?([eE][-+]?\d{1,3})?")
STARTS_NUMBER = frozenset("+-.0123456789")


_PAIR = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")


def joined(text: str) -> str:
    """Return a file that is JSON with its pairs of surrogates as YAML writes one character; any other as it is."""
    return _PAIR.sub(_one_character, text) if text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[") else text


def _one_character(pair: re.Match[str]) -> str:
    high, low = int(pair[1], 16), int(pair[2], 16)
    return f"\\U{0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF):08X}"


class RefusedError(Exception):
    """A file is so wrong that nothing in it can be read; carries the one problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


class _Parser(CParser):
    """libyaml's parser with no resolver: every plain scalar stays text, and depth is bounded while composing."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.file = file
        self.depth = 0

    def resolve(self, _kind: type, _value: str, _implicit: object) -> str:
        """Give every untagged node the empty tag; a tag in the text stays visible."""
        return ""

    def descend_resolver(self, parent: yaml.Node | None, _index: object) -> None:
        """Count the depth; libyaml itself would go on until the stack ends."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            place = _place(self.file, parent.start_mark) if parent else Place(self.file)
            raise RefusedError(Problem.found(Code.TOO_DEEP, place, f"nested more than {MAX_DEPTH} deep"))

    def ascend_resolver(self) -> None:
        """Come up again."""
        self.depth -= 1


def compose(text: str, file: str) -> yaml.Node | None:
    """Return the tree of a file, None for an empty one. Raises RefusedError when it is not YAML or too deep."""
    try:
        node: yaml.Node | None = _Parser(text, file).get_single_node()
    except yaml.MarkedYAMLError as error:
        raise RefusedError(_syntax(error, file)) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise RefusedError(_not_text(error, text, file)) from error
    return node


def _syntax(error: yaml.MarkedYAMLError, file: str) -> Problem:
    place = _place(file, error.problem_mark or error.context_mark)
    said = error.problem or error.context or "cannot be read"
    hints = {
        "expected a single document in the stream": "keep one document a file, or write a list",
        "but found another document": "keep one document a file, or write a list",
        "mapping values are not allowed in this context": "put text that contains `: ` in quotes",
        "found character that cannot start any token": "use spaces, not tabs; put text with @, ` or % in quotes",
        "did not find expected key": "mind the indentation, and the quotes within the text",
    }
    hint = next((hint for words, hint in hints.items() if words in said), "mind the indentation and the quotes")
    return Problem.found(Code.YAML_SYNTAX, place, f"not YAML: {said}", hint)


def _not_text(error: Exception, text: str, file: str) -> Problem:
    """Place a character that YAML refuses: the reader counts characters, not lines."""
    at = getattr(error, "position", getattr(error, "start", 0)) or 0
    before = text[:at]
    place = Place(file, before.count("\n") + 1, at - before.rfind("\n"))
    return Problem.found(Code.NOT_TEXT, place, "contains a control character or half a character", "take it out")


def _place(file: str, mark: Any) -> Place:  # noqa: ANN401  # libyaml's mark has no public type
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)


@dataclass(slots=True)
class Unfolding:
    """Turns nodes into plain values, and keeps what is wrong with them; aliases count as often as they are used."""

    file: str
    budget: int
    problems: list[Problem] = field(default_factory=list)

    def plain(self, node: yaml.Node, depth: int = 0) -> Any:  # noqa: ANN401  # any value of YAML
        """Return the node's value. Raises RefusedError when aliases unfold to too much."""
        self.budget -= 1
        if self.budget < 0 or depth > MAX_DEPTH:
            code = Code.TOO_LARGE if self.budget < 0 else Code.TOO_DEEP
            raise RefusedError(Problem.found(code, self._at(node), "unfolds to too much", "use fewer aliases"))
        if node.tag:
            self._say(Code.YAML_TAG, node, f"the tag `{node.tag[:60]}` is not taken", "put text in quotes instead")
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node.value) if node.style == "" else node.value
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, depth + 1) for item in node.value]
        return self._mapping(node, depth)

    def _mapping(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        if len(node.value) > MAX_KEYS:
            raise RefusedError(Problem.found(Code.TOO_LARGE, self._at(node), f"has more than {MAX_KEYS} keys"))
        values: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self._say(Code.WRONG_TYPE, key, "a key is a word, not a list or a mapping")
                continue
            if key.value in values:
                self._say(Code.DUPLICATE_KEY, key, f"`{key.value[:60]}` stands twice here", "keep the one you mean")
            values[key.value] = self.plain(value, depth + 1)
        return values

    def _at(self, node: yaml.Node) -> Place:
        return _place(self.file, node.start_mark)

    def _say(self, code: Code, node: yaml.Node, message: str, hint: str = "") -> None:
        self.problems.append(Problem.found(code, self._at(node), message, hint))


def _scalar(text: str) -> Any:  # noqa: ANN401  # any scalar of YAML
    """Read a plain scalar by YAML 1.2's core schema, without octals and infinities."""
    if text[:1] in STARTS_NUMBER:
        if INTEGER.fullmatch(text):
            return int(text)
        return float(text) if NUMBER.fullmatch(text) and text[-1].isdigit() and not text[1:].isdigit() else text
    return WORDS.get(text, text)


Path = tuple[str | int, ...]


def find(node: yaml.Node, path: Path) -> tuple[yaml.Node, yaml.Node]:
    """Walk as far along the path as it exists; return the key (or the item) and the value found there."""
    key = value = node
    for part in path:
        # A locale may be written in any letters.
        step = _step(value, part) or _step(value, part, str.casefold)
        if step is None:
            break
        key, value = step
    return key, value


def exists(node: yaml.Node, path: Path) -> bool:
    """Whether something stands at the whole of this path."""
    for part in path:
        step = _step(node, part)
        if step is None:
            return False
        node = step[1]
    return True


def _step(node: yaml.Node, part: str | int, spelt: Callable[[str], str] = str) -> tuple[yaml.Node, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        wanted = spelt(str(part))
        return next((pair for pair in reversed(node.value) if spelt(str(pair[0].value)) == wanted), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part], node.value[part]
    return None


def place_of(file: str, node: yaml.Node) -> Place:
    """Return where a node begins."""
    return _place(file, node.start_mark)
