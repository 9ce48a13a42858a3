"""Every condition of a catalogue, compiled once; and what offers and campaigns read through segments and personas."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, partial
from graphlib import CycleError, TopologicalSorter
from itertools import islice
from typing import NamedTuple, cast

import yaml
from rapport.domain.condition import Condition
from rapport.domain.offer import Mode

from rapport_authoring.check.world import KnownTrait, World
from rapport_authoring.conditions import ConditionError, Names, Scope, compile_condition, place
from rapport_authoring.documents import Campaign, Offer, Segment, Traits
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Place, Problem

MAX_CONDITION_PROBLEMS = 300
MAX_CONDITIONS = 25_000
"""Different ones; so many are checked in the half minute for which a gateway waits."""
PERSONA = "persona"
ALL_PERSONAS = "(personas)"
"""Stands for all personas together where segments read one another; no id looks like it."""
MASS_ROOTS = frozenset({"context", "now", "event"})
Path = tuple[str | int, ...]
Key = tuple[str, str, Path]
"""A condition's noun, the id of its document and its path in it."""


class Written(NamedTuple):
    """A condition as it stands in a document."""

    key: Key
    source: str
    scope: Scope
    entry: Entry[Segment] | Entry[Offer] | Entry[Campaign] | Entry[Traits]
    is_key: bool = False


def written_conditions(world: World) -> Iterator[Written]:
    """Return every condition of the catalogue with its scope and place."""
    yield from _of_traits(world)
    for segment in world.documents.segments:
        yield from _when_unless("segment", segment)
    for offer in world.documents.offers:
        yield from _when_unless("offer", offer)
        yield from _of_offer(offer)
    for campaign in world.documents.campaigns:
        yield from _when_unless("campaign", campaign)
        yield from _of_campaign(campaign)


def _when_unless(noun: str, entry: Entry[Segment] | Entry[Offer] | Entry[Campaign]) -> Iterator[Written]:
    for key in ("when", "unless"):
        source = getattr(entry.model, key)
        if source is not None:
            yield Written((noun, entry.model.id, (key,)), source, "person", entry)


def _of_traits(world: World) -> Iterator[Written]:
    traits = world.documents.traits
    for kind, name, trait in traits.model.from_events if traits else ():
        if trait.where is not None and traits:
            yield Written(("trait", name, (kind, name, "where")), trait.where, "event", traits)


def _of_offer(entry: Entry[Offer]) -> Iterator[Written]:
    name = entry.model.id
    for source in entry.model.context_weight:
        yield Written(("offer", name, ("context_weight", source)), source, "person", entry, is_key=True)
    for at, variant in enumerate(entry.model.variants):
        yield Written(("offer", name, ("variants", at, "when")), variant.when, "person", entry)


def _of_campaign(entry: Entry[Campaign]) -> Iterator[Written]:
    name, trigger = entry.model.id, entry.model.trigger
    if trigger.when is not None:
        yield Written(("campaign", name, ("trigger", "when")), trigger.when, "trigger", entry)
    for at, rule in enumerate(entry.model.brand):
        if rule.when is not None:
            yield Written(("campaign", name, ("brand", at, "when")), rule.when, "person", entry)


MOST_NAMED = 20


class Reads(NamedTuple):
    """What decides, directly or through segments and personas: the traits to be listed, and whether it is individual.

    Of each sort at most MOST_NAMED are kept, so that ten thousand segments that read one another stay small.
    """

    sensitive: frozenset[str] = frozenset()
    predicted: frozenset[str] = frozenset()
    individual: bool = False

    @property
    def mode(self) -> Mode:
        """The most personal thing that is read."""
        if self.predicted:
            return "predictive"
        return "individual" if self.individual else "mass"


