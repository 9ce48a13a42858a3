"""The port Schedule on DynamoDB: due rows in sharded minute buckets, read from where the last tick stopped."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.domain.moment import DAY, HOUR, MINUTE, Moment
from rapport.ports import Due

from rapport_aws import dynamo, tables
from rapport_aws.records import sortable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LAG = 3 * MINUTE
"""The cursor stays this far behind: clocks differ, and a writer may be slow."""
BEGINNING = 2 * HOUR
"""How far a schedule without a cursor looks back."""
KEPT = 30 * DAY


def due_row(row: Due, now: Moment) -> dynamo.Item:
    """A due row as stored. What was due before now goes into this minute's bucket: older ones are not read again."""
    at = max(row.at, now)
    key = tables.DUE.key(minute=minute_of(at), shard=shard_of(row.profile), at=sortable(at), kind=row.kind, id=_id(row))
    return {**key, "at": at, "profile": row.profile, "kind": row.kind, "ref": row.ref, "ttl": int(at + KEPT)}


def minute_of(at: Moment) -> str:
    """The bucket of a moment: its minute since the epoch."""
    return f"{int(at // MINUTE):010d}"


def shard_of(profile_id: str) -> str:
    """In which shard of a minute a person's rows are."""
    return str(zlib.crc32(profile_id.encode()) % tables.DUE_SHARDS)


def _id(row: Due) -> str:
    return f"{row.profile}#{row.ref}"


@dataclass(frozen=True)
class DynamoSchedule:
    """Due rows of the table `ledger`."""

    client: "DynamoDBClient"
    table: str

    def due(self, now: Moment, limit: int) -> Sequence[Due]:
        """Rows that fall due up to now, minute by minute; leaves the minutes behind that are empty and past."""
        cursor = self._cursor(now)
        past = int((now - LAG) // MINUTE)
        reached, found = int(cursor // MINUTE), list[Due]()
        for minute in range(reached, int(now // MINUTE) + 1):
            found += [row for row in self._bucket(minute * MINUTE) if row.at <= now]
            if not found and minute < past:
                reached = minute + 1
            if len(found) >= limit:
                break
        if reached * MINUTE > cursor:
            self._move(reached * MINUTE)
        return sorted(found, key=lambda row: row.at)[:limit]

    def done(self, row: Due) -> None:
        """Delete the row; twice is harmless."""
        key = {name: due_row(row, row.at)[name] for name in (tables.PARTITION, tables.SORT)}
        dynamo.delete_all(self.client, self.table, [key])

    def _bucket(self, at: Moment) -> Iterator[Due]:
        for shard in range(tables.DUE_SHARDS):
            partition = tables.DUE.partition(minute=minute_of(at), shard=str(shard))
            for item in dynamo.query(self.client, self.table, partition):
                yield Due(item["at"], item["profile"], item["kind"], item["ref"])

    def _cursor(self, now: Moment) -> Moment:
        item = dynamo.get(self.client, self.table, tables.DUE_CURSOR.key(shard="all"))
        return float(item.get("at", now - BEGINNING))

    def _move(self, at: Moment) -> None:
        item = {**tables.DUE_CURSOR.key(shard="all"), "at": at}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(item))
