"""Plain wording: tidied text, a subject that cannot become a header, and an SMS counted in segments."""

import re
import unicodedata
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


MOST_SEGMENTS: Final = 10
"""An SMS that takes more is a mistake; providers refuse it, too."""

_PLAINER: Final = {
    **dict.fromkeys((0x2018, 0x2019, 0x201B, 0x2032), "'"),
    **dict.fromkeys((0x201C, 0x201D, 0x201E, 0x2033, 0xAB, 0xBB), '"'),
    **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2022, 0x2212), "-"),
    **{ord(letter): plain for letter, plain in {"œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}.items()},
    0x201A: ",",
    0x2026: "...",
    0x131: "i",
    0xB7: ".",
}
"""Typography, and letters whose mark is no part of its own, as a typewriter has them."""


def gsm(text: str) -> str:
    """The text in the letters that an SMS holds in seven bits, as far as there are such: n for ń, plain quotes."""
    plainer = text.translate(_PLAINER)
    return plainer.translate({ord(letter): _bare(letter) for letter in set(plainer) if not _in_gsm(letter)})


def _in_gsm(letter: str) -> bool:
    return letter in GSM or letter in GSM_EXTENSION


def _bare(letter: str) -> str:
    """A letter without its marks; as it is where even then no such letter holds it."""
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    return bare if bare and all(map(_in_gsm, bare)) else letter


def sms_text(text: str) -> str:
    """The text with plain spaces: one no-break space would more than halve what an SMS holds."""
    return tidy(text).replace("\u00a0", " ").replace("\u202f", " ")


def segments(text: str) -> int:
    """How many SMS a text takes: 160 places alone or 153 in a row in GSM's alphabet, else 70 or 67 of UTF-16."""
    if all(map(_in_gsm, text)):
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
