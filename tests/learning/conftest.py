"""A simulated year of the starter, played once for all tests that look at its report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import rapport_authoring
from msgspec import Struct, structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.house import Holdout
from rapport.domain.outcome_log import Entry
from rapport.domain.tally import Tally
from rapport_authoring.check import check_folder
from rapport_authoring.report import Facts, Section, sections
from rapport_authoring.report.facts import of_simulation
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import tally
from rapport_authoring.simulation.summary import summarise
from rapport_authoring.simulation.world import World
from rapport_authoring.simulation.year import year

STARTER = Path(rapport_authoring.__file__).parent / "starter"
PEOPLE = 40


class Played(Struct, frozen=True):
    """A year, and everything that is told of it."""

    catalogue: Catalogue
    lines: list[str]
    rows: list[dict[str, Any]]
    log: list[Entry]
    world: World
    tally: Tally
    counted: Mapping[str, Any]

    @property
    def facts(self) -> Facts:
        return of_simulation(self.catalogue, self.counted, self.tally)

    @property
    def sections(self) -> dict[str, Section]:
        return {section.id: section for section in sections(self.facts)}


def starter() -> Catalogue:
    """The starter with a fifth of its people held out."""
    catalogue = check_folder(STARTER).catalogue
    assert catalogue is not None
    return structs.replace(catalogue, house=structs.replace(catalogue.house, holdout=Holdout(0.2, "2026")))


@pytest.fixture(scope="session")
def played() -> Played:
    catalogue = starter()
    lines = list(year(Simulation(catalogue), PEOPLE, 1))
    simulation = Simulation(catalogue, explains=True)
    rows = [row for line in lines for row in simulation.play(line)]
    assert simulation.world is not None
    found = tally(simulation.world, simulation.now)
    return Played(catalogue, lines, rows, simulation.world.log, simulation.world, found, summarise(rows))
