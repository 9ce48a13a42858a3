"""Handing events to the bus on the hot path: those that came along with a request."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from rapport.errors import StoreUnavailable

from rapport_aws.hot.service import ANSWERING, Protocol, Service, World
from rapport_aws.hot.wire import Patience

EVENTS = Protocol("events", "EVENTBRIDGE")
MOST_ENTRIES = 10  # in one call
TRIES = 2  # for entries that the bus took apart from the others and failed


class Entry(msgspec.Struct, frozen=True):
    """One event for the bus; `at` is a moment."""

    source: str
    kind: str
    detail: Mapping[str, Any]
    at: float


class Bus:
    """One event bus; raises StoreUnavailable when it did not take everything."""

    def __init__(self, name: str, patience: Patience = ANSWERING, world: World | None = None) -> None:
        self._name = name
        self._service = Service(EVENTS, patience, world)

    def put_events(self, entries: Sequence[Entry]) -> None:
        """Hand over events. Some may arrive twice: whoever takes them drops what has come before, by message id."""
        for start in range(0, len(entries), MOST_ENTRIES):
            self._put([self._spelled(entry) for entry in entries[start : start + MOST_ENTRIES]])

    def _put(self, left: list[dict[str, Any]]) -> None:
        for _ in range(TRIES):
            answer = self._service.ask("AWSEvents.PutEvents", {"Entries": left})
            told = zip(left, answer["Entries"], strict=True)
            left = [entry for entry, result in told if "ErrorCode" in result]
            if not left:
                return
        raise StoreUnavailable(f"events: {len(left)} entries were not taken")

    def _spelled(self, entry: Entry) -> dict[str, Any]:
        return {
            "EventBusName": self._name,
            "Source": entry.source,
            "DetailType": entry.kind,
            "Detail": msgspec.json.encode(entry.detail).decode(),
            "Time": entry.at,
        }

    def close(self) -> None:
        """Let go of the connection; call it after the restore of a snapshot."""
        self._service.close()
