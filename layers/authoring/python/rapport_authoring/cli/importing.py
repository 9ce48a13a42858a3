"""`rapport import`: a file of people, uploaded, with an answer per line."""

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from rapport_authoring.cli.publish import deployment
from rapport_authoring.client import Client, connected

DIRECTLY = 3 * 1024 * 1024
"""Bytes that go as the body of the call; a larger file goes to an address of its own."""
SHOWN = 20
POLL = 1.0
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--source", required=True, help="The source of the data, as rapport.yaml names it.")
@deployment
@click.option("--json", "as_machine", is_flag=True, help="Print the whole result as one JSON object.")
def import_people(file: Path, source: str, api: str | None, key: str | None, *, as_machine: bool) -> None:
    """Import the people of FILE: NDJSON ({"userId", "traits", "consents"} a line), or CSV with the column userId.

    Every line is answered. Exit code 1 when one was rejected.
    """
    client = connected(api, key)
    result = result_of(ended(client, _begun(client, file, source), quietly=as_machine, doing="Importing"))
    click.echo(json.dumps(result) if as_machine else "\n".join(_said(result)))
    if result["rejected"]:
        raise click.exceptions.Exit(1)


def _begun(client: Client, file: Path, source: str) -> str:
    """Hand the file over; the job that takes it."""
    path = f"/v1/imports?source={quote(source, safe='')}"
    is_small = file.stat().st_size <= DIRECTLY
    answer = client.send("POST", path, file.read_bytes() if is_small else b"", "application/octet-stream")
    if answer.status >= 400:
        raise click.ClickException(f"Refused ({answer.status}): {answer.body.get('detail') or answer.body}")
    if not is_small or "upload" in answer.body:
        _upload(answer.body["upload"], file)
    return str(answer.body["job"])


def _upload(address: str, file: Path) -> None:
    """Put the file to its address, read piece by piece. Raises click.ClickException when it is not taken."""
    headers = {"Content-Length": str(file.stat().st_size), "Content-Type": ""}
    with file.open("rb") as body:
        request = urllib.request.Request(address, data=body, headers=headers, method="PUT")  # noqa: S310  # the API's own
        try:
            urllib.request.urlopen(request, timeout=600).close()  # noqa: S310  # as above
        except (urllib.error.HTTPError, OSError) as error:
            raise click.ClickException(f"The file could not be uploaded: {error}") from None


def ended(client: Client, job: str, *, quietly: bool, doing: str) -> dict[str, Any]:
    """The job when it is over; its progress is shown meanwhile. Raises click.ClickException when it failed."""
    told: dict[str, Any] = {}
    for told in _stages(client, job):
        if not quietly:
            click.echo(f"\r{doing}: {told['progress']:4.0%}", err=True, nl=False)
    if not quietly:
        click.echo(err=True)
    if told.get("state") != "done":
        raise click.ClickException(f"{doing} failed: {json.dumps(told.get('result') or told)[:1000]}")
    return told


def _stages(client: Client, job: str) -> Iterator[dict[str, Any]]:
    while True:
        told: dict[str, Any] = client.ask("GET", f"/v1/jobs/{job}").body
        yield {"progress": 0.0, **told}
        if told.get("state") not in ("waiting", "running"):
            return
        time.sleep(POLL)


def result_of(job: dict[str, Any]) -> dict[str, Any]:
    """What the job came to; a large result is fetched from where it lies."""
    result: dict[str, Any] = job["result"]
    if "url" not in result:
        return result
    raw = fetched(result["url"])
    found: dict[str, Any] = json.loads(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    return found


def fetched(url: str) -> bytes:
    """What lies at an address that the API gave."""
    with urllib.request.urlopen(url, timeout=600) as answer:  # noqa: S310  # the API's own address
        raw: bytes = answer.read()
        return raw


def _said(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['accepted']} accepted, {result['rejected']} rejected."
    told = [line for line in result["lines"] if line["errors"]]
    for line in told[:SHOWN]:
        errors = "; ".join(f"{error['path']} {error['message']}".strip() for error in line["errors"])
        yield f"  line {line['line']} {line['status']}: {errors}"
    if len(told) > SHOWN:
        yield f"  and {len(told) - SHOWN} lines more (--json shows all)"
