"""Rules on names: what one document names in another must exist."""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, TypeAlias

from rapport.domain.house import CHANNELS

from rapport_authoring.check.world import LOGIN, Rule, World, unknown
from rapport_authoring.documents import Campaign, Offer
from rapport_authoring.documents.offers import Content, Elements
from rapport_authoring.documents.people import FromEvents
from rapport_authoring.documents.values import host_of
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Place, Problem, nearest

Reference = tuple[str, str, Entry[Any], tuple[str | int, ...]]
"""The noun, the name, and where it stands: placed only when it is missing."""
Named: TypeAlias = tuple[str, Entry[Any], tuple[str | int, ...]]
CODES = {
    "segment": Code.UNKNOWN_SEGMENT,
    "placement": Code.UNKNOWN_PLACEMENT,
    "offer": Code.UNKNOWN_OFFER,
}
MESSAGE_TRAIT_TYPES = {"date": ("date", "timestamp"), "due": ("timestamp", "date")}


def documents_named(world: World) -> Iterator[Problem]:
    """Placements, offers and segments that are named exist."""
    # Placing walks through the file: only what is missing is placed.
    for noun, name, entry, path in chain(_of_placements(world), _of_offers(world), _of_campaigns(world)):
        if not world.knows(noun, name):
            yield unknown(CODES[noun], entry.at(*path), name, world.ids(noun))


def _of_placements(world: World) -> Iterator[Reference]:
    for entry in world.documents.placements:
        if entry.model.fallback is not None:
            yield "offer", entry.model.fallback, entry, ("fallback",)


def _of_offers(world: World) -> Iterator[Reference]:
    for entry in world.documents.offers:
        for at, name in enumerate(entry.model.placements):
            yield "placement", name, entry, ("placements", at)


def _of_campaigns(world: World) -> Iterator[Reference]:
    for entry in world.documents.campaigns:
        campaign = entry.model
        if campaign.placement is not None:
            yield "placement", campaign.placement, entry, ("placement",)
        for name, slot in campaign.offers.items():
            yield "placement", slot.placement, entry, ("offers", name, "placement")
        for key in ("audience", "segment"):
            segment = getattr(campaign.trigger, key)
            if segment is not None:
                yield "segment", segment, entry, ("trigger", key)


def house_named(world: World) -> Iterator[Problem]:
    """Purposes and topics of campaigns are the house's, and brands of campaigns and offers."""
    if "house" not in world.documents.readable or not world.documents.house:
        return
    for section, code, known, named in _named_of_house(world):
        if not world.documents.house.lacks(section):
            yield from (unknown(code, entry.at(*path), name, known) for name, entry, path in named if name not in known)


def _named_of_house(world: World) -> Iterator[tuple[str, Code, frozenset[str], Iterator[Named]]]:
    """Each section of the house that others name: its code, what it has, and what is named of it, with its place."""
    campaigns, offers = world.documents.campaigns, world.documents.offers
    purposes = ((entry.model.purpose, entry, ("purpose",)) for entry in campaigns)
    topics = ((entry.model.topic, entry, ("topic",)) for entry in campaigns if entry.model.topic is not None)
    brands = chain.from_iterable((*map(_brands_of_campaign, campaigns), *map(_brands_of_offer, offers)))
    yield "purposes", Code.UNKNOWN_PURPOSE, world.purposes, purposes
    yield "topics", Code.UNKNOWN_TOPIC, frozenset(world.house.topics), topics
    yield "brands", Code.UNKNOWN_BRAND, frozenset(world.house.brands), brands


def _brands_of_campaign(entry: Entry[Campaign]) -> Iterator[Named]:
    yield from ((rule.brand, entry, ("brand", at, "brand")) for at, rule in enumerate(entry.model.brand))


def _brands_of_offer(entry: Entry[Offer]) -> Iterator[Named]:
    for path, elements in written(entry.model):
        if elements.brand is not None:
            yield elements.brand, entry, (*path, "brand")


def mandates(world: World) -> Iterator[Problem]:
    """What sources and traits allow is a purpose, and where data comes from is a source."""
    house, traits = world.documents.house, world.documents.traits
    if not house or house.lacks("purposes"):
        return
    for name, source in house.model.sources.items():
        place = [house.at("sources", name, "allows", at) for at in range(len(source.allows or ()))]
        yield from _purposes(source.allows or (), place, world.purposes | {LOGIN})
    for kind in ("declared", "computed", "predicted") if traits else ():
        for name, trait in getattr(traits.model, kind).items() if traits else ():
            place = [traits.at(kind, name, "allows", at) for at in range(len(trait.allows or ()))] if traits else []
            yield from _purposes(trait.allows or (), place, world.purposes)


def sources(world: World) -> Iterator[Problem]:
    """Where data comes from is a source of the house."""
    house = world.documents.house
    for entry in world.documents.events if house and not house.lacks("sources") else ():
        if entry.model.source is not None and entry.model.source not in world.sources:
            yield unknown(Code.UNKNOWN_SOURCE, entry.at("source"), entry.model.source, frozenset(world.sources))


def _purposes(names: Iterable[str], places: list[Place], known: frozenset[str]) -> Iterator[Problem]:
    for name, place in zip(names, places, strict=True):
        if name not in known:
            yield unknown(Code.UNKNOWN_PURPOSE, place, name, known)


