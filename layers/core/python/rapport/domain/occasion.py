"""The occasion of planning: an event of the person, or just time; and how it finds what is planned already."""

from collections.abc import Callable

from msgspec import Struct

from rapport.domain.event import EventFacts
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.triggers import Run

Existing = Callable[[str], Message | None]
"""Finds a message of the person by its id."""


class Occasion(Struct, frozen=True):
    """Why planning looks: an event of the person (`event` and its message id), or just time since `since`."""

    now: Moment
    event: EventFacts | None = None
    message_id: str = ""
    since: Moment | None = None
    runs: tuple[Run, ...] = ()
    """Runs that the caller already knows to start, as those of an event for an audience."""
    is_notice: bool = False
    """What somebody else tells of a message, and may tell again: the same notice twice is no duplicate run."""
