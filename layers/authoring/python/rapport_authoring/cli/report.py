"""`rapport report`: what a deployment came to, drawn from a tally that tells of nobody."""

import json
from pathlib import Path
from typing import Any

import click
from rapport.domain.tally import Tally

from rapport_authoring.cli.importing import ended, fetched, result_of
from rapport_authoring.cli.publish import deployment
from rapport_authoring.cli.simulate import NEW_FILE, in_a_folder
from rapport_authoring.client import Client, connected


@click.command()
@click.option("--out", type=NEW_FILE, required=True, help="The HTML file to write.")
@click.option("--log", type=NEW_FILE, help="Write the outcome log as well (gzip), for `rapport what-if`.")
@deployment
@click.option("--json", "as_machine", is_flag=True, help="Print the tally as one JSON object besides.")
def report(out: Path, log: Path | None, api: str | None, key: str | None, *, as_machine: bool) -> None:
    """Draw what a deployment came to into one HTML file.

    The key needs the scope messages:read, and for --log profiles:read besides.
    """
    in_a_folder(out, log)
    client = connected(api, key)
    told = result_of(ended(client, _begun(client, "/v1/reports"), quietly=as_machine, doing="Counting"))
    if log is not None:
        job = ended(client, _begun(client, "/v1/outcomes"), quietly=as_machine, doing="Gathering the log")
        log.write_bytes(fetched(job["result"]["url"]))
    out.write_text(_page(told), encoding="utf-8")
    click.echo(json.dumps(told) if as_machine else str(out))


def _begun(client: Client, path: str) -> str:
    answer = client.ask("POST", path)
    if answer.status >= 400:
        raise click.ClickException(f"Refused ({answer.status}): {answer.body.get('detail') or answer.body}")
    return str(answer.body["job"])


def _page(told: dict[str, Any]) -> str:
    """The page. Imported late: drawing takes a second to load, and a refusal should not wait for it."""
    import msgspec  # noqa: PLC0415  # as above

    from rapport_authoring.report import page  # noqa: PLC0415  # as above
    from rapport_authoring.report.facts import of_tally  # noqa: PLC0415  # as above

    tally = msgspec.convert(told["tally"], Tally)
    facts = of_tally(told["house"], told["currency"], tally, told.get("experiments", {}), told.get("held_out", 0.0))
    return page(facts, f"what it came to by {told['at'][:10]}")
