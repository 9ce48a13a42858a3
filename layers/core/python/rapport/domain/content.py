"""What an offer says to one person: the locale, what differs per channel, and variants element by element."""

from typing import Any, Final

from msgspec import Struct

from rapport.domain.house import CHANNELS
from rapport.domain.mode import bears
from rapport.domain.offer import Offer, Variant
from rapport.domain.view import View

_THINGS: Final = frozenset({"image", "price", "link", "video", "ar", "code", "brand"})
"""Elements without a language: a variant sets them in every locale. All others are text."""

_WHY: Final = {
    "en": "We show you this for what it gives you: {}.",
    "fr": "Nous vous le proposons pour ce que vous y gagnez : {}.",
    "de": "Wir zeigen Ihnen das, weil Sie etwas davon haben: {}.",
    "nl": "We tonen u dit om wat het u oplevert: {}.",
    "es": "Le mostramos esto por lo que le aporta: {}.",
    "it": "Glielo proponiamo per quello che Le offre: {}.",
    "pt": "Mostramos-lhe isto pelo que lhe oferece: {}.",
}


class Wording(Struct, frozen=True):
    """The elements of an offer for one person on one channel, and the locale they are written in."""

    locale: str
    content: dict[str, Any]


def chain(locale: object, house: str) -> tuple[str, ...]:
    """The locales to try for a person: `fr-BE`, `fr`, then the house's own; without a known one only the house's."""
    if not isinstance(locale, str):
        return (house,)
    language, *rest = locale.replace("_", "-").split("-")
    regional = "-".join([language.lower(), *(_subtag(part) for part in rest)])
    return tuple(dict.fromkeys((regional, language.lower(), house)))


def language(locale: str) -> str:
    """The language of a locale."""
    return locale.replace("_", "-").partition("-")[0].lower()


def locale_for(offer: Offer, locales: tuple[str, ...], channel: str) -> str | None:
    """The first locale whose content is complete for a channel; it wins whole, languages are never mixed.

    Complete is a headline or a text, the channel's own or the shared one; on sms the text, where the offer has one for
    sms in any locale. An empty string is none.
    """
    wanted = ("text",) if channel == "sms" and _says(offer, "text", channel) else ("headline", "text")
    for name in locales:
        if _has(offer.content.get(name), wanted, channel):
            return name
    return None


def wording(offer: Offer, locale: str, view: View, channel: str) -> Wording:
    """What the offer says in a locale of its own, with the channel's differences and the variants that surely match."""
    eyes = view.on(channel)
    house = view.catalogue.house.locale
    chosen: dict[str, Any] = {}
    for variant in offer.variants:
        if bears(variant, eyes):
            # What an earlier variant has set stays set.
            chosen = {**_applicable(variant, locale, channel, house), **chosen}
    content = {**_on_channel(offer.content.get(locale, {}), channel), **chosen}
    return Wording(locale, {name: element for name, element in content.items() if element is not None})


def why(offer: Offer, locales: tuple[str, ...], locale: str) -> str:
    """What the person is told of why they see it: the team's own words, else a sentence from the benefit."""
    for name in (*locales, locale, language(locale)):
        if offer.why.get(name):
            return offer.why[name]
    sentence = _WHY.get(language(locale), _WHY["en"])
    return sentence.format(offer.benefit.rstrip(" ."))


def _subtag(part: str) -> str:
    return part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part


def _says(offer: Offer, element: str, channel: str) -> bool:
    return any(_has(content, (element,), channel) for content in offer.content.values())


def _has(content: dict[str, Any] | None, wanted: tuple[str, ...], channel: str) -> bool:
    """Whether a content has one of the wanted elements on a channel."""
    if not content:
        return False
    own = content.get(channel) or {}
    return any(own.get(name) or content.get(name) for name in wanted)


def _on_channel(content: dict[str, Any], channel: str) -> dict[str, Any]:
    """The elements of a content as they are on one channel."""
    shared = {name: element for name, element in content.items() if name not in CHANNELS}
    return {**shared, **(content.get(channel) or {})}


def _applicable(variant: Variant, locale: str, channel: str, house: str) -> dict[str, Any]:
    """What a variant sets in a locale: its text only in the variant's own language."""
    elements = _on_channel(variant.set, channel)
    if language(variant.locale or house) == language(locale):
        return elements
    return {name: element for name, element in elements.items() if name in _THINGS}
