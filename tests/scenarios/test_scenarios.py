"""Behaviours of the contract as timelines: each YAML file beside this one is a few, readable without Python."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from rapport.domain.catalogue import Catalogue
from rapport_authoring.check import check
from rapport_authoring.simulation import simulate

HERE = Path(__file__).parent
HOUSE = {path.relative_to(HERE / "house").as_posix(): path.read_text() for path in (HERE / "house").rglob("*.*")}


def scenarios(*, refused: bool = False) -> Iterator[Any]:
    for path in sorted(HERE.glob("*.yaml")):
        for number, scenario in enumerate(yaml.safe_load(path.read_text())):
            name = f"{scenario['id']}-{number}-{scenario['says'][:60]}"
            if ("refused" in scenario) is refused:
                yield pytest.param(scenario, id=f"{path.stem}:{name}")


def catalogue_of(scenario: Mapping[str, Any]) -> Catalogue:
    """The catalogue of a scenario, which is in order."""
    checked = check(files_of(scenario))
    assert checked.catalogue is not None, "\n".join(f"{p.file}:{p.line}: {p.message}" for p in checked.errors)
    return checked.catalogue


def files_of(scenario: Mapping[str, Any]) -> dict[str, str]:
    """The small house of these tests, with the scenario's own documents; `null` takes a file away."""
    own = {
        name: text if isinstance(text, str) else yaml.safe_dump(text, sort_keys=False, allow_unicode=True)
        for name, text in scenario.get("catalogue", {}).items()
        if text is not None
    }
    removed = {name for name, text in scenario.get("catalogue", {}).items() if text is None}
    files = {name: text for name, text in HOUSE.items() if name not in removed}
    if "rapport" in scenario:
        files["rapport.yaml"] = yaml.safe_dump(merged(yaml.safe_load(files["rapport.yaml"]), scenario["rapport"]))
    return {**files, **own}


def merged(base: Any, change: Any) -> Any:
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    return {**base, **{key: merged(base.get(key), value) for key, value in change.items()}}


def lines_of(scenario: Mapping[str, Any]) -> list[str]:
    """The timeline as NDJSON; in YAML a moment may stand without quotes."""
    return [json.dumps(line, default=lambda value: value.isoformat()) for line in scenario["timeline"]]


def fits(expected: Any, found: Any) -> bool:
    """Whether a part of a row is as expected.

    Mappings need only the keys named, lists only the members; `{in_order: [...]}` is a whole list, `/text/` is found
    inside a string.
    """
    if isinstance(expected, dict) and expected.keys() == {"in_order"}:
        wanted = expected["in_order"]
        return isinstance(found, list) and len(found) == len(wanted) and all(map(fits, wanted, found))
    if isinstance(expected, dict):
        return isinstance(found, dict) and all(
            key in found and fits(value, found[key]) if value is not None else found.get(key) is None
            for key, value in expected.items()
        )
    if isinstance(expected, list):
        return isinstance(found, list) and all(any(fits(one, other) for other in found) for one in expected)
    if isinstance(expected, str) and len(expected) > 1 and expected[0] == expected[-1] == "/":
        return isinstance(found, str) and expected[1:-1] in found
    return bool(expected == found) and isinstance(expected, bool) == isinstance(found, bool)


@pytest.mark.parametrize("scenario", scenarios())
def test_a_behaviour_shows_in_the_simulator(scenario: Mapping[str, Any]) -> None:
    rows = list(simulate(catalogue_of(scenario), lines_of(scenario)))
    told = "\n".join(json.dumps(row, ensure_ascii=False)[:600] for row in rows)
    left = iter(rows)
    for expected in scenario.get("expect", []):
        assert any(fits(expected, row) for row in left), f"missing, in this order: {expected}\n{told}"
    for unwanted in scenario.get("never", []):
        assert not any(fits(unwanted, row) for row in rows), f"unwanted: {unwanted}\n{told}"
    for wanted, times in ((one["row"], one["times"]) for one in scenario.get("count", [])):
        found = sum(fits(wanted, row) for row in rows)
        assert found == times, f"{found} instead of {times} times: {wanted}\n{told}"


@pytest.mark.parametrize("scenario", scenarios(refused=True))
def test_a_bad_catalogue_is_refused_and_says_what_is_wrong(scenario: Mapping[str, Any]) -> None:
    checked = check(files_of(scenario))
    told = "\n".join(f"{p.file}:{p.line}: {p.message} {p.hint}" for p in checked.errors)
    assert checked.catalogue is None
    assert all(words in told for words in scenario["refused"]), told
