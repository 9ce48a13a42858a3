"""What touches people, listed per offer and campaign: sensitive traits and predictions that decide there."""

import re
from collections.abc import Iterable, Iterator

from rapport_authoring.check.judging import Judged, Reads
from rapport_authoring.documents import Campaign
from rapport_authoring.problems import Code, Place, Problem

TRAIT = re.compile(r"\btraits(?:\.|\[[\"'])(\w+)")
SEGMENT = re.compile(r"[\"']([a-z0-9-]+)[\"']\s+in\s+segments\b")
PERSONA = re.compile(r"\bpersona\b")


def touches(judged: Judged) -> Iterator[Problem]:
    """List every offer and campaign that a sensitive or a predicted trait decides on, or that prints one."""
    for offer in judged.world.documents.offers:
        reads = judged.offer_reads(offer.model), judged.all_reads("offer", offer.model.id)
        yield from _touches(reads, f"offer `{offer.model.id}`", offer.at("id"))
    for campaign in judged.world.documents.campaigns:
        own = judged.campaign_reads(campaign.model), judged.all_reads("campaign", campaign.model.id)
        printed = _printed(judged, campaign.model.template)
        yield from _touches((*own, *printed), f"campaign `{campaign.model.id}`", campaign.at("id"))


def _touches(reads: Iterable[Reads], what: str, place: Place) -> Iterator[Problem]:
    reads = tuple(reads)
    for name in sorted({name for read in reads for name in read.sensitive}):
        message = f"{what} reads the sensitive trait `{name}`"
        hint = "it never goes to sms, whatsapp, push, print or social"
        yield Problem.found(Code.SENSITIVE_READ, place, message, hint)
    for name in sorted({name for read in reads for name in read.predicted}):
        message = f"{what} reads the prediction `{name}`"
        yield Problem.found(Code.PREDICTION_USED, place, message, "it reaches those who granted `profiling` only")


def _printed(judged: Judged, template: str) -> Iterator[Reads]:
    """Yield what a template names, in whatever language: traits, and segments and the persona by what they read."""
    world = judged.world
    for name in world.translations.get(template, ()):
        text = world.documents.templates[name].text
        yield from (judged.named(f"traits.{trait}") for trait in TRAIT.findall(text) if trait in world.traits)
        yield from (judged.named(f"segments.{segment}") for segment in SEGMENT.findall(text))
        if PERSONA.search(text):
            yield judged.named("persona")


def mandates(judged: Judged) -> Iterator[Problem]:
    """List campaigns that read what their purpose may not: for them it is not known, so they reach nobody."""
    for entry in judged.world.documents.campaigns:
        for key, names in _asked(judged, entry.model).items():
            for name in names:
                trait = judged.world.traits.get(name)
                allows = trait.written.allows if trait and trait.written else None
                if allows is not None and entry.model.purpose not in allows:
                    may = f"may be used for {', '.join(allows) or 'nothing'}, not for {entry.model.purpose}"
                    hint = "here it is never known, so nobody is reached"
                    yield Problem.found(Code.OUT_OF_MANDATE, entry.at(key), f"`traits.{name}` {may}", hint)


def _asked(judged: Judged, campaign: Campaign) -> dict[str, list[str]]:
    """The traits on which it rests whether anybody is reached, by the key that asks for them."""
    trigger = campaign.trigger
    segments = [f"segments.{name}" for name in (trigger.segment, trigger.audience) if name]
    waited_for = [name for name in (trigger.date, trigger.due) if name]
    condition = judged.get("campaign", campaign.id, "when")
    return {
        "when": judged.traits_behind(condition.reads if condition else ()),
        "trigger": [*waited_for, *judged.traits_behind(segments)],
    }
