"""The simulator's own promises: what is wrong costs one row, and the same input gives the same bytes."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from rapport_authoring.cli.simulate import simulate as command
from rapport_authoring.simulation import simulate
from test_scenarios import catalogue_of

NOON = "2026-11-02T12:00:00Z"
LATER = '{"at": "2026-11-02T12:00:00Z", "type": "personalise", "anonymousId": "a1", "placements": ["hero"]}'
WRONG = {
    "no JSON": "Ann",
    "no object": "[1]",
    "no moment": '{"type": "end"}',
    "a moment that is a number": '{"at": 1, "type": "end"}',
    "a day and no moment": '{"at": "2026-11-02", "type": "end"}',
    "a moment beyond the calendar": '{"at": "9999-12-31T23:59:59Z", "type": "end"}',
    "no type": f'{{"at": "{NOON}"}}',
    "an unknown type": f'{{"at": "{NOON}", "type": "sing"}}',
    "a type that is a list": f'{{"at": "{NOON}", "type": []}}',
    "a key twice": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "userId": "u2"}}',
    "half a character": f'{{"at": "{NOON}", "type": "withdraw-offer", "offer": "\\ud800"}}',
    "no number": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "traits": {{"balance": NaN}}}}',
    "brackets without end": "[" * 100_000,
    "nobody": f'{{"at": "{NOON}", "type": "identify"}}',
    "a browser without an anonymous id": f'{{"at": "{NOON}", "type": "identify", "userId": "u1", "trusted": false}}',
    "a track without an event": f'{{"at": "{NOON}", "type": "track", "userId": "u1"}}',
    "an unknown purpose": (
        f'{{"at": "{NOON}", "type": "consent", "userId": "u1", "purpose": "x", "status": "granted"}}'
    ),
    "an unknown placement": f'{{"at": "{NOON}", "type": "personalise", "anonymousId": "a1", "placements": ["x"]}}',
    "a key that nobody knows": (
        f'{{"at": "{NOON}", "type": "personalise", "anonymousId": "a1", "placements": ["hero"], "x": 1}}'
    ),
    "the view of nobody": f'{{"at": "{NOON}", "type": "profile", "userId": "u9"}}',
    "feedback for a message that never was": (
        f'{{"at": "{NOON}", "type": "feedback", "userId": "u1", "campaign": "x", "status": "opened"}}'
    ),
    "an unknown offer": f'{{"at": "{NOON}", "type": "withdraw-offer", "offer": "x"}}',
    "a merge with nobody": f'{{"at": "{NOON}", "type": "merge", "userId": "u1", "into": "u2"}}',
    "an approval of nothing": f'{{"at": "{NOON}", "type": "approve", "userId": "u1", "campaign": "x"}}',
}


def played(lines: Sequence[str], seed: int = 0) -> list[Any]:
    return list(simulate(catalogue_of({}), lines, seed))


@pytest.mark.parametrize("line", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_line_is_one_error_row_with_its_number_and_costs_nothing_else(line: str) -> None:
    rows = played(["", line, LATER])
    assert [(row["type"], row.get("line")) for row in rows] == [("error", 2), ("decision", None)]


def test_an_error_row_stands_where_the_clock_stands() -> None:
    rows = played([LATER, '{"at": "2026-11-01T12:00:00Z", "type": "end"}', "x"])
    assert [row["at"] for row in rows] == [NOON, NOON, NOON]


def test_times_of_the_output_are_utc_whatever_offset_the_line_has() -> None:
    rows = played([LATER.replace(NOON, "2026-11-02T13:00:00+01:00")])
    assert rows[0]["at"] == NOON


PULLS = [LATER, LATER.replace("a1", "a2"), LATER.replace("T12", "T13")]


def test_a_longer_timeline_begins_with_the_rows_of_the_shorter_one_tokens_included() -> None:
    whole = played(PULLS)
    assert [played(PULLS[:length]) for length in range(4)] == [whole[:length] for length in range(4)]


def test_another_seed_gives_other_tokens_and_the_same_seed_the_same() -> None:
    assert played(PULLS, 7) == played(PULLS, 7)
    assert played(PULLS, 7) != played(PULLS, 8)


def run(folder: Path, timeline: str, *options: str) -> Any:  # click's result
    folder.mkdir()
    (folder / "rapport.yaml").write_text("name: Tiny\n")
    return CliRunner().invoke(command, [str(folder), "-", *options], input=timeline)


def test_the_command_ends_well_although_lines_are_wrong(tmp_path: Path) -> None:
    done = run(tmp_path / "tiny", "\n".join(WRONG.values()))
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0, done.output
    assert [row["line"] for row in rows] == list(range(1, len(WRONG) + 1))


def test_the_command_gives_the_same_bytes_for_the_same_input(tmp_path: Path) -> None:
    timeline = "\n".join(
        [
            f'{{"at": "{NOON}", "type": "identify", "userId": "Zoë", "traits": {{"email": "ann@x.example"}}}}',
            f'{{"at": "{NOON}", "type": "profile", "userId": "Zoë"}}',
        ]
    )
    once, again = (run(tmp_path / name, timeline, "--seed", "3") for name in ("one", "two"))
    assert once.stdout_bytes == again.stdout_bytes
    assert json.loads(once.stdout)["userId"] == "Zoë"
