"""How many lines a second an import takes against the local stack, in how much memory, and that none is lost.

    .venv/bin/python -m tests.benchmarks.profiles.import_rate [.local] [100000]

The deployed function's own job code runs here, slice after slice as its queue has it; the file, the tables and the
answers are in the emulator.
"""

import json
import os
import resource
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any
from uuid import uuid4

from rapport.domain.profile import Identity
from rapport.use_cases.people import person
from rapport_aws import imports, privacy, settings
from rapport_aws.assemble import House
from rapport_aws.jobs import Job

from tests.benchmarks.profiles.intake_rate import environment

LINES, WRONG = 100_000, 97
GROWTH = 64 * 1024
"""KiB that the process may grow by, from a tenth of the file to its end."""


def file_of(run: str, lines: int) -> bytes:
    """So many people, every ninety-seventh with an address that is none."""
    return b"".join(line(run, number) for number in range(lines))


def line(run: str, number: int) -> bytes:
    email = f"u{number}@example.com" if number % WRONG else "a@b, c@d"
    traits = {"first_name": f"Name {number}", "tier": "gold", "email": email}
    return json.dumps({"userId": f"{run}-{number}", "traits": traits}).encode() + b"\n"


def peak() -> int:
    """The most memory that this process has used so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(home: str = ".local", lines: str = str(LINES)) -> None:
    """Import a file, and print the rate, the growth, and what came of it."""
    os.environ |= environment(json.loads((Path(home) / "stack.json").read_text()), "dispatch")
    here, run, count = Unqueued(settings.read(os.environ)), uuid4().hex[:8], int(lines)
    job = imports.start("crm", file_of(run, count), here)
    began, early = time.perf_counter(), 0
    while job.state in ("waiting", "running"):
        imports.go_on(job, here)
        job = here.jobs.find(job.id)
        early = early or (peak() if job.progress >= 0.1 else 0)  # as GROWTH says
    took, grown = time.perf_counter() - began, peak() - early
    result: dict[str, Any] = privacy.with_address(job, here).result or {}
    told = answers(result)
    rejected = len(range(0, count, WRONG))
    assert (result["accepted"], result["rejected"], len(told)) == (count - rejected, rejected, count), result
    assert [one["line"] for one in told] == list(range(1, count + 1))
    stored = sum(run_of(here, run, number) for number in range(1, count, max(1, count // 500)) if number % WRONG)
    print(f"{count} lines: {count / took:.0f} a second, {grown} KiB more from a tenth to the end; {stored} looked up")  # noqa: T201  # a figure
    assert grown < GROWTH


class Unqueued(House):
    """A deployment whose jobs nobody else goes on with: the loop here is the queue."""

    def enqueue_job(self, job: Job, after: int = 0) -> None:
        """Leave it to the loop."""


def answers(result: dict[str, Any]) -> list[dict[str, Any]]:
    if "url" not in result:
        return list(result["lines"])
    with urllib.request.urlopen(result["url"]) as answer:  # noqa: S310  # the emulator's own
        return list(json.loads(answer.read())["lines"])


def run_of(here: Any, run: str, number: int) -> int:
    """One, when this line's person is there as the line says."""
    found = person(Identity("user", f"{run}-{number}"), here.ports)
    assert found.traits["first_name"].value == f"Name {number}"
    return 1


if __name__ == "__main__":
    main(*sys.argv[1:])
