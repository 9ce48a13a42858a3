"""How often somebody may ask for something that reaches a person: counted in windows, under a hash, never a name."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.domain.clicks import MOMENT
from rapport.domain.moment import HOUR, Moment

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class Limits:
    """Counters in the table `ledger`."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], Moment]

    def links_within(self, message_id: str, url: str, now: Moment) -> int:
        """Note that a link of a message was followed; how many different ones were, within the moment before."""
        found: set[str] = set()
        mine = hashlib.sha256(url.encode()).hexdigest()[:16]
        for back in (0, 1):
            stretch = int(now // MOMENT) - back
            key = tables.LIMIT.key(digest=f"links:{message_id}", window=str(stretch))
            if back:
                found |= dynamo.get(self.client, self.table, key).get("links", frozenset())
                continue
            with dynamo.reaching(self.table):
                answer = self.client.update_item(
                    TableName=self.table,
                    Key=dynamo.stored(key),
                    UpdateExpression="ADD links :mine SET #ttl = :ttl",
                    ExpressionAttributeNames={"#ttl": tables.TTL},
                    ExpressionAttributeValues=dynamo.values(mine=frozenset({mine}), ttl=int(now + HOUR)),
                    ReturnValues="ALL_NEW",
                )
            found |= dynamo.plain(answer["Attributes"])["links"]
        return len(found)

    def allows(self, who: str, most: int, seconds: float) -> bool:
        """Count one more and say whether that is still within `most` for this window of time."""
        now = self.clock()
        window = int(now // seconds)
        key = tables.LIMIT.key(digest=hashlib.sha256(who.encode()).hexdigest(), window=str(window))
        with dynamo.reaching(self.table):
            answer = self.client.update_item(
                TableName=self.table,
                Key=dynamo.stored(key),
                UpdateExpression="ADD asked :one SET #ttl = :ttl",
                ExpressionAttributeNames={"#ttl": tables.TTL},
                ExpressionAttributeValues=dynamo.values(one=1, ttl=int((window + 2) * seconds)),
                ReturnValues="UPDATED_NEW",
            )
        return bool(dynamo.plain(answer["Attributes"])["asked"] <= most)
