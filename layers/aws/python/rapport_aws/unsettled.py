"""Messages that are held or in doubt, counted from an index that holds nothing else: cheap enough for each minute."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapport.domain.moment import Moment
from rapport.domain.reason import MessageStatus, Reason

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Unsettled:
    """The index of the table `profiles`."""

    client: "DynamoDBClient"
    table: str

    def count(self, status: MessageStatus, reason: Reason | None) -> tuple[int, Moment | None]:
        """How many messages are held for a reason, or in doubt, and when the oldest of them was planned."""
        kind = f"{status} {reason or ''}".strip()
        found = [self._shard_of(f"{kind}#{shard}") for shard in range(tables.PEOPLE_SHARDS)]
        return sum(number for number, _ in found), min((at for _, at in found if at is not None), default=None)

    def _shard_of(self, partition: str) -> tuple[int, Moment | None]:
        asked: dict[str, Any] = {
            "TableName": self.table,
            "IndexName": tables.UNSETTLED.name,
            "KeyConditionExpression": "#kind = :kind",
            "ExpressionAttributeNames": {"#kind": tables.UNSETTLED.partition},
            "ExpressionAttributeValues": dynamo.values(kind=partition),
        }
        with dynamo.reaching(self.table):
            pages = self.client.get_paginator("query").paginate(**asked, Select="COUNT")
            number = sum(page["Count"] for page in pages)
            first = self.client.query(**asked, Limit=1)["Items"] if number else []
        return number, float(str(dynamo.plain(first[0])[tables.UNSETTLED.sort])) / 1000 if first else None
