"""Imports of people: a file in the bucket, taken slice by slice; each line on its own, any slice more than once."""

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, structs
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.event import Event
from rapport.domain.moment import Moment
from rapport.domain.normalise import normalise
from rapport.domain.profile import Identity
from rapport.errors import BadRequest, RapportError, StoreUnavailable
from rapport.use_cases import curate
from rapport.use_cases.asked import Channel, Identifier
from rapport.use_cases.take_event import take_event

from rapport_aws.dynamo import reaching
from rapport_aws.jobs import Job
from rapport_aws.strict import convert, read

if TYPE_CHECKING:
    from rapport_aws.assemble import House

LARGEST = 4 * 1024 * 1024
UPLOAD = 200 * 1024 * 1024
"""Bytes that an uploaded file may have."""
SLICE = 200
"""Lines that one look at a job takes."""
TOLD = 1000
"""Lines with faults that a result names."""
LONGEST = 32 * 1024
HOUR = 3600
WAIT = 60
NOTHING: dict[str, Any] = {"accepted": 0, "rejected": 0, "lines": []}


class Given(Struct, frozen=True, forbid_unknown_fields=True):
    """One consent of a line."""

    purpose: str
    status: Literal["granted", "withdrawn"]
    channel: Channel | None = None


class Line(Struct, frozen=True, forbid_unknown_fields=True, rename={"user_id": "userId"}):
    """One person of an import."""

    user_id: Identifier
    traits: dict[str, Any] = {}
    consents: list[Given] = []


def start(source: str, body: bytes, here: "House") -> Job:
    """Keep the file and start a job on it."""
    job = here.jobs.start("import", {"source": source})
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=_place(job), Body=body)
    here.enqueue_job(job)
    return job


def await_upload(source: str, here: "House") -> tuple[Job, str]:
    """A job that begins when a large file has been put to the address, which lasts an hour."""
    job = here.jobs.start("import", {"source": source})
    place = {"Bucket": here.settings.bucket, "Key": _place(job)}
    here.enqueue_job(job, after=WAIT)
    return job, here.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=HOUR)


def go_on(job: Job, here: "House") -> None:
    """Take the next slice of a job; what was taken before a failure is taken again and changes nothing."""
    if job.state in ("done", "failed"):
        return
    body = _file(job, here)
    if body is None:
        _wait(job, here)
        return
    lines = list(_lines(body))
    for line in lines[job.position : job.position + SLICE]:
        job = _noted(job, _take(line, str(job.input["source"]), here))
    ended = job.position >= len(lines)
    progress = 1.0 if ended else job.position / len(lines)
    result = job.result or dict(NOTHING)
    here.jobs.keep(structs.replace(job, state="done" if ended else "running", progress=progress, result=result))
    if not ended:
        here.enqueue_job(job)


def _wait(job: Job, here: "House") -> None:
    """Look again for an upload in a minute, for as long as its address lasts."""
    if job.tries * WAIT > HOUR:
        here.jobs.end(job, "failed", {"detail": "nothing was uploaded"})
        return
    here.jobs.keep(structs.replace(job, tries=job.tries + 1))
    here.enqueue_job(job, after=WAIT)


def _noted(job: Job, errors: list[dict[str, Any]]) -> Job:
    """The job after one more line; lines that were taken are only counted."""
    result, position = job.result or NOTHING, job.position + 1
    counted = "rejected" if errors else "accepted"
    faults = [*result["lines"], {"line": position, "status": counted, "errors": errors}] if errors else result["lines"]
    noted = {**result, counted: result[counted] + 1, "lines": faults[:TOLD]}
    return structs.replace(job, position=position, result=noted)


def _take(line: bytes | dict[str, Any], source: str, here: "House") -> list[dict[str, Any]]:
    """Take one line; what is wrong with it. Raises StoreUnavailable: the slice is to be done again."""
    try:
        _write(_read(line), source, here)
    except StoreUnavailable:
        raise
    except BadRequest as error:
        return error.errors or [{"path": "", "message": str(error)}]
    except RapportError as error:
        return [{"path": "", "message": str(error)}]
    return []


def _read(line: bytes | dict[str, Any]) -> Line:
    if isinstance(line, dict):
        return convert(line, Line)
    if len(line) > LONGEST:
        raise BadRequest(f"a line has more than {LONGEST} bytes")
    return read(line, Line)


def _write(line: Line, source: str, here: "House") -> None:
    now = here.clock()
    raw = {"type": "identify", "userId": line.user_id, "traits": line.traits, "context": {"source": source}}
    event = normalise(raw, now, trusted=True)
    if not isinstance(event, Event):
        raise BadRequest("the line is not as described", [dict(fault) for fault in event])
    taken = take_event(event, here.ports, now)
    if taken.problems:
        raise BadRequest("some traits cannot be taken", [dict(fault) for fault in taken.problems])
    for given in line.consents:
        curate.consent(Identity("user", line.user_id), _receipt(given, source, now), here.ports, now)


def _receipt(given: Given, source: str, now: Moment) -> Receipt:
    return Receipt(given.purpose, given.channel or EVERY_CHANNEL, given.status, now, source)


def _file(job: Job, here: "House") -> bytes | None:
    """The file, None while it is not there. Raises BadRequest for one that is too large."""
    bucket = here.settings.bucket
    with reaching(bucket):
        try:
            held = here.s3.get_object(Bucket=bucket, Key=_place(job))
        except here.s3.exceptions.NoSuchKey:
            return None
        if held["ContentLength"] > UPLOAD:
            raise BadRequest("the file is too large")
        return held["Body"].read()


def _lines(body: bytes) -> Iterator[bytes | dict[str, Any]]:
    """NDJSON lines as they are, CSV rows as objects: `userId`, and a trait in each other column."""
    if body.lstrip()[:1] in (b"{", b""):
        yield from (line for line in body.splitlines() if line.strip())
        return
    for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig", "replace"))):
        traits = {name: value for name, value in row.items() if name and name != "userId" and value}
        yield {"userId": row.get("userId") or "", "traits": traits}


def _place(job: Job) -> str:
    return f"imports/{job.id}"
