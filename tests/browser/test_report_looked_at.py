"""The report of a simulated week in a real browser: pictures to be looked at, and no serious accessibility error."""

import json
from functools import lru_cache
from pathlib import Path

import pytest
from rapport_authoring.report import page
from rapport_authoring.report.facts import of_simulation
from rapport_authoring.report.page import ALONE
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import tally
from rapport_authoring.simulation.summary import summarise
from rapport_authoring.simulation.year import year

from tests.browser.chromium import AXE, PICTURES, needs_chromium, picture, serious
from tests.learning.conftest import starter

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(autouse=True)
def chromium() -> None:
    needs_chromium()


@lru_cache(maxsize=1)
def drawn() -> str:
    """The first months of a small house."""
    catalogue = starter()
    simulation = Simulation(catalogue, explains=True)
    lines = [line for line, _ in zip(year(Simulation(catalogue), 12, 3), range(2500), strict=False)]
    rows = [row for line in lines for row in simulation.play(line)]
    assert simulation.world is not None
    return page(of_simulation(catalogue, summarise(rows), tally(simulation.world, simulation.now)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_becomes_a_picture(scheme: str) -> None:
    made = picture(drawn(), PICTURES / f"report-{scheme}.png", (1050, 6000), scheme)
    assert made.stat().st_size > 100_000


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_the_report(scheme: str, tmp_path: Path) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    judged = drawn().replace(ALONE, json.dumps("").strip('"'))  # axe is a script, and the report lets none run
    assert serious({"report": judged}, tmp_path, scheme) == []
