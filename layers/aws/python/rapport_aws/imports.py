"""Imports of people: a file in the bucket, taken slice by slice; each line on its own, any slice more than once.

A slice reads one piece of the file and keeps its answers as one object, so memory is bounded whatever the size.
"""

import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Literal

import msgspec
from botocore.exceptions import ClientError
from msgspec import Struct, structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event
from rapport.domain.intake import Outcome
from rapport.domain.moment import Moment
from rapport.domain.normalise import normalise
from rapport.domain.profile import Profile, profile_id
from rapport.domain.traits import Statement, set_traits
from rapport.errors import BadRequest
from rapport.ports import Ports
from rapport.use_cases.asked import Identifier
from rapport.use_cases.phones import e164
from rapport.use_cases.take_event import Heard, Taken, take_events

from rapport_aws import pieces
from rapport_aws.dynamo import code_of, reaching
from rapport_aws.given import Consents, faults_of, receipts_of
from rapport_aws.jobs import Job
from rapport_aws.strict import convert, read

if TYPE_CHECKING:
    from rapport_aws.assemble import House

LARGEST = 4 * 1024 * 1024
UPLOAD = 512 * 1024 * 1024
"""Bytes that an uploaded file may have: about five million people."""
PIECE = 256 * 1024
"""Bytes that one look at a job reads of the file."""
SLICE = 500
"""Lines that one look at a job takes."""
AT_ONCE = 8
"""People of a slice who are written side by side."""
INLINE = 64 * 1024
"""Bytes of answers that a job carries itself; more are an object of their own."""
HOUR = 3600
WAIT = 60
STEP = 1e-6
"""Seconds between the lines of a file: of two that speak of one person the later one counts."""


class Line(Struct, frozen=True, forbid_unknown_fields=True, rename={"user_id": "userId"}):
    """One person of an import."""

    user_id: Identifier
    traits: dict[str, Any] = {}
    consents: Consents = []


class Told(Struct, frozen=True):
    """What became of one line, `line` counted in the file from 1; a CSV's first line is its header.

    Nothing of a rejected line was stored; of an accepted one everything but what `errors` names: traits that nobody
    declared.
    """

    line: int
    status: Literal["accepted", "rejected"]
    errors: list[dict[str, Any]] = []


