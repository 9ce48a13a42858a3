"""Campaigns of every kind, published together for all tests of them; what providers tell, and what time brings."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import boto3
import pytest
import yaml
from msgspec import structs
from rapport.domain.pace import AnyPace
from rapport_authoring.local.place import Deployed
from rapport_aws import assemble
from rapport_aws.publications import WAIT_AFTER
from rapport_aws.settings import read

from functions.dispatch.handler import take
from tests.e2e.conftest import ROOT, Caller, eventually
from tests.e2e.house import USUAL
from tests.e2e.wire import aws, fresh, function_named, mails_to, messages, put_events, settle

BEGAN: Final = datetime.now(UTC)
"""When the tests began."""
MINUTES: Final = 30
"""Broadcasts are set for each of so many minutes to come: however slow the machine, one lies ahead of its people."""
TRAITS = {
    "trig_day": "date",
    "trig_due_at": "timestamp",
    "trig_joined_at": "timestamp",
    "trig_member": "boolean",
    "late_due_at": "timestamp",
    "trig_listens": "boolean",
    "cast": "string",
}
CAST: Final = fresh("cast")
"""Whoever belongs to the crowd of these tests; the stack may be an old one."""
LISTENER: Final = fresh("listener")
_SINCE: Final[list[datetime]] = []
SEGMENTS = f"""
- {{id: trig-crowd, when: 'has(traits.trig_due_at)'}}
- {{id: trig-listeners, when: 'traits.trig_listens == true'}}
- {{id: trig-members, when: 'traits.trig_member == true'}}
- {{id: trig-named, when: 'has(traits.first_name)'}}
- {{id: trig-settled, when: 'now - traits.trig_joined_at > duration("24h")'}}
- {{id: cast-crowd, when: 'traits.cast == "{CAST}"'}}
"""
A_FEW_SECONDS = 10 / 86_400
"""As a share of a day."""
TEMPLATES = {
    "templates/said.j2": """{% block subject %}{{ campaign.id }}{% endblock %}
{% block email %}<p>A word, and <a href="https://trails.example/tour">a tour</a></p>
<a href="{{ links.unsubscribe }}">No more</a>{% endblock %}
{% block text %}A word{% endblock %}
""",
    "templates/broken.j2": """{% block text %}
{% for one in event.many %}{% for two in event.many %}{{ one }}{{ two }}{% endfor %}{% endfor %}
{% endblock %}
""",
}


def campaign(name: str, trigger: Mapping[str, str], **more: object) -> dict[str, object]:
    """A campaign that goes out at any hour and needs no consent, unless more says otherwise."""
    told = {"id": name, "purpose": "service", "kind": "relationship", "urgent": True, "trigger": trigger}
    return told | {"channels": ["email"], "template": "said.j2"} | more


def after(event: str, name: str) -> dict[str, str]:
    """A trigger on one of our own events, about a message of a campaign."""
    return {"event": event, "when": f'event.properties.campaign == "{name}"', "key": "key"}


def asked(event: str) -> dict[str, str]:
    return {"event": event, "key": "id"}


def minute(number: int) -> datetime:
    """The start of a minute, counted from the one in which the tests began."""
    return BEGAN.replace(second=0, microsecond=0) + timedelta(minutes=number)


def schedule(number: int) -> dict[str, str]:
    return {"schedule": f"{minute(number):%Y-%m-%dT%H:%M}", "audience": "trig-listeners"}


MARKETING = {"purpose": "marketing", "urgent": False}
CAMPAIGNS = [
    # every kind of trigger
    campaign("trig-told", {**asked("Trig Told"), "when": "event.properties.wanted == true"}),
    campaign("trig-crowd", {**asked("Trig Published"), "audience": "trig-crowd"}),
    campaign("trig-booked", {**asked("Trig Booked"), "at": "starts_at", "lead": "24h"}),
    campaign("trig-day", {"date": "trig_day"}),
    campaign("trig-due", {"due": "trig_due_at", "lead": "7d"}),
    campaign("trig-member", {"segment": "trig-members"}),
    campaign("trig-named", {"segment": "trig-named"}),
    campaign("trig-settled", {"segment": "trig-settled"}),
    campaign("trig-kept", asked("Trig Kept"), **MARKETING),
    campaign("trig-own", after("Message Skipped", "trig-kept")),
    *(campaign(f"trig-at-{number}", schedule(number)) for number in range(MINUTES)),
    # our own events
    campaign("own-mail", asked("Own Asked")),
    campaign("own-text", asked("Own Asked"), channels=["sms"]),
    campaign("own-silent", asked("Own Asked"), non_response_days=A_FEW_SECONDS),
    campaign("own-delivered", after("Message Delivered", "own-mail")),
    campaign("own-clicked", after("Message Clicked", "own-mail")),
    campaign("own-replied", {"event": "Message Replied", "when": 'event.properties.campaign == "own-text"'}),
    campaign("own-unanswered", after("Message Unanswered", "own-silent")),
    # what is paused, or stopped by the breaker
    campaign("held-campaign", asked("Held Asked")),
    campaign("held-channel", asked("Held Asked"), channels=["sms"]),
    campaign("held-nothing", asked("Held Asked")),
    campaign("bulk-news", asked("Bulk Asked"), **MARKETING),
    campaign("bulk-service", asked("Bulk Asked")),
    campaign("cast-news", {"event": "Cast Published", "audience": "cast-crowd"}),
    # an outage
    campaign("out-mail", asked("Out Asked"), after="1h"),
    campaign("out-soon", asked("Out Asked"), after="1h", fresh_for="90m"),
    campaign("out-text", asked("Out Asked"), after="1h", channels=["sms"]),
    campaign("out-broken", asked("Out Asked"), after="1h", channels=["sms"], template="broken.j2"),
    # what time does
    campaign("late-quiet", asked("Late Asked"), urgent=False),
    campaign("late-again", asked("Again Asked"), again_after_days=30),
    campaign("late-due", {"due": "late_due_at", "lead": "7d"}, after="1h"),
]


def files() -> dict[str, str]:
    """The catalogue with all of this."""
    traits = yaml.safe_load(USUAL["traits.yaml"])
    traits["declared"] |= {name: {"type": kind} for name, kind in TRAITS.items()}
    return {
        **USUAL,
        "traits.yaml": yaml.safe_dump(traits, sort_keys=False),
        "segments/campaigns.yaml": SEGMENTS,
        "campaigns/campaigns.yaml": yaml.safe_dump(CAMPAIGNS, sort_keys=False),
        **TEMPLATES,
    }


CATALOGUE: Final = files()


# ---- how runs ended


def ends(caller: Caller, user: str, name: str) -> list[dict[str, Any]]:
    """How the runs of a campaign ended for somebody, once one has."""

    def found() -> list[dict[str, Any]]:
        return [row for row in messages(caller, user, name) if row["status"] != "DEFERRED"]

    rows: list[dict[str, Any]] = eventually(found)
    return rows


def stands(caller: Caller, user: str, name: str) -> list[str]:
    """All that was told of the runs of a campaign, once there is anything: statuses with their reasons.

    Of two workers that look at once the second finds a hand-over begun: a doubt, until the first has said that it went.
    """
    rows = eventually(lambda: messages(caller, user, name))
    told = [f"{row['status']} {row['reason'] or ''}".strip() for row in rows]
    return [one for one in told if one != "IN_DOUBT" or "SENT" not in told]


def listening(caller: Caller) -> datetime:
    """Since when there is somebody to whom a broadcast goes each minute: who asks early waits for no minute later."""
    if not _SINCE:
        told = {"email": f"{LISTENER}@example.com", "timezone": "UTC", "trig_listens": True}
        put_events(caller.stack, {"type": "identify", "userId": LISTENER, "traits": told})
        settle(caller.stack)
        _SINCE.append(datetime.now(UTC))
    return _SINCE[0]


def mailed(stack: Deployed, user: str, name: str) -> int:
    """How many mails of a campaign somebody got."""
    return sum(mail.subject == name for mail in mails_to(stack, f"{user}@example.com"))


def known_to_all() -> None:
    """Wait until every worker has looked since for what is published and paused."""
    since = time.monotonic()
    eventually(lambda: time.monotonic() > since + WAIT_AFTER)


# ---- what providers tell


def sample(name: str) -> dict[str, Any]:
    """What AWS sends, from the shipped samples."""
    told: dict[str, Any] = json.loads((ROOT / "events" / "samples" / f"{name}.json").read_text())
    return told


def notice(kind: str, row: Mapping[str, Any], profile: str, address: str) -> dict[str, Any]:
    """What SES tells of a mail that went out just now."""
    told, now = sample(f"ses-{kind}"), datetime.now(UTC).isoformat()
    told["mail"] |= {"timestamp": now, "destination": [address]}
    told["mail"]["tags"] |= {"message": [row["id"]], "profile": [profile]}
    about = told[kind] | {"timestamp": now}
    named = {name: [{"emailAddress": address}] for name in about if name.endswith("Recipients")}
    return {**told, kind: about | named}


def tell(stack: Deployed, *notices: Mapping[str, Any]) -> None:
    """Tell of what became of messages where the providers do: on the topic of the deployment."""
    sns = aws(stack, "sns")
    for one in notices:
        sns.publish(TopicArn=stack.outputs["FeedbackTopic"], Message=json.dumps(one))


# ---- what time brings


def work(caller: Caller, user: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The piece of work that a message is once it falls due."""
    profile = caller("GET", f"/v1/profiles/{user}").body["profileId"]
    return {"kind": "message", "profile": profile, "ref": row["id"], "at": time.time()}


