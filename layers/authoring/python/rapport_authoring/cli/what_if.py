"""`rapport what-if`: what a changed catalogue or policy would have brought, from the log, before launching it."""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, Final

import click
import msgspec
from rapport.errors import BadRequest
from rich.console import Console
from rich.table import Table

from rapport_authoring.cli.catalogue import sound
from rapport_authoring.log_file import read_log
from rapport_authoring.what_if import Estimate, Trial, estimate, policy_of, trials_of
from rapport_authoring.what_if.trials import WITHIN

MEASURES: Final[Mapping[str, Callable[[Trial], float]]] = {
    "responses": lambda trial: float(trial.answered),
    "revenue": lambda trial: trial.brought,
}


@click.command("what-if")
@click.argument("log", type=click.File("rb"))
@click.option(
    "--policy",
    "policies",
    multiple=True,
    required=True,
    help="A catalogue's folder, `logged`, `uniform`, `always:OFFER`, or a JSON file {placement: {offer: share}}.",
)
@click.option("--measure", type=click.Choice(tuple(MEASURES)), default="responses", show_default=True)
@click.option("--placement", help="Only what was chosen for this placement.")
@click.option("--within", type=click.FloatRange(min=0), default=WITHIN, show_default=True, help="Days for an answer.")
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def what_if(  # a command has as many options as people need
    log: BinaryIO, policies: tuple[str, ...], measure: str, placement: str | None, within: float, *, as_machine: bool
) -> None:
    """Estimate from LOG (the outcome log, or -) what each --policy would have brought for one choice.

    It weighs what was chosen by how much more often the policy would have chosen it (SNIPS). A policy that mostly does
    what was never tried cannot be judged, and is told so.
    """
    trials = [trial for trial in trials_of(read_log(log), within) if placement in (None, trial.placement)]
    try:
        named = [policy_of(text, trials, sound) for text in policies]
    except (BadRequest, json.JSONDecodeError) as error:
        raise click.UsageError(str(error)) from None
    found = [estimate(policy.name, trials, policy.share, MEASURES[measure]) for policy in named]
    if as_machine:
        click.echo(json.dumps({"measure": measure, "policies": [_plain(one) for one in found]}))
    else:
        _show(found, measure)


def _plain(found: Estimate) -> dict[str, Any]:
    """An estimate as JSON, which has no word for what is not a number."""
    told: dict[str, Any] = msgspec.to_builtins(found)
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in told.items()
    }


def _show(found: list[Estimate], measure: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("policy", measure, "95% interval", "logged", "IPS", "trials", "effective", "people")
    for one in found:
        interval = f"{one.low:.4g} to {one.high:.4g}"
        counts = (str(one.trials), f"{one.effective:.0f}", str(one.people))
        table.add_row(one.policy, f"{one.snips:.4g}", interval, f"{one.logged:.4g}", f"{one.ips:.4g}", *counts)
    console.print(table)
    for one in found:
        console.print(f"{one.policy}: {_said(one)}", markup=False)


def _said(one: Estimate) -> str:
    if one.why:
        return f"{one.verdict}: {one.why}"
    return f"{one.verdict} ({one.change:+.4g}, between {one.change_low:+.4g} and {one.change_high:+.4g})"
