"""The door of every event: a raw message of Segment's kinds, or an event of the bus, becomes an Event or a refusal."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from rapport.domain.event import Event
from rapport.domain.moment import Moment

Fault: TypeAlias = dict[str, str]
"""One thing that is wrong: `{"path", "message"}`; the message repeats nothing of the data."""


def normalise(
    raw: Mapping[str, Any], received_at: Moment, *, trusted: bool, default_source: str | None = None
) -> Event | list[Fault]:
    """The event that a message of Segment's spec stands for, or everything that is wrong with it. Never raises."""
    raise NotImplementedError


def from_bus(detail_type: str, detail: Any, source: str, delivery: tuple[str, Moment]) -> Event | list[Fault] | None:
    """The event of an EventBridge delivery (id, time); None for our own events, which mean nothing here."""
    raise NotImplementedError
