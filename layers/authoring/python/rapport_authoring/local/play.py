"""A house to play with: the starter catalogue published, and a few people with a past, through the public API."""

import gzip
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from rapport_authoring.local.place import Deployed, Refused

PATIENCE = 60.0  # seconds for a job, which is a few cold starts here


class Answer(msgspec.Struct, frozen=True):
    """What the API answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


def ask(deployed: Deployed, method: str, path: str, body: object = None) -> Answer:
    """Call the API with the admin key; any status is an answer. Raises Refused when nothing answers."""
    request = urllib.request.Request(  # noqa: S310 - our own address
        deployed.api + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {deployed.admin_key}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=130) as answer:  # noqa: S310 - our own address
            return Answer(answer.status, dict(answer.headers), _read(answer.read()))
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), _read(error.read()))
    except OSError as error:
        raise Refused(f"The API at {deployed.api} does not answer: {error}.") from None


def publish(deployed: Deployed, files: Mapping[str, str]) -> str:
    """Publish a folder as `rapport push` does and return its version. Raises Refused with the first error."""
    answer = ask(deployed, "PUT", "/v1/catalogue", {"files": files})
    if answer.status not in (200, 202):
        raise Refused(f"The starter catalogue was not taken ({answer.status}): {json.dumps(answer.body)[:500]}")
    if answer.status == 202:
        wait_for(deployed, answer.body["job"])
    return str(ask(deployed, "GET", "/v1/catalogue").body.get("version", ""))


def wait_for(deployed: Deployed, job: str) -> Any:  # noqa: ANN401 - a job's result is whatever it made
    """Wait until a job is done and return its result. Raises Refused when it failed or takes too long."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        told = ask(deployed, "GET", f"/v1/jobs/{job}").body
        if told.get("state") == "done":
            return told.get("result")
        if told.get("state") == "failed":
            raise Refused(f"The job {job} failed: {json.dumps(told)[:500]}")
        time.sleep(0.3)
    raise Refused(f"The job {job} takes too long; .local/emulator.log may say why.")


def tell(deployed: Deployed, messages: Sequence[Mapping[str, object]]) -> None:
    """Send Segment messages as a server would. Raises Refused when they are not taken."""
    answer = ask(deployed, "POST", "/v1/batch", {"batch": messages})
    if answer.status != 200 or not answer.body.get("success"):
        raise Refused(f"The sample events were not taken ({answer.status}): {json.dumps(answer.body)[:500]}")


def _read(raw: bytes) -> Any:  # noqa: ANN401 - JSON, or the text of a failure
    plain = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    try:
        return json.loads(plain or b"{}")
    except ValueError:
        return {"text": plain.decode(errors="replace")}
