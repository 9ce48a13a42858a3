"""A letter, print-ready: A4, the address where a window envelope shows it, the font embedded, a response code."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from msgspec import Struct

from rapport.domain.moment import Moment
from rapport.render.message import MissingDataError, TemplateFaultError

FONTS: Final = Path(__file__).parent / "fonts"
"""Noto Sans (SIL Open Font License, beside the files): Latin, Greek and Cyrillic."""

_LEFT, _RIGHT, _BOTTOM = 25.0, 20.0, 40.0
_HEAD, _WINDOW, _DATE, _BODY, _FOOT = 18.0, (25.0, 45.0, 80.0), 92.0, 105.0, 266.0
"""Millimetres: letterhead, window of DIN 5008 form B (left, top, width), date, text, response code."""
_FOLDS: Final = (105.0, 148.5, 210.0)
"""Millimetres: where the sheet is folded and punched, a hair's breadth from its edge."""
_INK: Final = (34, 49, 45)
_MARKS: Final = (160, 168, 164)
_COLOUR: Final = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
LONGEST_HEADING: Final = 80
LONGEST: Final = 20_000
"""Characters of a letter: some five pages."""
_SPACE: Final = frozenset("\n\t ")


class Letter(Struct, frozen=True):
    """What a letter says and to whom; `sender` is the small line above the address, `code` the response code.

    `brand` and `colour` make the letterhead, `dated` is the day as the reader writes it.
    """

    text: str
    address: tuple[str, ...]
    sender: str = ""
    code: str = ""
    title: str = ""
    language: str = "en"
    at: Moment = 0.0
    brand: str = ""
    colour: str = ""
    dated: str = ""


def address_lines(name: str, address: Mapping[str, object]) -> tuple[str, ...]:
    """Name, street, postal code with city, country: the lines of an address that are known."""
    known = {key: str(value) for key, value in address.items() if isinstance(value, str | int)}
    city = f"{known.get('postal_code', '')} {known.get('city', '')}"
    lines = (known.get("name") or name, known.get("street", ""), city, known.get("country", "").upper())
    return tuple(" ".join(line.split()) for line in lines if line.strip())


def pdf(letter: Letter) -> tuple[bytes, int]:
    """The PDF's bytes, the same for the same letter, and its pages.

    Raises MissingDataError when the font lacks a letter: a person never sees a box;
    TemplateFaultError when the text is too long.
    """
    paper = _laid_out(letter)
    return bytes(paper.output()), paper.page_no()


def pages(letter: Letter) -> int:
    """How many pages a letter takes, for a third of the price of its PDF. Raises what `pdf` raises."""
    paper = _laid_out(letter)
    _put_away(paper)
    return paper.page_no()


def lacking(text: str) -> str:
    """The letters of a text that the font does not have, each once, in their order."""
    paper = _Paper(format="A4", unit="mm")
    paper.add_font("Noto", "", FONTS / "NotoSans-Regular.ttf")
    letters = paper.fonts["noto"].cmap  # type: ignore[union-attr]  # a TrueType font, as added
    _put_away(paper)
    return "".join(dict.fromkeys(one for one in _composed(text) if one not in _SPACE and ord(one) not in letters))


def _laid_out(letter: Letter) -> "_Paper":
    if len(letter.text) > LONGEST:
        raise TemplateFaultError("more text than a letter may hold")
    paper = _Paper(format="A4", unit="mm")
    paper.foot, paper.ink = letter.code, ink(letter.colour)
    paper.set_creation_date(datetime.fromtimestamp(letter.at, UTC))
    paper.set_lang(letter.language)
    paper.set_title(letter.title)
    paper.add_font("Noto", "", FONTS / "NotoSans-Regular.ttf")
    paper.add_font("Noto", "B", FONTS / "NotoSans-Bold.ttf")
    try:
        _refuse_unprintable(paper, letter)
    except MissingDataError:
        _put_away(paper)
        raise
    paper.set_margins(_LEFT, 20, _RIGHT)
    paper.set_auto_page_break(auto=True, margin=_BOTTOM)
    paper.add_page()
    _write(paper, letter)
    return paper


