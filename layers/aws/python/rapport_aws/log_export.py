"""The outcome log of a deployment as one file: a page of people at a time is appended, gzip to gzip, up to a bound.

Like a tally it lies under the place it has come to, so that a page that is taken twice writes the same object again.
"""

import gzip
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rapport.domain.outcome_log import encoded

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

MOST = 20 * 1024 * 1024
"""Bytes, packed: a million rows or so are enough to judge a policy by; of a larger house it is those of some people."""


def log_page(ids: Sequence[str], job: Job, here: "House") -> Counter[str]:
    """Append the rows of a page of people."""
    before = _kept(job, here) if job.position else b""
    rows = [] if len(before) >= MOST else [encoded(entry) for name in ids for entry in here.profiles.log(name)]
    # Members of gzip may follow one another; without a time the same rows are the same bytes.
    more = gzip.compress(b"".join(row + b"\n" for row in rows), mtime=0)
    with reaching(here.settings.bucket):
        here.s3.put_object(
            Bucket=here.settings.bucket,
            Key=_place(job.id, job.position + len(ids)),
            Body=before + more if rows or not before else before,
            ContentType="application/gzip",
        )
    return Counter({"rows": len(rows)})


def result_of(job: Job) -> dict[str, Any]:
    """Where the whole lies."""
    return {"object": _place(job.id, job.position)}


def _kept(job: Job, here: "House") -> bytes:
    with reaching(here.settings.bucket):
        return here.s3.get_object(Bucket=here.settings.bucket, Key=_place(job.id, job.position))["Body"].read()


def _place(job_id: str, position: int) -> str:
    """Below `exports/`: what is there is forgotten after some days."""
    return f"exports/outcomes/{job_id}/{position}.ndjson.gz"
