"""The port Schedule on DynamoDB: due rows in sharded minute buckets, read from where the last tick stopped."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import structs
from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.ports import Due

from rapport_aws import dynamo, tables
from rapport_aws.records import sortable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LAG = 3 * MINUTE
"""The cursor stays this far behind: clocks differ, and a writer may be slow."""
LANES = {False: "service", True: "bulk"}
BEGINNING = 15 * MINUTE
"""How far a schedule without a cursor looks back: nothing was due before the first tick of a deployment."""
KEPT = 30 * DAY
MOST_MINUTES = 300
"""Minutes that one look goes through at most; a tick has time for a few looks."""


def due_row(row: Due, now: Moment) -> dynamo.Item:
    """A due row as stored. What was due before now goes into this minute's bucket: older ones are not read again."""
    at = max(row.at, now)
    key = tables.DUE.key(
        lane=LANES[row.bulk],
        minute=minute_of(at),
        shard=shard_of(row.profile),
        at=sortable(at),
        kind=row.kind,
        id=_id(row),
    )
    told = {"told": msgspec.json.encode(row.told).decode()} if row.told else {}
    return {**key, "at": at, "profile": row.profile, "kind": row.kind, "ref": row.ref, **told, "ttl": int(at + KEPT)}


def spread_out(row: Due, now: Moment) -> Due:
    """The row within its spread, at a place that is the person's own; what is due at once is due at once."""
    if row.at <= now + MINUTE:
        return row
    share = zlib.crc32(_id(row).encode()) / 2**32
    return structs.replace(row, at=row.at + row.spread * share, spread=0.0)


def minute_of(at: Moment) -> str:
    """The bucket of a moment: its minute since the epoch."""
    return f"{int(at // MINUTE):010d}"


def shard_of(profile_id: str) -> str:
    """In which shard of a minute a person's rows are."""
    return str(zlib.crc32(profile_id.encode()) % tables.DUE_SHARDS)


def _id(row: Due) -> str:
    return f"{row.profile}#{row.ref}"


def _row(item: dynamo.Item, *, bulk: bool) -> Due:
    told = msgspec.json.decode(item.get("told", "[]"), type=tuple[dict[str, Any], ...])
    return Due(item["at"], item["profile"], item["kind"], item["ref"], bulk, told=told)


@dataclass(frozen=True)
class DynamoSchedule:
    """Due rows of the table `ledger`."""

    client: "DynamoDBClient"
    table: str

    def due(self, now: Moment, limit: int, *, bulk: bool = False) -> Sequence[Due]:
        """Rows of a lane that fall due up to now, minute by minute; leaves the minutes behind that are empty and past.

        A minute that holds more than is asked for is read no further: what 50,000 birthdays wait for costs a page.
        After a long stop the minutes since are made up for some hours at a time, so that each call gets to its end.
        """
        lane, past = LANES[bulk], int((now - LAG) // MINUTE)
        cursor = self._cursor(lane, now)
        reached, found = int(cursor // MINUTE), list[Due]()
        for minute in range(reached, min(int(now // MINUTE), reached + MOST_MINUTES) + 1):
            found += [row for row in self._bucket(lane, minute * MINUTE, limit) if row.at <= now]
            if not found and minute < past:
                reached = minute + 1
            if len(found) >= limit:
                break
        if reached * MINUTE > cursor:
            self._move(lane, reached * MINUTE)
        return sorted(found, key=lambda row: row.at)[:limit]

    def put(self, row: Due) -> None:
        """Keep a row that belongs to no change of anybody."""
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(due_row(row, row.at)))

    def done(self, row: Due) -> None:
        """Delete the row; twice is harmless."""
        self.all_done([row])

    def all_done(self, rows: Sequence[Due]) -> None:
        """Delete rows, many in a call."""
        keys = [{name: due_row(row, row.at)[name] for name in (tables.PARTITION, tables.SORT)} for row in rows]
        dynamo.delete_all(self.client, self.table, keys)

    def oldest(self, now: Moment, *, bulk: bool) -> Moment | None:
        """When what waits longest in a lane fell due; None when nothing that is due waits."""
        return next((row.at for row in self.due(now, 1, bulk=bulk)), None)

    def _bucket(self, lane: str, at: Moment, limit: int) -> list[Due]:
        """The first rows of each shard of a minute: all that may be among the first of the minute."""
        found = list[dynamo.Item]()
        for shard in range(tables.DUE_SHARDS):
            partition = tables.DUE.partition(lane=lane, minute=minute_of(at), shard=str(shard))
            found += islice(dynamo.query(self.client, self.table, partition, at_once=limit), limit)
        return [_row(item, bulk=lane == LANES[True]) for item in found]

    def _cursor(self, lane: str, now: Moment) -> Moment:
        item = dynamo.get(self.client, self.table, tables.DUE_CURSOR.key(lane=lane))
        return float(item.get("at", now - BEGINNING))

    def _move(self, lane: str, at: Moment) -> None:
        item = {**tables.DUE_CURSOR.key(lane=lane), "at": at}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(item))
