"""Whatever stands in a catalogue's files, the check answers with problems that have a place, and never raises."""

import json
from collections.abc import Iterator
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport_authoring.check import Checked, check

from tests.catalogue.little_house import little_house

FILES = little_house()
SCRAPS = ["", "\t", "\n", "- ", "{", "}", "'", '"', ":", "&a ", "*a", "!x ", "# ", "|\n", "\u2028", "é💥", "{{", "%}"]
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 10**20) | st.floats() | st.text(max_size=8) | st.sampled_from(SCRAPS),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
Path = tuple[Any, ...]


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from paths(child, (*path, key))


def put(value: Any, path: Path, junk: object) -> Any:
    if not path:
        return junk
    keys = value if isinstance(value, dict) else range(len(value))
    changed = {key: put(value[key], path[1:], junk) if key == path[0] else value[key] for key in keys}
    return changed if isinstance(value, dict) else list(changed.values())


PLACES = [(name, path) for name, text in FILES.items() if name.endswith("yaml") for path in paths(yaml.safe_load(text))]


def holds_its_promise(files: dict[str, str], found: Checked) -> bool:
    placed = all(
        problem.line >= 1 and problem.column >= 1 and problem.line <= len(files.get(problem.file, "").splitlines()) + 1
        for problem in found.problems
    )
    return placed and (found.catalogue is None) == bool(found.errors)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(where=st.sampled_from(PLACES), junk=JUNK)
def test_any_value_anywhere_is_answered(where: tuple[str, Path], junk: object) -> None:
    name, path = where
    text = json.dumps(put(yaml.safe_load(FILES[name]), path, junk), default=str, ensure_ascii=False)
    files = {**FILES, name: text}
    assert holds_its_promise(files, check(files))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(sorted(FILES)), share=st.floats(0, 1), length=st.integers(0, 9), scrap=st.sampled_from(SCRAPS)
)
def test_any_scrap_anywhere_is_answered(name: str, share: float, length: int, scrap: str) -> None:
    at = int(share * len(FILES[name]))
    files = {**FILES, name: FILES[name][:at] + scrap + FILES[name][at + length :]}
    assert holds_its_promise(files, check(files))
