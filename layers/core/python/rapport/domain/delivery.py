"""What a delivery leaves on the profile: contacts, offers sent, responses, silence, suppressed addresses."""

from collections.abc import Iterable
from typing import Any, Final, Literal

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt, granted, record
from rapport.domain.event import EventFacts
from rapport.domain.house import SELLING
from rapport.domain.message import Message
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import MOST, SILENCE, Address, Basis, Contact, Exposure, Profile, Waiting
from rapport.domain.replies import Wish, wish_of
from rapport.domain.responses import with_exposures

FeedbackStatus = Literal[
    "sent", "delivered", "bounced", "complained", "opened", "clicked", "replied", "delayed", "refused", "stopped"
]  # fmt: skip
UNANSWERED = (None, SILENCE)
GOAL = "goal"
"""The response of those who did what a campaign hoped for."""
IN_HAND: Final = frozenset({"print", "note", "call", "social"})
"""Where a message is a piece of work in somebody's hand, and its answer names it."""


class Feedback(Struct, frozen=True, omit_defaults=True):
    """What came back for one message: bounces are hard; `text` is what the person replied.

    `sent` is the provider's word that it took the message: it settles a doubt, and says nothing of the person.
    `delayed` is a soft bounce: the provider goes on trying. `refused` is its word that it did not send what it had
    taken; `stopped`, that the person told it to send no more marketing. `reference` is its own id of the message; `id`
    names what carries no moment of its own, so that it counts once however often it is told.
    """

    message_id: str
    status: FeedbackStatus
    channel: str
    at: Moment
    campaign: str = ""
    address: str | None = None
    text: str | None = None
    reference: str | None = None
    id: str = ""


SAYS_NOTHING_OF_THE_PERSON = frozenset({"sent", "refused"})
SAYS_NO_ANSWER = frozenset({"delayed", "stopped"})


class Sent(Struct, frozen=True):
    """A message that went out: on which channels, with which offers, in which placements."""

    message: Message
    campaign: Campaign
    channel: str
    at: Moment
    offers: tuple[tuple[str, str], ...] = ()
    """(offer, placement)"""
    bases: dict[str, Basis] = {}
    """offer -> what its choice rested on"""


def note_sent(profile: Profile, sent: Sent, catalogue: Catalogue) -> Profile:
    """The profile after a message went out on a channel; noting it twice changes nothing."""
    known = next((c for c in profile.contacts if c.message_id == sent.message.id), None)
    if known is not None and sent.channel in known.channels:
        return profile
    offers = tuple(offer for offer, _ in sent.offers)
    sells = sent.campaign.kind in SELLING or any(catalogue.offers[o].kind in SELLING for o in offers)
    if known is None:
        contact = Contact(
            at=sent.at,
            campaign=sent.campaign.id,
            key=sent.message.key,
            kind=sent.campaign.kind,
            purpose=sent.campaign.purpose,
            sells=sells,
            channels=(sent.channel,),
            offers=offers,
            message_id=sent.message.id,
            silent_after=sent.at + sent.campaign.non_response_days * DAY,
            variant=sent.message.variant or "",
        )
    else:
        contact = structs.replace(
            known,
            channels=(*known.channels, sent.channel),
            sells=known.sells or sells,
            offers=tuple(dict.fromkeys((*known.offers, *offers))),
        )
    others = tuple(c for c in profile.contacts if c.message_id != sent.message.id)
    exposed = tuple(
        Exposure(
            offer,
            sent.at,
            "sent",
            sent.channel,
            sent.message.id,
            placement,
            sent.campaign.id,
            basis=sent.bases.get(offer),
            variant=sent.message.variant or "",
        )
        for offer, placement in sent.offers
        if known is None or offer not in known.offers
    )
    return structs.replace(
        profile,
        contacts=tuple(sorted((*others, contact), key=lambda c: c.at))[-MOST["contacts"] :],
        exposures=with_exposures(profile.exposures, *exposed),
        addresses=_with_address(profile, sent.channel, last_sent=max(sent.at, _last_sent(profile, sent.channel))),
        waiting=tuple(w for w in profile.waiting if w.message_id != sent.message.id or _still_waits(sent)),
    )


def is_noted(profile: Profile, message_id: str, channel: str) -> bool:
    """Whether the profile knows that a message went out on a channel."""
    return any(c.message_id == message_id and channel in c.channels for c in profile.contacts)


def note_unsent(profile: Profile, message_id: str, channel: str) -> Profile:
    """The profile after a message that was noted turned out not to have gone out on a channel: nothing counts it."""
    contacts = tuple(
        structs.replace(c, channels=tuple(name for name in c.channels if name != channel))
        if c.message_id == message_id
        else c
        for c in profile.contacts
    )
    contacts = tuple(c for c in contacts if c.channels or c.message_id != message_id)
    is_left = any(c.message_id == message_id for c in contacts)
    last = max((c.at for c in contacts if channel in c.channels), default=None)
    return structs.replace(
        profile,
        contacts=contacts,
        exposures=tuple(e for e in profile.exposures if is_left or e.decision != message_id),
        addresses=_with_address(profile, channel, last_sent=last),
    )


def _last_sent(profile: Profile, channel: str) -> Moment:
    return profile.addresses.get(channel, Address()).last_sent or 0.0


def _still_waits(sent: Sent) -> bool:
    """Whether the same run goes on waiting for a pull, after it went out on another channel."""
    return sent.campaign.all_channels and sent.channel != "web"


def note_waiting(profile: Profile, waiting: Waiting) -> Profile:
    """The profile with a web message that waits for the next pull of its placement."""
    others = tuple(w for w in profile.waiting if w.message_id != waiting.message_id)
    return structs.replace(profile, waiting=(*others, waiting)[-MOST["waiting"] :])


