"""Playing a house in: its catalogue published and its people told of, all through the public API."""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rapport_authoring.client import Client
from rapport_authoring.local.place import Refused

AT_ONCE = 20
PATIENCE = 60.0  # seconds until the last event told has reached its profile
UNITS: Final = {"d": "days", "h": "hours", "m": "minutes"}

Line = Mapping[str, Any]


def publish(client: Client, files: Mapping[str, str]) -> str:
    """Publish a folder as `rapport push` does and return its version. Raises Refused with what is wrong."""
    answer = client.ask("PUT", "/v1/catalogue", {"files": files})
    if answer.status not in (200, 202):
        raise Refused(f"The starter catalogue was not taken ({answer.status}): {json.dumps(answer.body)[:500]}")
    if answer.status == 202:
        client.finished(answer.body["job"])
    return str(client.ask("GET", "/v1/catalogue").body.get("version", ""))


def play(client: Client, lines: Sequence[Line], moment: float) -> None:
    """Tell of people: their messages first, then what they granted. Raises Refused when something is not taken."""
    messages = [dated(line, moment) for line in lines if line["type"] != "consent"]
    for first in range(0, len(messages), AT_ONCE):
        tell(client, messages[first : first + AT_ONCE])
    consents = [line for line in lines if line["type"] == "consent"]
    for line in consents:
        until_known(client, line["userId"])
        grant(client, line, moment)


def dated(line: Line, moment: float) -> Line:
    """Return a message with its `ago` (such as `3d`) turned into a timestamp before `moment`."""
    kept = {name: value for name, value in line.items() if name != "ago"}
    ago = timedelta(**{UNITS[line["ago"][-1]]: int(line["ago"][:-1])}) if "ago" in line else timedelta()
    return {**kept, "timestamp": (datetime.fromtimestamp(moment, tz=UTC) - ago).isoformat()}


def tell(client: Client, messages: Iterable[Line]) -> None:
    """Send Segment messages as a server would. Raises Refused when one is not taken."""
    answer = client.ask("POST", "/v1/batch", {"batch": list(messages)})
    rejected = [result for result in answer.body.get("results", []) if result["status"] != "accepted"]
    if answer.status != 200 or rejected:
        raise Refused(
            f"The sample events were not taken ({answer.status}): {json.dumps(rejected or answer.body)[:500]}"
        )


def grant(client: Client, line: Line, moment: float) -> None:
    """Store what somebody granted. Raises Refused when it is not taken."""
    at = datetime.fromtimestamp(moment, tz=UTC).isoformat()
    proof = {"wording": "Yes, write to me about trips and gear.", "policy": "2026-01", "at": at}
    receipt = {"status": "granted", "source": "declared", "proof": proof}
    answer = client.ask("PUT", f"/v1/profiles/{line['userId']}/consents/{line['purpose']}", receipt)
    if answer.status >= 300:
        raise Refused(f"A sample consent was not taken ({answer.status}): {json.dumps(answer.body)[:500]}")


def until_known(client: Client, user: str) -> None:
    """Wait until the events of a person have become a profile. Raises Refused when that takes too long."""
    give_up = time.monotonic() + PATIENCE
    while client.ask("GET", f"/v1/profiles/{user}").status != 200:
        if time.monotonic() > give_up:
            raise Refused(f"{user} is not known after {PATIENCE:.0f} seconds; .local/emulator.log may say why.")
        time.sleep(0.5)