class _Paper(FPDF):
    """Paper with marks to fold it at, and the response code in a box at the foot of every page."""

    foot = ""
    ink = _INK

    def footer(self) -> None:
        """Write the response code."""
        self.set_draw_color(*_MARKS)
        for height in _FOLDS:
            self.line(4, height, 8 if height in (_FOLDS[0], _FOLDS[-1]) else 6, height)
        if not self.foot:
            return
        self.set_draw_color(*self.ink)
        self.set_font("Noto", "B", 13)
        self.set_text_color(*self.ink)
        self.set_xy(_LEFT, _FOOT)
        self.cell(w=self.get_string_width(self.foot) + 10, h=10, text=_composed(self.foot), border=1, align="C")
        self.set_text_color(*_INK)


def ink(colour: str) -> tuple[int, int, int]:
    """A colour as `#rrggbb` or `#rgb`, as far as it is one; else the ink of the text."""
    found = _COLOUR.fullmatch(colour.strip())
    if found is None:
        return _INK
    digits = found[1] if len(found[1]) == 6 else "".join(digit * 2 for digit in found[1])
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _write(paper: _Paper, letter: Letter) -> None:
    _write_head(paper, letter)
    paper.set_text_color(*_INK)
    left, top, width = _WINDOW
    paper.set_font("Noto", "", 6)
    paper.set_xy(left, top)
    paper.cell(w=width, h=4, text=_composed(letter.sender))
    paper.set_font("Noto", "", 11)
    paper.set_xy(left, top + 6)
    paper.multi_cell(w=width, h=5.2, text=_composed("\n".join(letter.address)), align="L")
    if letter.dated:
        paper.set_xy(_LEFT, _DATE)
        paper.cell(w=0, h=5, text=_composed(letter.dated), align="R")
    paper.set_xy(_LEFT, _BODY)
    heading, text = headed(letter.text)
    if heading:
        paper.set_font("Noto", "B", 15)
        paper.set_text_color(*paper.ink)
        paper.multi_cell(w=0, h=7.5, text=_composed(heading), align="L", new_x="LMARGIN", new_y="NEXT")
        paper.ln(4)
    paper.set_font("Noto", "", 11)
    paper.set_text_color(*_INK)
    paper.multi_cell(w=0, h=5.8, text=_composed(text), align="L")


def _write_head(paper: _Paper, letter: Letter) -> None:
    paper.set_xy(_LEFT, _HEAD)
    paper.set_font("Noto", "B", 16)
    paper.set_text_color(*paper.ink)
    paper.cell(text=_composed(letter.brand))
    paper.set_draw_color(*paper.ink)
    paper.set_line_width(0.8)
    paper.line(_LEFT, _HEAD + 9, paper.w - _RIGHT, _HEAD + 9)
    paper.set_line_width(0.2)


def headed(text: str) -> tuple[str, str]:
    """A letter's heading and the rest: a short first line that stands alone and ends like no sentence is one."""
    first, blank, rest = text.partition("\n\n")
    is_heading = blank and "\n" not in first and len(first) <= LONGEST_HEADING and first[-1:] not in ".,;:!?"
    return (first, rest) if is_heading else ("", text)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _put_away(paper: FPDF) -> None:
    """Close the files of the fonts, as putting a letter out would have done."""
    for font in paper.fonts.values():
        font.close()  # type: ignore[union-attr]  # TrueType fonts, as added


def _refuse_unprintable(paper: FPDF, letter: Letter) -> None:
    letters = paper.fonts["noto"].cmap  # type: ignore[union-attr]  # a TrueType font, as added
    for text in (letter.text, *letter.address, letter.sender, letter.code, letter.brand, letter.dated):
        if any(ord(letter_) not in letters for letter_ in _composed(text) if letter_ not in _SPACE):
            raise MissingDataError("a letter that the font has")
