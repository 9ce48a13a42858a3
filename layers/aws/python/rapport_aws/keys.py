"""Keys of callers: made once, stored as digests, with scopes (secret) or origins (publishable)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.errors import BadRequest

from rapport_aws import dynamo, tables
from rapport_aws.access import SCOPES, AccessKey, digest_of, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class AccessKeys:
    """Keys in the table `catalogue`."""

    client: "DynamoDBClient"
    table: str

    def make_secret(self, scopes: Iterable[str], name: str = "") -> str:
        """Make a secret key and return it: the only time that anybody sees it. Raises BadRequest."""
        asked = frozenset(scopes)
        if not asked or asked - SCOPES:
            raise BadRequest(f"scopes are some of {', '.join(sorted(SCOPES))}")
        return self._make("sk", {"scopes": asked, "name": name})

    def make_publishable(self, origins: Iterable[str] = (), name: str = "") -> str:
        """Make a key for websites; origins besides the house's `sites`."""
        return self._make("pk", {"origins": frozenset(origins), "name": name})

    def find(self, key: str) -> AccessKey | None:
        """What a key may do; None for one that was never made, or was revoked."""
        row = dynamo.get(self.client, self.table, tables.ACCESS_KEY.key(digest=digest_of(key)))
        return key_of(key, row) if row else None

    def revoke(self, key: str) -> None:
        """End a key; functions that know it forget it within a minute."""
        dynamo.delete_all(self.client, self.table, [tables.ACCESS_KEY.key(digest=digest_of(key))])

    def _make(self, kind: str, about: dict[str, object]) -> str:
        key = f"{kind}_{secrets.token_urlsafe(32)}"
        item = {**tables.ACCESS_KEY.key(digest=digest_of(key)), "kind": kind, **about}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(item))
        return key
