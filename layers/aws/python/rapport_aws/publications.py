"""The port Publications on DynamoDB and S3: a pointer looked at every few seconds, snapshots that never change."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import Struct
from rapport.domain.catalogue import Catalogue, without
from rapport.domain.moment import Moment
from rapport.errors import NotFound, StoreUnavailable
from rapport.ports import Publication

from rapport_aws import dynamo, tables
from rapport_aws.records import unpacked_catalogue

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

LOOK_AFTER = 3.0
"""Seconds for which what was seen last is good without looking."""
WAIT_AFTER = 15.0
"""Seconds after which a look is waited for: a function may have slept for an hour in between."""


class Pointer(Struct, frozen=True):
    """The pointer row: the live version, where its snapshot is, the last number given out, and the overlays."""

    version: str
    snapshot: str
    files: str
    latest: int
    withdrawn: frozenset[str] = frozenset()
    paused: frozenset[str] = frozenset()
    exhausted: frozenset[str] = frozenset()


def read_pointer(client: "DynamoDBClient", table: str) -> Pointer:
    """The pointer as it is now. Before the first publication it has version `v0` and no snapshot."""
    row = dynamo.get(client, table, tables.POINTER.key())
    return Pointer(
        version=row.get("version", "v0"),
        snapshot=row.get("snapshot", ""),
        files=row.get("files", ""),
        latest=int(row.get("latest", 0)),
        **{name: row[name] for name in ("withdrawn", "paused", "exhausted") if name in row},
    )


@dataclass
class PublishedCatalogue:
    """The live publication, kept in memory. A newer one that fails to load leaves the old one in place."""

    dynamodb: "DynamoDBClient"
    s3: "S3Client"
    table: str
    bucket: str
    clock: Callable[[], Moment]
    _live: Publication | None = None
    _seen: Pointer | None = None
    _catalogue: tuple[str, Catalogue] | None = None
    _looked: Moment = 0.0
    _looking: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> Publication:
        """The live publication. Raises NotFound before the first one, StoreUnavailable when nothing ever loaded."""
        age = self.clock() - self._looked
        if self._live is None:
            self._look()
        elif age > WAIT_AFTER:
            self._try()
        elif age > LOOK_AFTER:
            threading.Thread(target=self._try, daemon=True).start()
        if self._live is None:
            raise NotFound("nothing is published yet")
        return self._live

    def refresh(self) -> None:
        """Look now, and fail if that fails: for who has just published."""
        self._look()

    def _try(self) -> None:
        """Look unless somebody is looking; what is there already is better than nothing."""
        if not self._looking.acquire(blocking=False):
            return
        try:
            self._look()
        except (NotFound, StoreUnavailable):
            self._looked = self.clock()
        finally:
            self._looking.release()

    def _look(self) -> None:
        pointer = read_pointer(self.dynamodb, self.table)
        self._looked = self.clock()
        if not pointer.snapshot:
            raise NotFound("nothing is published yet")
        if pointer != self._seen:
            catalogue = without(self._loaded(pointer), pointer.withdrawn)
            self._live = Publication(catalogue, pointer.exhausted, pointer.paused)
            self._seen = pointer

    def _loaded(self, pointer: Pointer) -> Catalogue:
        if self._catalogue is None or self._catalogue[0] != pointer.snapshot:
            with dynamo.reaching("snapshot"):
                packed = self.s3.get_object(Bucket=self.bucket, Key=pointer.snapshot)["Body"].read()
            self._catalogue = (pointer.snapshot, unpacked_catalogue(packed))
        return self._catalogue[1]
