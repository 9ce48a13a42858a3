"""`rapport simulate`: a timeline played against a catalogue, row by row, as a table, or as a picture."""

import json
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import click
from rich.console import Console

from rapport_authoring.cli.catalogue import FOLDER, sound
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import outcomes
from rapport_authoring.simulation.report import page
from rapport_authoring.simulation.rows import Row
from rapport_authoring.simulation.summary import summarise, tables


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@click.argument("timeline", type=click.File("r", encoding="utf-8", errors="replace"))
@click.option("--seed", default=0, show_default=True, help="What chance follows from.")
@click.option("--summary", is_flag=True, help="Print tables instead of rows: what was sent, shown, and why not.")
@click.option("--json", "as_machine", is_flag=True, help="With --summary: as JSON. Rows are JSON anyway.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Draw the summary into this HTML file.")
def simulate(
    folder: Path, timeline: TextIO, seed: int, *, summary: bool, as_machine: bool, report: Path | None
) -> None:
    """Play TIMELINE (NDJSON in time order, or -) against CATALOGUE, in memory, with a simulated clock."""
    catalogue = sound(folder)
    simulation = Simulation(catalogue, seed, explains=summary or report is not None)
    rows = chain.from_iterable(map(simulation.play, timeline))
    if not summary and report is None:
        _print(rows)
        return
    counted = summarise(rows) | {"holdout": None if simulation.world is None else outcomes(simulation.world)}
    if report is not None:
        report.write_text(page(catalogue.house.name, counted), encoding="utf-8")
    if summary:
        _show(counted, as_machine=as_machine)


def _show(counted: dict[str, Any], *, as_machine: bool) -> None:
    if as_machine:
        click.echo(json.dumps(counted, ensure_ascii=False))
    else:
        console = Console(highlight=False)
        for table in tables(counted):
            console.print(table)


def _print(rows: Iterable[Row]) -> None:
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, separators=(", ", ": ")))
