"""Rules on what belongs where: places, the kinds they show, what they fall back on, and offers nobody can see."""

from collections.abc import Iterator

from rapport.domain.house import CHANNELS, PULL_CHANNELS, SELLING

from rapport_authoring.check.references import written
from rapport_authoring.check.world import Rule, World
from rapport_authoring.documents import Offer
from rapport_authoring.documents.offers import Content
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Problem


def fallbacks(world: World) -> Iterator[Problem]:
    """A place that always answers has something neutral to answer with."""
    for entry in world.documents.placements:
        placement = entry.model
        missing = placement.fallback is None and not entry.lacks("fallback")
        if placement.channel in PULL_CHANNELS and missing and not entry.lacks("channel"):
            message = f"a placement on {placement.channel} always answers: it needs a `fallback`"
            yield Problem.found(Code.FALLBACK_MISSING, entry.at("id"), message, "name a neutral offer")
        offer = world.offers.get(placement.fallback or "")
        if offer and offer.model.kind in SELLING:
            message = f"`{offer.model.id}` is a {offer.model.kind} offer; a fallback is neutral"
            hint = "fall back on service, advice, content or relationship"
            yield Problem.found(Code.FALLBACK_SELLS, entry.at("fallback"), message, hint)
        if offer and offer.model.status != "live":
            message = f"`{offer.model.id}` is {offer.model.status}, so this place may have nothing to answer with"
            yield Problem.found(Code.OFFER_NEVER_SHOWN, entry.at("fallback"), message, "fall back on a live offer")
        for key in _times(offer.model) if offer else ():
            message = f"`{placement.fallback}` has `{key}`: at other times this place has no answer"
            yield Problem.found(
                Code.OFFER_NEVER_SHOWN, entry.at("fallback"), message, "fall back on an offer for all times"
            )
        for key in _ties(offer.model) if offer and offer.model.kind not in SELLING else ():
            message = f"`{placement.fallback}` has `{key}`, and stands in as a fallback whatever that says"
            yield Problem.found(
                Code.FALLBACK_TIED, entry.at("fallback"), message, "fall back on an offer for everybody"
            )


def _times(offer: Offer) -> Iterator[str]:
    """What of an offer binds it to a time, also when it stands in."""
    yield from (key for key, value in (("from", offer.starts), ("until", offer.ends)) if value is not None)


def _ties(offer: Offer) -> Iterator[str]:
    """What of an offer asks for some people only, and is not looked at when it stands in."""
    yield from (key for key in ("when", "unless", "complements") if getattr(offer, key))
    yield from (f"about.{key}" for key in ("sku", "intent") if getattr(offer.about, key))


def kinds(world: World) -> Iterator[Problem]:
    """An offer's placements show its kind."""
    for entry in world.documents.offers:
        for at, name in enumerate(entry.model.placements):
            placement = world.placements.get(name)
            shown = placement.model.kinds if placement else None
            if shown is not None and entry.model.kind not in shown and not entry.lacks("kind"):
                message = f"`{name}` shows {', '.join(shown)}, and this offer is {entry.model.kind}"
                yield Problem.found(
                    Code.KIND_NOT_SHOWN, entry.at("placements", at), message, "change the one or the other"
                )


def reach(world: World) -> Iterator[Problem]:
    """An offer that is live can be seen somewhere, and says something there."""
    fallbacks_used = {entry.model.fallback for entry in world.documents.placements}
    every_fallback_known = not any(entry.lacks("fallback") for entry in world.documents.placements)
    for entry in world.documents.offers:
        offer = entry.model
        if offer.status != "live":
            continue
        if not offer.placements and offer.id not in fallbacks_used and every_fallback_known:
            message = "it has no placement and is nobody's fallback"
            yield Problem.found(Code.OFFER_NEVER_SHOWN, entry.at("id"), message, "write `placements`")
        yield from _channels(world, entry)
        yield from _content(world, entry)
        if offer.kind == "partner" and "partner" not in world.purposes and not entry.lacks("kind"):
            message = "a partner offer asks for the purpose `partner`, and the house has none"
            hint = "add it to `purposes` in rapport.yaml"
            yield Problem.found(Code.OFFER_NEVER_SHOWN, entry.at("kind"), message, hint)


def _content(world: World, entry: Entry[Offer]) -> Iterator[Problem]:
    """The house's own language is what people see whose language is not known, or is none of the offer's."""
    content, locale = entry.model.content, world.house.locale
    if not any(map(_says, content.values())):
        place = entry.at("content") if content else entry.at("id")
        yield Problem.found(Code.NO_CONTENT, place, "it has no headline and no text", "write `content`")
    elif world.locale_known and (locale not in content or not _says(content[locale])):
        message = f"it says nothing in {locale}, so whoever speaks none of its languages does not see it"
        yield Problem.found(Code.NO_CONTENT, entry.at_key("content"), message, f"write `content` in {locale}, too")


def images(world: World) -> Iterator[Problem]:
    """Whoever cannot see an image is told what is in it."""
    for entry in world.documents.offers:
        for path, elements in written(entry.model):
            if elements.image and elements.image.alt is None:
                message = "the image has no alternative text"
                yield Problem.found(Code.IMAGE_WITHOUT_WORDS, entry.at_key(*path, "image"), message)


def _channels(world: World, entry: Entry[Offer]) -> Iterator[Problem]:
    """A slot in a message takes the message's channel; a place on a site or a desk has its own."""
    names, channels = entry.model.placements, entry.model.channels
    placed = {world.placements[name].model.channel for name in names if name in world.placements}
    if channels is None or not placed or not placed <= PULL_CHANNELS or placed & set(channels):
        return
    message = f"its placements are on {', '.join(sorted(placed))}, its channels are {', '.join(channels)}"
    yield Problem.found(Code.OFFER_NEVER_SHOWN, entry.at("channels"), message, "change the one or the other")


def _says(content: Content) -> bool:
    parts = (content, *(getattr(content, name) for name in CHANNELS))
    return any(part and (part.headline or part.text) for part in parts)


def campaigns(world: World) -> Iterator[Problem]:
    """A message on the site waits in a place on the site, and an email comes from somebody."""
    for entry in world.documents.campaigns:
        placement = world.placements.get(entry.model.placement or "")
        if placement and placement.model.channel != "web":
            message = f"`{placement.model.id}` is on {placement.model.channel}; a message waits in a place on web"
            yield Problem.found(Code.WRONG_VALUE, entry.at("placement"), message, "name a placement on web")
    first = next((entry for entry in world.documents.campaigns if "email" in entry.model.channels), None)
    house = world.documents.house
    if first and house and house.model.sender.email is None and not house.lacks("sender", "email"):
        message = f"`{first.model.id}` goes out by email, but the house names no sender"
        yield Problem.found(Code.SENDER_MISSING, first.at("channels"), message, "write `sender.email` in rapport.yaml")


RULES: tuple[Rule, ...] = (fallbacks, kinds, reach, images, campaigns)
