"""The outcome log on DynamoDB: rows beside the person, read by the minute in which they were written."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from aws_lambda_powertools import Logger
from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.domain.norms import Standing
from rapport.domain.outcome_log import Entry, decoded, encoded, row_of

from rapport_aws import dynamo, tables
from rapport_aws.records import sortable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

logger = Logger(service="rapport")
NORMS = "norms#"
"""What the index's partitions of standings begin with."""
STANDING_KEPT = 30 * DAY
"""How long a row waits for the learner; what was added is kept with the person themselves."""


def outcome_row(entry: Entry, person: str, now: Moment) -> dynamo.Item:
    """A row as stored: beside its person, so that it goes with them, and in the index of this minute."""
    row = row_of(entry)
    return {
        **tables.OUTCOME.key(person=person, entry=row),
        tables.LOG.partition: bucket(int(now // MINUTE), zlib.crc32(person.encode()) % tables.LOG_SHARDS),
        tables.LOG.sort: f"{sortable(now)}#{person}#{row}",
        "body": encoded(entry).decode(),
    }


def standing_row(moved: Standing, person: str, now: Moment, nonce: str) -> dynamo.Item:
    """What a person newly adds to the norms of the house, in an index of this minute of its own."""
    shard = zlib.crc32(person.encode()) % tables.LOG_SHARDS
    return {
        **tables.STANDING.key(person=person, at=sortable(now), nonce=nonce),
        tables.LOG.partition: f"{NORMS}{bucket(int(now // MINUTE), shard)}",
        tables.LOG.sort: f"{sortable(now)}#{nonce}",
        "body": msgspec.json.encode(moved).decode(),
        "ttl": int(now + STANDING_KEPT),
    }


def bucket(minute: int, shard: int) -> str:
    """A shard of a minute (counted from the epoch) in the index."""
    return f"{minute:010d}#{shard}"


@dataclass(frozen=True)
class DynamoOutcomeLog:
    """The outcome log of everybody, minute by minute."""

    client: "DynamoDBClient"
    table: str

    def minute(self, minute: int) -> list[Entry]:
        """The rows written in a minute, in no order; what cannot be read is left out. Raises StoreUnavailable.

        An index follows its table within moments, so the last minutes may still get rows.
        """
        return [entry for shard in range(tables.LOG_SHARDS) for entry in self._rows(bucket(minute, shard))]

    def moved(self, minute: int) -> list[Standing]:
        """What people newly added to the norms of the house in a minute. Raises StoreUnavailable."""
        names = [f"{NORMS}{bucket(minute, shard)}" for shard in range(tables.LOG_SHARDS)]
        return [_moved(item) for name in names for item in self._items(name)]

    def _rows(self, name: str) -> Iterator[Entry]:
        for item in self._items(name):
            entry = _read(item)
            if entry is not None:
                yield entry

    def _items(self, name: str) -> Iterator[dynamo.Item]:
        pages = self.client.get_paginator("query").paginate(
            TableName=self.table,
            IndexName=tables.LOG.name,
            KeyConditionExpression="#bucket = :bucket",
            ExpressionAttributeNames={"#bucket": tables.LOG.partition},
            ExpressionAttributeValues=dynamo.values(bucket=name),
        )
        with dynamo.reaching(self.table):
            for page in pages:
                yield from map(dynamo.plain, page["Items"])


def _moved(item: dynamo.Item) -> Standing:
    return msgspec.json.decode(item["body"], type=dict[str, dict[int, int]])


def _read(item: dynamo.Item) -> Entry | None:
    try:
        return decoded(item["body"])
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        logger.warning("a row of the outcome log cannot be read", extra={"error": type(error).__name__})
        return None