@dataclass(frozen=True)
class Judged:
    """The compiled conditions of one catalogue."""

    world: World
    conditions: Mapping[Key, Condition]
    problems: tuple[Problem, ...]

    def get(self, noun: str, name: str, *path: str | int) -> Condition | None:
        """Return the condition at a path of a document, None when there is none."""
        return self.conditions.get((noun, name, path))

    @cached_property
    def segment_reads(self) -> Mapping[str, Reads]:
        """What each segment reads through all others, and what all personas read together."""
        reads: dict[str, Reads] = {}
        for name in _order(self) or ():
            reads[name] = self._personas(reads) if name == ALL_PERSONAS else self._of(reads, "segment", name)
        return reads

    def _personas(self, reads: Mapping[str, Reads]) -> Reads:
        personas = [entry.model.id for entry in self.world.documents.segments if entry.model.persona]
        return _union(reads.get(name, Reads()) for name in personas)

    def _of(self, segments: Mapping[str, Reads], noun: str, name: str) -> Reads:
        conditions = (self.get(noun, name, key) for key in ("when", "unless"))
        return _union(self._direct(segments, condition) for condition in conditions if condition)

    def _direct(self, segments: Mapping[str, Reads], condition: Condition) -> Reads:
        return _union(self._read(segments, name) for name in condition.reads)

    def _read(self, segments: Mapping[str, Reads], name: str) -> Reads:
        root, _, rest = name.partition(".")
        if root == "traits":
            return _read_trait(rest, self.world.traits.get(rest))
        if root == "segments":
            return segments.get(rest, Reads())
        if root == PERSONA:
            return segments.get(ALL_PERSONAS, Reads())
        return Reads(individual=root not in MASS_ROOTS)

    def named(self, name: str) -> Reads:
        """What one name stands for: a trait, or what a segment or the persona reads."""
        return self._read(self.segment_reads, name)

    def traits_behind(self, names: Iterable[str]) -> list[str]:
        """The traits among some names, and those that the `when` of segments among them reads, each once."""
        found: dict[str, None] = {}
        left = list(names)
        while left:
            name = left.pop(0)
            condition = None if name in found else self.get("segment", name.removeprefix("segments."), "when")
            found[name] = None
            left += condition.reads if condition else ()
        return [name.removeprefix("traits.") for name in found if name.startswith("traits.")]

    def reads_of(self, condition: Condition) -> Reads:
        """What one condition reads."""
        return self._direct(self.segment_reads, condition)

    def offer_reads(self, offer: Offer) -> Reads:
        """What decides who gets an offer."""
        own = self._of(self.segment_reads, "offer", offer.id)
        return own._replace(individual=own.individual or bool(offer.complements))

    def all_reads(self, noun: str, name: str) -> Reads:
        """What any condition of a document reads: weights, variants and brands, too, which change no mode."""
        conditions = self._of_document.get((noun, name), ())
        return _union(self._direct(self.segment_reads, condition) for condition in conditions)

    @cached_property
    def _of_document(self) -> Mapping[tuple[str, str], list[Condition]]:
        together: dict[tuple[str, str], list[Condition]] = {}
        for (noun, name, _), condition in self.conditions.items():
            together.setdefault((noun, name), []).append(condition)
        return together

    def campaign_reads(self, campaign: Campaign) -> Reads:
        """What decides who gets a message, its audience and the trait or segment that starts it included."""
        trigger = campaign.trigger
        named = [name for name in (trigger.segment, trigger.audience) if name is not None]
        parts = [self._of(self.segment_reads, "campaign", campaign.id)]
        parts += [self.segment_reads.get(name, Reads()) for name in named]
        parts += [self._read(self.segment_reads, f"traits.{name}") for name in (trigger.date, trigger.due) if name]
        condition = self.get("campaign", campaign.id, "trigger", "when")
        return _union([*parts, self._direct(self.segment_reads, condition) if condition else Reads()])


def _read_trait(name: str, trait: KnownTrait | None) -> Reads:
    if trait is None:
        return Reads(individual=True)
    itself = frozenset({name})
    return Reads(
        itself if trait.sensitive else frozenset(),
        itself if trait.kind == "predicted" else frozenset(),
        not trait.category,
    )


def _union(parts: Iterable[Reads]) -> Reads:
    together = list(parts)
    return Reads(
        _first(name for part in together for name in part.sensitive),
        _first(name for part in together for name in part.predicted),
        any(part.individual for part in together),
    )


def _first(names: Iterable[str]) -> frozenset[str]:
    return frozenset(sorted(set(names))[:MOST_NAMED])


