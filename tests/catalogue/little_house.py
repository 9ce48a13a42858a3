"""The smallest catalogue with a bit of everything, and how the catalogue's tests change one file of it."""

from functools import cache
from pathlib import Path

from rapport_authoring.check import Checked, check
from rapport_authoring.loader import read_folder

HERE = Path(__file__).parent


@cache
def _right() -> tuple[tuple[str, str], ...]:
    files, problems = read_folder(HERE / "right")
    assert not problems
    return tuple(files.items())


def little_house(**changes: str | None) -> dict[str, str]:
    """The files of the right catalogue with some replaced, added or (None) taken away; `offers/x.yaml` by `**{...}`."""
    return {name: text for name, text in (dict(_right()) | changes).items() if text is not None}


def checked(files: dict[str, str]) -> Checked:
    """Check the right catalogue with these files laid over it."""
    return check(little_house(**files))


def codes(result: Checked) -> list[str]:
    """The codes of what was found, in the order of the files."""
    return [problem.code.value for problem in result.problems]
