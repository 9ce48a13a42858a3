"""Cutting a file of people into rows, piece by piece: NDJSON lines, or rows of a CSV whose cells may hold line ends."""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from rapport.domain.trait import TraitDefinition
from rapport.domain.typed import from_text

LONGEST = 32 * 1024
"""Bytes of one row."""
BOM = b"\xef\xbb\xbf"
QUOTE = b'"'


class Cut(Struct, frozen=True, omit_defaults=True):
    """Where a file is cut: how many bytes and lines are behind, and a CSV's header once it is known."""

    offset: int = 0
    line: int = 0
    kind: str = ""
    header: list[str] = []
    inside: bool = False
    """The last row was too long and goes on here."""


class Row(Struct, frozen=True):
    """One row: its first line's number, its text, its cells when it is CSV, or what is wrong with it."""

    line: int
    text: bytes
    cells: dict[str, str] | None = None
    fault: str = ""


def cut(piece: bytes, at: Cut, most: int, *, is_last: bool) -> tuple[list[Row], Cut]:
    """At most so many rows of a piece of the file that begins at a cut, and the cut after them.

    `is_last` says that the file ends with the piece: then its last row needs no line end. A row that does not end
    within LONGEST is one with a fault.
    """
    kind = at.kind or _kind(piece)
    offset, line, inside, header = at.offset, at.line, at.inside, at.header
    rows: list[Row] = []
    for text in _texts(piece, is_csv=kind == "csv", is_last=is_last):
        if len(rows) == most:
            break
        offset, first = offset + len(text), line + 1
        is_whole = text.endswith(b"\n") or is_last
        line += text.count(b"\n") if is_whole else 0
        plain = (text.removeprefix(BOM) if first == 1 else text).strip()
        if inside or not plain:
            inside = not is_whole
        elif len(plain) > LONGEST:
            rows.append(Row(first, b"", fault=f"is longer than {LONGEST} bytes"))
            inside = not is_whole
        elif kind == "csv" and not header:
            header = [name.strip() for name in _cells(plain)]
        else:
            rows.append(_row(first, plain, header))
    return rows, Cut(offset, line, kind, header, inside)


def person_of(cells: Mapping[str, str], declared: Mapping[str, TraitDefinition]) -> dict[str, Any]:
    """A CSV row as a line of NDJSON: `userId`, and a trait in each other column, of the type it is declared with."""
    named = {wire: one for one in declared.values() for wire in (*one.wire_names, one.name)}
    traits = {
        name: from_text(named[name], text) if name in named else text
        for name, text in cells.items()
        if name and name != "userId" and text
    }
    return {"userId": cells.get("userId", ""), "traits": traits}


def _kind(piece: bytes) -> str:
    return "ndjson" if piece.removeprefix(BOM).lstrip()[:1] in (b"{", b"") else "csv"


def _row(line: int, text: bytes, header: list[str]) -> Row:
    if not header:
        return Row(line, text)
    cells = _cells(text)
    if len(cells) != len(header):
        return Row(line, b"", fault=f"has {len(cells)} cells where the header has {len(header)}")
    return Row(line, b"", dict(zip(header, cells, strict=True)))


def _cells(text: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(text.decode("utf-8", "replace"), newline="")), [])


def _texts(piece: bytes, *, is_csv: bool, is_last: bool) -> Iterator[bytes]:
    """The texts of rows, line ends included. What does not end in the piece is left for the next, unless it is long."""
    begin = end = 0
    while end < len(piece):
        found = piece.find(b"\n", end)
        end = len(piece) if found < 0 else found + 1
        # A line end between quotes belongs to a cell; a quote that nobody closes ends where rows have to.
        if found >= 0 and is_csv and piece.count(QUOTE, begin, end) % 2 and end - begin <= LONGEST:
            continue
        if found < 0 and not is_last and end - begin <= LONGEST:
            return
        yield piece[begin:end]
        begin = end
    if begin < len(piece) and is_last:
        yield piece[begin:]
