"""The ground of every torture: an emulated account with the real tables and queues, a catalogue, and people with mail.

What counts as sent is what the emulated provider took; what is known of it is read from the stored rows.
"""

import json
import os
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from typing import Any

import boto3
import yaml
from rapport.domain.consent import EVERY_CHANNEL, Consent
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.domain.trait import TraitValue
from rapport.ports import Change
from rapport_authoring.check import check
from rapport_authoring.local import emulator, processes
from rapport_authoring.local.place import Place
from rapport_aws import assemble
from rapport_aws.assemble import House
from rapport_aws.settings import read

from tests.adapters.cloud import BUS
from tests.functions.deployment import build
from tests.torture.ports import free_ports

ROOT = Path(__file__).parents[2]
TEMPLATE = (
    "{% block subject %}{{ campaign.id }}/{{ event.id }}{% endblock %}"
    "{% block email %}<p>Hello</p><a href='{{ links.unsubscribe }}'>stop</a>{% endblock %}"
    "{% block text %}Hello{% endblock %}"
)
HOUSE = """
name: Torture
sender: {email: Torture <hello@trails.example>, postal: 1 Rue des Alpes}
purposes: {service: {basis: contract}, marketing: {basis: consent}}
sources: {declared: {rank: 100, certainty: 1.0}}
contact: {quiet_hours: {from: "03:00", to: "03:01"}, caps: [], ignored: {after: 1000, within_days: 1, pause_days: 1}}
"""
POLICIES = {"drop": "marketing", "resend": "service", "hold": "service"}
"""Campaigns, by what becomes of a doubt: each has its own event, and the purpose it runs on."""


def campaign(policy: str, **more: object) -> str:
    """A campaign that answers the event of its name, once for each `id`."""
    told = {
        "id": policy,
        "purpose": POLICIES[policy],
        "kind": "relationship",
        "trigger": {"event": policy, "key": "id"},
        "channels": ["email"],
        "template": "note.j2",
        "in_doubt": policy,
        "fresh_for": "60d",
        "all_channels": False,
    }
    return yaml.safe_dump(told | more)


FILES = {
    "rapport.yaml": HOUSE,
    "templates/note.j2": TEMPLATE,
    **{f"campaigns/{policy}.yaml": campaign(policy) for policy in POLICIES},
}


class Environment:
    """Where `build` puts what a function is told by its environment."""

    @staticmethod
    def setenv(name: str, value: str) -> None:
        os.environ[name] = value


class Clock:
    """The real time, moved on at will for this process and all that were forked from it."""

    def __init__(self) -> None:
        self._ahead = RawValue("d", 0.0)

    def __call__(self) -> float:
        return time.time() + float(self._ahead.value)

    def move(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._ahead.value += seconds


@contextmanager
def ground(clock: Clock, files: dict[str, str] | None = None) -> Iterator[House]:
    """Start the emulator, make what the infrastructure makes, and publish a catalogue."""
    with tempfile.TemporaryDirectory() as home:
        place = Place(ROOT, Path(home), free_ports(3))
        emulator.install(place)
        emulator.start(place, relays=False)
        try:
            os.environ.update(AWS_CONFIG_FILE="/dev/null", AWS_SHARED_CREDENTIALS_FILE="/dev/null")
            os.environ.update(build(Environment, place.emulator))
            # The emulator's account has another number than the one that this rule is made for.
            ours = json.dumps({"source": ["rapport"]})
            boto3.client("events").put_rule(Name="all", EventBusName=BUS, EventPattern=ours)
            house = House(read(os.environ), clock)
            publish(house, files or FILES)
            yield house
        finally:
            processes.stop(place, emulator.NAME)


def publish(house: House, files: dict[str, str]) -> None:
    """Check and publish a catalogue."""
    checked = check(files)
    if checked.catalogue is None:
        raise ValueError(checked.errors)
    house.curation.publish(checked.catalogue, files)
    house.publications.refresh()


def introduce(house: House, user: str) -> str:
    """Store somebody with an address who lets themselves be written to; their profile's id."""
    now = house.clock()
    profile = Profile(
        profile_id("user", user, house.ports.secret),
        user_id=user,
        identities=(Identity("user", user),),
        traits={"email": TraitValue(f"{user}@example.com", "declared", now, 1.0)},
        consents={"marketing": {EVERY_CHANNEL: Consent("granted", now, ever_granted=True)}},
        created_at=now,
    )
    house.profiles.write(Change(profile))
    return profile.id


def taken() -> Counter[str]:
    """How often the emulated provider took each mail, by its subject: what really went out."""
    address = os.environ["AWS_ENDPOINT_URL"]
    with urllib.request.urlopen(f"{address}/_ministack/ses/messages", timeout=60) as answer:  # noqa: S310 - our own
        told: dict[str, list[dict[str, Any]]] = json.loads(answer.read())["messages"]
    return Counter(mail["Subject"] for mails in told.values() for mail in mails)


def forget_clients() -> None:
    """Make clients anew: connections are not shared with a process that was forked."""
    boto3.DEFAULT_SESSION = None
    assemble._client.cache_clear()
