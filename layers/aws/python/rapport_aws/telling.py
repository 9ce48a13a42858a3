"""Telling the bus of our own events, at least once: a mark is written with them, and goes once they are told.

The mark is a due row of the same transaction. Whoever dies before telling leaves it for the tick, some minutes later.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from rapport.domain.moment import MINUTE, Moment
from rapport.errors import StoreUnavailable
from rapport.ports import Bus, Due

from rapport_aws.schedule import DynamoSchedule

logger = Logger(service="rapport")

AFTER = 5 * MINUTE
"""Longer than any function may take from the write to the telling."""
AT_ONCE = 10
"""Events of one mark: a call of the bus."""
MOST_MARKS = 30
"""Of one change; what a change tells beyond that is told once, if at all."""


def marks(announcements: Sequence[dict[str, Any]], person: str, version: int, now: Moment) -> list[Due]:
    """The marks of what the write of a person at a version is to tell."""
    parts = [tuple(announcements[start : start + AT_ONCE]) for start in range(0, len(announcements), AT_ONCE)]
    return [
        Due(now + AFTER, person, "announcement", f"{version}.{number}", told=part) for number, part in enumerate(parts)
    ]


@dataclass
class Teller:
    """Tells the bus, together what a batch of work has to tell. What is not taken keeps its mark."""

    bus: Bus
    schedule: DynamoSchedule
    _untold: list[Due] = field(default_factory=list)
    _gathering: bool = False
    _lock: Lock = field(default_factory=Lock)

    def tell(self, marked: Sequence[Due]) -> None:
        """Tell what is marked, now or with the rest of the batch. Never raises: what it is about is written by now."""
        with self._lock:  # people of one import are written side by side
            self._untold += marked
        if not self._gathering:
            self.flush()

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Tell at once all that comes up within."""
        self._gathering = True
        try:
            yield
        finally:
            self._gathering = False
            self.flush()

    def flush(self) -> None:
        """Tell what was gathered, and remove its marks."""
        with self._lock:
            marked, self._untold = self._untold, []
        if not marked:
            return
        try:
            self.bus.announce([one for mark in marked for one in mark.told])
            self.schedule.all_done(marked)
        except (StoreUnavailable, ClientError) as error:
            logger.warning("not told", extra={"what": "announcement", "error": type(error).__name__})