def falls_due(stack: Deployed, *pieces: Mapping[str, Any]) -> None:
    """Put pieces of work on the queue as the tick does when their time has come, each twice as a queue may."""
    for piece in pieces * 2:
        aws(stack, "sqs").send_message(QueueUrl=stack.outputs["DispatchQueue"], MessageBody=json.dumps(piece))


@contextmanager
def later(stack: Deployed, seconds: float, **surroundings: str) -> Iterator[Callable[..., None]]:
    """Take work as the deployed dispatch function does, over the same tables, queues and providers, so much later.

    It is that function's own code and environment, with a clock that is ahead, and `surroundings` besides. It asks for
    no turns: those are handed out by the real time.
    """
    told = aws(stack, "lambda").get_function_configuration(FunctionName=function_named(stack, "Dispatch"))
    emulator = {"AWS_ENDPOINT_URL": stack.aws_endpoint, "AWS_DEFAULT_REGION": stack.region}
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with pytest.MonkeyPatch.context() as around:
        for name, value in {**told["Environment"]["Variables"], **emulator, **keys, **surroundings}.items():
            around.setenv(name, value)
        forget_clients()
        house = assemble.House(read(), lambda: time.time() + seconds)
        house.ports = structs.replace(house.ports, pace=AnyPace())

        def worker(*pieces: Mapping[str, Any]) -> None:
            for piece in pieces:
                take(house, json.dumps(piece))

        yield worker
    forget_clients()


def forget_clients() -> None:
    """Make clients anew: what surrounds them has changed."""
    boto3.DEFAULT_SESSION = None
    assemble._client.cache_clear()
