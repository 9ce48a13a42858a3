"""A person for whom one message is planned, a provider that answers as told, and a desk to dispatch from."""

from collections.abc import Iterator, Mapping

import yaml
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.moment import Moment, parse
from rapport.domain.normalise import normalise
from rapport.domain.profile import Identity, Profile
from rapport.memory import MemorySender
from rapport.ports import Handover, Outcome, Outgoing
from rapport.use_cases import curate
from rapport.use_cases.desk import Desk
from rapport.use_cases.dispatch import dispatch
from rapport.use_cases.people import person
from rapport.use_cases.take_event import take_event
from rapport_authoring.check import check
from rapport_authoring.simulation.world import World

NOW = parse("2026-11-02T10:00:00Z")
ANN = Identity("user", "ann")

SCARCE_CAR = """
id: car
kind: content
benefit: a car
placements: [block]
caps: [{per: all, at_most: 3}]
content: {en-GB: {headline: A car, text: Small}}
"""
"""An offer that runs out."""
FILES = {
    "rapport.yaml": "name: House\nsources: {declared: {rank: 100}}\n",
    "templates/note.j2": (
        "{% block subject %}A word{% endblock %}"
        "{% block email %}<p>Hello</p><a href='{{ links.unsubscribe }}'>stop</a>{% endblock %}"
        "{% block text %}Hello{% endblock %}"
    ),
}


def catalogue(files: Mapping[str, str], **more: object) -> Catalogue:
    campaign = {
        "id": "note",
        "purpose": "marketing",
        "kind": "relationship",
        "trigger": {"event": "Asked", "key": "id"},
        "channels": ["email", "sms"],
        "template": "note.j2",
    } | more
    checked = check({**FILES, **files, "campaigns/note.yaml": yaml.safe_dump(campaign)})
    assert checked.catalogue is not None, checked.errors
    return checked.catalogue


class Provider(MemorySender):
    """Answers as the script says, then takes everything."""

    def __init__(self, *outcomes: Outcome) -> None:
        super().__init__()
        self._script: Iterator[Outcome] = iter(outcomes)
        self.tried: list[str] = []

    def send(self, outgoing: Outgoing) -> Handover:
        self.tried.append(outgoing.channel)
        outcome = next(self._script, Outcome.SENT)
        return Handover(outcome) if outcome is not Outcome.SENT else super().send(outgoing)


class Killed(BaseException):
    """Stands for SIGKILL: nothing in the code can catch it by accident."""


class Stage:
    """A person for whom one message is planned, and a desk to dispatch it from."""

    def __init__(self, provider: MemorySender, files: Mapping[str, str] | None = None, **campaign: object) -> None:
        self.world = World(structs.replace(catalogue(files or {}, **campaign), published_at=NOW - 1), 0)
        self.ports = structs.replace(self.world.ports, sender=provider)
        self.told(NOW, "identify", traits={"email": "ann@example.com", "phone": "+33612345678"})
        curate.consent(ANN, Receipt("marketing", EVERY_CHANNEL, "granted", NOW), self.ports, NOW)
        self.told(NOW, "track", event="Asked", properties={"id": "1"})
        self.message_id = self.profile.pending[0].message_id

    def told(self, at: Moment, kind: str, **message: object) -> None:
        event = normalise({"type": kind, "userId": "ann", **message}, at, trusted=True)
        assert not isinstance(event, list), event
        take_event(event, self.ports, at)

    @property
    def profile(self) -> Profile:
        return person(ANN, self.ports)

    def dispatch(self, at: Moment = NOW, attempt: str = "first") -> str:
        dispatch(self.profile.id, self.message_id, Desk(self.ports, attempt), at)
        return self.status

    @property
    def status(self) -> str:
        message = self.ports.profiles.message(self.profile.id, self.message_id)
        assert message is not None
        return f"{message.status} {message.reason}" if message.reason else str(message.status)
