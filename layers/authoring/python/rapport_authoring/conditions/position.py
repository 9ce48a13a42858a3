"""From an offset in a condition to the line and column of the file that a person edits."""

import re
from typing import Final

import yaml

_PROPERTIES: Final = re.compile(r"(?:[&!]\S*\s+)*")
_ESCAPE: Final = re.compile(r"\\(?:x..|u.{4}|U.{8}|\r?\n|.)", re.DOTALL)
_BLANK_ESCAPES: Final = frozenset("tnvfr N_LP\t\n\r")


def place(text: str, scalar: yaml.ScalarNode, offset: int) -> tuple[int, int]:
    """Return line and column, from 1, of a code point of a scalar's value in the file's text, whatever its style.

    YAML changes nothing but white space, doubled quotes and escapes, so both texts are walked, blanks ignored.
    """
    at = _start(text, scalar)
    for index, character in enumerate(scalar.value[: offset + 1]):
        if character.isspace():
            continue
        at = _skip_blanks(text, at, scalar.style)
        if index >= offset:
            break
        at += _width(text, at, scalar.style)
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _start(text: str, scalar: yaml.ScalarNode) -> int:
    """Where the content begins: behind anchor and tag, behind the quote, below the head of a block."""
    marked = scalar.start_mark.index
    at = _PROPERTIES.match(text, marked).end() if text[marked : marked + 1] in ("&", "!") else marked  # type: ignore[union-attr]  # it matches the empty text
    if scalar.style in ("|", ">"):
        return text.index("\n", at) + 1
    return at + 1 if scalar.style else at


def _skip_blanks(text: str, at: int, style: str | None) -> int:
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif style == '"' and (escape := _ESCAPE.match(text, at)) and _is_blank(escape.group()):
            at = escape.end()
        else:
            break
    return at


def _is_blank(escape: str) -> bool:
    if escape[1] in "xuU" and len(escape) > 2:
        return chr(int(escape.lstrip("\\xuU"), 16)).isspace()
    return escape[1] in _BLANK_ESCAPES


def _width(text: str, at: int, style: str | None) -> int:
    if style == "'" and text[at] == "'":
        return 2
    escape = _ESCAPE.match(text, at) if style == '"' else None
    return len(escape.group()) if escape else 1
