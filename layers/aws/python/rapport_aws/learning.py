"""Where learning is kept: state and model in the bucket, a row that says which, the pointer that names the model.

There is one writer: whoever reads on from a state that somebody else has moved on from changes nothing.
"""

import hashlib
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError
from msgspec import Struct
from rapport.domain.moment import Moment
from rapport.errors import Conflict
from rapport.use_cases.learn import Course, beginning

from rapport_aws import dynamo, tables
from rapport_aws.models import MOST, Known, packed
from rapport_aws.records import unpack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

KEPT: Final = 30
"""So many earlier objects stay: somebody may be about to read one."""


class Kept(Struct, frozen=True):
    """The row: how far the log was read, and under which keys the state and the model are."""

    minute: int
    state: str = ""
    model: str = ""
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class Learning:
    """What was learned so far, and where what is learned next goes."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    table: str
    bucket: str
    clock: Callable[[], Moment]

    def kept(self) -> Kept | None:
        """The row; None before anything was learned. Raises StoreUnavailable."""
        row = dynamo.get(self.dynamodb, self.table, tables.LEARNED.key())
        if not row:
            return None
        return Kept(int(row["minute"]), row.get("state", ""), row.get("model", ""), tuple(row["earlier"].split()))

    def course(self, known: Kept | None) -> Course:
        """How far the log was read, and what was learned by then. Raises StoreUnavailable."""
        if known is None:
            return beginning(self.clock())
        return Course(known.minute, unpack(self._fetch(known.state), MOST) if known.state else b"")

    def keep(self, known: Kept | None, course: Course, told: Known) -> Kept:
        """Keep what was learned, and tell everybody. Raises Conflict when somebody else was first, StoreUnavailable."""
        there = set() if known is None else {known.state, known.model}
        state = self._put("state", zlib.compress(course.state, 6), there)
        named = self._put("model", packed(told), there) if told != Known() else ""
        past = () if known is None else tuple(one for one in (known.state, known.model) if one not in (state, named))
        earlier = (*(() if known is None else known.earlier), *filter(None, past))
        kept = Kept(course.minute, state, named, tuple(dict.fromkeys(earlier))[-KEPT:])
        self._move(known, kept)
        self._forget({*earlier} - {*kept.earlier, state, named})
        return kept

    def _put(self, kind: str, body: bytes, there: set[str]) -> str:
        """An object under the digest of what is in it; one that is there already is not written again."""
        key = f"model/{kind}-{hashlib.blake2b(body, digest_size=16).hexdigest()}"
        if key in there:
            return key
        with dynamo.reaching(self.bucket):
            self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return key

    def _move(self, known: Kept | None, kept: Kept) -> None:
        row = {
            **tables.LEARNED.key(),
            "minute": kept.minute,
            "state": kept.state,
            "model": kept.model or None,
            "earlier": " ".join(kept.earlier),
        }
        put = {"TableName": self.table, "Item": dynamo.stored(row), **_unmoved(known)}
        parts = [{"Put": put}]
        if kept.model and (known is None or known.model != kept.model):
            parts.append({"Update": self._pointed(kept.model)})
        try:
            dynamo.transact(self.dynamodb, self.table, parts)
        except ClientError as error:
            dynamo.rivals(error)
            raise Conflict("somebody else has learned meanwhile") from error

    def _pointed(self, model: str) -> dict[str, object]:
        return {
            "TableName": self.table,
            "Key": dynamo.stored(tables.POINTER.key()),
            "UpdateExpression": "SET #model = :model",
            "ExpressionAttributeNames": {"#model": "model"},
            "ExpressionAttributeValues": dynamo.values(model=model),
        }

    def _forget(self, keys: set[str]) -> None:
        with dynamo.reaching(self.bucket):
            for key in sorted(keys):
                self.s3.delete_object(Bucket=self.bucket, Key=key)

    def _fetch(self, key: str) -> bytes:
        with dynamo.reaching(self.bucket):
            return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()


def _unmoved(known: Kept | None) -> dict[str, object]:
    """The condition that nobody has moved on meanwhile."""
    if known is None:
        return {"ConditionExpression": "attribute_not_exists(pk)"}
    return {
        "ConditionExpression": "#minute = :minute AND #state = :state",
        "ExpressionAttributeNames": {"#minute": "minute", "#state": "state"},
        "ExpressionAttributeValues": dynamo.values(minute=known.minute, state=known.state),
    }
