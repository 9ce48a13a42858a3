"""Composing a message: what a template may read, the person's own links, and the rendered content of one channel."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from rapport.domain.condition import holds
from rapport.domain.consent import granted
from rapport.domain.content import chain
from rapport.domain.decision import Choice
from rapport.domain.look_again import Go, Look, choices_of
from rapport.domain.message import response_code
from rapport.domain.moment import Moment
from rapport.domain.sight import Seen
from rapport.domain.view import View, view
from rapport.domain.why import because
from rapport.ports import Ports, Sealer
from rapport.render import Broken, Missing, Rendered, RenderRequest, Templates, render, template_locale
from rapport.use_cases.printed import provenance

CLICK = "c"
"""The first part of the path of a link that counts, and the purpose that its token is bound to."""
LONGEST_COUNTED = 800
"""Bytes of an address that a link which counts may lead to; longer ones stay as they are."""
PAGES = {"unsubscribe": "u", "preferences": "p", "why": "why"}
"""A person's own pages: the name of the link in a template -> the first part of its path."""


class LinkPayload(Struct, frozen=True, array_like=True):
    """What a link in a message carries, sealed: whose it is, from which message, and on which channel it went out."""

    profile: str
    message_id: str
    campaign: str
    channel: str
    at: Moment


class ClickPayload(Struct, frozen=True, array_like=True):
    """What a link that counts carries, sealed: whose click it is, and where it leads."""

    profile: str
    message_id: str
    campaign: str
    channel: str
    url: str


def text_locales(look: Look, templates: Templates) -> tuple[str, ...]:
    """The locales in which text and offers are looked for: the one that the template has first, then the person's."""
    own = chain(_locale(look), look.catalogue.house.locale)
    return tuple(dict.fromkeys((template_locale(templates, look.campaign.template, own), *own)))


def compose(look: Look, go: Go, templates: Templates, ports: Ports) -> Rendered | Missing | Broken:
    """The content of one message on one channel."""
    house = look.catalogue.house
    request = RenderRequest(
        template=look.campaign.template,
        channel=go.channel,
        locales=chain(_locale(look), house.locale),
        names=names_for(look, go, ports),
        currency=house.currency,
        timezone=_zone(go.seen, house.timezone),
        links_allowed=(*house.links, *_own_host(ports.public_url)),
        address=_address(go.seen) if go.channel == "print" else None,
        code=response_code(look.message.id),
        why=why(look, go),
        facts=tuple(facts(go.seen)) if go.channel == "call" else (),
        at=look.moment,
        days=frozenset(name for name, known in look.catalogue.traits.items() if known.type == "date"),
        counted=counting(look, go.channel, ports),
        on_paper=ports.on_paper,
    )
    return render(templates, request)


def why(look: Look, go: Go) -> str:
    """Why the person gets this message, in one sentence of their language."""
    chosen = choices_of(go.decision)
    if chosen and not look.campaign.is_service:
        return chosen[0].why
    return because(look.campaign, look.locales[0] if look.locales else look.catalogue.house.locale)


def links(look: Look, channel: str, sealer: Sealer, public_url: str) -> dict[str, str]:
    """The links to a person's own pages, each good for its page alone."""
    payload = msgspec.json.encode(LinkPayload(look.profile.id, look.message.id, look.campaign.id, channel, look.moment))
    return {name: f"{public_url}/{path}/{sealer.seal(path, payload)}" for name, path in PAGES.items()}


def mark_of(to: str | None, content: Mapping[str, Any], public_url: str) -> str:
    """A mark of what a message says and to whom: the same words have the same, though each link is sealed anew."""
    said = msgspec.json.encode([to, content]).decode()
    pages = "|".join((*PAGES.values(), CLICK))
    plain = re.sub(rf"{re.escape(public_url)}/({pages})/[\w.~-]+", r"/\1/", said)
    return hashlib.blake2b(plain.encode(), digest_size=15).hexdigest()


def counting(look: Look, channel: str, ports: Ports) -> Callable[[str], str] | None:
    """What makes a link of an email count its clicks; None where the person has not granted `tracking`."""
    if channel != "email" or not granted(look.profile.consents, "tracking", channel, look.moment):
        return None
    own = f"{ports.public_url}/"

    def counted(link: str) -> str:
        if link.startswith(own) or len(link.encode()) > LONGEST_COUNTED:
            return link
        click = ClickPayload(look.profile.id, look.message.id, look.campaign.id, channel, link)
        return f"{own}{CLICK}/{ports.sealer.seal(CLICK, msgspec.json.encode(click))}"

    return counted


def facts(seen: View) -> list[dict[str, Any]]:
    """What was observed of the person, with provenance, for somebody who talks to them or decides about them."""
    return [
        {"name": name, **provenance(definition, known)}
        for name, definition in seen.catalogue.traits.items()
        if isinstance(known := seen.sight(name), Seen) and known.source
    ]


def names_for(look: Look, go: Go, ports: Ports) -> dict[str, object]:
    """What a template may read: reduced to what is granted, and to what others may see on this channel."""
    event = look.message.event
    seen = go.seen.on(go.channel)
    return {
        "traits": nested(seen.traits),
        "segments": {name: seen.in_segment(name) for name in look.catalogue.segments},
        "persona": seen.persona,
        "event": {} if event is None else event.properties,
        "offers": {
            placement.slot: [_said(choice, look.catalogue.offers[choice.offer].benefit) for choice in placement.choices]
            for placement in go.decision.placements
        },
        "campaign": {"id": look.campaign.id, "kind": look.campaign.kind, "purpose": look.campaign.purpose},
        "variant": look.message.variant,
        "brand": _brand(look, seen),
        "links": links(look, go.channel, ports.sealer, ports.public_url),
    }


def _said(choice: Choice, benefit: str) -> dict[str, Any]:
    """An offer as templates read it."""
    return {"id": choice.offer, "kind": choice.kind, "why": choice.why, "benefit": benefit, **choice.content}


def _locale(look: Look) -> object:
    """The person's language, as far as it is known for the campaign's purpose."""
    known = view(look.profile, look.catalogue, look.campaign.purpose, look.moment).sight("locale")
    return known.value if isinstance(known, Seen) else None


def _brand(look: Look, seen: View) -> dict[str, object]:
    house = look.catalogue.house
    chosen = next((rule.brand for rule in look.campaign.brand if holds(rule.when, seen) is True), None)
    name = chosen or next(iter(house.brands), "")
    return {"id": name, "name": house.name, "postal": house.sender.postal, **house.brands.get(name, {})}


def nested(traits: Mapping[str, object]) -> dict[str, object]:
    """Dotted names as mappings: `address.city` -> {"address": {"city"}}."""
    names: dict[str, Any] = {}
    for name, value in traits.items():
        root, _, leaf = name.partition(".")
        if leaf:
            names.setdefault(root, {})[leaf] = value
        else:
            names[root] = value
    return names


def _zone(seen: View, default: str) -> str:
    known = seen.value("traits.timezone")
    return known if isinstance(known, str) else default


def _address(seen: View) -> dict[str, object]:
    parts = {part: seen.value(f"traits.address.{part}") for part in ("street", "postal_code", "city", "country")}
    person = [seen.value(f"traits.{part}") for part in ("first_name", "last_name")]
    name = " ".join(part for part in person if isinstance(part, str))
    return {"name": name, **{part: value for part, value in parts.items() if isinstance(value, str)}}


def _own_host(public_url: str) -> tuple[str, ...]:
    host = public_url.partition("://")[2].partition("/")[0]
    return (host,) if host else ()
