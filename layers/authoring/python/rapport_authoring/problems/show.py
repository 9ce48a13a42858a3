"""Problems as a person reads them on a terminal, and as a machine reads them."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from rich.text import Text

from rapport_authoring.problems.codes import Severity
from rapport_authoring.problems.problem import Problem

STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow"}


def as_text(problems: Sequence[Problem]) -> Text:
    """Return problems for a terminal, by file, with a last line that counts them; `.plain` is without colours."""
    text = Text()
    for file, found in groupby(problems, key=lambda problem: problem.file):
        text.append(f"{file}\n", "bold")
        for problem in found:
            text.append_text(_line(problem))
        text.append("\n")
    return text.append(summary(problems), "bold" if problems else "green").append("\n")


def _line(problem: Problem) -> Text:
    at = f"{problem.file}:{problem.line}:{problem.column}"
    line = Text("  ").append(at, "cyan").append("  ").append(problem.severity.value, STYLES[problem.severity])
    line.append(f"  {problem.message}  ").append(problem.code.value, "dim").append("\n")
    return line.append(f"      {problem.hint}\n", "italic") if problem.hint else line


def summary(problems: Sequence[Problem]) -> str:
    """Return how many errors and warnings there are, in words."""
    if not problems:
        return "Everything is in order."
    counted = [(severity, sum(problem.severity is severity for problem in problems)) for severity in Severity]
    return ", ".join(f"{count} {severity.value}{'' if count == 1 else 's'}" for severity, count in counted if count)


def as_json(problems: Sequence[Problem]) -> dict[str, list[dict[str, Any]]]:
    """Return `{"errors": [...], "warnings": [...]}`, each with code, message, file, line, column and hint."""
    return {
        f"{severity.value}s": [_plain(problem) for problem in problems if problem.severity is severity]
        for severity in Severity
    }


def _plain(problem: Problem) -> dict[str, Any]:
    return {
        "code": problem.code.value,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }
