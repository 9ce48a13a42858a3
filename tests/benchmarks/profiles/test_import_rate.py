"""A file of a hundred thousand people: all of them taken, in bounded memory, an answer each."""

import io
import json
import time
import tracemalloc
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from msgspec import structs
from rapport.memory import (
    MemoryBus,
    MemoryLedger,
    MemoryProfiles,
    MemoryPublications,
    MemorySchedule,
    MemorySealer,
    MemorySender,
)
from rapport.ports import Ports
from rapport_aws import imports
from rapport_aws.jobs import Job

from tests.benchmarks.profiles.import_rate import GROWTH, deployed, imported
from tests.benchmarks.profiles.test_stored_form import CATALOGUE

LINES, WRONG = 100_000, 97
LARGEST_ANSWERS = 16 * 1024 * 1024


class Bucket:
    """As much of S3 as an import asks for, kept outside of the memory that is measured as far as can be."""

    def __init__(self, file: bytes) -> None:
        self.held, self.file = dict[str, bytes](), file

    def head_object(self, **_asked: str) -> dict[str, int]:
        return {"ContentLength": len(self.file)}

    def get_object(self, Key: str, Range: str = "", **_asked: str) -> dict[str, Any]:  # noqa: N803  # boto3's names
        if not Range:
            return {"Body": io.BytesIO(self.held[Key])}
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": io.BytesIO(self.file[int(first) : int(last) + 1])}

    def put_object(self, Key: str, Body: Any, **_asked: str) -> None:  # noqa: N803  # as above
        self.held[Key] = Body if isinstance(Body, bytes) else Body.read()

    def delete_object(self, Key: str, **_asked: str) -> None:  # noqa: N803  # as above
        self.held.pop(Key, None)

    def get_paginator(self, _name: str) -> Any:
        def paginate(Prefix: str, **_asked: str) -> list[dict[str, Any]]:  # noqa: N803  # as above
            return [{"Contents": [{"Key": key} for key in self.held if key.startswith(Prefix)]}]

        return SimpleNamespace(paginate=paginate)


class Jobs:
    def __init__(self) -> None:
        self.job = Job("j_1", "import", input=msgspec.to_builtins(imports.Reached("crm")))

    def keep(self, job: Job) -> Job:
        self.job = job
        return job

    def end(self, job: Job, state: Any, result: dict[str, Any]) -> Job:
        return self.keep(structs.replace(job, state=state, result=result))


def line(number: int) -> bytes:
    traits = {"first_name": f"Name {number}", "tier": "gold", "email": f"u{number}@example.com"}
    if number % WRONG == 0:
        traits["email"] = "a@b, c@d"
    return json.dumps({"userId": f"u{number}", "traits": traits}).encode() + b"\n"


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_taken_without_loss_in_bounded_memory() -> None:
    bucket, jobs = Bucket(b"".join(map(line, range(LINES)))), Jobs()
    bus, schedule = MemoryBus(), MemorySchedule()
    profiles = MemoryProfiles(schedule, bus)
    publications = MemoryPublications(CATALOGUE)
    ports = Ports(profiles, publications, MemoryLedger(profiles), MemorySender(), bus, MemorySealer())
    here: Any = SimpleNamespace(
        jobs=jobs, s3=bucket, settings=SimpleNamespace(bucket="b"), ports=ports, publications=publications,
        profiles=SimpleNamespace(ahead=lambda _ids: profiles),
        clock=lambda: 1_800_000_000.0, enqueue_job=lambda _job: None,
    )  # fmt: skip
    began = time.perf_counter()
    while jobs.job.state in ("waiting", "running"):
        imports.go_on(jobs.job, here)
        profiles.logged.clear()
    took = time.perf_counter() - began
    result = jobs.job.result or {}
    told = json.loads(bucket.held[result["object"]])["lines"]
    print(f"\n{LINES} lines: {LINES / took:.0f} a second beside the store's own time")  # noqa: T201  # a figure
    rejected = len(range(0, LINES, WRONG))
    assert (result["accepted"], result["rejected"], len(told)) == (LINES - rejected, rejected, LINES)
    assert [one["line"] for one in told] == list(range(1, LINES + 1))
    assert sum(1 for name in profiles._profiles) == LINES - rejected


@pytest.mark.slow
def test_the_answers_are_put_together_in_a_file_and_not_in_memory() -> None:
    answers = {
        f"imports/j_1/answers/{n:012d}": b'{"line":1,"status":"accepted","errors":[]}\n' * 200 for n in range(500)
    }
    bucket = Bucket(b"")
    bucket.held = answers
    here: Any = SimpleNamespace(s3=bucket, settings=SimpleNamespace(bucket="b"))
    tracemalloc.start()
    with io.FileIO("/dev/null", "r+") as nowhere:
        imports._assemble(Unseekable(nowhere), Jobs().job, imports.Reached("crm", accepted=1), here)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LARGEST_ANSWERS / 16


class Unseekable:
    """A file that is only written."""

    def __init__(self, file: io.FileIO) -> None:
        self.write = file.write

    def seek(self, _place: int) -> None:
        return


@pytest.mark.slow
def test_a_hundred_thousand_lines_are_taken_without_loss_by_the_emulator_too() -> None:
    with deployed() as here:
        rate, grown = imported(LINES, here)
    print(f"\n{LINES} lines on the emulator: {rate:.0f} a second, {grown} KiB more")  # noqa: T201  # a figure
    assert grown < GROWTH
