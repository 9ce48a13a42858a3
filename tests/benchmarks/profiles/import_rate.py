"""A hundred thousand lines against the emulator: how many a second, in how much memory, and that none is lost.

    .venv/bin/python -m tests.benchmarks.profiles.import_rate [100000]

The deployed function's own job code runs here, slice after slice as its queue has it; the file, the tables and the
answers are in an emulator of its own, with nothing else in it.
"""

import json
import os
import resource
import socket
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
from rapport.domain.profile import Identity
from rapport.use_cases.people import person
from rapport_authoring.local import emulator, processes
from rapport_authoring.local.place import Place
from rapport_aws import imports, privacy, settings
from rapport_aws.assemble import House
from rapport_aws.jobs import Job

from tests.functions.deployment import CATALOGUE, build, forget

ROOT = Path(__file__).parents[3]
LINES, WRONG = 100_000, 97
OWN_KEY = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
GROWTH = 64 * 1024
"""KiB that the process may grow by, from a tenth of the file to its end."""


class Unqueued(House):
    """A deployment whose jobs nobody else goes on with: the loop here is the queue."""

    def enqueue_job(self, job: Job, after: int = 0) -> None:
        """Leave it to the loop."""


@contextmanager
def deployed() -> Iterator[House]:
    """A house with its catalogue in an emulator of its own."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as environment:
        place = Place(ROOT, Path(home), free_port())
        emulator.install(place)
        emulator.start(place, relays=False)
        try:
            # The emulator checks signed addresses, under its own key.
            for name, value in (build(environment, place.emulator) | OWN_KEY).items():
                environment.setenv(name, value)
            boto3.DEFAULT_SESSION = None
            forget()
            here = Unqueued(settings.read(os.environ))
            here.curation.publish(CATALOGUE, {"rapport.yaml": "name: Trails"})
            here.publications.refresh()
            yield here
        finally:
            processes.stop(place, emulator.NAME)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def line(number: int) -> bytes:
    """One person; every ninety-seventh has an address that is none."""
    email = f"u{number}@example.com" if number % WRONG else "a@b, c@d"
    return json.dumps({"userId": f"u{number}", "traits": {"first_name": f"Name {number}", "email": email}}).encode()


def peak() -> int:
    """The most memory that this process has used so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def imported(lines: int, here: House) -> tuple[float, int]:
    """Import so many lines, and see that each is answered and nobody lost; lines a second, and KiB grown."""
    job = imports.start("crm", b"\n".join(map(line, range(lines))), here)
    began, early = time.perf_counter(), 0
    while job.state in ("waiting", "running"):
        imports.go_on(job, here)
        job = here.jobs.find(job.id)
        early = early or (peak() if job.progress >= 0.1 else 0)  # as GROWTH says
    rate, grown = lines / (time.perf_counter() - began), peak() - early
    result: dict[str, Any] = privacy.with_address(job, here).result or {}
    told, rejected = answers(result), list(range(0, lines, WRONG))
    assert [one["line"] for one in told] == list(range(1, lines + 1))
    assert [one["line"] - 1 for one in told if one["status"] == "rejected"] == rejected
    assert (result["accepted"], result["rejected"]) == (lines - len(rejected), len(rejected))
    assert known(here) == lines - len(rejected)
    some = range(1, lines, max(1, lines // 200))
    names = {number: person(Identity("user", f"u{number}"), here.ports).traits for number in some if number % WRONG}
    assert all(traits["first_name"].value == f"Name {number}" for number, traits in names.items())
    return rate, grown


def known(here: House) -> int:
    """How many people there are, counted by the index over all of them."""
    count, after = 0, None
    while True:
        ids, after = here.profiles.ids(after, 100)
        count += len(ids)
        if after is None:
            return count


def answers(result: dict[str, Any]) -> list[dict[str, Any]]:
    if "url" not in result:
        return list(result["lines"])
    with urllib.request.urlopen(result["url"]) as answer:  # noqa: S310  # the emulator's own
        return list(json.loads(answer.read())["lines"])


def main(lines: str = str(LINES)) -> None:
    """Print the rate and the growth."""
    with deployed() as here:
        rate, grown = imported(int(lines), here)
    print(f"{lines} lines: {rate:.0f} a second, {grown} KiB more from a tenth of them to the end")  # noqa: T201  # a figure


if __name__ == "__main__":
    main(*sys.argv[1:])
