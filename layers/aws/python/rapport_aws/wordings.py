"""What people were asked to agree to, kept until it is clear whether they did: a link is too short for the words."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.domain.moment import DAY, Moment

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = 8 * DAY
"""Seconds: a day longer than a confirmation may take."""


@dataclass(frozen=True)
class Wordings:
    """Rows of the table `ledger`, each text once, under its digest; they say nothing of anybody."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], Moment]

    def keep(self, text: str) -> str:
        """Keep a text, and return what it is found by. Raises StoreUnavailable."""
        digest = hashlib.sha256(text.encode()).hexdigest()[:24]
        row = {**tables.WORDING.key(digest=digest), "body": text, tables.TTL: int(self.clock() + KEPT)}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(row))
        return digest

    def find(self, digest: str) -> str | None:
        """The text that was kept, None when it is there no more. Raises StoreUnavailable."""
        found = dynamo.get(self.client, self.table, tables.WORDING.key(digest=digest)).get("body")
        return None if found is None else str(found)
