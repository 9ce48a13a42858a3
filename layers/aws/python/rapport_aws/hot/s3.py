"""Reading a whole object from S3 while a function starts or refreshes: the catalogue's snapshot."""

from rapport_aws.hot.service import STARTING, Protocol, Service, World
from rapport_aws.hot.signature import path_of
from rapport_aws.hot.wire import Patience, Request

S3 = Protocol("s3", "S3")


class Objects:
    """Objects of the account's buckets, by path (`s3.REGION/BUCKET/KEY`), as one connection then serves them all."""

    def __init__(self, patience: Patience = STARTING, world: World | None = None) -> None:
        self._service = Service(S3, patience, world)

    def get_object(self, bucket: str, key: str) -> bytes:
        """Return an object's bytes. Raises StoreUnavailable, also when there is none or it may not be read."""
        return self._service.call(Request("GET", path_of(bucket, key), {})).body

    def close(self) -> None:
        """Let go of the connection; call it after the restore of a snapshot."""
        self._service.close()