def traits_named(world: World) -> Iterator[Problem]:
    """Forms ask, events tell and triggers wait for traits that exist."""
    if world.documents.traits is None and world.documents.files.get("traits.yaml", "").strip():
        return
    known = frozenset(world.traits) | {"address"}
    for name, place in _traits_named(world):
        if name not in known:
            yield unknown(Code.UNKNOWN_TRAIT, place, name, known)
    for campaign in world.documents.campaigns:
        yield from _trigger_trait(world, campaign)


def _traits_named(world: World) -> Iterator[tuple[str, Place]]:
    for form in world.documents.forms:
        for key in ("asks", "needs"):
            yield from ((name, form.at(key, at)) for at, name in enumerate(getattr(form.model, key)))
    for event in world.documents.events:
        yield from ((name, event.at("tells", told)) for told, name in event.model.tells.items())


def told(world: World) -> Iterator[Problem]:
    """What is computed from events cannot be told by one."""
    for event in world.documents.events:
        for property_name, name in event.model.tells.items():
            written = world.traits[name].written if name in world.traits else None
            if isinstance(written, FromEvents) and written.operators:
                message = f"`{name}` is computed from events, and cannot be told"
                yield Problem.found(Code.UNKNOWN_TRAIT, event.at("tells", property_name), message, "declare another")


def _trigger_trait(world: World, entry: Entry[Campaign]) -> Iterator[Problem]:
    for key, types in MESSAGE_TRAIT_TYPES.items():
        name = getattr(entry.model.trigger, key)
        if name is None:
            continue
        place = entry.at("trigger", key)
        fitting = sorted(trait.name for trait in world.traits.values() if trait.type in types)
        type_ = world.traits[name].type if name in world.traits else ""
        if name not in world.traits:
            yield unknown(Code.UNKNOWN_TRAIT, place, name, frozenset(fitting))
        elif type_ is not None and type_ not in types:
            message = f"`{name}` is a {type_}; `{key}` needs a {types[0]}"
            yield Problem.found(Code.TRIGGER_TRAIT, place, message, nearest(name, fitting))


def templates_named(world: World) -> Iterator[Problem]:
    """Every campaign has its template."""
    known = frozenset(world.documents.templates)
    for entry in world.documents.campaigns:
        if entry.model.template not in known and not entry.lacks("template"):
            yield unknown(Code.UNKNOWN_TEMPLATE, entry.at("template"), entry.model.template, known)


def intents(world: World) -> Iterator[Problem]:
    """Intent groups are those of events; needs are opened by events that mean them."""
    if "event" not in world.documents.readable:
        return
    for entry in world.documents.events:
        group = entry.model.intent
        if entry.model.means == "releases" and group and group not in world.intents:
            yield unknown(Code.UNKNOWN_INTENT, entry.at("intent"), group, world.intents)
    for offer in world.documents.offers:
        yield from _groups(world, offer)
        for at, event in enumerate(offer.model.meets):
            if world.every_meaning_known and not world.means(event) & {"need", "complaint"}:
                needs = frozenset(name for name in world.events if world.means(name) & {"need", "complaint"})
                message = f"`{event[:80]}` opens no need and no complaint"
                place = offer.at("meets", at)
                yield Problem.found(Code.UNKNOWN_NEED, place, message, nearest(event, needs))
    for campaign in world.documents.campaigns:
        for group in campaign.model.about.intent:
            if group not in world.intents:
                place = campaign.at_key("about", "intent", group)
                yield unknown(Code.UNKNOWN_INTENT, place, group, world.intents)


def _groups(world: World, entry: Entry[Offer]) -> Iterator[Problem]:
    for path, groups in ((("about", "intent"), entry.model.about.intent), (("complements",), entry.model.complements)):
        for group in groups:
            if group not in world.intents:
                yield unknown(Code.UNKNOWN_INTENT, entry.at_key(*path, group), group, world.intents)


def links(world: World) -> Iterator[Problem]:
    """Links of offers lead to listed hosts."""
    listed = frozenset(world.house.links)
    if world.documents.house and world.documents.house.lacks("links"):
        return
    for entry in world.documents.offers:
        for path, link in _links(entry.model):
            if listed and host_of(link) not in listed:
                message = f"the host `{host_of(link)[:80]}` is not listed"
                yield Problem.found(Code.UNLISTED_LINK, entry.at(*path), message, "add it to `links` in rapport.yaml")
    first = next(((entry, path) for entry in world.documents.offers for path, _ in _links(entry.model)), None)
    if first and not listed and world.documents.house:
        message = "offers have links, but `links` in rapport.yaml lists no host"
        yield Problem.found(Code.LINKS_NOT_LISTED, first[0].at(*first[1]), message, "list the hosts")


def _links(offer: Offer) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, elements in written(offer):
        if elements.link:
            yield (*path, "link"), elements.link


def written(offer: Offer) -> Iterator[tuple[tuple[str | int, ...], Elements]]:
    """Every set of elements of an offer, with where it stands: per locale, per variant, and per channel in both."""
    for locale, content in offer.content.items():
        yield from _on_channels(("content", locale), content)
    for at, variant in enumerate(offer.variants):
        yield from _on_channels(("variants", at, "set"), variant.set)


def _on_channels(path: tuple[str | int, ...], content: Content) -> Iterator[tuple[tuple[str | int, ...], Elements]]:
    yield path, content
    for channel in CHANNELS:
        own = getattr(content, channel)
        if own is not None:
            yield (*path, channel), own


RULES: tuple[Rule, ...] = (
    documents_named,
    house_named,
    mandates,
    sources,
    traits_named,
    told,
    templates_named,
    intents,
    links,
)
