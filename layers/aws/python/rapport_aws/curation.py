"""Publishing: an immutable version to S3, then the pointer moves; overlays hold over every version."""

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from botocore.exceptions import ClientError
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment
from rapport.errors import NotFound, PreconditionFailed, StoreUnavailable

from rapport_aws import dynamo, tables
from rapport_aws.publications import Pointer, pointer_of
from rapport_aws.records import unpack
from rapport_aws.snapshots import Snapshot, pack

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

Overlay = Literal["withdrawn", "paused"]
NAMES = {"#version": "version", "#snapshot": "snapshot", "#files": "files", "#latest": "latest"}
MOST_FILES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Curation:
    """Writes what PublishedCatalogue reads."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    table: str
    bucket: str
    clock: Callable[[], Moment]

    def pointer(self) -> Pointer:
        """What is live, and its overlays."""
        return pointer_of(self.row())

    def publish(self, catalogue: Catalogue, files: Mapping[str, str], expected: str | None = None) -> str:
        """Publish as the next version and return its name.

        `expected` is the version that the caller built on. Raises PreconditionFailed when another came first.
        """
        pointer = self.pointer()
        if expected is not None and expected != pointer.version:
            raise PreconditionFailed(f"the current version is {pointer.version}")
        number, now = pointer.latest + 1, self.clock()
        version = f"v{number}"
        place = f"catalogue/{version}-{uuid4().hex}"
        stamped = structs.replace(catalogue, version=version, published_at=now)
        with dynamo.reaching(self.bucket):
            self.s3.put_object(Bucket=self.bucket, Key=f"{place}.bin", Body=pack(stamped))
            self.s3.put_object(Bucket=self.bucket, Key=f"{place}.files", Body=_packed(files))
        row = {**tables.VERSION.key(version=_sorted(number)), "at": now, **_places(version, place)}
        self._point(pointer, {**_places(version, place), "latest": number}, row)
        return version

    def rollback(self, to: str | None = None) -> str:
        """Point to an earlier version, by default the one before the current. Raises NotFound, PreconditionFailed.

        A version that this release cannot read is not gone back to: nobody could be answered with it.
        """
        pointer = self.pointer()
        wanted = to or f"v{int(pointer.version[1:]) - 1}"
        number = wanted[1:] if wanted.startswith("v") else ""
        row = self._version(int(number)) if number.isdecimal() and len(number) < 9 else {}
        if not row:
            raise NotFound(f"there is no version {wanted[:20]}")
        self._readable(row["snapshot"], wanted)
        places = {name: row[name] for name in ("version", "snapshot", "files")}
        self._point(pointer, {**places, "latest": pointer.latest}, None)
        return wanted

    def files(self) -> tuple[str, dict[str, str]]:
        """The current version and its files. Raises NotFound before the first publication."""
        pointer = self.pointer()
        if not pointer.files:
            raise NotFound("nothing is published yet")
        return pointer.version, json.loads(unpack(self.fetch(pointer.files), MOST_FILES))

    def row(self) -> dynamo.Item:
        """The pointer's row, for PublishedCatalogue."""
        return dynamo.get(self.dynamodb, self.table, tables.POINTER.key())

    def fetch(self, key: str) -> bytes:
        """A stored object, for PublishedCatalogue. Raises StoreUnavailable, also when there is none."""
        try:
            with dynamo.reaching(self.bucket):
                return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey as error:
            raise StoreUnavailable(f"there is no {key}") from error

    def lay(self, overlay: Overlay, name: str) -> None:
        """Lay a withdrawal or pause over every publication; twice is once."""
        self._overlay("ADD", overlay, name)

    def lift(self, overlay: Overlay, name: str) -> None:
        """Undo it."""
        self._overlay("DELETE", overlay, name)

    def exhaust(self, offers: frozenset[str]) -> None:
        """Say of which offers there are no more, over every publication, in place of what was said before."""
        named: dict[str, Any] = {"ExpressionAttributeValues": dynamo.values(offers=offers)} if offers else {}
        with dynamo.reaching(self.table):
            self.dynamodb.update_item(
                TableName=self.table,
                Key=dynamo.stored(tables.POINTER.key()),
                UpdateExpression="SET exhausted = :offers" if offers else "REMOVE exhausted",
                **named,
            )

    def _overlay(self, verb: Literal["ADD", "DELETE"], overlay: Overlay, name: str) -> None:
        with dynamo.reaching(self.table):
            self.dynamodb.update_item(
                TableName=self.table,
                Key=dynamo.stored(tables.POINTER.key()),
                UpdateExpression=f"{verb} {overlay} :names",
                ExpressionAttributeValues=dynamo.values(names=frozenset({name})),
            )

    def _readable(self, snapshot: str, version: str) -> None:
        packed = self.fetch(snapshot)
        try:
            Snapshot(packed)
        except StoreUnavailable as error:
            raise PreconditionFailed(f"this release cannot read {version}: publish its files again") from error

    def _version(self, number: int) -> dynamo.Item:
        return dynamo.get(self.dynamodb, self.table, tables.VERSION.key(version=_sorted(number)))

    def _point(self, seen: Pointer, new: Mapping[str, str | int], version: dynamo.Item | None) -> None:
        """Move the pointer if nobody moved it since it was seen; a new version's row comes with it."""
        move = {
            "TableName": self.table,
            "Key": dynamo.stored(tables.POINTER.key()),
            "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in new),
            "ConditionExpression": _unmoved(seen),
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": dynamo.values(**new) | _seen(seen),
        }
        parts = [{"Update": move}]
        if version is not None:
            put = {"TableName": self.table, "Item": dynamo.stored(version)}
            parts.append({"Put": {**put, "ConditionExpression": "attribute_not_exists(pk)"}})
        try:
            dynamo.transact(self.dynamodb, self.table, parts)
        except ClientError as error:
            dynamo.rivals(error)
            raise PreconditionFailed("somebody else published first") from error


def _unmoved(seen: Pointer) -> str:
    return "#version = :seen AND #latest = :number" if seen.latest else "attribute_not_exists(#version)"


def _seen(seen: Pointer) -> dict[str, dict[str, str]]:
    return dynamo.values(seen=seen.version, number=seen.latest) if seen.latest else {}


def _places(version: str, place: str) -> dict[str, str]:
    return {"version": version, "snapshot": f"{place}.bin", "files": f"{place}.files"}


def _sorted(number: int) -> str:
    return f"{number:09d}"


def _packed(files: Mapping[str, str]) -> bytes:
    return zlib.compress(json.dumps(dict(files), ensure_ascii=False).encode(), 9)
