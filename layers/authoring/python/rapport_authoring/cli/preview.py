"""`rapport preview`: every channel of a campaign, side by side, before anybody gets it."""

import json
import tempfile
import webbrowser
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO

import click
from rapport.domain.event import EventFacts
from rapport.domain.moment import parse, text
from rapport.errors import RapportError
from rapport.use_cases.preview import NOBODY, Wanted, letter
from rapport.use_cases.preview import preview as previewed
from rich.console import Console

from rapport_authoring.cli.catalogue import FOLDER, TIMELINE, sound
from rapport_authoring.gallery import gallery
from rapport_authoring.simulation import Simulation
from rapport_authoring.simulation.world import World

MORNING = "2026-06-15T10:00:00Z"
"""When a preview happens unless told otherwise: no quiet hours, and always the same."""


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@click.argument("campaign")
@click.option("--persona", help="For somebody of this persona.")
@click.option("--timeline", type=TIMELINE, help="Play this first, and preview for one of its people.")
@click.option("--user", help="With --timeline: the userId to preview for.")
@click.option("--event", "event_json", help='The event that starts it: {"event": NAME, "properties": {...}}.')
@click.option("--at", default=None, help=f"The moment it happens. [default: {MORNING}, or the timeline's end]")
@click.option("--html", "page", type=click.Path(path_type=Path), help="Write the pictures of all channels to FILE.")
@click.option("--open", "show", is_flag=True, help="Show them in the browser.")
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def preview(  # noqa: PLR0913, PLR0917  # a command has as many options as people need
    folder: Path,
    campaign: str,
    persona: str | None,
    timeline: TextIO | None,
    user: str | None,
    event_json: str | None,
    at: str | None,
    page: Path | None,
    *,
    show: bool,
    as_machine: bool,
) -> None:
    """Show CAMPAIGN on every channel, for nobody in particular, a persona, or a person of a timeline."""
    catalogue = sound(folder)
    simulation = Simulation(catalogue)
    for line in timeline or ():
        simulation.play(line)
    world = simulation.world or World(catalogue, 0)
    moment = _moment(at or (text(simulation.now) if simulation.world else MORNING))
    event = _event(event_json, moment)
    try:
        profile = world.person(user) if user else NOBODY
        wanted = Wanted(campaign, profile, persona, event)
        found = previewed(wanted, world.desk, moment)
    except (RapportError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    if page or show:
        _write(page, gallery(campaign, found, letter(wanted, world.desk, moment)), show=show)
    elif as_machine:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(found)


def _moment(written: str) -> float:
    try:
        return parse(written)
    except ValueError:
        raise click.UsageError(f"--at is a moment like {MORNING}, not {written[:40]!r}") from None


def _event(written: str | None, moment: float) -> EventFacts | None:
    if written is None:
        return None
    try:
        event = json.loads(written)
    except ValueError:
        event = None
    properties = event.get("properties") or {} if isinstance(event, dict) else None
    if not isinstance(event, dict) or not isinstance(event.get("event"), str) or not isinstance(properties, dict):
        raise click.UsageError('--event is JSON: {"event": NAME, "properties": {...}}')
    return EventFacts(event["event"], moment, properties)


def _print(found: Mapping[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for channel, reasons in found["reasons"].items():
        fate = " ".join(str(reasons[key]) for key in ("status", "reason", "missing") if key in reasons)
        console.print(f"\n[bold]{channel}[/bold]  [dim]{fate}[/dim]")
        content = found["channels"].get(channel, {})
        for element in ("subject", "title", "text", "script"):
            if content.get(element):
                console.print(str(content[element]).strip(), markup=False)
        for offer in reasons["offers"]:
            console.print(f"  [dim]{offer['placement']}: {offer['offer']} {offer['reason']}[/dim]")


def _write(page: Path | None, html: str, *, show: bool) -> None:
    target = page or Path(tempfile.mkdtemp(prefix="rapport-")) / "preview.html"
    target.write_text(html, encoding="utf-8")
    click.echo(str(target))
    if show:
        webbrowser.open(target.resolve().as_uri())
