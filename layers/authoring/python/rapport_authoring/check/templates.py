"""Every campaign's template in every language, checked against what that campaign may name."""

import re
from collections.abc import Iterator

import msgspec
from rapport.domain.house import SELLING
from rapport.render.check import check_template
from rapport.render.problem import TemplateProblem, Vocabulary

from rapport_authoring.check.contrast import pale
from rapport_authoring.check.judging import Judged
from rapport_authoring.check.world import LOCALISED, KnownTrait, World
from rapport_authoring.documents import Campaign
from rapport_authoring.documents.house import Brand
from rapport_authoring.documents.people import DeclaredTrait
from rapport_authoring.documents.values import as_written, known_locale, right_locale
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Place, Problem

REFERENCE = re.compile(r"\{%-?\s*(?:extends|include|import|from)\s+[\"']([^\"']+)[\"']")

SLOT = re.compile(r"\boffers\s*(?:\.\s*|\[\s*[\"'])(\w+)")
NAMES_ON_THE_WIRE = frozenset({"firstName", "lastName", "name"})
READ_BY_TEMPLATES = ("purpose", "trigger", "channels", "brand", "offers", "experiment")
"""Keys of a campaign without which nobody can tell what is right in its template."""
OWN_BRAND_KEYS = ("id", "name", "postal")
"""What every message's brand has, whatever the team writes."""


def templates(judged: Judged) -> Iterator[Problem]:
    """Check each template once for each campaign that uses it, and name those that nobody uses."""
    world = judged.world
    sources = {name: template.text for name, template in world.documents.templates.items()}
    seen: set[bytes] = set()
    for entry in world.documents.campaigns:
        if any(map(entry.lacks, READ_BY_TEMPLATES)):
            continue
        vocabulary = _vocabulary(world, entry.model)
        told = msgspec.msgpack.encode((entry.model.template, vocabulary), order="deterministic")
        if told in seen:
            continue
        seen.add(told)
        for name in world.translations.get(entry.model.template, ()):
            found = check_template(sources, name, vocabulary)
            sure = (problem for problem in found if world.links_known or problem.code != "LINK")
            yield from (_problem(world, name, problem) for problem in sure)
    for name, template in world.documents.templates.items():
        yield from pale(name, template.file, template.text, _colours(world))
    for entry in world.documents.campaigns:
        yield from _idle_slots(world, entry)
    yield from _unused(world)
    yield from _in_no_language(world)


def _idle_slots(world: World, entry: Entry[Campaign]) -> Iterator[Problem]:
    """Name slots of a campaign for which offers are chosen, and count as sent, though no template prints them."""
    for name in world.translations.get(entry.model.template, ()):
        named = set(SLOT.findall(_whole_text(world, name)))
        for slot in entry.model.offers:
            if slot not in named:
                message = f"offers are chosen for `{slot}`, and `{name}` prints none of them"
                hint = f"print offers.{slot} there, or leave the slot out"
                yield Problem.found(Code.TEMPLATE_ADVICE, entry.at_key("offers", slot), message, hint)


def _whole_text(world: World, name: str) -> str:
    """Return a template with all that it extends and includes."""
    texts: dict[str, str] = {}
    waiting = [name]
    while waiting:
        template = world.documents.templates.get(waiting.pop())
        if template and template.name not in texts:
            texts[template.name] = template.text
            waiting += REFERENCE.findall(template.text)
    return "\n".join(texts.values())


def _in_no_language(world: World) -> Iterator[Problem]:
    """Name translations into what is no language."""
    for name, template in world.documents.templates.items():
        match = LOCALISED.fullmatch(name)
        if match and f"{match['stem']}.j2" in world.documents.templates and not right_locale(match["locale"]):
            locale = as_written(match["locale"])
            hint = f"call it {match['stem']}.{locale}.j2" if known_locale(locale) else "write it like `en-GB` or `fr`"
            yield Problem.found(Code.UNKNOWN_LOCALE, Place(template.file), f"`{match['locale']}` is not a locale", hint)


