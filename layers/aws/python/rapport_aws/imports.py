"""Imports of people: a file in the bucket, taken slice by slice; each line on its own, any slice more than once.

A slice reads one piece of the file and keeps its answers as one object, so memory is bounded whatever the size.
"""

import tempfile
from typing import IO, TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs
from rapport.domain.moment import HOUR, Moment

from rapport_aws import import_files, pieces
from rapport_aws.import_lines import answers
from rapport_aws.jobs import Job

if TYPE_CHECKING:
    from rapport_aws.assemble import House

LARGEST = 4 * 1024 * 1024
UPLOAD = 512 * 1024 * 1024
"""Bytes that an uploaded file may have: about five million people."""
SLICE = 500
"""Lines that one look at a job takes."""
INLINE = 64 * 1024
"""Bytes of answers that a job carries itself; more are an object of their own."""
WAIT = 60


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
    import_files.put(job, body, here)
    here.enqueue_job(job)
    return job


def await_upload(source: str, here: "House") -> tuple[Job, str]:
    """A job that begins when a large file has been put to the address, which lasts an hour."""
    job = here.jobs.start("import", msgspec.to_builtins(Reached(source)))
    here.enqueue_job(job, after=WAIT)
    return job, import_files.address(job, here)


def go_on(job: Job, here: "House") -> None:
    """Take the next slice of a job; what was taken before a failure is taken again and changes nothing."""
    if job.state in ("done", "failed"):
        return
    reached = msgspec.convert(job.input, Reached)
    size = reached.size or import_files.size(job, here)
    if size is None:
        _wait(job, here)
    elif size > UPLOAD:
        import_files.remove(job, here)
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
    piece = import_files.piece(job, reached.cut.offset, reached.size, here)
    is_last = reached.cut.offset + len(piece) >= reached.size
    rows, cut = pieces.cut(piece, reached.cut, SLICE, is_last=is_last)
    told = answers(rows, reached.source, reached.began, here)
    body = b"".join(msgspec.json.encode(one) + b"\n" for one in told)
    if told:
        import_files.answer(job, told[0].line, body, here)
    accepted = sum(one.status == "accepted" for one in told)
    reached = structs.replace(
        reached,
        accepted=reached.accepted + accepted,
        rejected=reached.rejected + len(told) - accepted,
        answered=reached.answered + len(body),
        cut=cut,
    )
    job = structs.replace(job, state="running", position=job.position + len(told), input=msgspec.to_builtins(reached))
    if cut.offset >= reached.size:
        _end(job, reached, here)
        return
    here.jobs.keep(structs.replace(job, progress=cut.offset / reached.size, result=_counts(reached)))
    here.enqueue_job(job)


# ---- the end


def _end(job: Job, reached: Reached, here: "House") -> None:
    """Put the answers together, in the job itself or as one object, and forget the file."""
    result = _counts(reached)
    if reached.answered <= INLINE:
        result |= {"lines": [msgspec.json.decode(line) for line in import_files.answers(job, here)]}
    else:
        with tempfile.TemporaryFile() as whole:
            _assemble(whole, job, reached, here)
            place = import_files.put_result(job, whole, here)
        result = {"accepted": reached.accepted, "rejected": reached.rejected, "object": place}
    here.jobs.end(job, "done", result)
    import_files.remove(job, here)


def _assemble(whole: IO[bytes], job: Job, reached: Reached, here: "House") -> None:
    """Write the result to a file: its answers may be more than memory holds."""
    whole.write(b'{"accepted":%d,"rejected":%d,"lines":[' % (reached.accepted, reached.rejected))
    for number, line in enumerate(import_files.answers(job, here)):
        whole.write(line if number == 0 else b"," + line)
    whole.write(b"]}")
    whole.seek(0)


def _counts(reached: Reached) -> dict[str, Any]:
    return {"accepted": reached.accepted, "rejected": reached.rejected, "lines": []}
