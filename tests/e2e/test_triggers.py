"""One of each kind of trigger on the deployed stack: an event, one for an audience, a moment, a date, a due one ..."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import yaml
from rapport_authoring.local.house import starter_files
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import introduced, messages, publish, put_events, settle, track

SOON = timedelta(minutes=3)
"""After which the broadcast goes out: publishing and introducing people takes less."""
PATIENCE = 300.0
KINDS = {
    "event": {"event": "Trigger Told", "key": "id"},
    "audience": {"event": "Trigger Published", "audience": "trigger-people", "key": "id"},
    "moment": {"event": "Trigger Booked", "at": "starts_at", "lead": "24h"},
    "date": {"date": "trigger_day"},
    "due": {"due": "trigger_due_at", "lead": "7d"},
    "segment": {"segment": "trigger-members"},
    "own": {"event": "Message Skipped", "when": 'event.properties.campaign == "trigger-kept"'},
}
TEMPLATE = """{% block subject %}A word{% endblock %}
{% block email %}<p>A word</p><a href="{{ links.unsubscribe }}">No more</a>{% endblock %}
"""


def campaign(kind: str, trigger: dict[str, str], **more: object) -> dict[str, object]:
    told = {"id": f"trigger-{kind}", "purpose": "service", "kind": "relationship", "urgent": True, "trigger": trigger}
    return told | {"channels": ["email"], "template": "trigger.j2"} | more


def catalogue(at: datetime) -> dict[str, str]:
    files = dict(starter_files())
    traits = yaml.safe_load(files["traits.yaml"])
    own = {"trigger_day": "date", "trigger_due_at": "timestamp", "trigger_member": "boolean"}
    traits["declared"] |= {name: {"type": kind} for name, kind in own.items()}
    kept = campaign("kept", {"event": "Trigger Kept"}, purpose="marketing", urgent=False)
    broadcast = campaign("schedule", {"schedule": f"{at:%Y-%m-%dT%H:%M}", "audience": "trigger-people"})
    campaigns = [*(campaign(kind, trigger) for kind, trigger in KINDS.items()), kept, broadcast]
    return files | {
        "traits.yaml": yaml.safe_dump(traits, sort_keys=False),
        "segments/trigger.yaml": yaml.safe_dump(
            [
                {"id": "trigger-people", "when": "has(traits.trigger_due_at)"},
                {"id": "trigger-members", "when": "traits.trigger_member == true"},
            ]
        ),
        "campaigns/trigger.yaml": yaml.safe_dump(campaigns, sort_keys=False),
        "templates/trigger.j2": TEMPLATE,
    }


@pytest.fixture(scope="module")
def somebody(caller: Caller, stack: Deployed) -> Iterator[str]:
    """Somebody whose day it is, for whom something falls due, and to whom everything happened."""
    now = datetime.now(UTC)
    publish(caller, catalogue(now + SOON))
    user = introduced(
        caller,
        timezone="UTC",
        trigger_day=f"1992-{now:%m-%d}",
        trigger_due_at=(now + timedelta(days=3)).isoformat(),
    )
    starts = (now + timedelta(hours=23)).isoformat()
    put_events(
        stack,
        track(user, "Trigger Told", {"id": "1"}),
        track(user, "Trigger Booked", {"starts_at": starts}),
        track(user, "Trigger Kept", {}),
        {"type": "identify", "userId": user, "traits": {"trigger_member": True}},
        {"type": "track", "event": "Trigger Published", "properties": {"id": "a"}},
    )
    settle(stack)
    yield user
    publish(caller, starter_files())


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_trigger_sends_once(caller: Caller, somebody: str, kind: str) -> None:
    told = eventually(lambda: messages(caller, somebody, f"trigger-{kind}"))
    assert [row["status"] for row in told] == ["SENT"]


def test_a_broadcast_goes_out_at_its_local_time(caller: Caller, somebody: str) -> None:
    give_up = time.monotonic() + PATIENCE
    while not (told := messages(caller, somebody, "trigger-schedule")):
        assert time.monotonic() < give_up, "the broadcast never came"
        time.sleep(1)
    assert [row["status"] for row in told] == ["SENT"]
