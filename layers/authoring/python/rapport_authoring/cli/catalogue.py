"""`rapport new` and `rapport check`: a catalogue to begin with, and what is wrong with one."""

import json
import shutil
import sys
from pathlib import Path

import click
from rapport.domain.catalogue import Catalogue
from rich.console import Console

from rapport_authoring.check import Checked, check_folder
from rapport_authoring.problems.show import as_json, as_text

STARTER = Path(__file__).parent.parent / "starter"
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
TIMELINE = click.File("r", encoding="utf-8-sig", errors="replace")
"""NDJSON, or - for what is piped in; some editors mark the beginning of a file."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def new(folder: Path) -> None:
    """Write the starter catalogue into FOLDER: a believable house, to be changed into yours."""
    if folder.exists() and any(folder.iterdir() if folder.is_dir() else [folder]):
        raise click.ClickException(f"{folder} is there already and not empty.")
    shutil.copytree(STARTER, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.ndjson"))
    click.echo(f"A catalogue to begin with is in {folder}. Next: rapport check {folder}")


@click.command()
@click.argument("folder", type=FOLDER)
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def check(folder: Path, *, as_machine: bool) -> None:
    """Print every error and warning of the catalogue in FOLDER; exit 1 on errors."""
    checked = check_folder(folder)
    if as_machine:
        click.echo(json.dumps(as_json(checked.problems), ensure_ascii=False))
    else:
        Console(soft_wrap=True, highlight=False).print(as_text(checked.problems), end="")
    sys.exit(1 if checked.errors else 0)


def sound(folder: Path) -> Catalogue:
    """The catalogue of a folder; prints its errors to stderr and exits 1 when there is none."""
    checked: Checked = check_folder(folder)
    if checked.catalogue is None:
        Console(stderr=True, soft_wrap=True, highlight=False).print(as_text(checked.errors), end="")
        sys.exit(1)
    return checked.catalogue
