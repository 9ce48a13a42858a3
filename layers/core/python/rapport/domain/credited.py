"""To what an outcome is credited: the offer that was answered last, the message that asked, or the one that annoyed."""

from typing import Final

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.decision import CERTAIN
from rapport.domain.experiment import held_out
from rapport.domain.moment import DAY, Moment
from rapport.domain.outcome_log import RESPONSES, Candidate, Kind, LoggedOutcome
from rapport.domain.profile import Contact, Exposure, Profile
from rapport.domain.responses import ANSWERS

LATELY: Final = 7 * DAY
"""For so long after a message an unsubscription that names none is put down to it."""

Credited = Exposure | Contact


class Cause(Struct, frozen=True):
    """Why a person changed, as they were before: when, through which message if one is named, by what decision."""

    before: Profile
    moment: Moment
    message_id: str = ""
    is_complaint: bool = False
    """The message was reported as spam."""
    candidates: dict[str, tuple[Candidate, ...]] = {}
    """placement -> those that could have been chosen"""


class Change(Struct, frozen=True):
    """A person before and after, by what the house has published."""

    before: Profile
    after: Profile
    catalogue: Catalogue
    cause: Cause

    @property
    def holdout(self) -> bool:
        """Whether they get no optional personalisation."""
        return held_out(self.catalogue.house.holdout, self.after.user_id or self.after.id)


def after_an_answer(change: Change, at: Moment) -> list[Credited]:
    """The offer that was answered last, within the time in which something can follow from it."""
    answered = [
        exposure
        for exposure in change.after.exposures
        if exposure.response in RESPONSES and (exposure.responded_at or 0.0) <= at <= exposure.at + ANSWERS
    ]
    return [max(answered, key=lambda one: (one.responded_at or 0.0, one.decision))] if answered else []


def asked_for(change: Change, at: Moment) -> list[Credited]:
    """The message that asked: the last one without offers whose time to be answered is not over."""
    asking = [
        contact
        for contact in change.after.contacts
        if contact.campaign and not contact.offers and contact.at <= at <= contact.silent_after
    ]
    return [max(asking, key=lambda one: (one.at, one.message_id))] if asking else []


def through(change: Change, channels: list[str]) -> list[Credited]:
    """What the message offered that is named, else the last one on these channels that asked for marketing."""
    named = change.cause.message_id
    sent = [contact for contact in change.after.contacts if _may_have_annoyed(contact, named, channels, change)]
    if not sent:
        return []
    last = max(sent, key=lambda one: (one.at, one.message_id))
    offered = [one for one in change.after.exposures if one.decision == last.message_id]
    return [*offered] if offered else [last]


def _may_have_annoyed(contact: Contact, named: str, channels: list[str], change: Change) -> bool:
    if named:
        return contact.message_id == named
    lately = contact.at <= change.cause.moment <= contact.at + LATELY
    return (
        lately
        and bool(contact.campaign)
        and contact.purpose != "service"
        and not set(channels).isdisjoint(contact.channels)
    )


def of(credited: Credited, kind: Kind, change: Change) -> LoggedOutcome:
    """An outcome of an offer or of a message without any, at the moment of the change."""
    return of_message(credited, kind, change) if isinstance(credited, Contact) else of_offer(credited, kind, change)


def of_offer(exposure: Exposure, kind: Kind, change: Change) -> LoggedOutcome:
    """An outcome of an offer, with all that its choice rested on."""
    basis = exposure.basis or CERTAIN
    return LoggedOutcome(
        profile=change.after.id,
        kind=kind,
        at=change.cause.moment,
        holdout=change.holdout,
        decision=exposure.decision,
        offer=exposure.offer,
        placement=exposure.placement,
        channel=exposure.channel,
        exposed_at=exposure.at,
        how=exposure.how,
        campaign=exposure.campaign or "",
        variant=exposure.variant,
        learns=basis.learns,
        features=basis.features,
        chance=basis.chance,
        model=basis.model,
    )


def of_message(contact: Contact, kind: Kind, change: Change) -> LoggedOutcome:
    """An outcome of a message as a whole."""
    return LoggedOutcome(
        profile=change.after.id,
        kind=kind,
        at=change.cause.moment,
        holdout=change.holdout,
        decision=contact.message_id,
        channel=next(iter(contact.channels), ""),
        exposed_at=contact.at,
        how="sent",
        campaign=contact.campaign or "",
        variant=contact.variant,
    )


def of_person(kind: Kind, at: Moment, change: Change, value: float | None = None, ref: str = "") -> LoggedOutcome:
    """What somebody did, credited to nothing."""
    return LoggedOutcome(change.after.id, kind, at, value, change.holdout, ref=ref)
