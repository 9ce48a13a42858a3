"""`rapport local up | down | status`: the commands, and what they say."""

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
import msgspec
from rich.console import Console

from rapport_authoring.local import house, stack
from rapport_authoring.local.place import PORT, Deployed, Place, Refused, remembered
from rapport_authoring.local.steps import Steps

Given = ParamSpec("Given")
Answered = TypeVar("Answered")


@click.group()
def local() -> None:
    """Run the whole of Rapport on this machine: no account, no Docker."""


def sentence(command: Callable[Given, Answered]) -> Callable[Given, Answered]:
    """Turn a refusal into its sentence and exit status 1."""

    @wraps(command)
    def spoken(*args: Given.args, **kwargs: Given.kwargs) -> Answered:
        try:
            return command(*args, **kwargs)
        except Refused as refusal:
            raise click.ClickException(str(refusal)) from None

    return spoken


def placed(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the place its options name."""

    @click.option("--home", default=".local", show_default=True, help="Folder that holds the stack's state.")
    @click.option("--port", default=PORT, show_default=True, help="First of three ports in a row.")
    @wraps(command)
    def there(home: str, port: int, **options: object) -> None:
        root = stack.find_root(Path.cwd())
        command(Place(root, (root / home).resolve(), port), **options)

    return there


@local.command()
@sentence
@placed
@click.option("--fresh", is_flag=True, help="Forget what was there before.")
@click.option("--empty", is_flag=True, help="Publish nothing and play nothing.")
@click.option("--json", "as_json", is_flag=True, help="Say the result as JSON.")
def up(place: Place, fresh: bool, empty: bool, as_json: bool) -> None:
    """Start the emulator, deploy, publish the starter catalogue, play some events."""
    console = Console(stderr=as_json)
    steps = Steps(console)
    before = remembered(place)
    deployed = stack.up(place, steps, fresh=fresh)
    if not empty and not deployed.published:
        deployed = house.furnish(place, deployed, steps)
    elif before and before.inputs != deployed.inputs and deployed.published:
        deployed = house.refurnish(place, deployed, steps)
    if as_json:
        click.echo(msgspec.json.encode(deployed).decode())
    else:
        _welcome(console, deployed)


@local.command()
@sentence
@placed
@click.option("--forget", is_flag=True, help="Forget everything it held.")
def down(place: Place, forget: bool) -> None:
    """Stop it; everything is kept for the next time."""
    ran = stack.down(place)
    if forget:
        stack.forget(place)
    click.echo("Stopped; its state is kept." if ran and not forget else "Nothing runs here.")


@local.command()
@sentence
@placed
@click.option("--json", "as_json", is_flag=True, help="Say it as JSON.")
def status(place: Place, as_json: bool) -> None:
    """Say what runs and where."""
    told = stack.status(place)
    click.echo(json.dumps(told) if as_json else "\n".join(f"{name:10} {value}" for name, value in told.items()))


def _welcome(console: Console, deployed: Deployed) -> None:
    lines = {
        "API": deployed.api,
        "Mails": f"{deployed.outbox}  (or {deployed.api}/outbox)",
        "Site key": deployed.site_key,
        "Admin key": deployed.admin_key,
    }
    console.print()
    for name, value in lines.items():
        console.print(f"[bold]{name:<10}[/bold] {value}", highlight=False, soft_wrap=True)
    console.print("\nAsk what a visitor should see, tell of an event, see the mail:\n")
    for line in house.examples(deployed):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
