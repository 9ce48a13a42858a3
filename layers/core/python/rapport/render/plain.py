"""Plain wording: tidied text, a subject that cannot become a header, and an SMS counted in segments."""

import re
from math import ceil
from typing import Final

from rapport.render.links import visible

LONGEST_SUBJECT: Final = 200

_BLANKS: Final = re.compile(r"[^\S\n\u00a0\u202f]+")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")
_LINE_BREAKS: Final = re.compile(r"[\s\x1c-\x1e\x85]+")

GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The letters an SMS holds in seven bits."""
GSM_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
"""The letters that take two places of seven bits."""


def tidy(text: str) -> str:
    """The text as a person would have typed it: no stray blanks or hidden characters, one empty line in a row."""
    lines = (_BLANKS.sub(" ", line).strip() for line in visible(text).splitlines())
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def subject_line(text: str) -> str:
    """One line, short enough for a header, with nothing in it that a mail client decodes into something else."""
    line = _LINE_BREAKS.sub(" ", visible(text)).strip().replace("=?", "= ?")
    return line if len(line) <= LONGEST_SUBJECT else f"{line[: LONGEST_SUBJECT - 1].rstrip()}…"


def sms_text(text: str) -> str:
    """The text with plain spaces: one no-break space would more than halve what an SMS holds."""
    return tidy(text).replace("\u00a0", " ").replace("\u202f", " ")


def segments(text: str) -> int:
    """How many SMS a text takes: 160 places alone or 153 in a row in GSM's alphabet, else 70 or 67 of UTF-16."""
    if all(letter in GSM or letter in GSM_EXTENSION for letter in text):
        return _filled([2 if letter in GSM_EXTENSION else 1 for letter in text], 160, 153)
    return _filled([2 if ord(letter) > 0xFFFF else 1 for letter in text], 70, 67)


def _filled(places: list[int], alone: int, in_a_row: int) -> int:
    """A letter of two places is never split between two segments."""
    if sum(places) <= alone:
        return ceil(sum(places) / alone) or 1
    count, used = 1, 0
    for place in places:
        if used + place > in_a_row:
            count, used = count + 1, 0
        used += place
    return count
