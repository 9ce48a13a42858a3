"""Telling the bus of our own events, at least once: a mark is written with them, and goes once they are told.

The mark is a due row of the same transaction. Whoever dies before telling leaves it for the tick, some minutes later.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError
from rapport.domain.moment import MINUTE, Moment
from rapport.errors import StoreUnavailable
from rapport.ports import Bus, Due

from rapport_aws.gathering import Gathering
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

    @cached_property
    def _gathered(self) -> Gathering[Due]:
        return Gathering(self._announce)

    def tell(self, marked: Sequence[Due]) -> None:
        """Tell what is marked, now or with the rest of the batch. Never raises: what it is about is written by now."""
        self._gathered.add(marked)

    def gathering(self) -> AbstractContextManager[None]:
        """Tell at once all that comes up within."""
        return self._gathered.together()

    def _announce(self, marked: Sequence[Due]) -> None:
        """Tell what was gathered, and remove its marks."""
        try:
            self.bus.announce([one for mark in marked for one in mark.told])
            self.schedule.all_done(marked)
        except (StoreUnavailable, ClientError) as error:
            logger.warning("not told", extra={"what": "announcement", "error": type(error).__name__})
