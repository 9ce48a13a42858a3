"""A letter, print-ready: A4, the address where a window envelope shows it, the font embedded, a response code."""

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

_LEFT, _RIGHT, _BOTTOM = 25.0, 20.0, 35.0
_WINDOW, _BODY, _FOOT = (25.0, 45.0, 80.0), 105.0, 272.0
"""Millimetres: the window of DIN 5008 form B (left, top, width), where the text begins, where the response code is."""
LONGEST: Final = 20_000
"""Characters of a letter: some five pages."""
_SPACE: Final = frozenset("\n\t ")


class Letter(Struct, frozen=True):
    """What a letter says and to whom; `sender` is the small line above the address, `code` the response code."""

    text: str
    address: tuple[str, ...]
    sender: str = ""
    code: str = ""
    title: str = ""
    language: str = "en"
    at: Moment = 0.0


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
    if len(letter.text) > LONGEST:
        raise TemplateFaultError("more text than a letter may hold")
    paper = _Paper(format="A4", unit="mm")
    paper.foot = letter.code
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
    return bytes(paper.output()), paper.page_no()


class _Paper(FPDF):
    """Paper with the response code at the foot of every page."""

    foot = ""

    def footer(self) -> None:
        """Write the response code."""
        self.set_font("Noto", "B", 11)
        self.set_xy(_LEFT, _FOOT)
        self.cell(text=_composed(self.foot))


def _write(paper: FPDF, letter: Letter) -> None:
    left, top, width = _WINDOW
    paper.set_font("Noto", "", 6)
    paper.set_xy(left, top)
    paper.cell(w=width, h=4, text=_composed(letter.sender))
    paper.set_font("Noto", "", 11)
    paper.set_xy(left, top + 6)
    paper.multi_cell(w=width, h=5.2, text=_composed("\n".join(letter.address)), align="L")
    paper.set_xy(_LEFT, _BODY)
    paper.multi_cell(w=0, h=5.6, text=_composed(letter.text), align="L")


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _put_away(paper: FPDF) -> None:
    """Close the files of the fonts, as putting a letter out would have done."""
    for font in paper.fonts.values():
        font.close()  # type: ignore[union-attr]  # TrueType fonts, as added


def _refuse_unprintable(paper: FPDF, letter: Letter) -> None:
    letters = paper.fonts["noto"].cmap  # type: ignore[union-attr]  # a TrueType font, as added
    for text in (letter.text, *letter.address, letter.sender, letter.code):
        if any(ord(letter_) not in letters for letter_ in _composed(text) if letter_ not in _SPACE):
            raise MissingDataError("a letter that the font has")
