"""The command line: every command explains itself, wrong usage exits 2, a problem 1, and nobody sees a traceback."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rapport_authoring.cli import main
from rapport_authoring.cli.main import COMMANDS

NAMES = {
    *("new", "check", "simulate", "preview", "push", "rollback", "explain", "import", "keys", "status", "report"),
    *("what-if", "local"),
}
HOUSE = str(Path(__file__).with_name("right"))
NOWHERE = ("--api", "https://127.0.0.1:1", "--key", "k")
EMPTY = "/dev/null"


def run(*words: str, given: str | None = None) -> Result:
    nothing = {"RAPPORT_API": "", "RAPPORT_KEY": "", "RAPPORT_CATALOGUE_TABLE": "", "AWS_REGION": ""}
    return CliRunner(env=nothing | {"AWS_DEFAULT_REGION": ""}).invoke(main, words, input=given)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    told = run(name, "--help")
    assert told.exit_code == 0
    assert f"Usage: main {name}" in told.output
    assert len(told.output.split("\n\n")[1]) > 10


def test_the_commands_are_those_of_the_contract() -> None:
    assert NAMES - COMMANDS.keys() == set()


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("check",),
        ("check", "/nonexistent"),
        ("simulate", HOUSE, "/nonexistent"),
        ("simulate", HOUSE, EMPTY, "--seed", "x"),
        ("simulate", HOUSE, EMPTY, "--report", "/nonexistent/report.html"),
        ("preview", HOUSE, "birthday", "--at", "never"),
        ("preview", HOUSE, "birthday", "--event", "{bad"),
        ("preview", HOUSE, "birthday", "--event", '{"event": "X", "properties": [1]}'),
        ("explain", HOUSE, "soap"),
        ("push", HOUSE),
        ("push", HOUSE, "--api", "http://elsewhere.example", "--key", "k"),
        ("import", "/nonexistent", "--source", "crm"),
        ("keys", "secret", "profiles:read"),
        ("keys", "secret", "profiles:read", "--table", "t"),
        ("what-if", "-"),
        ("what-if", "-", "--policy", "nonsense"),
        ("report",),
        ("report", "/nonexistent"),
        ("local", "nonsense"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = run(*words)
    assert told.exit_code == 2, told.output


@pytest.mark.parametrize(
    "words",
    [
        ("new", HOUSE),
        ("new", "/proc/nothing/here"),
        ("preview", HOUSE, "nonsense"),
        ("preview", HOUSE, "birthday", "--html", "/nonexistent/page.html"),
        ("explain", HOUSE, "soap", "--timeline", EMPTY, "--user", "u1"),
        ("push", HOUSE, *NOWHERE),
        ("rollback", *NOWHERE),
        ("import", __file__, "--source", "crm", *NOWHERE),
        ("report", "--out", "report.html", *NOWHERE),
        ("what-if", __file__, "--policy", "logged"),
    ],
    ids=" ".join,
)
def test_a_problem_exits_1_and_says_so_in_a_line(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = run(*words)
    assert told.exit_code == 1, told.output
    assert told.output.splitlines()[-1].startswith("Error: ")


def test_a_wrong_catalogue_exits_1(tmp_path: Path) -> None:
    (tmp_path / "rapport.yaml").write_text("name: 3\n")
    told = [run("check", str(tmp_path)), run("simulate", str(tmp_path), "-", given="")]
    assert [one.exit_code for one in told] == [1, 1]


def test_a_bad_line_of_a_timeline_costs_nothing_else() -> None:
    lines = ['{"at": "2026-11-02T09:00:00Z", "type": "end"}', "no json", '{"at": "2026-11-02T09:00:00Z", "type": "x"}']
    told = run("simulate", HOUSE, "-", given="\n".join(lines))
    rows = [json.loads(line) for line in told.output.splitlines()]
    assert told.exit_code == 0
    assert [(row["type"], row["line"]) for row in rows] == [("error", 2), ("error", 3)]
