"""Wrong catalogues as data: each file of wrong/ changes the right one and names every problem that must be found."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from rapport_authoring.check import Checked, check
from rapport_authoring.problems import Code, Problem

from tests.catalogue.little_house import HERE, little_house

CASES = sorted((HERE / "wrong").glob("*.yaml"))


def case_of(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return case


@cache
def checked(path: Path) -> Checked:
    """What the check says of a case, asked once for all tests of it."""
    return check(little_house(**case_of(path)["files"]))


def said(problem: Problem, *, with_severity: bool) -> str:
    severity = f"{problem.severity} " if with_severity else ""
    return f"{problem.file}:{problem.line}:{problem.column} {severity}{problem.code} {problem.message}"


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_wrong_catalogue_is_told_exactly_what_is_wrong_and_where(path: Path) -> None:
    case, result = case_of(path), checked(path)
    if "errors" in case:
        assert [said(problem, with_severity=False) for problem in result.errors] == case["errors"]
    else:
        assert [said(problem, with_severity=True) for problem in result.problems] == case["problems"]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_whatever_is_wrong_comes_with_a_hint(path: Path) -> None:
    assert [problem for problem in checked(path).problems if not problem.hint] == []


@pytest.mark.parametrize("path", [p for p in CASES if not p.stem.startswith("warns-")], ids=lambda path: path.stem)
def test_a_catalogue_with_an_error_is_not_compiled(path: Path) -> None:
    assert checked(path).catalogue is None


@pytest.mark.parametrize("path", [p for p in CASES if p.stem.startswith("warns-")], ids=lambda path: path.stem)
def test_a_catalogue_with_warnings_only_is_compiled(path: Path) -> None:
    assert checked(path).catalogue is not None


def test_every_code_of_the_check_has_a_wrong_catalogue_that_shows_it() -> None:
    shown = " ".join(path.read_text(encoding="utf-8") for path in CASES)
    assert [code.value for code in Code if f" {code.value} " not in shown] == []
