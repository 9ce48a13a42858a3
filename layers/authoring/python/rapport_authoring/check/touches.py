"""What touches people, listed per offer and campaign: sensitive traits and predictions that decide there."""

import re
from collections.abc import Iterable, Iterator

from rapport_authoring.check.judging import Judged, Reads
from rapport_authoring.problems import Code, Place, Problem

TRAIT = re.compile(r"\btraits\.(\w+)")


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
