"""Events on the bus: how ours are wrapped and anybody's unwrapped. Imports nothing heavy."""

from typing import Any

import msgspec
from msgspec import Struct
from rapport.domain.event import Event
from rapport.errors import BadRequest

COLLECTED = "rapport.collect"
"""Source of what came in over HTTP: an event already normalised, with its trust decided at the door."""
OURS = "rapport"
"""Source of our own events: told to others, never taken in again."""
LARGEST = 256 * 1024
LONGEST_TYPE = 128
"""Characters of a type that EventBridge takes; an event's whole name is in its detail."""

Entry = dict[str, str]
"""Source, DetailType and Detail, as PutEvents takes them."""


class Envelope(Struct, frozen=True, rename={"detail_type": "detail-type"}):
    """An event as EventBridge delivers it; `time` is when it was put there, in RFC 3339."""

    source: str
    detail_type: str
    detail: dict[str, Any]
    id: str = ""
    time: str = ""


def collected(event: Event) -> Entry:
    """An event taken at the door, for the bus."""
    return {
        "Source": COLLECTED,
        "DetailType": (event.name or event.call)[:LONGEST_TYPE],
        "Detail": msgspec.json.encode(event).decode(),
    }


def announced(announcement: dict[str, Any]) -> Entry:
    """One of our own events, for the bus: `name` becomes its type."""
    return {
        "Source": OURS,
        "DetailType": str(announcement["name"]),
        "Detail": msgspec.json.encode(announcement).decode(),
    }


def envelope_of(text: str) -> Envelope:
    """What a queue that listens to the bus delivers. Raises BadRequest for anything else."""
    try:
        return msgspec.json.decode(text, type=Envelope)
    except msgspec.MsgspecError as error:
        raise BadRequest(f"not an event of the bus: {type(error).__name__}") from None


def event_of(envelope: Envelope) -> Event:
    """The event that `collected` wrapped. Raises BadRequest."""
    try:
        return msgspec.convert(envelope.detail, Event)
    except msgspec.MsgspecError as error:
        raise BadRequest(f"not an event of ours: {type(error).__name__}") from None


def size_of(entry: Entry) -> int:
    """Bytes of an entry as EventBridge counts them."""
    return sum(len(text.encode()) for text in entry.values())