def _vocabulary(world: World, campaign: Campaign) -> Vocabulary:
    segments, selling = world.documents.segments, _selling_slots(world, campaign)
    return Vocabulary(
        traits={name: trait.type or "any" for name, trait in world.traits.items()},
        segments=frozenset(entry.model.id for entry in segments) | world.unread_segments,
        personas=frozenset(entry.model.id for entry in segments if entry.model.persona) | world.unread_segments,
        slots=_slots(world, campaign.template),
        channels=tuple(campaign.channels),
        links_allowed=tuple(world.house.links),
        requires_unsubscribe=campaign.purpose != "service" or bool(selling),
        filled_slots=selling if campaign.purpose == "service" else frozenset(campaign.offers),
        event=len(campaign.trigger.kinds) == 1 and campaign.trigger.kind == "event",
        brand=_brand_keys(world, campaign),
        brand_at_times=frozenset(Brand.model_fields).union(*map(_values, world.house.brands.values())),
        variants=frozenset(campaign.experiment) if campaign.experiment else None,
        one_of={name: _one_of(trait) for name, trait in world.traits.items() if _one_of(trait)},
        names=frozenset(name for name, trait in world.traits.items() if _is_a_name(trait)),
    )


def _slots(world: World, template: str) -> frozenset[str]:
    """Return the slots of all campaigns that share a template: one that has no such slot shows nothing there."""
    sharing = (entry.model for entry in world.documents.campaigns if entry.model.template == template)
    return frozenset(slot for campaign in sharing for slot in campaign.offers)


def _one_of(trait: KnownTrait) -> frozenset[str]:
    return frozenset(trait.written.one_of) if isinstance(trait.written, DeclaredTrait) else frozenset()


def _is_a_name(trait: KnownTrait) -> bool:
    """Whether Segment's clients send a person's name as this trait."""
    return isinstance(trait.written, DeclaredTrait) and not NAMES_ON_THE_WIRE.isdisjoint(trait.written.wire_names)


def _brand_keys(world: World, campaign: Campaign) -> frozenset[str] | None:
    """Return the values that every brand the message may wear has, and what the house adds; None when not known."""
    if world.documents.house is None or world.documents.house.lacks("brands"):
        return None
    keys = [_values(brand) for brand in _worn(world, campaign)]
    return frozenset(OWN_BRAND_KEYS).union(set.intersection(*keys) if keys else ())


def _worn(world: World, campaign: Campaign) -> list[Brand]:
    """Return the brands that a message may wear: all of the house's where the campaign names none."""
    named = {rule.brand for rule in campaign.brand} & world.house.brands.keys() or world.house.brands.keys()
    return [world.house.brands[name] for name in sorted(named)]


def _values(brand: Brand) -> set[str]:
    return set(brand.model_dump(exclude_none=True))


def _colours(world: World) -> dict[str, dict[str, str]]:
    """Return what each brand gives to a style."""
    return {
        name: {key: value for key, value in brand.model_dump(exclude_none=True).items() if isinstance(value, str)}
        for name, brand in world.house.brands.items()
    }


def _selling_slots(world: World, campaign: Campaign) -> frozenset[str]:
    """Return the slots of the campaign that may show what sells."""
    placements = {name: world.placements.get(slot.placement) for name, slot in campaign.offers.items()}
    known = {name: entry.model.kinds for name, entry in placements.items() if entry and not entry.lacks("kinds")}
    return frozenset(name for name, kinds in known.items() if kinds is None or SELLING & set(kinds))


def _problem(world: World, template: str, found: TemplateProblem) -> Problem:
    name = found.template or template
    file = world.documents.templates[name].file if name in world.documents.templates else f"templates/{name}"
    code = Code.TEMPLATE if found.severity == "error" else Code.TEMPLATE_ADVICE
    if found.code == "SUPERFICIAL":
        code = Code.SUPERFICIAL
    return Problem.found(code, Place(file, found.line, found.column), found.message, found.hint)


def _unused(world: World) -> Iterator[Problem]:
    used = {entry.model.template for entry in world.documents.campaigns}
    if not used <= world.documents.templates.keys():
        return  # which one was meant is not known
    referred = {name for template in world.documents.templates.values() for name in REFERENCE.findall(template.text)}
    for name, template in world.documents.templates.items():
        match = LOCALISED.fullmatch(name)
        if name not in used | referred and not (match and f"{match['stem']}.j2" in used | referred):
            message = "no campaign and no template uses it"
            yield Problem.found(Code.TEMPLATE_UNUSED, Place(template.file), message, "delete it, or use it")
