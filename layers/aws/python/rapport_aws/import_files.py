"""Where an import lies in the bucket: its file, and the answers to its lines, an object for each slice."""

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError
from rapport.domain.moment import HOUR

from rapport_aws.dynamo import code_of, reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

PIECE = 256 * 1024
"""Bytes that one look at a job reads of the file."""


def put(job: Job, body: bytes, here: "House") -> None:
    """Keep the file of a job."""
    _put(_place(job), body, here)


def address(job: Job, here: "House") -> str:
    """Where the file of a job may be put by whoever has it; it lasts an hour."""
    place = {"Bucket": here.settings.bucket, "Key": _place(job)}
    return here.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=int(HOUR))


def size(job: Job, here: "House") -> int | None:
    """Bytes of the file, None while it is not there."""
    with reaching(here.settings.bucket):
        try:
            return here.s3.head_object(Bucket=here.settings.bucket, Key=_place(job))["ContentLength"]
        except ClientError as error:
            if code_of(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise


def piece(job: Job, offset: int, of: int, here: "House") -> bytes:
    """What comes next in the file, which has `of` bytes."""
    if not of:
        return b""
    last = min(offset + PIECE, of) - 1
    span = f"bytes={offset}-{last}"
    with reaching(here.settings.bucket):
        return here.s3.get_object(Bucket=here.settings.bucket, Key=_place(job), Range=span)["Body"].read()


def answer(job: Job, first_line: int, body: bytes, here: "House") -> None:
    """Keep the answers to a slice, a line each; the same slice twice is one object."""
    _put(f"{_answers_of(job)}{first_line:012d}", body, here)


def answers(job: Job, here: "House") -> Iterator[bytes]:
    """Every answer, in the order of the file."""
    for place in _places(_answers_of(job), here):
        with reaching(here.settings.bucket):
            body = here.s3.get_object(Bucket=here.settings.bucket, Key=place)["Body"].read()
        yield from body.splitlines()


def put_result(job: Job, whole: IO[bytes], here: "House") -> str:
    """Keep the answers of a whole file as one object; where it is."""
    place = f"imports/{job.id}/result.json"
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=place, Body=whole, ContentType="application/json")
    return place


def remove(job: Job, here: "House") -> None:
    """Forget the file and the answers' parts: they hold people, or belong to nothing any more."""
    for place in (_place(job), *_places(_answers_of(job), here)):
        with reaching(here.settings.bucket):
            here.s3.delete_object(Bucket=here.settings.bucket, Key=place)


def _put(place: str, body: bytes, here: "House") -> None:
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=place, Body=body)


def _places(prefix: str, here: "House") -> list[str]:
    pages = here.s3.get_paginator("list_objects_v2").paginate(Bucket=here.settings.bucket, Prefix=prefix)
    with reaching(here.settings.bucket):
        return sorted(held["Key"] for page in pages for held in page.get("Contents", []))


def _place(job: Job) -> str:
    return f"imports/{job.id}/file"


def _answers_of(job: Job) -> str:
    return f"imports/{job.id}/answers/"
