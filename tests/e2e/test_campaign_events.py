"""Our own events as triggers: what became of a message, and what somebody did with it, start a campaign in its turn.

The emulator takes mails and texts and tells nothing of them, so what providers tell comes as they tell it, on the
deployment's own topic, twice as such notices may; links are followed where the mail has them, silence is waited for.
"""

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from rapport_authoring.local.place import Deployed

from tests.e2e import campaigns
from tests.e2e.campaigns import ends, listening, mailed, notice, sample, tell
from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import call_function, introduced, mails_to, put_events, send, settle, track

CATALOGUE = campaigns.CATALOGUE
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}


@pytest.fixture(scope="module")
def reader(stack: Deployed, caller: Caller) -> str:
    """Somebody who lets clicks be counted, and got a mail, a text, and a mail that nobody will answer."""
    listening(caller)
    user = introduced(caller, phone=phone())
    caller("PUT", f"/v1/profiles/{user}/consents/tracking", {"status": "granted", "channel": "email"})
    put_events(stack, track(user, "Own Asked", {"id": "k"}))
    for name in ("own-mail", "own-text", "own-silent"):
        ends(caller, user, name)
    return user


def phone() -> str:
    """A number that nobody else has."""
    return f"+336{datetime.now(UTC):%H%M%S%f}"[:12]


def started(caller: Caller, user: str, name: str) -> list[tuple[str, str]]:
    """The keys of the runs that ended, and how."""
    return [(row["key"], row["status"]) for row in ends(caller, user, name)]


def texts(stack: Deployed, number: str) -> list[dict[str, Any]]:
    """Every text that a number got, as its provider took it."""
    asked = f"{stack.aws_endpoint}/_ministack/sns/sms-messages?phoneNumber=%2B{number[1:]}"
    with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - the emulator's address
        told: dict[str, list[dict[str, Any]]] = json.loads(answer.read())["sms_messages"]
    return told.get(number, [])


def test_a_delivery_that_is_told_twice_starts_one_run(stack: Deployed, caller: Caller, reader: str) -> None:
    [mail] = ends(caller, reader, "own-mail")
    profile = caller("GET", f"/v1/profiles/{reader}").body["profileId"]
    told = notice("delivery", mail, profile, f"{reader}@example.com")
    tell(stack, told, told)
    assert started(caller, reader, "own-delivered") == [("k", "SENT")]


def test_a_click_on_a_link_of_the_mail_starts_one_run(stack: Deployed, caller: Caller, reader: str) -> None:
    mails = eventually(
        lambda: [mail for mail in mails_to(stack, f"{reader}@example.com") if mail.subject == "own-mail"]
    )
    link = urlsplit(next(link for link in mails[0].links if "/c/" in link)).path
    answers = [send(stack, ("GET", link), BROWSER) for _ in range(2)]
    leads_to = {(answer.status, answer.headers["Location"]) for answer in answers}
    assert leads_to == {(302, "https://trails.example/tour")}
    assert started(caller, reader, "own-clicked")[0] == ("k", "SENT")
    settle(stack)
    assert eventually(lambda: mailed(stack, reader, "own-clicked")) == 1


def test_a_reply_that_is_told_twice_starts_one_run(stack: Deployed, caller: Caller, reader: str) -> None:
    number = caller("GET", f"/v1/profiles/{reader}").body["traits"]["phone"]["value"]
    [text] = texts(stack, number)
    reply = sample("sns-text-replied") | {"messageBody": "Yes please", "originationNumber": number}
    told = reply | {"previousPublishedMessageId": text["MessageId"], "inboundMessageId": text["MessageId"]}
    tell(stack, told, told)
    rows = ends(caller, reader, "own-replied")
    settle(stack)
    assert [row["status"] for row in rows] == ["SENT"] == [row["status"] for row in ends(caller, reader, "own-replied")]


def test_silence_until_the_window_ends_starts_one_run(stack: Deployed, caller: Caller, reader: str) -> None:
    [mail] = ends(caller, reader, "own-silent")
    until = datetime.fromisoformat(mail["at"]).timestamp() + campaigns.A_FEW_SECONDS * 86_400
    eventually(lambda: datetime.now(UTC).timestamp() > until)
    call_function(stack, "Due")
    assert started(caller, reader, "own-unanswered") == [("k", "SENT")]
