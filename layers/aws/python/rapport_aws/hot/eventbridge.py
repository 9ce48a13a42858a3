"""The port Bus on the hot path: events that came along with a request go on to EventBridge."""

from collections.abc import Sequence
from typing import Any

from rapport.domain.event import Event
from rapport.errors import StoreUnavailable

from rapport_aws.entries import Entry, announced, collected
from rapport_aws.hot.service import HANDING_OVER, Protocol, Service, World
from rapport_aws.hot.wire import Patience

EVENTS = Protocol("events", "EVENTBRIDGE")
AT_ONCE = 10
TRIES = 2  # for entries that failed while others of the same call were taken


class LightBus:
    """One custom bus, for the few and small events of one request. May be shared between threads."""

    def __init__(self, name: str, patience: Patience = HANDING_OVER, world: World | None = None) -> None:
        self._name = name
        self._service = Service(EVENTS, patience, world)

    def publish(self, events: Sequence[Event]) -> None:
        """Hand events over; what was taken before a failure may arrive twice later. Raises StoreUnavailable."""
        self.put_events([collected(event) for event in events])

    def announce(self, announcements: Sequence[dict[str, Any]]) -> None:
        """Our own events, source `rapport`. Raises StoreUnavailable."""
        self.put_events([announced(announcement) for announcement in announcements])

    def put_events(self, entries: Sequence[Entry]) -> None:
        """Hand entries over, ten a call. Raises StoreUnavailable when some were not taken."""
        for start in range(0, len(entries), AT_ONCE):
            self._put([{**entry, "EventBusName": self._name} for entry in entries[start : start + AT_ONCE]])

    def close(self) -> None:
        """Let go of the connection; call it after the restore of a snapshot."""
        self._service.close()

    def _put(self, left: Sequence[Entry]) -> None:
        for _ in range(TRIES):
            results = self._service.ask("AWSEvents.PutEvents", {"Entries": left})["Entries"]
            left = [entry for entry, result in zip(left, results, strict=True) if result.get("ErrorCode")]
            if not left:
                return
        raise StoreUnavailable(f"events: {len(left)} entries were not taken")
