"""The tally: how many messages were planned, and how each ended, by day. For watching; the rows are the truth."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger
from msgspec import Struct
from rapport.domain.message import Message
from rapport.domain.moment import DAY, Moment
from rapport.errors import StoreUnavailable
from rapport.ports import Change

from rapport_aws import dynamo, metrics, tables
from rapport_aws.gathering import Gathering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = Logger(service="rapport")

KEPT = 400 * DAY
PLANNED = "PLANNED"


class Day(Struct, frozen=True):
    """What was counted on one day (UTC): `PLANNED`, `SENT`, `SKIPPED CAPPED` ... -> how many."""

    day: str
    counts: dict[str, int]


@dataclass
class Tally:
    """Counts in the table `ledger`: one small write for each batch of work. What a killed worker had is not counted."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], Moment]

    @cached_property
    def _gathered(self) -> Gathering[Counter[str]]:
        return Gathering(self._add_up)

    def add(self, change: Change) -> None:
        """Count what a change planned and settled."""
        self.count(change.started, change.messages, change.undone)

    def count(self, started: int, messages: tuple[Message, ...], undone: tuple[Message, ...] = ()) -> None:
        """Count so many planned, and those of these messages that are settled; those of `undone` no longer."""
        ended = Counter(ending(message) for message in messages if message.settled_at is not None)
        ended.subtract(ending(message) for message in undone if message.settled_at is not None)
        ended[PLANNED] += started
        counts = Counter({name: number for name, number in ended.items() if number})
        self._gathered.add([counts] if counts else [])

    def gathering(self) -> AbstractContextManager[None]:
        """Write once for all that is counted within."""
        return self._gathered.together()

    def _add_up(self, gathered: Iterable[Counter[str]]) -> None:
        """Write what was counted, and tell the metrics; work never fails because it could not be counted."""
        counted: Counter[str] = Counter()
        for counts in gathered:
            counted.update(counts)
        try:
            self._write(counted)
        except StoreUnavailable as error:
            logger.warning("not counted", extra={"error": str(error)})
        for name, number in counted.items():
            status, _, reason = name.partition(" ")
            metrics.gauge("Messages", number, status=status, reason=reason or "none")

    def _write(self, counted: Counter[str]) -> None:
        names = {f"#n{place}": name for place, name in enumerate(counted)}
        values = {f"n{place}": number for place, number in enumerate(counted.values())}
        adds = ", ".join(f"{name} :{name[1:]}" for name in names)
        now = self.clock()
        with dynamo.reaching(self.table):
            self.client.update_item(
                TableName=self.table,
                Key=dynamo.stored(tables.TALLY.key(day=day_of(now))),
                UpdateExpression=f"ADD {adds} SET #ttl = :ttl",
                ExpressionAttributeNames={**names, "#ttl": tables.TTL},
                ExpressionAttributeValues=dynamo.values(**values, ttl=int(now + KEPT)),
            )

    def days(self, number: int) -> list[Day]:
        """The last so many days, today first; a day without anything is there too."""
        found = []
        for back in range(number):
            day = day_of(self.clock() - back * DAY)
            row = dynamo.get(self.client, self.table, tables.TALLY.key(day=day))
            kept = (tables.PARTITION, tables.SORT, tables.TTL)
            found.append(Day(day, {name: int(count) for name, count in row.items() if name not in kept}))
        return found


def ending(message: Message) -> str:
    """How a message ended, as it is counted."""
    return f"{message.status} {message.reason or ''}".strip()


def day_of(at: Moment) -> str:
    """The day (UTC) of a moment."""
    return time.strftime("%Y-%m-%d", time.gmtime(at))
