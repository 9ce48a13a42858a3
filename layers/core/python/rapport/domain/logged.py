"""What a change of a person tells the outcome log: offers that were exposed, and what came of them, each thing once.

All of it is read off the person before and after, so that whatever brought a response about, it is credited: a click, a
purchase in a shop, a code from a letter, a call, or silence. The change and its rows are written as one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from msgspec import Struct, structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import granted
from rapport.domain.decision import CERTAIN, Verdict
from rapport.domain.experiment import held_out
from rapport.domain.house import CHANNELS
from rapport.domain.moment import DAY, Moment
from rapport.domain.outcome_log import RESPONSES, Candidate, Entry, Kind, LoggedExposure, LoggedOutcome
from rapport.domain.planning import Planned
from rapport.domain.profile import Contact, Exposure, Order, Profile
from rapport.domain.reason import Reason
from rapport.domain.responses import ANSWERS
from rapport.domain.seen import mark_of

LATELY: Final = 7 * DAY
"""For so long after a message an unsubscription that names none is put down to it."""

_KINDS: Final[dict[str, Kind]] = {
    "clicked": "clicked",
    "accepted": "accepted",
    "replied": "replied",
    "goal": "goal",
    "dismissed": "dismissed",
    "silence": "silence",
}
"""Responses of exposures as the log has them; a complaint is told by what brought it."""


class Cause(Struct, frozen=True):
    """Why a person changed, as they were before: when, through which message if one is named, by what decision."""

    before: Profile
    moment: Moment
    message_id: str = ""
    is_complaint: bool = False
    """The message was reported as spam."""
    candidates: dict[str, tuple[Candidate, ...]] = {}
    """placement -> those that could have been chosen"""


def candidates(verdicts: Iterable[Verdict]) -> dict[str, tuple[Candidate, ...]]:
    """Of each placement those that could have been chosen, with how often each would have come first."""
    found: dict[str, list[Candidate]] = {}
    for verdict in verdicts:
        if verdict.share is not None:
            found.setdefault(verdict.placement, []).append(Candidate(verdict.offer, verdict.share))
    return {placement: tuple(some) for placement, some in found.items()}


def with_log(planned: Planned, catalogue: Catalogue, cause: Cause) -> Planned:
    """What is planned for one person, with the rows that tell of it; each thing has its place in the log once."""
    change = _Change(cause.before, planned.profile, catalogue, cause)
    rows = tuple(row for part in _PARTS for row in part(change, planned))
    return structs.replace(planned, log=(*planned.log, *rows)) if rows else planned


class _Change(Struct, frozen=True):
    before: Profile
    after: Profile
    catalogue: Catalogue
    cause: Cause

    @property
    def holdout(self) -> bool:
        return held_out(self.catalogue.house.holdout, self.after.user_id or self.after.id)


# ---- what was exposed


def _shown(change: _Change, _: Planned) -> Iterator[Entry]:
    known = {_key(exposure) for exposure in change.before.exposures}
    for exposure in change.after.exposures:
        if _key(exposure) not in known:
            yield _exposed(exposure, change)


def _exposed(exposure: Exposure, change: _Change) -> LoggedExposure:
    basis, offer = exposure.basis or CERTAIN, change.catalogue.offers.get(exposure.offer)
    return LoggedExposure(
        profile=change.after.id,
        decision=exposure.decision,
        offer=exposure.offer,
        placement=exposure.placement,
        channel=exposure.channel,
        at=exposure.at,
        how=exposure.how,
        campaign=exposure.campaign or "",
        variant=exposure.variant,
        mode=basis.mode or ("" if offer is None else offer.mode),
        learns=basis.learns,
        features=basis.features,
        candidates=change.cause.candidates.get(exposure.placement, ()) if exposure.how == "sent" else (),
        chance=basis.chance,
        model=basis.model,
        catalogue=change.catalogue.version,
        holdout=change.holdout,
    )


def _sent_without_offers(change: _Change, _: Planned) -> Iterator[Entry]:
    known = {contact.message_id for contact in change.before.contacts}
    for contact in change.after.contacts:
        if contact.campaign and not contact.offers and contact.message_id not in known:
            yield _message(contact, change)


def _message(contact: Contact, change: _Change) -> LoggedExposure:
    return LoggedExposure(
        profile=change.after.id,
        decision=contact.message_id,
        offer="",
        placement="",
        channel=next(iter(contact.channels), ""),
        at=contact.at,
        how="sent",
        campaign=contact.campaign or "",
        variant=contact.variant,
        catalogue=change.catalogue.version,
        holdout=change.holdout,
    )


def _held_out(change: _Change, planned: Planned) -> Iterator[Entry]:
    variants = {message.id: message.variant or "" for message in planned.messages}
    for record in {one.message_id: one for one in planned.records if one.reason is Reason.HOLDOUT}.values():
        yield LoggedExposure(
            profile=change.after.id,
            decision=record.message_id,
            offer="",
            placement="",
            channel=record.channel or "",
            at=record.at,
            how="held_out",
            campaign=record.campaign,
            variant=variants.get(record.message_id, ""),
            catalogue=change.catalogue.version,
            holdout=True,
        )


# ---- what came of it


def _answered(change: _Change, _: Planned) -> Iterator[Entry]:
    was = {_key(exposure): exposure.response for exposure in change.before.exposures}
    for exposure in change.after.exposures:
        kind = _KINDS.get(exposure.response or "")
        if kind is not None and was.get(_key(exposure)) != exposure.response:
            first = kind in RESPONSES and was.get(_key(exposure)) not in RESPONSES
            value = _worth(exposure, change) if kind == "accepted" else None
            at = change.cause.moment if exposure.responded_at is None else exposure.responded_at
            yield structs.replace(_of(exposure, kind, change), at=at, value=value, first=first)


def _messages_answered(change: _Change, _: Planned) -> Iterator[Entry]:
    was = {contact.message_id: contact.response for contact in change.before.contacts}
    for contact in change.after.contacts:
        kind = _KINDS.get(contact.response or "")
        if contact.offers or not contact.campaign or kind is None:
            continue
        known = was.get(contact.message_id)
        if known != contact.response:
            at = change.cause.moment if contact.responded_at is None else contact.responded_at
            first = kind in RESPONSES and known not in RESPONSES
            yield structs.replace(_of_message(contact, kind, change), at=at, first=first)


def _worth(exposure: Exposure, change: _Change) -> float | None:
    """What the thing itself came to in the order that accepts an offer, where it was all that was bought."""
    offer = change.catalogue.offers.get(exposure.offer)
    for _, order, _ in _bought(change):
        if offer is not None and order.items.keys() == {offer.sku} and order.paid > 0:
            return order.paid
    return None


def _purchases(change: _Change, _: Planned) -> Iterator[Entry]:
    for key, order, more in _bought(change):
        ref = mark_of("order", key, f"{order.paid}")
        yield _of_person("purchase", order.at or change.cause.moment, change, value=more, ref=ref)


def _bought(change: _Change) -> Iterator[tuple[str, Order, float]]:
    """Orders that are new, or turned out to be worth more, with what they add."""
    for key, order in change.after.orders.items():
        known = change.before.orders.get(key)
        told = known is not None and known.at is not None
        more = order.paid - (known.paid if known is not None and told else 0.0)
        if order.at is not None and not order.loose and (not told or more > 0):
            yield key, order, more


def _ratings(change: _Change, _: Planned) -> Iterator[Entry]:
    new = Counter(change.after.satisfaction) - Counter(change.before.satisfaction)
    for (at, score), times in new.items():
        for time in range(times):
            person = _of_person("satisfaction", at, change, value=score, ref=mark_of("rating", f"{score} {time}"))
            yield person
            for credited in (*_after_an_answer(change, at), *_asked_for(change, at)):
                yield structs.replace(_of(credited, "satisfaction", change), at=at, value=score)


def _complaints(change: _Change, _: Planned) -> Iterator[Entry]:
    known = {(case.event, case.key, case.opened_at) for case in change.before.cases}
    for case in change.after.cases:
        at = case.opened_at
        if case.kind != "complaint" or at is None or (case.event, case.key, at) in known:
            continue
        yield _of_person("complaint", at, change, ref=mark_of("case", case.event or "", case.key or ""))
        for credited in _after_an_answer(change, at):
            yield structs.replace(_of(credited, "complaint", change), at=at)


def _unsubscriptions(change: _Change, _: Planned) -> Iterator[Entry]:
    """Marketing that was granted and is so no longer, or a message that was reported as spam."""
    cause, before, after = change.cause, change.before.consents, change.after.consents
    lost = [
        channel
        for channel in CHANNELS
        if granted(before, "marketing", channel, cause.moment)
        and not granted(after, "marketing", channel, cause.moment)
    ]
    reported = cause.is_complaint and change.before.addresses != change.after.addresses
    if not lost and not reported:
        return
    kind: Kind = "complaint" if reported else "unsubscribed"
    channel = lost[0] if len(lost) == 1 else ""
    yield structs.replace(_of_person(kind, cause.moment, change, ref=mark_of("lost", *lost)), channel=channel)
    for credited in _through(change, lost):
        yield structs.replace(_of(credited, kind, change), at=cause.moment)


# ---- to what it is credited


def _after_an_answer(change: _Change, at: Moment) -> list[Exposure | Contact]:
    """The offer that was answered last, within the time in which something can follow from it."""
    answered = [
        exposure
        for exposure in change.after.exposures
        if exposure.response in RESPONSES and (exposure.responded_at or 0.0) <= at <= exposure.at + ANSWERS
    ]
    return [max(answered, key=lambda one: (one.responded_at or 0.0, one.decision))] if answered else []


def _asked_for(change: _Change, at: Moment) -> list[Exposure | Contact]:
    """The message that asked: the last one without offers whose time to be answered is not over."""
    asking = [
        contact
        for contact in change.after.contacts
        if contact.campaign and not contact.offers and contact.at <= at <= contact.silent_after
    ]
    return [max(asking, key=lambda one: (one.at, one.message_id))] if asking else []


def _through(change: _Change, channels: list[str]) -> list[Exposure | Contact]:
    """What the message offered that is named, else the last one on these channels that asked for marketing."""
    named = change.cause.message_id
    sent = [contact for contact in change.after.contacts if _may_have_annoyed(contact, named, channels, change)]
    if not sent:
        return []
    last = max(sent, key=lambda one: (one.at, one.message_id))
    offered = [one for one in change.after.exposures if one.decision == last.message_id]
    return [*offered] if offered else [last]


def _may_have_annoyed(contact: Contact, named: str, channels: list[str], change: _Change) -> bool:
    if named:
        return contact.message_id == named
    lately = contact.at <= change.cause.moment <= contact.at + LATELY
    return (
        lately
        and bool(contact.campaign)
        and contact.purpose != "service"
        and not set(channels).isdisjoint(contact.channels)
    )


def _of(credited: Exposure | Contact, kind: Kind, change: _Change) -> LoggedOutcome:
    return _of_message(credited, kind, change) if isinstance(credited, Contact) else _of_offer(credited, kind, change)


def _of_offer(exposure: Exposure, kind: Kind, change: _Change) -> LoggedOutcome:
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


def _of_message(contact: Contact, kind: Kind, change: _Change) -> LoggedOutcome:
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


def _of_person(kind: Kind, at: Moment, change: _Change, value: float | None = None, ref: str = "") -> LoggedOutcome:
    return LoggedOutcome(change.after.id, kind, at, value, change.holdout, ref=ref)


def _key(exposure: Exposure) -> tuple[str, str, str]:
    return exposure.decision, exposure.offer, exposure.placement


_Part = Callable[[_Change, Planned], Iterator[Entry]]
_PARTS: Final[tuple[_Part, ...]] = (
    _shown,
    _sent_without_offers,
    _held_out,
    _answered,
    _messages_answered,
    _purchases,
    _ratings,
    _complaints,
    _unsubscriptions,
)
