"""Segments and personas: named conditions; personas exclude one another."""

from msgspec import Struct

from rapport.domain.condition import Condition


class Segment(Struct, frozen=True):
    """A named condition. A persona is one with a priority: the first that surely matches, in ascending priority, fits."""

    id: str
    when: Condition | None = None
    unless: Condition | None = None
    persona: bool = False
    priority: int = 0
