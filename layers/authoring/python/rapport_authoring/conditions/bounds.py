"""What a text may be before the CEL parser sees it: bounded in length, nesting and size, and within the subset."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Final, NamedTuple

from rapport_authoring.conditions.errors import ConditionError

MOST_CHARACTERS: Final = 65_536
MOST_TOKENS: Final = 16_384
MOST_NODES: Final = 256
MOST_ELEMENTS: Final = 1_000
MOST_BRACKETS: Final = 32
MOST_DOTS: Final = 32

# A quote that nothing closes ends the scan; hence it is linear, whatever the text.
_TOKEN: Final = re.compile(
    r"""(?P<space>(?:\s|//[^\n]*)+)
    |(?P<text>(?:[rR][bB]?|[bB][rR])(?:"{3}.*?"{3}|'{3}.*?'{3}|"[^"\n]*"|'[^'\n]*')
        |[bB]?(?:"{3}(?:\\.|[^\\])*?"{3}|'{3}(?:\\.|[^\\])*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))
    |(?P<unclosed>["'])
    |(?P<number>\d[\w.]*(?:(?<=[eE])[+-]\d+)?)
    |(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)*)
    |(?P<operator>&&|\|\||[=!<>]=|[!<>+.-])
    |(?P<open>[(\[])
    |(?P<close>[)\]])
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_]\w{0,63}", re.ASCII)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ARITHMETIC: Final = "only + and - of numbers can be computed in a condition"
_REFUSED: Final[dict[str, tuple[str, str | None]]] = {
    "?": ("there is no `? :` in conditions", "write it with && and ||"),
    "{": ("maps cannot be written in a condition", None),
    "`": ("names in backticks are not part of conditions", None),
    "*": (_ARITHMETIC, None),
    "/": (_ARITHMETIC, None),
    "%": (_ARITHMETIC, None),
    "=": ("`=` compares nothing", "did you mean `==`?"),
    "and": ("`and` is no operator in conditions", "did you mean `&&`?"),
    "or": ("`or` is no operator in conditions", "did you mean `||`?"),
    "not": ("`not` is no operator in conditions", "did you mean `!`?"),
    "is": ("`is` is no operator in conditions", "did you mean `==`?"),
    "“": ("a quote that is not plain", 'write plain quotes: "..."'),
    "”": ("a quote that is not plain", 'write plain quotes: "..."'),
    "„": ("a quote that is not plain", 'write plain quotes: "..."'),
    "‘": ("a quote that is not plain", "write plain quotes: '...'"),  # noqa: RUF001  # what a word processor makes of them
    "’": ("a quote that is not plain", "write plain quotes: '...'"),  # noqa: RUF001  # what a word processor makes of them
}


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


def out_of_bounds(source: str) -> ConditionError | None:
    """Return why the text is not handed to the parser, None when it may be. Takes time in proportion to the text."""
    if len(source) > MOST_CHARACTERS or _cost(source) > MOST_CHARACTERS:
        return ConditionError(
            0, f"a condition has at most {MOST_CHARACTERS} characters, {MOST_CHARACTERS // 8} beyond ASCII"
        )
    if not source.strip():
        return ConditionError(0, "an empty condition", "leave the key out, or write true")
    tokens = list(islice(_tokens(source), MOST_TOKENS + 1))
    if len(tokens) > MOST_TOKENS:
        return ConditionError(tokens[-1].offset, f"a condition has at most {MOST_TOKENS} words and signs")
    found = (next(check(tokens), None) for check in (_foreign, _nesting, _elements, _nodes))
    return min((error for error in found if error), key=lambda error: error.offset, default=None)


def _cost(source: str) -> int:
    """The checker takes far longer to point into a line that is not ASCII."""
    beyond = len(source.encode("utf-8", "surrogatepass")) - len(source)
    return len(source) + 3 * beyond


def _tokens(source: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(source):
        kind = str(match.lastgroup)
        if kind != "space":
            yield _Token(kind, match.group(), match.start())
        if kind == "unclosed":
            return


def _foreign(tokens: Sequence[_Token]) -> Iterator[ConditionError]:
    """What is CEL, or somebody else's language, but not of the subset."""
    for token in tokens:
        if token.kind == "unclosed":
            yield ConditionError(token.offset, "a text that is not closed", f"write another {token.text} at its end")
        elif _SURROGATE.search(token.text):
            yield ConditionError(token.offset, "half a character: a lone surrogate")
        elif token.text.lower() in _REFUSED and token.kind != "text":
            yield ConditionError(token.offset, *_REFUSED[token.text.lower()])
        elif token.kind == "name" and not token.text.isascii():
            yield ConditionError(
                token.offset, f"`{token.text[:80]}` is no name", "names are written with a-z, 0-9 and _ alone"
            )
        elif token.kind == "name" and token.text.count(".") > MOST_DOTS:
            yield ConditionError(token.offset, f"a name has at most {MOST_DOTS} dots")
    for before, token, after in zip(tokens, tokens[1:], (*tokens[2:], None), strict=False):
        if token.text == "[" and _ends_an_operand(before):
            yield ConditionError(token.offset, *_index(before, after))
        if (before.text, token.text) == ("<", ">"):
            yield ConditionError(before.offset, "`<>` is no operator in conditions", "did you mean `!=`?")


def _index(before: _Token, after: _Token | None) -> tuple[str, str]:
    """What to write instead of an index: names stand behind a dot."""
    name = after.text[1:-1] if after and after.kind == "text" else ""
    if _NAME.fullmatch(name):
        return "a name stands behind a dot in conditions", f"write `{before.text}.{name}`"
    return "a list has no index in conditions", "use `in`, `exists` or `all`"


def _nesting(tokens: Sequence[_Token]) -> Iterator[ConditionError]:
    depth = 0
    for token in tokens:
        depth += {"open": 1, "close": -1}.get(token.kind, 0)
        if depth > MOST_BRACKETS:
            yield ConditionError(token.offset, "nested too deeply")


def _elements(tokens: Sequence[_Token]) -> Iterator[ConditionError]:
    commas = 0
    for token in tokens:
        commas = commas + (token.text == ",") if token.kind != "open" else 0
        if commas >= MOST_ELEMENTS:
            yield ConditionError(token.offset, f"a list has at most {MOST_ELEMENTS} elements")


def _nodes(tokens: Sequence[_Token]) -> Iterator[ConditionError]:
    count = 0
    for before, token in pairwise(tokens):
        sign = token.text == "-" and not _ends_an_operand(before)
        count += (token.kind == "operator" and not sign) or token.text == "in"
        count += token.text == "(" and before.kind == "name"
        if count > MOST_NODES:
            yield too_many_nodes(token.offset)


def too_many_nodes(offset: int) -> ConditionError:
    """Return the error for a condition with more parts than one may have."""
    return ConditionError(offset, f"a condition has at most {MOST_NODES} nodes", "name parts of it as segments")


def _ends_an_operand(token: _Token) -> bool:
    return token.kind in ("text", "number", "close") or (token.kind == "name" and token.text != "in")
