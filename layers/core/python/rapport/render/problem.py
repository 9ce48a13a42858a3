"""What the check of a template reports, and the vocabulary it checks against."""

import difflib
import re
from collections.abc import Collection, Mapping
from typing import Literal

from msgspec import Struct

ELEMENTS = frozenset(
    {"id", "kind", "headline", "text", "image", "price", "link", "code", "brand", "video", "ar", "why", "benefit"}
)
"""The elements of an offer that a template may read."""


class TemplateProblem(Struct, frozen=True):
    """Something wrong in a template, at a line and column (from 1) of the file `template`."""

    line: int
    column: int
    severity: Literal["error", "warning"]
    code: str
    message: str
    hint: str = ""
    template: str = ""


class Vocabulary(Struct, frozen=True):
    """What a campaign's template may name. None means: not known here, so not checked.

    `traits` are name -> type, `channels` those of the campaign, `slots` its offers. `event` is whether an event starts
    it, `properties` the properties that event is known to have. `brand` is what every brand has that may be worn,
    `brand_at_times` what only some have. `requires_unsubscribe`: marketing, or sales in a service message; one of
    `filled_slots`, if there are any, holds something whenever it is needed. `one_of` is what some traits alone may be,
    `names` those that are nothing but somebody's name.
    """

    traits: Mapping[str, str] = {}
    segments: frozenset[str] = frozenset()
    personas: frozenset[str] = frozenset()
    slots: frozenset[str] = frozenset()
    channels: tuple[str, ...] = ()
    links_allowed: tuple[str, ...] = ()
    requires_unsubscribe: bool = False
    filled_slots: frozenset[str] = frozenset()
    event: bool = True
    properties: frozenset[str] | None = None
    brand: frozenset[str] | None = None
    brand_at_times: frozenset[str] = frozenset()
    variants: frozenset[str] | None = None
    one_of: Mapping[str, frozenset[str]] = {}
    names: frozenset[str] = frozenset()


def meant(word: str, among: Collection[str]) -> str:
    """A hint at the closest name, or nothing."""
    close = difflib.get_close_matches(word, sorted(among), 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else ""


def column_of(source: str, line: int, word: str) -> int:
    """The column of a word in a line, else of the line's first tag, from 1."""
    lines = source.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    whole = (r"(?<!\w)" if word[:1].isalnum() else "") + re.escape(word) + (r"(?!\w)" if word[-1:].isalnum() else "")
    for pattern in (whole or r"\{[{%]", r"\{[{%]"):
        found = re.search(pattern, text)
        if found:
            return found.start() + 1
    return 1
