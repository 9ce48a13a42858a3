"""Double opt-in: what somebody asked for, sealed into a link, mailed once, and granted when they follow it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct, structs
from rapport.domain import typed
from rapport.domain.consent import Receipt
from rapport.domain.content import chain, language
from rapport.domain.event import Event
from rapport.domain.house import House as Own
from rapport.domain.moment import DAY, HOUR, Moment
from rapport.domain.planned import Planned
from rapport.domain.profile import Identity
from rapport.domain.wire import UnfitError
from rapport.errors import BadRequest
from rapport.ports import Handover, Outgoing
from rapport.use_cases import curate
from rapport.use_cases.people import person, retried
from rapport.use_cases.phones import e164
from rapport.use_cases.take_event import take_event
from rapport.use_cases.write import write

if TYPE_CHECKING:
    from rapport_aws.assemble import House

PURPOSE = "confirm"
AN_ADDRESS_A_DAY, A_CALLER_AN_HOUR = 3, 20

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Address = Annotated[str, Meta(max_length=254)]


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a subscription: one of the two addresses, and what for."""

    purpose: Text
    email: Address | None = None
    phone: Address | None = None
    topics: Annotated[list[Text], Meta(max_length=50)] = []
    wording: Annotated[str, Meta(max_length=2000)] | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None


class Subscription(Struct, frozen=True, array_like=True):
    """What a confirmation grants, as its link carries it; short, as a link is."""

    address: str
    channel: str
    purpose: str
    topics: tuple[str, ...]
    at: Moment
    locale: str | None = None
    wording: str | None = None
    """By which the words that the person read are found."""


class Words(Struct, frozen=True):
    """What a confirmation says in one language."""

    subject: str
    says: str
    otherwise: str


WORDS = {
    "en": Words(
        "Please confirm: {house}",
        "Please confirm that you want messages from {house}: {link}",
        "If it was not you, do nothing.",
    ),
    "fr": Words(
        "Merci de confirmer : {house}",
        "Merci de confirmer que vous souhaitez des messages de {house} : {link}",
        "Si ce n'était pas vous, ne faites rien.",
    ),
    "de": Words(
        "Bitte bestätigen: {house}",
        "Bitte bestätigen Sie, dass Sie Nachrichten von {house} möchten: {link}",
        "Wenn Sie es nicht waren, tun Sie nichts.",
    ),
    "nl": Words(
        "Graag bevestigen: {house}",
        "Bevestig dat u berichten van {house} wilt: {link}",
        "Was u het niet, doe dan niets.",
    ),
    "es": Words(
        "Confirme, por favor: {house}",
        "Confirme, por favor, que quiere mensajes de {house}: {link}",
        "Si no fue usted, no haga nada.",
    ),
    "it": Words(
        "Confermi, per favore: {house}",
        "Confermi, per favore, che desidera messaggi da {house}: {link}",
        "Se non è stato lei, non faccia nulla.",
    ),
}


class Confirmation(Struct, frozen=True):
    """A piece of work for the dispatch queue: mail this link."""

    ref: str
    subscription: Subscription
    kind: str = "confirmation"


def asked(wish: Wish, caller: str, here: "House") -> None:
    """Put a confirmation on the queue, unless this address or caller asked too often. Raises BadRequest.

    Nobody learns from the answer whether an address is known, was asked before, or gets a mail.
    """
    house = here.publications.current().catalogue.house
    address, channel = address_of(wish, house)
    if wish.purpose not in house.purposes:
        raise BadRequest("no such purpose", [{"path": "purpose", "message": "not declared in rapport.yaml"}])
    if not set(wish.topics) <= set(house.topics):
        raise BadRequest("no such topic", [{"path": "topics", "message": "not one of the house's topics"}])
    if here.limits.allows(f"from:{caller}", A_CALLER_AN_HOUR, HOUR) and here.limits.allows(
        f"to:{address}", AN_ADDRESS_A_DAY, DAY
    ):
        wording = here.wordings.keep(wish.wording) if wish.wording else None
        here.enqueue_confirmation(
            Subscription(address, channel, wish.purpose, tuple(wish.topics), here.clock(), wish.locale, wording)
        )


def address_of(wish: Wish, house: Own) -> tuple[str, str]:
    """The address as a person keeps it, and its channel. Raises BadRequest for none, two, or what cannot be one."""
    if (wish.email is None) == (wish.phone is None):
        raise BadRequest("one address", [{"path": "email", "message": "either an email or a phone"}])
    name = "email" if wish.phone is None else "phone"
    try:
        if wish.phone is None:
            return str(typed.email(wish.email)).lower(), "email"
        return str(typed.phone(e164(house)(wish.phone))), "sms"
    except UnfitError as wrong:
        raise BadRequest("no such address", [{"path": name, "message": str(wrong)}]) from None


def send(work: Confirmation, here: "House") -> Handover:
    """Mail or text the link; the same piece of work twice is sent once."""
    house = here.publications.current().catalogue.house
    token = here.sealer.seal(PURPOSE, msgspec.json.encode(work.subscription))
    return here.send(outgoing(work, house, f"{here.settings.public_url}/confirm/{token}"))


def outgoing(work: Confirmation, house: Own, link: str) -> Outgoing:
    """What carries the link, in the language that was asked for, else the house's, else English."""
    locales = (*chain(work.subscription.locale, house.locale), "en")
    words = next(WORDS[name] for name in map(language, locales) if name in WORDS)
    says = words.says.format(house=house.name, link=link)
    content = {"subject": words.subject.format(house=house.name), "text": f"{says}\n\n{words.otherwise}\n"}
    by_mail = work.subscription.channel == "email"
    return Outgoing(
        send_id=work.ref,
        message_id=work.ref,
        profile="p_subscriber",
        campaign="double-opt-in",
        channel=work.subscription.channel,
        to=work.subscription.address,
        content=content if by_mail else {"text": says},
        sender=house.sender.email if by_mail else house.sender.sms,
        transactional=True,
    )


def grant(subscription: Subscription, here: "House") -> None:
    """Grant what was asked for, to the person whose userId is the address where nobody else is known by it."""
    now = here.clock()
    who = Identity("user", subscription.address)
    is_new = person(who, here.ports).version == 0
    trait = "email" if subscription.channel == "email" else "phone"
    locale = {"locale": subscription.locale} if subscription.locale else {}
    event = Event(
        call="identify",
        message_id=f"confirm:{subscription.at:.0f}",
        at=now,
        received_at=now,
        user_id=subscription.address,
        traits={trait: subscription.address, **locale},
        trusted=True,
        source="declared",
    )
    take_event(event, here.ports, now)
    read = here.wordings.find(subscription.wording) if subscription.wording else None
    wording = read or "double opt-in"
    receipt = Receipt(subscription.purpose, subscription.channel, "granted", now, "declared", wording=wording)
    curate.consent(who, receipt, here.ports, now)
    if subscription.topics:
        retried(partial(_choose, who, subscription.topics, here, is_new))


def _choose(who: Identity, topics: tuple[str, ...], here: "House", is_new: bool) -> None:
    """Come back to the chosen topics; somebody new wants those and no others."""
    known = person(who, here.ports)
    others = here.publications.current().catalogue.house.topics if is_new else known.topics_left
    left = tuple(topic for topic in others if topic not in topics)
    write(Planned(structs.replace(known, topics_left=left)), here.ports)
