"""Entering a segment: who surely was out and surely is in, by an event or by the passing of time."""

import math
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b

from msgspec import Struct

from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import Condition, Timed, flips_at, timed
from rapport.domain.glance import Glance
from rapport.domain.moment import DAY, Moment
from rapport.domain.predicted import is_prediction
from rapport.domain.trait import TraitDefinition
from rapport.domain.triggers import Run


class Watched(Struct, frozen=True):
    """A campaign that a segment starts, and the conditions behind that segment in which time passes.

    The key names the campaign and its segment as it is defined now, so that a new definition starts from a new look:
    editing a segment never sends to those who already qualify.
    """

    campaign: Campaign
    segment: str
    key: str
    timed: tuple[Timed, ...]


class Watch(Struct, frozen=True):
    """All that segments start in a catalogue; `drifting` is what is read behind them that changes by itself."""

    campaigns: tuple[Watched, ...]
    drifting: tuple[str, ...]


def memberships(glance: Glance) -> dict[str, bool]:
    """For each campaign that a segment starts: whether the person surely is in that segment, in the campaign's view."""
    watch = _watching(_Same(glance.catalogue))
    return {one.key: glance.in_segment(one.campaign, one.segment) is True for one in watch.campaigns}


def entered(before: dict[str, bool], after: dict[str, bool], catalogue: Catalogue, now: Moment) -> list[Run]:
    """The runs of people who were surely out when last looked, and are surely in."""
    return [
        Run(catalogue.campaigns[name.partition("~")[0]], clock.text(now), now)
        for name, inside in after.items()
        if inside and before.get(name) is False
    ]


def flips(glance: Glance) -> Moment | None:
    """The next moment at which time alone may bring the person into, or out of, a segment that starts a campaign."""
    watch, now = _watching(_Same(glance.catalogue)), glance.moment
    changes = (moment for read in watch.drifting for moment in _changes(read, glance) if moment > now)
    earliest = min(changes, default=math.inf)
    for one in watch.campaigns:
        for condition in one.timed:
            earliest = flips_at(condition, glance.view(one.campaign), now, earliest) or earliest
    return earliest if earliest < math.inf else None


class _Same:
    """A catalogue as what its campaigns and segments are: whatever is laid over its offers."""

    __slots__ = ("catalogue",)

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue

    def __hash__(self) -> int:
        return id(self.catalogue.campaigns)

    def __eq__(self, other: object) -> bool:
        mine = self.catalogue
        return isinstance(other, _Same) and (
            mine.campaigns is other.catalogue.campaigns
            and mine.segments is other.catalogue.segments
            and mine.traits is other.catalogue.traits
        )


@lru_cache(maxsize=4)
def _watching(same: _Same) -> Watch:
    """What is the same for everybody, worked out once for a publication: a thousand segments would cost each event."""
    catalogue = same.catalogue
    watched: list[Watched] = []
    reads: dict[str, None] = {}
    for campaign in catalogue.campaigns.values():
        segment = campaign.trigger.segment
        if campaign.trigger.kind == "segment" and segment is not None:
            conditions = _conditions(segment, catalogue)
            passing = tuple(timed(condition) for condition in conditions if "now" in condition.reads)
            watched.append(Watched(campaign, segment, _key(campaign, conditions), passing))
            reads |= dict.fromkeys(read for condition in conditions for read in condition.reads)
    return Watch(tuple(watched), tuple(read for read in reads if read.partition(".")[0] in ("intents", "traits")))


def _key(campaign: Campaign, conditions: Iterable[Condition]) -> str:
    texts = "\x1f".join(condition.text for condition in conditions)
    return f"{campaign.id}~{blake2b(texts.encode(), digest_size=4).hexdigest()}"


def _conditions(segment: str, catalogue: Catalogue) -> list[Condition]:
    """Every condition that a segment stands on, those of the segments and personas it reads among them."""
    found: list[Condition] = []
    names, seen = [segment], {segment}
    while names:
        known = catalogue.segments[names.pop()]
        conditions = [condition for condition in (known.when, known.unless) if condition is not None]
        found += conditions
        reads = [read for condition in conditions for read in condition.reads]
        further = [name for name in _behind(reads, catalogue) if name not in seen]
        seen.update(further)
        names += further
    return found


def _behind(reads: Iterable[str], catalogue: Catalogue) -> Iterator[str]:
    """The segments and personas that stand behind what a condition reads."""
    for read in reads:
        kind, _, name = read.partition(".")
        if kind == "segments" and name in catalogue.segments:
            yield name
        elif kind == "persona":
            yield from catalogue.personas


def _changes(read: str, glance: Glance) -> Iterator[Moment]:
    """Later moments at which what a condition reads changes by itself."""
    kind, _, name = read.partition(".")
    if kind == "intents" and name in glance.profile.intents:
        intent = glance.profile.intents[name]
        yield from (chosen.until for chosen in intent.chosen)
        yield from (considered.until for considered in intent.considered.values())
    elif kind == "traits" and name in glance.catalogue.traits:
        definition = glance.catalogue.traits[name]
        yield from _drifts(definition)(definition, glance)


def _drifts(definition: TraitDefinition) -> Callable[[TraitDefinition, Glance], Iterator[Moment]]:
    """How a trait changes by itself."""
    if definition.computation is None:
        return _fades
    return _is_overtaken if is_prediction(definition.computation) else _slides


def _is_overtaken(definition: TraitDefinition, glance: Glance) -> Iterator[Moment]:
    """A place in the house changes as others go by, a prediction as its time comes: it is looked at weekly."""
    if definition.name in glance.profile.counters:
        yield glance.moment + 7 * DAY


def _slides(definition: TraitDefinition, glance: Glance) -> Iterator[Moment]:
    """A window slides as long as there is anything in it: looked at daily, and when the last leaves it."""
    counter, computation = glance.profile.counters.get(definition.name), definition.computation
    if counter is None or computation is None or computation.days is None:
        return
    empty = counter.observed_at + computation.days * DAY
    yield empty + 1
    # A window of many events is kept in slices, each of which leaves it as one.
    if glance.moment < empty + counter.grain:
        yield glance.moment + DAY


def _fades(definition: TraitDefinition, glance: Glance) -> Iterator[Moment]:
    """A value that ages is known until its certainty falls below what is asked of it."""
    held, half_life = glance.profile.traits.get(definition.name), definition.half_life_days
    if held is not None and half_life is not None and held.certainty > definition.certain > 0:
        yield held.observed_at + half_life * DAY * math.log2(held.certainty / definition.certain) + 1
