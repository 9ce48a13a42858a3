"""The port Bus on EventBridge: all of what is handed over arrives on the bus, or the caller hears that it did not."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from rapport.domain.event import Event
from rapport.errors import StoreUnavailable

from rapport_aws.dynamo import reaching
from rapport_aws.entries import LARGEST, Entry, announced, collected, size_of

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

AT_ONCE = 10
WAITS = (0.05, 0.2, 0.6)
"""Seconds before each further try of the entries that failed."""


@dataclass(frozen=True)
class EventBus:
    """One custom bus."""

    client: "EventBridgeClient"
    name: str
    wait: Callable[[float], None] = time.sleep

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events over; what was taken before a failure may arrive twice later. Raises StoreUnavailable."""
        self._put([collected(event) for event in events])

    def announce(self, announcements: Sequence[dict[str, Any]]) -> None:
        """Our own events, source `rapport`. Raises StoreUnavailable."""
        self._put([announced(announcement) for announcement in announcements])

    def _put(self, entries: Sequence[Entry]) -> None:
        for chunk in chunks(entries):
            left = self._try(chunk)
            for pause in WAITS:
                if left:
                    self.wait(pause)
                    left = self._try(left)
            if left:
                raise StoreUnavailable(f"bus: {len(left)} of {len(entries)} events were not taken")

    def _try(self, entries: Sequence[Entry]) -> list[Entry]:
        """One call; what it left behind."""
        named = [{**entry, "EventBusName": self.name} for entry in entries]
        with reaching("bus"):
            results = self.client.put_events(Entries=cast("Any", named))["Entries"]
        return [entry for entry, result in zip(entries, results, strict=True) if result.get("ErrorCode")]


def chunks(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries in calls of at most ten and 256 KB. Raises StoreUnavailable for one that is larger alone."""
    chunk: list[Entry] = []
    size = 0
    for entry in entries:
        more = size_of(entry)
        if more > LARGEST:
            raise StoreUnavailable("bus: an event is larger than the bus takes")
        if chunk and (len(chunk) == AT_ONCE or size + more > LARGEST):
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += more
    if chunk:
        yield chunk
