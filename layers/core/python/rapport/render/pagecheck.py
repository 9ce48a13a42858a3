"""The HTML of a template checked as written: links, pictures, and the places where data must never stand."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Final

from jinja2 import Environment

from rapport.render.links import listed
from rapport.render.markup import ACTIVE_STYLE, DROPPED, FETCHING, LINKS, STYLE_URL
from rapport.render.problem import TemplateProblem, Vocabulary

DATA: Final = "\ue000"
"""Stands for every character of a printed expression, so that lines and columns stay."""

_PLAIN_LINK: Final = re.compile(
    rf"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{{0,30}}://[^\s\"'<>)\]{DATA}]*{DATA}?", re.IGNORECASE
)
_BARE_LINK: Final = re.compile(rf"(?<![\w.-])www\.[^\s<>\"'{DATA}]+", re.IGNORECASE)
_BRANCHES: Final = re.compile(r"[ \n]{5,}")
"""What a tag between two parts of a value leaves when it is masked; no link holds a blank."""
_UNQUOTED: Final = re.compile(rf"=\s*[^\s\"'>]*{DATA}")
_HOUSE_VALUES: Final = re.compile(r"\{\{-?\s*brand\.")
_BEGINS: Final = re.compile(rf"[a-z][a-z0-9+.-]*:|[/\\]{{2}}|{DATA}", re.IGNORECASE)
"""How a link begins, rather than goes on."""
_TAG: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_BLANKED: Final = {"variable": DATA, "block": " ", "comment": " "}

Found = tuple[int, int, str, str, str, str]
"""Line, column, severity, code, message, hint."""


def page_problems(name: str, source: str, words: Vocabulary) -> Iterator[TemplateProblem]:
    """Yield what is wrong in the HTML and the links of one file."""
    page = masked(source)
    reader = _PageReader(words)
    reader.feed(page)
    reader.close()
    reader.found += [_made_tag(page, match.start()) for match in re.finditer(f"</?{DATA}", page)]
    for line, column, severity, code, message, hint in reader.found:
        yield TemplateProblem(line, column, severity, code, message, hint, name)  # type: ignore[arg-type]  # error or warning


def _made_tag(page: str, start: int) -> Found:
    line_start = page.rfind("\n", 0, start) + 1
    place = (page.count("\n", 0, start) + 1, start - line_start + 1)
    return (*place, "error", "UNQUOTED", "data must not make an element", "write the element's name")


def masked(source: str) -> str:
    """The source with expressions replaced by DATA and tags and comments by blanks, character for character.

    What prints nothing but the brand's values, which the house wrote itself, becomes a plain letter.
    """
    parts: list[str] = []
    kind, start = "", 0
    for _, token, value in Environment(autoescape=True).lex(source):
        opened, _, closed = token.partition("_")
        if closed == "begin" and opened in _BLANKED:
            kind, start = opened, sum(map(len, parts))
        mark = _mark(kind, source[start : start + 40])
        parts.append(re.sub(r"[^\n]", mark, value) if kind else value)
        kind = "" if closed == "end" and opened == kind else kind
    return "".join(parts)


def _mark(kind: str, text: str) -> str:
    return "0" if kind == "variable" and _HOUSE_VALUES.match(text) else _BLANKED.get(kind, "")


class _PageReader(HTMLParser):
    """Walks the masked source as HTML and keeps what it finds."""

    def __init__(self, words: Vocabulary) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Found] = []
        self.words = words
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element and its attributes."""
        self.inside = tag if tag in ("style", "script", "title") else ""
        if tag in DROPPED:
            self.error("ELEMENT", f"<{tag}> is taken out of what is sent", "write it without")
        if DATA in tag or _UNQUOTED.search(_TAG.sub('""', self.get_starttag_text() or "")):
            self.error("UNQUOTED", "data must stand in a quoted attribute or in text", 'write attribute="{{ ... }}"')
        if tag == "img" and "alt" not in dict(attrs):
            self.add("warning", "NO_ALT", "the image has no alternative text", 'add alt="..."')
        for name, value in attrs:
            self._attribute(name, value or "")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the parser's signature
        """Leave an element."""
        self.inside = ""

    def handle_data(self, data: str) -> None:
        """Look at text: addresses in it, and data where a browser reads no text."""
        if self.inside == "style":
            self._style(data)
        if self.inside in ("style", "script") and DATA in data:
            self.error("UNSAFE_PLACE", f"data must not stand in <{self.inside}>", "only the brand's values may")
        if self.inside != "style":
            for match in _PLAIN_LINK.finditer(data):
                self._address(match[0].rstrip(".,;:!?"))
            for match in _BARE_LINK.finditer(data):
                self._address(f"https://{match[0].rstrip('.,;:!?)')}")

    def handle_comment(self, data: str) -> None:
        """Look at a comment."""
        if DATA in data and not data.startswith("[if"):
            self.error("UNSAFE_PLACE", "data must not stand in a comment", "use {# #}")

    def _attribute(self, name: str, value: str) -> None:
        if name.startswith("on"):
            self.error("ELEMENT", f"{name} is taken out of what is sent", "write it without")
        if name in FETCHING:
            self.add("warning", "ELEMENT", f"{name} is taken out of what is sent", "write it without")
            for part in filter(_BEGINS.match, value.replace(",", " ").split()):
                self._choices(part)
        if name == "style" and DATA in value:
            self.error("UNSAFE_PLACE", "data must not stand in a style", "only the brand's values may")
        if name == "style":
            self._style(value)
        if name in LINKS:
            self._choices(value.strip())

    def _choices(self, value: str) -> None:
        """Look at the links that a value may be: as many as it has branches, each with what follows all of them."""
        parts = [part for part in _BRANCHES.split(value) if part]
        for part, after in zip_longest(parts, parts[1:], fillvalue=""):
            begins = part is parts[0] or _BEGINS.match(part)
            if begins and not part.startswith(("#", "0")):
                goes_on = after and not _BEGINS.match(after)
                self._address(part + DATA if goes_on else part)

    def _style(self, css: str) -> None:
        """Look at what a style fetches, and for what a mail client must not be given."""
        if ACTIVE_STYLE.search(css):
            self.error("ELEMENT", "what acts or fetches styles is taken out of what is sent", "write it without")
        for match in STYLE_URL.finditer(css):
            if match[1].strip("0 ") and not match[1].startswith("#"):
                self._address(match[1].strip())

    def _address(self, link: str) -> None:
        if link.strip(DATA):
            fixed, _, _ = link.partition(DATA)
            fault = _link_fault(fixed, link, self.words)
            if fault:
                self.error("LINK", fault, "only https to the hosts listed in rapport.yaml under links")

    def error(self, code: str, message: str, hint: str) -> None:
        """Keep an error at where the reader is."""
        self.add("error", code, message, hint)

    def add(self, severity: str, code: str, message: str, hint: str) -> None:
        """Keep something at where the reader is."""
        line, column = self.getpos()
        self.found.append((line, column + 1, severity, code, message, hint))


def _link_fault(fixed: str, link: str, words: Vocabulary) -> str:
    hosts = frozenset(host.lower() for host in words.links_allowed)
    # Data may only come after the host: "https://{{ x }}" and "https://shop{{ x }}" lead anywhere.
    host_is_fixed = (
        fixed == link or re.fullmatch(r"https://[^/?#]+[/?#].*", fixed, re.IGNORECASE | re.DOTALL) is not None
    )
    if not host_is_fixed:
        return "data must not decide where a link leads"
    return "" if listed(fixed.replace("&amp;", "&"), hosts) else f"a link to {fixed[:80]!r}"
