"""`rapport simulate`: a timeline played against a catalogue, row by row, as a table, as a report, as a log."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import click
from rapport.domain.catalogue import Catalogue
from rapport.domain.outcome_log import encoded
from rapport.domain.tally import Tally
from rich.console import Console

from rapport_authoring.cli.catalogue import FOLDER, TIMELINE, sound
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.outcomes import outcomes, tally
from rapport_authoring.simulation.rows import Row
from rapport_authoring.simulation.summary import summarise, tables

STEP = 100
"""Rows between two words on how far it is."""
NEW_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@click.argument("timeline", type=TIMELINE)
@click.option("--seed", default=0, show_default=True, help="What chance follows from.")
@click.option("--summary", is_flag=True, help="Print tables instead of rows: what was sent, shown, and why not.")
@click.option("--json", "as_machine", is_flag=True, help="With --summary: as JSON. Rows are JSON anyway.")
@click.option("--report", type=NEW_FILE, help="Draw what it came to into this HTML file, instead of rows.")
@click.option("--log", type=NEW_FILE, help="Write the outcome log into this file, for `rapport what-if`.")
def simulate(  # noqa: PLR0913  # a command has as many options as people need
    folder: Path,
    timeline: TextIO,
    seed: int,
    *,
    summary: bool,
    as_machine: bool,
    report: Path | None,
    log: Path | None,
) -> None:
    """Play TIMELINE (NDJSON in time order, or -) against CATALOGUE, in memory, with a simulated clock."""
    in_a_folder(report, log)
    catalogue = sound(folder)
    simulation = Simulation(catalogue, seed, explains=summary or report is not None)
    rows = _played(simulation, timeline)
    if not summary and report is None:
        _print(rows)
    else:
        counted = summarise(_shown(rows))
        found = Tally() if simulation.world is None else tally(simulation.world, simulation.now)
        _tell(counted, found, catalogue, report)
        if summary:
            _show(counted | {"holdout": outcomes(found)}, as_machine=as_machine)
    if log is not None:
        log.write_bytes(b"".join(_log(simulation)))


def in_a_folder(*files: Path | None) -> None:
    """Raises click.UsageError for a file in a folder that is not there: before a long timeline is played."""
    for file in files:
        if file is not None and not file.absolute().parent.is_dir():
            raise click.UsageError(f"there is no folder {file.parent}")


def _played(simulation: Simulation, timeline: TextIO) -> Iterator[Row]:
    for line in timeline:
        yield from simulation.play(line)


def _shown(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, while a terminal is told how far the timeline has come."""
    told = sys.stderr.isatty()
    for number, row in enumerate(rows, 1):
        if told and number % STEP == 0:
            click.echo(f"\r{number} rows, {row['at']}", err=True, nl=False)
        yield row
    if told:
        click.echo("\r\x1b[K", err=True, nl=False)


def _log(simulation: Simulation) -> Iterator[bytes]:
    for entry in simulation.world.log if simulation.world is not None else ():
        yield encoded(entry) + b"\n"


def _tell(counted: Mapping[str, Any], found: Tally, catalogue: Catalogue, report: Path | None) -> None:
    """Draw the report. Imported late: drawing takes a second to load, and nobody else draws."""
    if report is None:
        return
    from rapport_authoring.report import page  # noqa: PLC0415  # as above
    from rapport_authoring.report.facts import of_simulation  # noqa: PLC0415  # as above

    report.write_text(page(of_simulation(catalogue, counted, found), "what a timeline came to"), encoding="utf-8")


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