def judge_all(world: World) -> Judged:
    """Compile every condition; what is no condition is a problem at its place in the file."""
    compiled = cache(partial(compile_condition, names=names_of(world)))
    conditions: dict[Key, Condition] = {}
    problems: list[Problem] = []
    for written in written_conditions(world):
        condition, errors = compiled(written.source, scope=written.scope)
        if condition is not None:
            conditions[written.key] = condition
        problems.extend(_problem(world, written, error) for error in errors)
        if compiled.cache_info().currsize > MAX_CONDITIONS:
            problems.append(_too_many(written))
        if len(problems) >= MAX_CONDITION_PROBLEMS or compiled.cache_info().currsize > MAX_CONDITIONS:
            break
    judged = Judged(world, conditions, tuple(problems))
    return Judged(world, conditions, (*problems, *islice(_cycles(judged), 1)))


def _too_many(written: Written) -> Problem:
    place, hint = written.entry.at(*written.key[2]), "name what many have in common as a segment"
    return Problem.found(Code.TOO_LARGE, place, f"more than {MAX_CONDITIONS} different conditions", hint)


def names_of(world: World) -> Names:
    """Return the names that conditions and templates of this catalogue may read."""
    written = world.documents.traits
    outside = {**written.model.declared, **written.model.predicted} if written else {}
    segments = [entry for entry in world.documents.segments if not entry.lacks("id")]
    unread = sorted(world.unread_segments)
    return Names(
        traits={name: trait.type or "any" for name, trait in world.traits.items() if trait.kind != "built_in"},
        one_of={name: tuple(trait.one_of) for name, trait in outside.items() if trait.one_of},
        intents=tuple(sorted(world.intents)),
        segments=(*(entry.model.id for entry in segments), *unread),
        personas=(*(entry.model.id for entry in segments if entry.model.persona), *unread),
    )


def _problem(world: World, written: Written, error: ConditionError) -> Problem:
    entry, path = written.entry, written.key[2]
    at = _place(world, written, error.offset)
    key = path[-1] if path[-1] != written.source else "context_weight"
    return Problem.found(Code.CONDITION, at or entry.at(*path), f"`{key}`: {error.message}", error.hint or "")


def _place(world: World, written: Written, offset: int) -> Place | None:
    entry, path = written.entry, written.key[2]
    node = entry.key(*path) if written.is_key else entry.scalar(*path)
    if not isinstance(node, yaml.ScalarNode):
        return None
    line, column = place(world.documents.files[entry.file], node, offset)
    return Place(entry.file, line, column)


# ---- segments that read one another


def _graph(judged: Judged) -> dict[str, set[str]]:
    """Return, for each segment and for all personas, what must be known before."""
    segments = judged.world.segments
    graph: dict[str, set[str]] = {ALL_PERSONAS: {name for name, entry in segments.items() if entry.model.persona}}
    for name in segments:
        graph[name] = set()
        for key in ("when", "unless"):
            condition = judged.get("segment", name, key)
            graph[name] |= {_node(read) for read in condition.reads if _refers(read)} if condition else set()
    return graph


def _refers(read: str) -> bool:
    return read == PERSONA or read.startswith("segments.")


def _node(read: str) -> str:
    return ALL_PERSONAS if read == PERSONA else read.removeprefix("segments.")


def _order(judged: Judged) -> list[str] | None:
    """Return the segments so that each comes after what it reads; None when they read one another in a circle."""
    try:
        return list(TopologicalSorter(_graph(judged)).static_order())
    except CycleError:
        return None


def _cycles(judged: Judged) -> Iterator[Problem]:
    try:
        TopologicalSorter(_graph(judged)).prepare()
    except CycleError as error:
        circle = list(reversed(cast("list[str]", error.args[1])))
        first = next(name for name in circle if name in judged.world.segments)
        entry = judged.world.segments[first]
        shown = " -> ".join(circle[:8]) + (" ..." if len(circle) > 8 else "")
        yield Problem.found(Code.CYCLE, entry.at("id"), f"defined by itself: {shown}", "break the circle")
