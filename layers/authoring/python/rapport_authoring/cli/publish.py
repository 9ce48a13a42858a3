"""`rapport push` and `rapport rollback`: what is live."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rapport_authoring.cli.catalogue import FOLDER, sound
from rapport_authoring.client import Answer, Client, connected
from rapport_authoring.loader import read_folder

Command = TypeVar("Command", bound=Callable[..., Any])


def deployment(command: Command) -> Command:
    """Give a command the options that say which deployment it is about."""
    command = click.option("--key", help="Secret key (or RAPPORT_KEY, or the local stack's).")(command)
    return click.option("--api", help="Address of the API (or RAPPORT_API, or the local stack's).")(command)


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@deployment
@click.option("--over", metavar="VERSION", help="Only if this is still the live version.")
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def push(folder: Path, api: str | None, key: str | None, over: str | None, *, as_machine: bool) -> None:
    """Check CATALOGUE and publish it as a new version."""
    sound(folder)
    files, _ = read_folder(folder)
    client = connected(api, key)
    answer = client.ask("PUT", "/v1/catalogue", {"files": dict(files)}, {"If-Match": over} if over else None)
    _accepted(answer)
    result = client.finished(answer.body["job"])
    click.echo(json.dumps(result) if as_machine else f"Published as {result['version']}.")


@click.command()
@click.argument("version", required=False)
@deployment
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def rollback(version: str | None, api: str | None, key: str | None, *, as_machine: bool) -> None:
    """Go back to VERSION, or to the one before."""
    client: Client = connected(api, key)
    answer = client.ask("POST", "/v1/catalogue/rollback", {"to": version} if version else {})
    _accepted(answer)
    click.echo(json.dumps(answer.body) if as_machine else f"Live again: {answer.body['version']}.")


def _accepted(answer: Answer) -> None:
    """Raises click.ClickException with what the API found wrong."""
    if answer.status < 400:
        return
    problems = answer.body.get("errors") or []
    lines = [
        f"  {p.get('file')}:{p.get('line')}:{p.get('column')}  {p.get('message')}" for p in problems if "file" in p
    ]
    said = answer.body.get("detail") or answer.body.get("title") or ""
    raise click.ClickException("\n".join([f"Refused ({answer.status}): {said}", *lines]))
