"""The port Pace on DynamoDB: one row for each few hundred turns a second, moved on by a condition, never read first."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from rapport.domain import pace
from rapport.domain.moment import Moment
from rapport.errors import StoreUnavailable

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FASTEST = 400
"""Turns a second that one row gives: a partition takes a thousand writes, and some of them find the line too long."""
TRIES = 10


@dataclass(frozen=True)
class DynamoPace:
    """Turns in the table `ledger`. It is as exact as the clocks of its callers, which Lambda keeps to a millisecond.

    `rates` says how many a second each channel may have; a channel that it leaves out has no limit.
    """

    client: "DynamoDBClient"
    table: str
    rates: Callable[[], Mapping[str, float]]
    clock: Callable[[], Moment]
    wait: Callable[[float], None] = time.sleep

    def turn(self, channel: str, *, bulk: bool) -> Moment | None:
        """Wait for the turn of one message; None when it is too far off. Raises StoreUnavailable."""
        rate = self.rates().get(channel)
        if rate is None:
            return pace.NEVER_LATE
        lanes = rows(rate)
        row = random.randrange(len(lanes))  # noqa: S311  # any row will do
        key, apart = tables.PACE.key(channel=channel, row=str(row)), pace.apart(lanes[row])
        at = self._taken(key, apart, bulk=bulk)
        for pause in pace.PAUSES:
            if at is not None:
                break
            self.wait(pause * random.uniform(0.5, 1.0))  # noqa: S311  # so that they do not all look again at once
            at = self._taken(key, apart, bulk=bulk)
        if at is not None and (left := at - self.clock()) > 0:
            self.wait(left)
        return at

    def missed(self, at: Moment) -> bool:
        """Whether a turn is over."""
        return pace.missed(at, self.clock())

    def _taken(self, key: Mapping[str, str], apart: float, *, bulk: bool) -> Moment | None:
        """Take the next turn of a row: behind the last one taken, or now where nobody waits."""
        for _ in range(TRIES):
            now = self.clock()
            free = self._line_up(key, apart, now, now + pace.AHEAD[bulk])
            if isinstance(free, float):
                return free
            if free.get("free_at", 0.0) >= now:
                return None
            if self._first(key, now + apart, now):
                return now
        raise StoreUnavailable("pace: the row met too many rivals")

    def _line_up(self, key: Mapping[str, str], apart: float, now: Moment, until: Moment) -> Moment | dynamo.Item:
        """The turn behind others, if there are any and the line is short enough; else the row as it is."""
        try:
            old = self._update(
                key,
                "SET free_at = free_at + :apart",
                "free_at >= :now AND free_at < :until",
                dynamo.values(apart=apart, now=now, until=until),
            )
        except ClientError as error:
            return dynamo.rivals(error)[0][1]
        return float(old["free_at"])

    def _first(self, key: Mapping[str, str], free_at: Moment, now: Moment) -> bool:
        """Take the turn that is now, if nobody waits."""
        try:
            self._update(
                key,
                "SET free_at = :free_at",
                "attribute_not_exists(free_at) OR free_at < :now",
                dynamo.values(free_at=free_at, now=now),
            )
        except ClientError as error:
            dynamo.rivals(error)
            return False
        return True

    def _update(self, key: Mapping[str, str], change: str, condition: str, named: dict[str, Any]) -> dynamo.Item:
        with dynamo.reaching(self.table):
            answer = self.client.update_item(
                TableName=self.table,
                Key=dynamo.stored(key),
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues=named,
                ReturnValues="UPDATED_OLD",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        return dynamo.plain(answer.get("Attributes"))


def rows(rate: float) -> list[float]:
    """The rates of the rows that share a rate: whole numbers that come to it, none above what one row gives."""
    count = max(1, -int(-rate // FASTEST))
    if count == 1:
        return [rate]
    whole, rest = divmod(int(rate), count)
    return [float(whole + (row < rest)) for row in range(count)]