# ---- what comes back


def note_feedback(profile: Profile, feedback: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    """The profile after something came back for a message, and the consent receipts that follow from it.

    Late, repeated and unordered notices are harmless. An open is no response, a click one only with tracking
    consent.
    """
    contact = next((c for c in profile.contacts if c.message_id == feedback.message_id), None)
    # A late word that it arrived says less than the answer that is known.
    says_less = (
        feedback.status in ("delivered", "opened") and contact is not None and contact.response not in UNANSWERED
    )
    if feedback.status not in SAYS_NO_ANSWER and not says_less:
        answer = {"status": feedback.status, "at": feedback.at, "campaign": feedback.campaign}
        profile = _heard(profile, feedback.channel, answer)
    if contact is not None and is_response(feedback, profile):
        profile = answered(profile, contact, feedback.status, feedback.at)
    return _CONSEQUENCES.get(feedback.status, _none)(profile, feedback)


def is_response(feedback: Feedback, profile: Profile) -> bool:
    """Whether a notice says that the person responded."""
    if feedback.status == "clicked":
        return granted(profile.consents, "tracking", feedback.channel, feedback.at)
    return feedback.status in ("replied", "complained")


def answered_on(profile: Profile, contact: Contact, channels: Iterable[str], how: str, at: Moment) -> Profile:
    """The profile with a message answered that was named by what the person or the agent holds in hand."""
    for channel in channels:
        profile = _heard(profile, channel, {"status": how, "at": at, "campaign": contact.campaign})
    return answered(profile, contact, how, at)


def _heard(profile: Profile, channel: str, answer: dict[str, Any]) -> Profile:
    """The profile with what was last heard on a channel; what comes in late changes nothing."""
    known = profile.addresses.get(channel, Address()).last_response
    if known is not None and known["at"] > answer["at"]:
        return profile
    return structs.replace(profile, addresses=_with_address(profile, channel, last_response=answer))


def answered(profile: Profile, contact: Contact, how: str, at: Moment) -> Profile:
    """The profile with a contact and what it offered answered; the first response stays, silence gives way to one."""
    if contact.response not in (None, SILENCE):
        return profile
    contacts = tuple(
        structs.replace(c, response=how, responded_at=at) if c.message_id == contact.message_id else c
        for c in profile.contacts
    )
    exposures = tuple(
        structs.replace(e, response=how, responded_at=at)
        if e.decision == contact.message_id and e.response in (None, SILENCE)
        else e
        for e in profile.exposures
    )
    return structs.replace(profile, contacts=contacts, exposures=exposures)


def goals_reached(profile: Profile, event: EventFacts, catalogue: Catalogue) -> Profile:
    """The profile after an event that some campaigns hoped for: it answers what they sent within their days."""
    for contact in profile.contacts:
        campaign = catalogue.campaigns.get(contact.campaign or "")
        goal = None if campaign is None else campaign.goal
        if goal is not None and goal.event == event.name and contact.at <= event.at <= contact.at + goal.days * DAY:
            profile = answered(profile, contact, GOAL, event.at)
    return profile


def fallen_silent(profile: Profile, now: Moment) -> tuple[Profile, tuple[Contact, ...]]:
    """The profile after the windows for a response that ended by now, and the contacts that stayed unanswered."""
    silent = tuple(c for c in profile.contacts if c.campaign and c.response is None and c.silent_after <= now)
    for contact in silent:
        profile = _silent(answered(profile, contact, SILENCE, contact.silent_after), contact)
    return profile, silent


def _silent(profile: Profile, contact: Contact) -> Profile:
    """The profile with the silence noted on the channels of a contact from which nothing at all came back since."""
    answer = {"status": SILENCE, "at": contact.silent_after, "campaign": contact.campaign}
    for channel in contact.channels:
        known = profile.addresses.get(channel, Address()).last_response
        if known is None or known["at"] < contact.at:
            profile = structs.replace(profile, addresses=_with_address(profile, channel, last_response=answer))
    return profile


def _suppress(profile: Profile, feedback: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    address = feedback.address
    known = profile.addresses.get(feedback.channel, Address())
    if address is None or address in known.suppressed:
        return profile, ()
    addresses = _with_address(profile, feedback.channel, suppressed=(*known.suppressed, address)[-MOST["suppressed"] :])
    return structs.replace(profile, addresses=addresses), ()


def _withdraw(profile: Profile, feedback: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    receipt = Receipt("marketing", feedback.channel, "withdrawn", feedback.at, source="feedback")
    return structs.replace(profile, consents=record(profile.consents, receipt)), (receipt,)


def _reply(profile: Profile, feedback: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    return _withdraw(profile, feedback) if wish_of(feedback.text) is Wish.STOP else (profile, ())


def _count_delay(profile: Profile, feedback: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    """Count what a provider tried in vain for now; the same notice twice, or an older one late, counts once."""
    known = profile.addresses.get(feedback.channel, Address())
    if feedback.at <= known.delayed_at:
        return profile, ()
    later = _with_address(profile, feedback.channel, soft_bounces=known.soft_bounces + 1, delayed_at=feedback.at)
    return structs.replace(profile, addresses=later), ()


def _none(profile: Profile, _: Feedback) -> tuple[Profile, tuple[Receipt, ...]]:
    return profile, ()


_CONSEQUENCES = {
    "bounced": _suppress,
    "complained": _withdraw,
    "stopped": _withdraw,
    "replied": _reply,
    "delayed": _count_delay,
}


def _with_address(profile: Profile, channel: str, **changes: Any) -> dict[str, Address]:  # noqa: ANN401
    known = profile.addresses.get(channel, Address())
    return {**profile.addresses, channel: structs.replace(known, **changes)}
