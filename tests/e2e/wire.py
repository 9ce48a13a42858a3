"""What the tests of the deployed stack send and read, down to the bytes: raw calls, mails as files, queues."""

import email
import email.policy
import http.client
import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import boto3
from rapport_authoring.local.place import Deployed
from rapport_aws.publications import WAIT_AFTER

from tests.e2e.conftest import PATIENCE, ROOT, Answer, Caller, eventually, read

LINK = re.compile(r'href="(https?://[^"]+)"')


def fresh(name: str) -> str:
    """An id that no earlier run has used: the stack may be an old one."""
    return f"{name}-{uuid4().hex[:10]}"


def send(stack: Deployed, call: tuple[str, str], headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """Send these very bytes, and nothing that a library finds polite to add."""
    connection = http.client.HTTPConnection(urlsplit(stack.api).netloc, timeout=PATIENCE)
    try:
        connection.request(*call, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), read(answer.read()))
    finally:
        connection.close()


def rapport(stack: Deployed, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, as it is typed in a shell."""
    told = {**os.environ, "RAPPORT_API": stack.api, "RAPPORT_KEY": stack.admin_key}
    command = [str(ROOT / ".venv" / "bin" / "rapport"), *words]
    return subprocess.run(command, env=told, capture_output=True, text=True, check=False)  # noqa: S603 - our own


# ---- people and what happens to them


def introduced(caller: Caller, **traits: Any) -> str:
    """A new person with an address, known and one who lets their data be used on the site; their userId."""
    user = fresh("p")
    told = {"email": f"{user}@example.com", "adult": True, "locale": "en-GB", **traits}
    caller("POST", "/v1/identify", {"userId": user, "traits": told})
    settle(caller.stack)
    caller("PUT", f"/v1/profiles/{user}/consents/personalisation", {"status": "granted"})
    return user


def order(number: str, sku: str = "shell-3l", name: str = "A shell") -> dict[str, Any]:
    """The properties of an order of one thing."""
    return {"order_id": number, "revenue": 290.0, "currency": "EUR", "products": [{"sku": sku, "name": name}]}


def track(user: str, event: str, properties: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """A Segment message of something that somebody did."""
    return {"type": "track", "userId": user, "event": event, "properties": properties, **more}


def shown(caller: Caller, user: str, placement: str = "home-grid") -> list[str]:
    """The offers that a person would be shown at a placement with room for all."""
    asked = {"userId": user, "placements": [{"id": placement, "count": 50}]}
    # A container may know a placement that was published just now a few seconds later: nothing is shown there yet.
    placements = caller("POST", "/v1/personalise", asked).body.get("placements", [])
    return [offer["id"] for placement in placements for offer in placement["offers"]]


def messages(caller: Caller, user: str, campaign: str | None = None) -> list[dict[str, Any]]:
    """What was sent to a person or kept from them, of one campaign or of all."""
    rows = caller("GET", f"/v1/profiles/{user}/messages").body["messages"]
    return [row for row in rows if campaign in (None, row["campaign"])]


def finished(caller: Caller, started: Answer) -> Any:
    """The result of the job that an answer began. Fails when it fails."""
    assert started.status == 202, started
    path = started.headers["Location"]
    job = eventually(lambda: (told := caller("GET", path).body)["state"] in ("done", "failed") and told)
    assert job["state"] == "done", job
    return job["result"]


def publish(caller: Caller, files: Mapping[str, str]) -> None:
    """Publish a catalogue, and wait until no function answers by the one before, however seldom it was called."""
    finished(caller, caller("PUT", "/v1/catalogue", {"files": files}))
    since = time.monotonic()
    eventually(lambda: time.monotonic() > since + WAIT_AFTER)


# ---- the hour of the day


def midday() -> str:
    """A zone in which it is about noon: quiet hours keep nothing back there."""
    return zone(12)


def midnight() -> str:
    """A zone in which the day has just begun: quiet hours have long to go there."""
    return zone(0)


def zone(hour: int) -> str:
    """A zone in which the clock shows this hour."""
    behind = (time.gmtime().tm_hour - hour + 12) % 24 - 12
    return f"Etc/GMT{behind:+d}"


# ---- mails


@dataclass(frozen=True)
class Mail:
    """One mail, as its reader sees it."""

    to: str
    subject: str
    html: str
    text: str

    @property
    def links(self) -> list[str]:
        """Where it leads, in order."""
        return LINK.findall(self.html)


def mail_of(raw: str) -> Mail:
    """The mail in an `.eml` file."""
    message = email.message_from_string(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    html, text = (message.get_body((kind,)) for kind in ("html", "plain"))
    return Mail(message["To"], message["Subject"], _content(html), _content(text))


def mails_to(stack: Deployed, address: str) -> list[Mail]:
    """Every mail that an address got, the first one first."""
    found = [path.read_text(errors="replace") for path in sorted(Path(stack.outbox).glob("*.eml"))]
    return [mail_of(raw) for raw in found if f"To: {address}" in raw]


def _content(part: Any) -> str:
    return "" if part is None else str(part.get_content())


# ---- AWS, as the team's other systems see it


def aws(stack: Deployed, service: str) -> Any:
    """A client of the emulator."""
    session: Any = boto3.Session("test", "test", region_name=stack.region)
    return session.client(service, endpoint_url=stack.aws_endpoint)


def put_events(stack: Deployed, *details: Mapping[str, Any]) -> None:
    """Tell of events on the stack's own bus, all in one call."""
    entries = [
        {"Source": "shop", "DetailType": detail.get("event", "identify"), "Detail": json.dumps(detail)}
        for detail in details
    ]
    bus = [{**entry, "EventBusName": stack.bus} for entry in entries]
    assert aws(stack, "events").put_events(Entries=bus)["FailedEntryCount"] == 0


def function_named(stack: Deployed, word: str) -> str:
    """The whole name of the function with this word in it."""
    pages = aws(stack, "lambda").get_paginator("list_functions").paginate()
    names = (str(one["FunctionName"]) for page in pages for one in page["Functions"])
    return next(name for name in names if word in name)


def call_function(stack: Deployed, word: str) -> Any:
    """Let the function with this word in its name run now, as its schedule does each minute; what it answers."""
    answer = aws(stack, "lambda").invoke(FunctionName=function_named(stack, word), Payload=b"{}")
    told = answer["Payload"].read()
    assert "FunctionError" not in answer, told
    return json.loads(told)


def waiting(stack: Deployed, queue: str) -> int:
    """How many messages a queue holds, those in somebody's hands included."""
    counts = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
    told = aws(stack, "sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=list(counts))["Attributes"]
    return sum(int(told[count]) for count in counts)


def settle(stack: Deployed) -> None:
    """Wait until everything told so far has been taken in, and everything planned for now was handed over."""
    queues = [stack.outputs["IntakeQueue"], stack.outputs["DispatchQueue"], stack.outputs["BulkQueue"]]
    eventually(lambda: not any(waiting(stack, queue) for queue in queues))
