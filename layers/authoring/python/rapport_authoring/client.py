"""The admin API as the command line calls it: one request, any status is an answer."""

import gzip
import json
import os
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

STACK = Path(".local/stack.json")
PATIENCE = 120.0
"""Seconds for a job: publishing a large catalogue takes a few."""
POLL = 0.5


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered."""

    status: int
    body: Any
    etag: str | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """One deployment and the secret key to call it with."""

    api: str
    key: str

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Answer:
        """Call a route with a JSON body. Raises click.ClickException when nothing answers."""
        told = None if body is None else json.dumps(body).encode()
        return self.send(method, path, told, "application/json", headers)

    def send(
        self, method: str, path: str, body: bytes | None, kind: str, headers: dict[str, str] | None = None
    ) -> Answer:
        """Call a route with bytes of a media type. Raises click.ClickException when nothing answers."""
        request = urllib.request.Request(  # noqa: S310  # the address is the caller's own, checked in `connected`
            self.api + path,
            method=method,
            data=body,
            headers={
                "Authorization": f"Bearer {self.key}",
                "Content-Type": kind,
                "Accept-Encoding": "gzip",
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
                return Answer(answer.status, _read(answer.read()), answer.headers.get("ETag"))
        except urllib.error.HTTPError as error:
            return Answer(error.code, _read(error.read()))
        except OSError as error:
            raise click.ClickException(f"{self.api} does not answer: {error}") from None

    def finished(self, job: str) -> Any:  # noqa: ANN401  # a job's result is whatever it made
        """Wait for a job and return its result. Raises click.ClickException when it fails or takes too long."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            told = self.ask("GET", f"/v1/jobs/{job}").body
            if told.get("state") == "done":
                return told.get("result")
            if told.get("state") == "failed":
                raise click.ClickException(f"The job failed: {json.dumps(told.get('result'))[:1000]}")
            time.sleep(POLL)
        raise click.ClickException(f"The job {job} takes longer than {PATIENCE:.0f} seconds; ask for it later.")


def connected(api: str | None, key: str | None) -> Client:
    """The deployment that options, environment (RAPPORT_API, RAPPORT_KEY) or the local stack name, in that order."""
    local = json.loads(STACK.read_text()) if STACK.exists() else {}
    address = api or os.environ.get("RAPPORT_API") or local.get("api")
    secret = key or os.environ.get("RAPPORT_KEY") or local.get("admin_key")
    if not address or not secret:
        raise click.UsageError("Say which deployment: --api and --key, or RAPPORT_API and RAPPORT_KEY.")
    if not address.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise click.UsageError("The API's address must be https.")
    return Client(address.rstrip("/"), secret)


def _read(raw: bytes) -> Any:  # noqa: ANN401  # JSON, or the text of a failure
    plain = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    try:
        return json.loads(plain or b"{}")
    except ValueError:
        return {"detail": plain.decode(errors="replace")[:2000]}
