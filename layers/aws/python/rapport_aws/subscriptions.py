"""Double opt-in: what somebody asked for, sealed into a link, mailed once, and granted when they follow it."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct, structs
from rapport.domain.consent import Receipt
from rapport.domain.event import Event
from rapport.domain.moment import DAY, HOUR, Moment
from rapport.domain.planned import Planned
from rapport.domain.profile import Identity
from rapport.errors import BadRequest
from rapport.ports import Handover, Outgoing
from rapport.use_cases import curate
from rapport.use_cases.people import person, retried
from rapport.use_cases.take_event import take_event
from rapport.use_cases.write import write

if TYPE_CHECKING:
    from rapport_aws.assemble import House

PURPOSE = "confirm"
AN_ADDRESS_A_DAY, A_CALLER_AN_HOUR = 3, 20

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Email = Annotated[str, Meta(max_length=254, pattern=r"^[^@\s\x00-\x1f\x7f,;<>\"]{1,64}@[A-Za-z0-9.-]{1,189}$")]
Phone = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a subscription: one of the two addresses, and what for."""

    purpose: Text
    email: Email | None = None
    phone: Phone | None = None
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
    if (wish.email is None) == (wish.phone is None):
        raise BadRequest("one address", [{"path": "email", "message": "either an email or a phone"}])
    if wish.purpose not in house.purposes:
        raise BadRequest("no such purpose", [{"path": "purpose", "message": "not declared in rapport.yaml"}])
    if not set(wish.topics) <= set(house.topics):
        raise BadRequest("no such topic", [{"path": "topics", "message": "not one of the house's topics"}])
    address, channel = (wish.email, "email") if wish.email else (wish.phone, "sms")
    address = str(address).lower()
    if here.limits.allows(f"from:{caller}", A_CALLER_AN_HOUR, HOUR) and here.limits.allows(
        f"to:{address}", AN_ADDRESS_A_DAY, DAY
    ):
        here.enqueue_confirmation(
            Subscription(address, channel, wish.purpose, tuple(wish.topics), here.clock(), wish.locale)
        )


def send(work: Confirmation, here: "House") -> Handover:
    """Mail or text the link; the same piece of work twice is sent once."""
    house = here.publications.current().catalogue.house
    token = here.sealer.seal(PURPOSE, msgspec.json.encode(work.subscription))
    link = f"{here.settings.public_url}/confirm/{token}"
    says = f"Please confirm that you want messages from {house.name}: {link}"
    content = {"subject": f"Please confirm: {house.name}", "text": f"{says}\n\nIf it was not you, do nothing.\n"}
    by_mail = work.subscription.channel == "email"
    outgoing = Outgoing(
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
    return here.send(outgoing)


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
    receipt = Receipt(subscription.purpose, subscription.channel, "granted", now, "declared", wording="double opt-in")
    curate.consent(who, receipt, here.ports, now)
    if subscription.topics:
        retried(partial(_choose, who, subscription.topics, here, is_new))


def _choose(who: Identity, topics: tuple[str, ...], here: "House", is_new: bool) -> None:
    """Come back to the chosen topics; somebody new wants those and no others."""
    known = person(who, here.ports)
    others = here.publications.current().catalogue.house.topics if is_new else known.topics_left
    left = tuple(topic for topic in others if topic not in topics)
    write(Planned(structs.replace(known, topics_left=left)), here.ports)
