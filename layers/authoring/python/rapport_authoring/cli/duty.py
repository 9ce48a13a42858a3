"""`rapport status`, `pause`, `resume` and `redrive`: for whoever is on duty."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from rapport_authoring.cli.importing import ended
from rapport_authoring.cli.publish import deployment
from rapport_authoring.client import Answer, connected

ENDS = ("sent", "skipped", "held", "failed", "in_doubt", "waiting")
"""How a planned message may stand."""


@click.command()
@deployment
@click.option("--days", default=1, show_default=True, type=click.IntRange(1, 90), help="How far back counts go.")
@click.option("--account", is_flag=True, help="Count how all messages stand first, everybody's.")
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def status(api: str | None, key: str | None, days: int, *, account: bool, as_machine: bool) -> None:
    """How sending stands: planned, sent, skipped, held, in doubt, what waits, what is paused, dead or strained.

    Exits 1 when something asks for a person: dead letters, an open breaker, doubts, a message that stands nowhere.
    """
    client = connected(api, key)
    if account:
        ended(client, _good(client.ask("POST", "/v1/account"))["job"], quietly=as_machine, doing="Counting")
    told = _good(client.ask("GET", f"/v1/status?days={days}"))
    click.echo(json.dumps(told) if as_machine else "\n".join(lines(told)))
    if calls_for_somebody(told):
        raise SystemExit(1)


@click.command()
@click.argument("campaign", required=False)
@deployment
@click.option("--channel", help="Everything on this channel.")
@click.option("--all", "everything", is_flag=True, help="Everything that goes out, service too.")
def pause(campaign: str | None, api: str | None, key: str | None, channel: str | None, *, everything: bool) -> None:
    """Pause CAMPAIGN, a channel or everything: within seconds nothing more of it goes out, and nothing is lost."""
    _switch("pause", campaign, channel, connected(api, key), everything=everything)


@click.command()
@click.argument("campaign", required=False)
@deployment
@click.option("--channel", help="This channel; its breaker closes, and what came back so far is forgiven.")
@click.option("--all", "everything", is_flag=True, help="Everything; what is paused by itself stays so.")
def resume(campaign: str | None, api: str | None, key: str | None, channel: str | None, *, everything: bool) -> None:
    """Let CAMPAIGN, a channel or everything go on."""
    _switch("resume", campaign, channel, connected(api, key), everything=everything)


@click.command()
@click.argument("queue", required=False, type=click.Choice(["intake", "dispatch", "bulk", "feedback"]))
@deployment
@click.option("--json", "as_machine", is_flag=True, help="Print one JSON object.")
def redrive(queue: str | None, api: str | None, key: str | None, *, as_machine: bool) -> None:
    """Send the dead letters of QUEUE, or of every queue, back to where they came from. Every step bears repetition."""
    client, moved = connected(api, key), dict[str, int]()
    while True:
        told = _good(client.ask("POST", "/v1/redrive", {"queue": queue} if queue else {}))
        moved = {name: moved.get(name, 0) + number for name, number in told["moved"].items()}
        if not told["left"] or not sum(told["moved"].values()):
            break
    said = ", ".join(f"{name} {number}" for name, number in moved.items())
    click.echo(json.dumps({**told, "moved": moved}) if as_machine else f"Sent back: {said}; left: {told['left']}.")
    if told["left"]:
        raise SystemExit(1)


def _switch(verb: str, campaign: str | None, channel: str | None, client: Any, *, everything: bool) -> None:  # noqa: ANN401  # the client
    paths = [
        *([f"/v1/campaigns/{campaign}/{verb}"] if campaign else []),
        *([f"/v1/channels/{channel}/{verb}"] if channel else []),
        *([f"/v1/sending/{verb}"] if everything else []),
    ]
    if len(paths) != 1:
        raise click.UsageError("Say one of: a campaign, --channel, --all.")
    _good(client.ask("POST", paths[0]))
    what = campaign or channel or "everything"
    click.echo(f"{'Paused' if verb == 'pause' else 'Goes on'}: {what}.")


def _good(answer: Answer) -> Any:  # noqa: ANN401  # JSON
    if answer.status >= 400:
        raise click.ClickException(f"Refused ({answer.status}): {answer.body.get('detail') or answer.body}")
    return answer.body


# ---- in words


def calls_for_somebody(told: Mapping[str, Any]) -> bool:
    """Whether a person has to look: letters that died, a breaker that opened, doubts that stay, a message lost."""
    dead = sum(queue["dead"] for queue in told["queues"].values())
    return bool(dead or told["in_doubt"] or any(told["breaker"].values()) or told["account"]["difference"])


def lines(told: Mapping[str, Any]) -> Iterator[str]:
    """The status for people, a line for each thing."""
    days = told["days"]
    yield f"{days[-1]['day']} to {days[0]['day']}" if len(days) > 1 else days[0]["day"]
    for name in ("planned", "sent"):
        yield f"  {name:<12}{told[name]}"
    for name in ("skipped", "failed", "held"):
        counts = {reason: number for reason, number in told[name].items() if number}
        yield f"  {name:<12}{sum(counts.values())}{_details(counts)}"
    yield f"  {'in doubt':<12}{told['in_doubt']}"
    yield f"  account     {_account(told['account'])}"
    for lane, age in told["oldest"].items():
        yield f"  oldest due, {lane}: {'nothing waits' if age is None else f'{age:.0f} s'}"
    for name, queue in told["queues"].items():
        yield f"  queue {name:<9} waiting {queue['waiting']}, dead {queue['dead']}"
    for channel, strain in told["breaker"].items():
        rate = told["rates"].get(channel)
        pace = "as fast as its provider takes it" if rate is None else f"at most {rate:g} a second"
        yield f"  {channel:<6} {f'BULK STOPPED: {strain}' if strain else 'bulk goes'}, {pace}"
    yield f"  paused: {_paused(told['paused'])}"


def _account(account: Mapping[str, Any]) -> str:
    """All messages of everybody, as they stood when they were counted."""
    if account["at"] is None:
        return "is being counted" if account["counting"] else "not counted yet: rapport status --account"
    parts = (f"{name.replace('_', ' ')} {account[name]}" for name in ENDS)
    difference = account["difference"]
    lost = f"{difference} STAND NOWHERE" if difference else "difference 0"
    return f"planned {account['planned']} = {' + '.join(parts)}; {lost} ({account['at']})"


def _details(counts: Mapping[str, int]) -> str:
    listed = ", ".join(f"{reason} {number}" for reason, number in sorted(counts.items()))
    return f"  ({listed})" if listed else ""


def _paused(paused: Mapping[str, Any]) -> str:
    if paused["all"]:
        return "EVERYTHING"
    return ", ".join([*(f"channel {name}" for name in paused["channels"]), *paused["campaigns"]]) or "nothing"
