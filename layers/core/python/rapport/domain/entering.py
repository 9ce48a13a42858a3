"""Entering a segment: who surely was out and surely is in, by an event or by the passing of time."""

from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from math import log2

from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import Condition, flips_at
from rapport.domain.glance import Glance
from rapport.domain.moment import DAY, Moment
from rapport.domain.predicted import is_prediction
from rapport.domain.trait import TraitDefinition
from rapport.domain.triggers import Run


def memberships(glance: Glance) -> dict[str, bool]:
    """For each campaign that a segment starts: whether the person surely is in that segment, in the campaign's view.

    The key names the campaign and its segment as it is defined now, so that a new definition starts from a new look:
    editing a segment never sends to those who already qualify.
    """
    return {
        _key(campaign, segment, glance.catalogue): glance.in_segment(campaign, segment) is True
        for campaign, segment in _watched(glance.catalogue)
    }


def entered(before: dict[str, bool], after: dict[str, bool], catalogue: Catalogue, now: Moment) -> list[Run]:
    """The runs of people who were surely out when last looked, and are surely in."""
    return [
        Run(catalogue.campaigns[name.partition("~")[0]], clock.text(now), now)
        for name, inside in after.items()
        if inside and before.get(name) is False
    ]


def flips(glance: Glance) -> Iterator[Moment]:
    """Later moments at which time alone may bring the person into, or out of, a segment that starts a campaign."""
    for campaign, segment in _watched(glance.catalogue):
        for condition in _conditions(segment, glance.catalogue):
            moment = flips_at(condition, glance.view(campaign), glance.moment)
            if moment is not None:
                yield moment
            for read in condition.reads:
                yield from _changes(read, glance)


def _watched(catalogue: Catalogue) -> Iterator[tuple[Campaign, str]]:
    """The campaigns that a segment starts, each with its segment."""
    for campaign in catalogue.campaigns.values():
        if campaign.trigger.kind == "segment" and campaign.trigger.segment is not None:
            yield campaign, campaign.trigger.segment


def _key(campaign: Campaign, segment: str, catalogue: Catalogue) -> str:
    texts = "\x1f".join(condition.text for condition in _conditions(segment, catalogue))
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
        yield held.observed_at + half_life * DAY * log2(held.certainty / definition.certain) + 1