class Reached(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How far a job has come in its file."""

    source: str
    size: int = 0
    began: Moment = 0.0
    """When the file came in: what it says of anybody is as of then, and nothing of it outlives an erasure since."""
    accepted: int = 0
    rejected: int = 0
    answered: int = 0
    """Bytes of answers so far."""
    cut: pieces.Cut = pieces.Cut()


def start(source: str, body: bytes, here: "House") -> Job:
    """Keep the file and start a job on it."""
    job = here.jobs.start("import", msgspec.to_builtins(Reached(source, began=here.clock())))
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=_place(job), Body=body)
    here.enqueue_job(job)
    return job


def await_upload(source: str, here: "House") -> tuple[Job, str]:
    """A job that begins when a large file has been put to the address, which lasts an hour."""
    job = here.jobs.start("import", msgspec.to_builtins(Reached(source)))
    place = {"Bucket": here.settings.bucket, "Key": _place(job)}
    here.enqueue_job(job, after=WAIT)
    return job, here.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=HOUR)


def go_on(job: Job, here: "House") -> None:
    """Take the next slice of a job; what was taken before a failure is taken again and changes nothing."""
    if job.state in ("done", "failed"):
        return
    reached = msgspec.convert(job.input, Reached)
    size = reached.size or _size(job, here)
    if size is None:
        _wait(job, here)
    elif size > UPLOAD:
        _remove(job, here)
        here.jobs.end(job, "failed", {"detail": f"the file has more than {UPLOAD} bytes"})
    else:
        _take_slice(job, structs.replace(reached, size=size, began=reached.began or here.clock()), here)


def _wait(job: Job, here: "House") -> None:
    """Look again for an upload in a minute, for as long as its address lasts."""
    if job.tries * WAIT > HOUR:
        here.jobs.end(job, "failed", {"detail": "nothing was uploaded"})
        return
    here.jobs.keep(structs.replace(job, tries=job.tries + 1))
    here.enqueue_job(job, after=WAIT)


# ---- a slice


def _take_slice(job: Job, reached: Reached, here: "House") -> None:
    piece = _piece(job, reached, here)
    is_last = reached.cut.offset + len(piece) >= reached.size
    rows, cut = pieces.cut(piece, reached.cut, SLICE, is_last=is_last)
    told = _answers(rows, reached, here)
    answers = b"".join(msgspec.json.encode(one) + b"\n" for one in told)
    if told:
        _keep(f"{_answers_of(job)}{told[0].line:012d}", answers, here)
    accepted = sum(one.status == "accepted" for one in told)
    reached = structs.replace(
        reached,
        accepted=reached.accepted + accepted,
        rejected=reached.rejected + len(told) - accepted,
        answered=reached.answered + len(answers),
        cut=cut,
    )
    job = structs.replace(job, state="running", position=job.position + len(told), input=msgspec.to_builtins(reached))
    if cut.offset >= reached.size:
        _end(job, reached, here)
        return
    here.jobs.keep(structs.replace(job, progress=cut.offset / reached.size, result=_counts(reached)))
    here.enqueue_job(job)


def _answers(rows: list[pieces.Row], reached: Reached, here: "House") -> list[Told]:
    """An answer a row, in their order; rows of one person together, people side by side."""
    people: dict[str, list[_Said]] = {}
    told: dict[int, Told] = {}
    taking = _Taking(reached.source, reached.began, here.publications.current().catalogue)
    for row in rows:
        try:
            said = _said(row, taking)
        except BadRequest as error:
            told[row.line] = _rejected(row.line, error)
        else:
            people.setdefault(said.user_id, []).append(said)
    take = partial(_take, _ahead(people, here), here.clock())
    with ThreadPoolExecutor(AT_ONCE) as workers:
        for found in workers.map(take, people.values()):
            told.update({one.line: one for one in found})
    return [told[row.line] for row in rows]


def _ahead(people: Mapping[str, Any], here: "House") -> Ports:
    """The ports, with all people of a slice read at once."""
    ids = [profile_id("user", name, here.ports.secret) for name in people]
    return structs.replace(here.ports, profiles=here.profiles.ahead(ids))


def _take(ports: Ports, now: Moment, lines: list["_Said"]) -> list[Told]:
    """Take the lines of one person, in one write. Raises StoreUnavailable, Conflict: the slice is to be done again."""
    taken = take_events([said.heard for said in lines], ports, now)
    return [_told_of(said, outcome) for said, outcome in zip(lines, taken, strict=True)]


def _told_of(said: "_Said", taken: Taken) -> Told:
    """What became of a line that was in order. Taken before, by an earlier attempt at its slice, it is accepted."""
    if taken.outcome is Outcome.ERASED:
        return _rejected(said.line, BadRequest("was erased after the file came in"))
    if taken.outcome is Outcome.REFUSED:
        return _rejected(said.line, BadRequest("cannot be taken", [dict(fault) for fault in taken.problems]))
    return Told(said.line, "accepted", said.left_out)


def _rejected(number: int, error: BadRequest) -> Told:
    return Told(number, "rejected", error.errors or [{"path": "", "message": str(error)}])


class _Taking(Struct, frozen=True):
    """What every line of a file is read with."""

    source: str
    began: Moment
    catalogue: Catalogue


class _Said(Struct, frozen=True):
    """A line that can be taken: what is to be taken of it, and what is left out."""

    line: int
    user_id: str
    heard: Heard
    left_out: list[dict[str, Any]]


def _said(row: pieces.Row, taking: _Taking) -> _Said:
    """What a row says, as of when the file came in. Raises BadRequest, before anything is written."""
    line, catalogue, at = _read(row, taking.catalogue), taking.catalogue, taking.began + row.line * STEP
    raw = {"type": "identify", "userId": line.user_id, "traits": line.traits, "context": {"source": taking.source}}
    event = normalise(raw, at, trusted=True)
    if not isinstance(event, Event):
        raise BadRequest("the line is not as described", [dict(fault) for fault in event])
    statement = Statement(taking.source, at, normalise_phone=e164(catalogue.house))
    taken, broken = set_traits(Profile(""), line.traits, statement, catalogue)
    receipts = receipts_of(line.consents, taking.source, at)
    if faults := [*broken, *faults_of(receipts, catalogue.house, at)]:
        raise BadRequest("some of it cannot be taken", [dict(fault) for fault in faults])
    strict = structs.replace(statement, strict=True)
    _, undeclared = set_traits(Profile(""), line.traits, strict, catalogue) if taken.refused else (None, ())
    return _Said(row.line, line.user_id, Heard(event, receipts=receipts), [dict(fault) for fault in undeclared])


def _read(row: pieces.Row, catalogue: Catalogue) -> Line:
    if row.fault:
        raise BadRequest(row.fault)
    if row.cells is None:
        return read(row.text, Line)
    return convert(pieces.person_of(row.cells, catalogue.traits), Line)


# ---- the end


def _end(job: Job, reached: Reached, here: "House") -> None:
    """Put the answers together, in the job itself or as one object, and forget the file."""
    result = _counts(reached)
    if reached.answered <= INLINE:
        result |= {"lines": [msgspec.json.decode(line) for line in _told(job, here)]}
    else:
        with tempfile.TemporaryFile() as whole:
            _assemble(whole, job, reached, here)
            place = f"imports/{job.id}/result.json"
            with reaching(here.settings.bucket):
                here.s3.put_object(Bucket=here.settings.bucket, Key=place, Body=whole, ContentType="application/json")
        result = {"accepted": reached.accepted, "rejected": reached.rejected, "object": place}
    here.jobs.end(job, "done", result)
    _remove(job, here)


def _assemble(whole: IO[bytes], job: Job, reached: Reached, here: "House") -> None:
    """Write the result to a file: its answers may be more than memory holds."""
    whole.write(b'{"accepted":%d,"rejected":%d,"lines":[' % (reached.accepted, reached.rejected))
    for number, line in enumerate(_told(job, here)):
        whole.write(line if number == 0 else b"," + line)
    whole.write(b"]}")
    whole.seek(0)


def _told(job: Job, here: "House") -> Any:  # noqa: ANN401  # an iterator of bytes, a line each
    """Every answer, in the order of the file."""
    for place in _places(_answers_of(job), here):
        with reaching(here.settings.bucket):
            body = here.s3.get_object(Bucket=here.settings.bucket, Key=place)["Body"].read()
        yield from body.splitlines()


def _counts(reached: Reached) -> dict[str, Any]:
    return {"accepted": reached.accepted, "rejected": reached.rejected, "lines": []}


# ---- the bucket


def _size(job: Job, here: "House") -> int | None:
    """Bytes of the file, None while it is not there."""
    with reaching(here.settings.bucket):
        try:
            return here.s3.head_object(Bucket=here.settings.bucket, Key=_place(job))["ContentLength"]
        except ClientError as error:
            if code_of(error) in ("404", "NoSuchKey", "NotFound"):
                return None
            raise


def _piece(job: Job, reached: Reached, here: "House") -> bytes:
    if not reached.size:
        return b""
    last = min(reached.cut.offset + PIECE, reached.size) - 1
    span = f"bytes={reached.cut.offset}-{last}"
    with reaching(here.settings.bucket):
        return here.s3.get_object(Bucket=here.settings.bucket, Key=_place(job), Range=span)["Body"].read()


def _keep(place: str, body: bytes, here: "House") -> None:
    with reaching(here.settings.bucket):
        here.s3.put_object(Bucket=here.settings.bucket, Key=place, Body=body)


def _remove(job: Job, here: "House") -> None:
    """Forget the file and the answers' parts: they hold people, or belong to nothing any more."""
    for place in (_place(job), *_places(_answers_of(job), here)):
        with reaching(here.settings.bucket):
            here.s3.delete_object(Bucket=here.settings.bucket, Key=place)


def _places(prefix: str, here: "House") -> list[str]:
    pages = here.s3.get_paginator("list_objects_v2").paginate(Bucket=here.settings.bucket, Prefix=prefix)
    with reaching(here.settings.bucket):
        return sorted(held["Key"] for page in pages for held in page.get("Contents", []))


def _place(job: Job) -> str:
    return f"imports/{job.id}/file"


def _answers_of(job: Job) -> str:
    return f"imports/{job.id}/answers/"
