"""What the rules of the check look at: all documents by id, and the traits under one roof."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from rapport.domain.trait import BUILT_IN, TraitKind, TraitType

from rapport_authoring.documents import Campaign, Event, House, Offer, Placement, Segment, Traits
from rapport_authoring.documents.house import SOURCES, Source
from rapport_authoring.documents.people import COMPUTED_TYPES, DEFAULT_EVENTS, DeclaredTrait, FromEvents, Trait
from rapport_authoring.loader import Documents, Entry
from rapport_authoring.problems import Code, Place, Problem, nearest

LOCALISED = re.compile(r"(?P<stem>.+)\.(?P<locale>[a-zA-Z]{2,3}(-[A-Za-z0-9]+)*)\.j2")
NOT_OF_A_NAME = re.compile(r"[^a-z0-9_]+")
LOGIN = "login"
"""What a source may be used for besides the purposes: it links the identity, and everything else is quarantined."""


@dataclass(frozen=True, slots=True)
class KnownTrait:
    """A trait as rules see it, wherever it is written."""

    name: str
    kind: TraitKind
    type: TraitType | None
    """None where it cannot be told, as something is wrong there."""
    written: Trait | None = None

    @property
    def sensitive(self) -> bool:
        """Whether it never goes to channels open to other eyes."""
        return self.written is not None and self.written.sensitive

    @property
    def category(self) -> bool:
        """Whether it is usable for mass personalisation."""
        return self.written is not None and self.written.category


@dataclass(frozen=True)
class World:
    """One catalogue as documents, looked up by id."""

    documents: Documents

    @cached_property
    def house(self) -> House:
        """The house, or one of defaults when it cannot be read."""
        return self.documents.house.model if self.documents.house else House(name="the house")

    @property
    def locale_known(self) -> bool:
        """Whether the house says in what language it speaks, or leaves it at the default."""
        return self.documents.house is not None and not self.documents.house.lacks("locale")

    @property
    def links_known(self) -> bool:
        """Whether it can be told which hosts the house lists."""
        return self.documents.house is not None and not self.documents.house.lacks("links")

    @cached_property
    def placements(self) -> Mapping[str, Entry[Placement]]:
        """Placements by id."""
        return {entry.model.id: entry for entry in self.documents.placements}

    @cached_property
    def offers(self) -> Mapping[str, Entry[Offer]]:
        """Offers by id."""
        return {entry.model.id: entry for entry in self.documents.offers}

    @cached_property
    def campaigns(self) -> Mapping[str, Entry[Campaign]]:
        """Campaigns by id."""
        return {entry.model.id: entry for entry in self.documents.campaigns}

    @cached_property
    def segments(self) -> Mapping[str, Entry[Segment]]:
        """Segments and personas by id."""
        return {entry.model.id: entry for entry in self.documents.segments}

    @cached_property
    def events(self) -> Mapping[str, tuple[Event, ...]]:
        """What each event means: the team's own definitions, and the defaults of events it says nothing of."""
        written: dict[str, tuple[Event, ...]] = {}
        for entry in self.documents.events:
            written[entry.model.event] = (*written.get(entry.model.event, ()), entry.model)
        return {event.event: (event,) for event in DEFAULT_EVENTS} | written

    @cached_property
    def traits(self) -> Mapping[str, KnownTrait]:
        """Every trait by name, the built-in ones too; `address` stands for its parts."""
        known = {name: KnownTrait(name, "built_in", definition.type) for name, definition in BUILT_IN.items()}
        written = self.documents.traits
        if written:
            known |= {name: KnownTrait(name, "declared", None) for name in _left_out(written)}
            known |= {name: _outside(name, "declared", trait) for name, trait in written.model.declared.items()}
            for kind in ("computed", "predicted"):
                known |= _from_events(kind, getattr(written.model, kind))
            known |= {
                name: KnownTrait(name, "predicted", trait.type, trait)
                for name, trait in written.model.predicted.items()
                if trait.type is not None
            }
        return known

    @cached_property
    def translations(self) -> Mapping[str, tuple[str, ...]]:
        """Each template with its translations: `welcome.j2` has itself and `welcome.fr.j2`."""
        names: dict[str, tuple[str, ...]] = {}
        for name in self.documents.templates:
            match = LOCALISED.fullmatch(name)
            for base in {name, f"{match['stem']}.j2" if match else name}:
                names[base] = (*names.get(base, ()), name)
        return names

    @cached_property
    def purposes(self) -> frozenset[str]:
        """The purposes of the house; service is always one."""
        return frozenset(self.house.purposes) | {"service"}

    @cached_property
    def sources(self) -> Mapping[str, Source]:
        """The sources of the house: those every house has, and its own."""
        return SOURCES | self.house.sources

    @cached_property
    def intents(self) -> frozenset[str]:
        """The intent groups that some event considers or chooses in."""
        written = [entry.model.intent for entry in self.documents.events if entry.cut]
        told = [event for events in self.events.values() for event in events if event.means in {"considers", "chooses"}]
        return frozenset(group for group in (*written, *(event.intent for event in told)) if group)

    @cached_property
    def unread_segments(self) -> frozenset[str]:
        """Ids of segments that may be personas or not, or are none, as something is wrong there."""
        doubtful = {name for name, entry in self.segments.items() if entry.cut is not None}
        return self.ids("segment") - (self.segments.keys() - doubtful)

    @cached_property
    def every_meaning_known(self) -> bool:
        """Whether it can be told of every event what it means."""
        return not any(entry.lacks("event") or entry.lacks("means") for entry in self.documents.events)

    def means(self, event: str) -> frozenset[str]:
        """Return what an event means, empty when nothing."""
        return frozenset(definition.means for definition in self.events.get(event, ()) if definition.means)

    def knows(self, noun: str, name: str) -> bool:
        """Whether a document of that sort exists, or might: one file of its sort cannot be read."""
        return noun not in self.documents.readable or name in self.documents.ids.get(noun, ())

    def ids(self, noun: str) -> frozenset[str]:
        """Return the ids of a sort of document, those of faulty documents among them."""
        return self._ids.get(noun, frozenset())

    @cached_property
    def _ids(self) -> Mapping[str, frozenset[str]]:
        return {noun: frozenset(ids) for noun, ids in self.documents.ids.items()}


Rule: TypeAlias = Callable[[World], Iterator[Problem]]


def _from_events(kind: Literal["computed", "predicted"], traits: Mapping[str, FromEvents]) -> dict[str, KnownTrait]:
    return {
        name: KnownTrait(name, kind, COMPUTED_TYPES[trait.operator] if len(trait.operators) == 1 else None, trait)
        for name, trait in traits.items()
    }


def _left_out(entry: Entry[Traits]) -> Iterator[str]:
    """Names of traits that are written, but so that nothing can be said of them; and what a wrong name may mean."""
    for name in {str(path[1]) for path in entry.cut or () if len(path) > 1}:
        yield from (name, NOT_OF_A_NAME.sub("_", name.casefold()))


def _outside(name: str, kind: TraitKind, trait: DeclaredTrait) -> KnownTrait:
    return KnownTrait(name, kind, trait.type, trait)


def unknown(code: Code, place: Place, word: str, known: frozenset[str]) -> Problem:
    """Say that a name does not exist, with the nearest one that does."""
    noun = code.value.removeprefix("unknown-").replace("-", " ")
    return Problem.found(code, place, f"there is no {noun} `{word[:80]}`", nearest(word, known))
