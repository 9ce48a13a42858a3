"""What touches people, listed per offer and campaign: sensitive traits and predictions that decide there."""

import re
from collections.abc import Iterable, Iterator

from rapport.domain.condition import Plan

from rapport_authoring.check.judging import Judged, Reads
from rapport_authoring.problems import Code, Place, Problem

TRAIT = re.compile(r"\btraits\.(\w+)")
YES_OR_NO = frozenset({"is", "has", "segment", "in", "among", "startsWith"})
"""Atoms that end with the truth they want."""


def touches(judged: Judged) -> Iterator[Problem]:
    """List every offer and campaign that a sensitive or a predicted trait decides on, or that prints one."""
    for offer in judged.world.documents.offers:
        reads = judged.offer_reads(offer.model), judged.all_reads("offer", offer.model.id)
        yield from _touches(reads, f"offer `{offer.model.id}`", offer.at("id"))
    for campaign in judged.world.documents.campaigns:
        own = judged.campaign_reads(campaign.model), judged.all_reads("campaign", campaign.model.id)
        printed = _printed(judged, campaign.model.template)
        yield from _touches((*own, printed), f"campaign `{campaign.model.id}`", campaign.at("id"))


def _touches(reads: Iterable[Reads], what: str, place: Place) -> Iterator[Problem]:
    reads = tuple(reads)
    for name in sorted({name for read in reads for name in read.sensitive}):
        message = f"{what} reads the sensitive trait `{name}`"
        hint = "it never goes to sms, whatsapp, push, print or social"
        yield Problem.found(Code.SENSITIVE_READ, place, message, hint)
    for name in sorted({name for read in reads for name in read.predicted}):
        message = f"{what} reads the prediction `{name}`"
        yield Problem.found(Code.PREDICTION_USED, place, message, "it reaches those who granted `profiling` only")


def _printed(judged: Judged, template: str) -> Reads:
    """Return which sensitive and predicted traits a template names, in whatever language."""
    world = judged.world
    texts = [world.documents.templates[name].text for name in world.translations.get(template, ())]
    named = {name for text in texts for name in TRAIT.findall(text)}
    known = [world.traits[name] for name in sorted(named & world.traits.keys())]
    return Reads(
        frozenset(trait.name for trait in known if trait.sensitive),
        frozenset(trait.name for trait in known if trait.kind == "predicted"),
    )


def mandates(judged: Judged) -> Iterator[Problem]:
    """List campaigns that read what their purpose may not: for them it is not known, so they reach nobody."""
    for entry in judged.world.documents.campaigns:
        condition = judged.get("campaign", entry.model.id, "when")
        for read in condition.reads if condition else ():
            trait = judged.world.traits.get(read.removeprefix("traits."))
            allows = trait.written.allows if trait and trait.written else None
            if allows is not None and entry.model.purpose not in allows:
                message = f"`{read}` may be used for {', '.join(allows) or 'nothing'}, not for {entry.model.purpose}"
                hint = "here it is never known, so nobody is reached"
                yield Problem.found(Code.OUT_OF_MANDATE, entry.at("when"), message, hint)


def contradictions(judged: Judged) -> Iterator[Problem]:
    """List offers and campaigns that nobody can get: a condition that is plainly false, or denies itself."""
    entries = (
        *(("offer", entry, entry.model.id) for entry in judged.world.documents.offers),
        *(("campaign", entry, entry.model.id) for entry in judged.world.documents.campaigns),
        *(("segment", entry, entry.model.id) for entry in judged.world.documents.segments),
    )
    for noun, entry, name in entries:
        when, unless = judged.get(noun, name, "when"), judged.get(noun, name, "unless")
        if when and (_never(when.plan) or (unless and unless.plan == when.plan)):
            message = f"nobody is ever in {noun} `{name}`: its condition is never true"
            yield Problem.found(Code.OFFER_NEVER_SHOWN, entry.at("when"), message, "two demands exclude one another")


def _never(plan: Plan) -> bool:
    """Whether a plan is true for nobody, as far as can be seen without trying: False says nothing."""
    if plan[0] == "const":
        return plan[1] is not True
    if plan[0] == "or":
        return all(map(_never, plan[1]))
    return plan[0] == "and" and (any(map(_never, plan[1])) or _clash(plan[1]))


def _clash(parts: list[Plan]) -> bool:
    """Whether two of the demands exclude one another: two values of one name, or a thing and its opposite."""
    wanted: dict[str, object] = {}
    for part in parts:
        if part[0] in YES_OR_NO:
            what, value = repr(part[:-1]), part[-1]
        elif part[0] == "==" and not isinstance(part[2], list):
            what, value = repr(part[1]), part[2]
        else:
            continue
        if wanted.setdefault(what, value) != value:
            return True
    return any(low >= high for low, high in _ranges(parts))


def _ranges(parts: list[Plan]) -> Iterator[tuple[float, float]]:
    """Return, for each name, its highest lower and its lowest upper bound."""
    low: dict[str, float] = {}
    high: dict[str, float] = {}
    for part in parts:
        bounds = {">": (low, max), ">=": (low, max), "<": (high, min), "<=": (high, min)}.get(part[0])
        if bounds is None or isinstance(part[2], bool) or not isinstance(part[2], int | float):
            continue
        kept, choose = bounds
        name, value = repr(part[1]), part[2] + (1e-9 if part[0] == "<=" else 0)
        kept[name] = choose(kept.get(name, value), value)
    yield from ((low[name], high[name]) for name in low.keys() & high.keys())
