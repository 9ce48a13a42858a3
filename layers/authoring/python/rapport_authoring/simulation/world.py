"""The world of a simulation: every port in memory, and what the simulator itself remembers of who is who."""

import hashlib
from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import TokenPayload, Verdict
from rapport.domain.lessons import Learner, take
from rapport.domain.message import Record
from rapport.domain.moment import Moment
from rapport.domain.outcome_log import Entry
from rapport.domain.planned import told
from rapport.domain.profile import Identity, Profile
from rapport.domain.reason import MessageStatus
from rapport.errors import NotFound
from rapport.memory import (
    MemoryBus,
    MemoryLedger,
    MemoryProfiles,
    MemoryPublications,
    MemorySchedule,
    MemorySealer,
    MemorySender,
)
from rapport.ports import Ports
from rapport.use_cases import curate
from rapport.use_cases.desk import Desk
from rapport.use_cases.fall_due import fall_due
from rapport.use_cases.people import person
from rapport.use_cases.personalise import Reception
from rapport.use_cases.run_out import limited, run_out
from rapport.use_cases.sealed import opened, sealed

PUBLIC_URL = "https://simulated.example"


def identity_named(name: str) -> Identity:
    """A known person by their id, or somebody anonymous as `anonymous:ID`."""
    kind, _, value = name.partition(":")
    return Identity("anonymous", value) if kind == "anonymous" and value else Identity("user", name)


class World:
    """One house in memory, with a clock that only the timeline moves.

    Whatever looks like chance (decision ids, tokens) follows from the seed and from what happened before, so that a
    longer timeline begins as the shorter one does.
    """

    def __init__(self, catalogue: Catalogue, seed: int) -> None:
        self.now: Moment = catalogue.published_at
        self.schedule = MemorySchedule()
        self.bus = MemoryBus()
        self.publications = MemoryPublications(catalogue)
        retention = catalogue.house.retention
        self.profiles = MemoryProfiles(self.schedule, self.bus, lambda: self.now, lambda: retention)
        self.sealer = MemorySealer(f"simulation:{seed}".encode())
        self.sender = MemorySender()
        self.ports = Ports(
            profiles=self.profiles,
            publications=self.publications,
            ledger=MemoryLedger(self.profiles),
            sender=self.sender,
            bus=self.bus,
            sealer=self.sealer,
            public_url=PUBLIC_URL,
            on_paper=False,
        )
        self.desk = Desk(self.ports)
        self._seed = seed
        self._limited = limited(catalogue)
        self._told = 0
        self._learner = Learner()
        self._names: dict[str, dict[str, str]] = {}
        self._sent_to: dict[tuple[str, str], str | None] = {}
        self._tokens: dict[str, dict[tuple[str, str], tuple[int, str]]] = {}
        """Profile -> (offer, placement) -> the number and the token of the last decision."""
        self._numbers = count()

    def run_until(self, moment: Moment) -> None:
        """Let everything fall due that does by then, each at its own time."""
        while (row := self.schedule.take(moment)) is not None:
            self.now = max(self.now, row.at)
            fall_due(row, self.desk, row.at)
            self._observe(row.at)
        self.now = max(self.now, moment)
        self._observe(moment)

    def _observe(self, moment: Moment) -> None:
        """Take what was just shown and answered, or not, into caps for all and the model; while nothing was is none."""
        new, self.profiles.logged = self.profiles.logged, []
        moved = self._learner.moved
        take(self._learner, new, moment)
        if self._learner.moved != moved:
            self.publications.teach(self._learner.learned)
        live = self.publications.current()
        if self.profiles.norms is not live.catalogue.norms:
            self.publications.measure(self.profiles.norms)
        spent = run_out(self._limited, self.ports.ledger, moment)
        if spent != live.exhausted:
            self.publications.exhaust(spent)

    @property
    def log(self) -> list[Entry]:
        """The outcome log so far; the erased are not in it."""
        return self.profiles.outcome_log()

    def reception(self) -> Reception:
        """What pulls are answered with now."""
        publication = self.publications.current()
        return Reception(publication, self.sealer, publication.model)

    def decision_id(self, line: int) -> str:
        """The id of the decision that a line of the timeline asks for."""
        return f"d_{hashlib.blake2b(f'{self._seed}:{line}'.encode(), digest_size=8).hexdigest()}"

    def news(self) -> list[Record]:
        """What was told of messages since last asked; their addresses and offers are kept for later lines."""
        records, self._told = self.profiles.told[self._told :], len(self.profiles.told)
        for record in records:
            if record.status is MessageStatus.SENT:
                self._sent_to[record.message_id, str(record.channel)] = record.to
                self._remember_sent(record)
        return records

    # ---- people

    def name(self, profile: str) -> dict[str, str]:
        """How a row names a person: the known id, else the anonymous one; remembered past an erasure."""
        held = self.profiles.load(profile)
        if held.user_id is not None:
            self._names[profile] = {"userId": held.user_id}
        elif held.anonymous_id is not None:
            self._names[profile] = {"anonymousId": held.anonymous_id}
        return self._names.get(profile, {})

    def person(self, user_id: str) -> Profile:
        """A known person, or somebody anonymous as `anonymous:ID`. Raises NotFound for nobody."""
        profile = person(identity_named(user_id), self.ports)
        if profile.version == 0 or profile.erased_at is not None:
            raise NotFound("no such person")
        return profile

    def erase(self, profile: Profile, now: Moment) -> None:
        """Erase a person, and tell of the messages that end with them."""
        self.name(profile.id)
        ended = curate.erase(profile.id, self.ports, now)
        self.profiles.told.extend(told(message, now) for message in ended)

    def address(self, message_id: str, channel: str) -> str | None:
        """Where a message went on a channel."""
        return self._sent_to.get((message_id, channel))

    # ---- what stands for a token in the timeline

    def remember(self, answered: Iterable[tuple[str, str]]) -> None:
        """Keep the tokens of an answer, each with its offer's id, for the events that tell what became of it."""
        for offer, text in answered:
            token = opened(text, self.sealer)
            if token is not None:
                self._keep(token.profile, (offer, token.placement), text)

    def _remember_sent(self, record: Record) -> None:
        version = self.publications.current().catalogue.version
        for verdict in record.verdicts:
            if isinstance(verdict, Verdict) and verdict.offer in record.offers and verdict.chance is not None:
                token = TokenPayload(
                    decision=record.message_id,
                    profile=record.profile,
                    offer=verdict.offer,
                    placement=verdict.placement,
                    channel=str(record.channel),
                    at=record.at,
                    chance=verdict.chance,
                    model="base",
                    catalogue=version,
                    holdout=False,
                )
                self._keep(token.profile, (token.offer, token.placement), sealed(token, self.sealer))

    def _keep(self, profile: str, shown: tuple[str, str], token: str) -> None:
        self._tokens.setdefault(profile, {})[shown] = (next(self._numbers), token)

    def token(self, profile: Profile, properties: Mapping[str, Any]) -> str | None:
        """The token of the person's last decision of an offer at a placement, or at any where none is named.

        What was decided for somebody before they signed in, or were merged, was decided for the person they are.
        """
        theirs, offer, placement = (profile.id, *profile.absorbed), properties.get("offer"), properties.get("placement")
        found = [
            token
            for whose in theirs
            for (name, place), token in self._tokens.get(whose, {}).items()
            if name == offer and placement in (None, place)
        ]
        return max(found)[1] if found else None
