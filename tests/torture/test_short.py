"""The short form of each torture; `make torture` is the long one. What was counted is printed with a failure."""

import json
import subprocess
import sys
from typing import Any

from tests.torture.workers import LABELS


def showed(what: str, **options: int) -> dict[str, Any]:
    """What a torture showed, run in a process of its own: it forks, and kills what it forked."""
    asked = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = [sys.executable, "-m", "tests.torture", what, *asked]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)  # noqa: S603  # ours
    assert answer.returncode == 0, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    sys.stdout.write(answer.stdout)
    return found


def test_workers_killed_at_every_point_lose_nothing_and_send_nothing_twice() -> None:
    told = showed("kills", messages=1000, kills=100)
    assert sum(told["kills"].values()) > 90  # a few workers may find nothing left to do
    assert set(LABELS) <= told["kills"].keys()
    assert (told["lost"], told["duplicates_unexplained"]) == (0, 0)
    assert told["duplicates"].keys() <= {"resend"}
    assert (told["untold"], told["told"] > 900) == (0, True)
    assert (told["redrive_extra"], told["replay_extra"], told["difference"]) == (0, 0, 0)


def test_no_hand_over_begins_after_a_withdrawal_or_erasure_and_no_cap_is_broken() -> None:
    told = showed("races", races=240)
    assert (told["begun_too_late"], told["over_their_cap"], told["duplicates"], told["difference"]) == (0, 0, 0, 0)
    # Both sides win some: a race that one side always wins shows nothing.
    assert 0 < told["sent"]["withdrawal"] < told["races"]["withdrawal"]


def test_a_contended_cap_is_met_exactly_and_no_slot_is_lost() -> None:
    told = showed("caps", contenders=240)
    assert (told["sent"], told["counted"], told["left"]) == (told["at_most"], told["at_most"], 0)
