"""One section of a report: a sentence, the numbers, and what a picture of them is drawn from."""

from typing import Any

from msgspec import Struct

Cell = str | int | float | None


class Section(Struct, frozen=True):
    """One thing that the report says. `rows` is the table, cell by cell; `data` is what the picture is drawn from."""

    id: str
    title: str
    says: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    data: Any = None
    note: str = ""


def rate(of: float, part: float) -> float:
    """A part of something as a share; 0 of nothing."""
    return part / of if of else 0.0
