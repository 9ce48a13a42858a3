"""Segments and personas: named conditions; personas exclude one another."""

from msgspec import Struct

from rapport.domain.condition import Condition


class Segment(Struct, frozen=True):
    """A named condition. Of personas the first that surely matches fits, in ascending priority."""

    id: str
    when: Condition | None = None
    unless: Condition | None = None
    persona: bool = False
    priority: int = 0
