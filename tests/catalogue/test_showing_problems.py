"""Problems on a terminal and as JSON."""

from rapport_authoring.problems import Code, Place, Problem, nearest
from rapport_authoring.problems.show import as_json, as_text, summary

WRONG = Problem.found(
    Code.WRONG_VALUE, Place("offers/a.yaml", 3, 7), "`kind` cannot be `sale`", "did you mean `sales`?"
)
LISTED = Problem.found(Code.POLICY_LOOSENED, Place("rapport.yaml", 9, 3), "there are no quiet hours")


def test_a_terminal_shows_place_severity_message_code_and_hint() -> None:
    lines = as_text([WRONG]).plain.splitlines()
    assert lines[1] == "  offers/a.yaml:3:7  error  `kind` cannot be `sale`  wrong-value"
    assert lines[2].strip() == "did you mean `sales`?"


def test_json_parts_errors_from_warnings() -> None:
    found = as_json([WRONG, LISTED])
    assert [entry["code"] for entry in found["errors"]] == ["wrong-value"]
    assert found["warnings"] == [
        {
            "code": "policy-loosened",
            "message": "there are no quiet hours",
            "file": "rapport.yaml",
            "line": 9,
            "column": 3,
            "hint": "loosen it on purpose only",
        }
    ]


def test_the_last_line_counts() -> None:
    assert summary([WRONG, WRONG, LISTED]) == "2 errors, 1 warning"


def test_nothing_wrong_is_said_too() -> None:
    assert as_text([]).plain == "Everything is in order.\n"


def test_markup_in_a_message_is_text() -> None:
    wrong = Problem.found(Code.UNKNOWN_KEY, Place("a.yaml"), "`[red]x[/red]` is not a key")
    assert "[red]x[/red]" in as_text([wrong]).plain


def test_a_hint_names_the_nearest_among_thousands() -> None:
    assert nearest("offer-0501x", [f"offer-{at:04}" for at in range(5000)]) == "did you mean `offer-0501`?"


def test_a_hint_shows_what_there_is_when_nothing_is_near() -> None:
    assert nearest("zebra", ["news", "trips"]) == "known: `news`, `trips`"
