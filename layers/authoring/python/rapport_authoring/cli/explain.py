"""`rapport explain`: why somebody of a timeline does or does not get an offer, down to what was false or unknown."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TextIO

import click
from rapport.domain.house import CHANNELS, PULL_CHANNELS
from rapport.domain.mandate import MARKETING, PERSONALISATION
from rapport.errors import NotFound, RapportError
from rapport.use_cases.why_offer import Occasion, why_offer

from rapport_authoring.cli.catalogue import FOLDER, TIMELINE, sound
from rapport_authoring.problems.problem import nearest
from rapport_authoring.simulation import Simulation

MARKS: Final[Mapping[bool | None, str]] = {True: "true   ", False: "false  ", None: "unknown"}


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@click.argument("offer")
@click.option("--timeline", type=TIMELINE, required=True, help="Play this first (or -).")
@click.option("--user", required=True, help="The userId in question, or anonymous:ID.")
@click.option("--channel", type=click.Choice(CHANNELS), help="[default: that of the placement]")
@click.option("--placement", help="Where. [default: the offer's first that fits the channel]")
@click.option("--purpose", help="For which purpose. [default: personalisation on web and call, else marketing]")
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def explain(  # noqa: PLR0913, PLR0917  # a command has as many options as people need
    folder: Path,
    offer: str,
    timeline: TextIO,
    user: str,
    channel: str | None,
    placement: str | None,
    purpose: str | None,
    *,
    as_machine: bool,
) -> None:
    """Tell why --user gets OFFER, or why not, at the end of --timeline."""
    simulation = Simulation(sound(folder))
    errors = [row for line in timeline for row in simulation.play(line) if row["type"] == "error"]
    try:
        found = _found(simulation, offer, user, (channel, placement, purpose))
    except RapportError as error:
        raise click.ClickException(str(error)) from None
    for row in errors:
        click.echo(f"line {row['line']}: {row['message']}", err=True)
    if as_machine:
        click.echo(json.dumps({"userId": user, **found}, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(user, found)))


def _found(
    simulation: Simulation, offer: str, user: str, asked: tuple[str | None, str | None, str | None]
) -> dict[str, Any]:
    world = simulation.world
    if world is None:
        raise NotFound("the timeline is empty: there is nobody to explain")
    publication = world.publications.current()
    if offer not in publication.catalogue.offers:
        raise NotFound(f"there is no offer {offer}; {nearest(offer, publication.catalogue.offers)}".rstrip("; "))
    channel, placement, purpose = asked
    where = publication.catalogue.placements.get(placement or "")
    pulled = (channel or (where.channel if where else "web")) in PULL_CHANNELS
    occasion = Occasion(simulation.now, purpose or (PERSONALISATION if pulled else MARKETING), placement, channel)
    return why_offer(offer, world.person(user), publication, occasion)


# ---- for people to read


def _lines(user: str, found: Mapping[str, Any]) -> Iterator[str]:
    yield f"{found['offer']} for {user} in {found['placement']} on {found['channel']}, at {found['at']}"
    yield f"{found['reason']} at {found['stage']} (mode {found['mode']}, purpose {found['purpose']})"
    if "score" in found:
        yield "score: " + ", ".join(f"{name} {value:g}" for name, value in found["score"].items())
    for name, part in found["conditions"].items():
        yield ""
        yield f"{name}:"
        yield from _part(part, "  ")


def _part(part: Mapping[str, Any], indent: str) -> Iterator[str]:
    yield f"{indent}{MARKS[part['truth']]}  {part['text']}"
    for inner in part.get("parts", ()):
        yield from _part(inner, indent + "  ")
    for value in part.get("values", ()):
        yield from _value(value, indent + " " * 9)


def _value(value: Mapping[str, Any], indent: str) -> Iterator[str]:
    yield f"{indent}{value['name']} {_said(value)}"
    for name, condition in value.get("conditions", {}).items():
        yield f"{indent}  {name}:"
        yield from _part(condition, indent + "    ")


def _said(value: Mapping[str, Any]) -> str:
    hidden = value.get("hidden")
    if value["value"] is None:
        return f"is not known here ({hidden})" if hidden else "is not known"
    shown = f"= {json.dumps(value['value'], ensure_ascii=False)}"
    if hidden:
        return f"{shown}, and what is not known here ({hidden})"
    if "source" not in value:
        return shown
    return f"{shown}, from {value['source']}, {value['age_days']:g} days old, certainty {value['certainty']:g}"
