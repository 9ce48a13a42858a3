"""The check of a whole catalogue: from files to a compiled catalogue, or to every reason why there is none."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rapport.domain.catalogue import Catalogue

from rapport_authoring.check import (
    certainty,
    hours,
    placing,
    policy,
    references,
    shadows,
    structure,
    templates,
    touches,
)
from rapport_authoring.check.judging import Judged, judge_all
from rapport_authoring.check.world import Rule, World
from rapport_authoring.compile import compile_catalogue
from rapport_authoring.loader import MAX_PROBLEMS, Documents, load, no_collection, read_folder
from rapport_authoring.problems import Code, Problem, Severity

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *references.RULES,
    *placing.RULES,
    *certainty.RULES,
    *policy.RULES,
    *hours.RULES,
)


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: problems in the order of the files; a catalogue when none of them is an error."""

    catalogue: Catalogue | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What keeps the catalogue from being published."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is for a person to judge."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.WARNING)


def check(files: Mapping[str, str]) -> Checked:
    """Check the files of a catalogue, path to text. Never raises for what is in them."""
    with no_collection():
        return _checked(load(files))


def check_folder(folder: Path) -> Checked:
    """Check a catalogue on disk. Raises OSError when the folder cannot be read."""
    files, problems = read_folder(folder)
    with no_collection():
        documents = load(files)
        documents.problems.extend(problems)
        return _checked(documents)


def _checked(documents: Documents) -> Checked:
    world = World(documents)
    problems = [p for rule in RULES for p in islice(rule(world), MAX_PROBLEMS)]
    judged = judge_all(world)
    # Names that cannot be read are not unknown names: conditions and templates wait for traits and events.
    if {"traits", "event", "segment"} <= documents.readable and _named(documents):
        problems.extend(_of_judged(judged))
    moot = _moot(documents)
    problems = [*documents.problems, *(problem for problem in problems if not moot(problem))]
    ordered = sorted(set(problems), key=lambda p: (p.severity is not Severity.ERROR, p.file, p.line, p.column, p.code))
    wrong = any(problem.severity is Severity.ERROR for problem in ordered)
    shown = sorted(ordered[:MAX_PROBLEMS], key=lambda p: (p.file, p.line, p.column, p.severity, p.code, p.message))
    return Checked(None if wrong else compile_catalogue(judged), tuple(shown))


def _moot(documents: Documents) -> Callable[[Problem], bool]:
    """Return whether a problem only follows from another: advice on what is not whole, or a key that is misspelt."""
    misspelt = {problem.place for problem in documents.problems if problem.code is Code.UNKNOWN_KEY}

    def moot(problem: Problem) -> bool:
        if problem.severity is Severity.ERROR:
            return problem.code is Code.UNKNOWN_KEY and problem.place in misspelt
        return any(entry.holds(problem.place) for entry in documents.faulty.get(problem.file, ()))

    return moot


def _named(documents: Documents) -> bool:
    """Whether traits.yaml, where there is one, could be read."""
    return documents.traits is not None or not documents.files.get("traits.yaml", "").strip()


def _of_judged(judged: Judged) -> list[Problem]:
    rules = (
        templates.templates,
        touches.touches,
        touches.mandates,
        shadows.contradictions,
        shadows.empty_traits,
        shadows.personas,
        shadows.variants,
        shadows.brands,
    )
    return [*judged.problems, *(problem for rule in rules for problem in islice(rule(judged), MAX_PROBLEMS))]
