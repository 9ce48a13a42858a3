"""What a change of a person tells the outcome log: offers that were exposed, and what came of them, each thing once.

All of it is read off the person before and after, so that whatever brought a response about, it is credited: a click, a
purchase in a shop, a code from a letter, a call, or silence. The change and its rows are written as one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import granted
from rapport.domain.credited import (
    Cause,
    Change,
    after_an_answer,
    asked_for,
    of,
    of_message,
    of_person,
    through,
)
from rapport.domain.decision import CERTAIN
from rapport.domain.house import CHANNELS
from rapport.domain.message import is_message
from rapport.domain.outcome_log import RESPONSES, Entry, Kind, LoggedExposure
from rapport.domain.planned import Planned
from rapport.domain.profile import Contact, Exposure, Order, Profile
from rapport.domain.reason import Reason
from rapport.domain.seen import mark_of

_KINDS: Final[dict[str, Kind]] = {
    "clicked": "clicked",
    "accepted": "accepted",
    "replied": "replied",
    "goal": "goal",
    "dismissed": "dismissed",
    "silence": "silence",
}
"""Responses of exposures as the log has them; a complaint is told by what brought it."""


def with_log(planned: Planned, catalogue: Catalogue, cause: Cause) -> Planned:
    """What is planned for one person, with the rows that tell of it; each thing has its place in the log once."""
    change = Change(cause.before, planned.profile, catalogue, cause)
    rows = tuple(row for part in _PARTS for row in part(change, planned))
    return structs.replace(planned, log=(*planned.log, *rows)) if rows else planned


# ---- what was exposed


def _shown(change: Change, _: Planned) -> Iterator[Entry]:
    known = {_key(exposure) for exposure in change.before.exposures}
    for exposure in _of_offers(change.after):
        if _key(exposure) not in known:
            yield _exposed(exposure, change)


def _of_offers(person: Profile) -> Iterator[Exposure]:
    """Exposures of offers; that a message which waited on the site was seen there is its sending."""
    return (exposure for exposure in person.exposures if not is_message(exposure.offer))


def _exposed(exposure: Exposure, change: Change) -> LoggedExposure:
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
        candidates=change.cause.candidates.get(exposure.placement, ()),
        chance=basis.chance,
        model=basis.model,
        catalogue=change.catalogue.version,
        holdout=change.holdout,
    )


def _sent_without_offers(change: Change, _: Planned) -> Iterator[Entry]:
    known = {contact.message_id for contact in change.before.contacts}
    for contact in change.after.contacts:
        if contact.campaign and not contact.offers and contact.message_id not in known:
            yield _message(contact, change)


def _message(contact: Contact, change: Change) -> LoggedExposure:
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


def _held_out(change: Change, planned: Planned) -> Iterator[Entry]:
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


def _answered(change: Change, _: Planned) -> Iterator[Entry]:
    was = {_key(exposure): exposure.response for exposure in change.before.exposures}
    for exposure in _of_offers(change.after):
        kind = _KINDS.get(exposure.response or "")
        if kind is not None and was.get(_key(exposure)) != exposure.response:
            first = kind in RESPONSES and was.get(_key(exposure)) not in RESPONSES
            value = _worth(exposure, change) if kind == "accepted" else None
            at = change.cause.moment if exposure.responded_at is None else exposure.responded_at
            yield structs.replace(of(exposure, kind, change), at=at, value=value, first=first)


def _messages_answered(change: Change, _: Planned) -> Iterator[Entry]:
    was = {contact.message_id: contact.response for contact in change.before.contacts}
    for contact in change.after.contacts:
        kind = _KINDS.get(contact.response or "")
        if contact.offers or not contact.campaign or kind is None:
            continue
        known = was.get(contact.message_id)
        if known != contact.response:
            at = change.cause.moment if contact.responded_at is None else contact.responded_at
            first = kind in RESPONSES and known not in RESPONSES
            yield structs.replace(of_message(contact, kind, change), at=at, first=first)


def _worth(exposure: Exposure, change: Change) -> float | None:
    """What the thing itself came to in the order that accepts an offer, where it was all that was bought."""
    offer = change.catalogue.offers.get(exposure.offer)
    for _, order, _ in _bought(change):
        if offer is not None and order.items.keys() == {offer.sku} and order.paid > 0:
            return order.paid
    return None


def _purchases(change: Change, _: Planned) -> Iterator[Entry]:
    for key, order, more in _bought(change):
        ref = mark_of("order", key, f"{order.paid}")
        yield of_person("purchase", order.at or change.cause.moment, change, value=more, ref=ref)


def _bought(change: Change) -> Iterator[tuple[str, Order, float]]:
    """Orders that are new, or turned out to be worth more, with what they add."""
    for key, order in change.after.orders.items():
        known = change.before.orders.get(key)
        told = known is not None and known.at is not None
        more = order.paid - (known.paid if known is not None and told else 0.0)
        if order.at is not None and not order.loose and (not told or more > 0):
            yield key, order, more


def _ratings(change: Change, _: Planned) -> Iterator[Entry]:
    new = Counter(change.after.satisfaction) - Counter(change.before.satisfaction)
    for (at, score), times in new.items():
        for time in range(times):
            person = of_person("satisfaction", at, change, value=score, ref=mark_of("rating", f"{score} {time}"))
            yield person
            for credited in (*after_an_answer(change, at), *asked_for(change, at)):
                yield structs.replace(of(credited, "satisfaction", change), at=at, value=score)


def _complaints(change: Change, _: Planned) -> Iterator[Entry]:
    known = {(case.event, case.key, case.opened_at) for case in change.before.cases}
    for case in change.after.cases:
        at = case.opened_at
        if case.kind != "complaint" or at is None or (case.event, case.key, at) in known:
            continue
        yield of_person("complaint", at, change, ref=mark_of("case", case.event or "", case.key or ""))
        for credited in after_an_answer(change, at):
            yield structs.replace(of(credited, "complaint", change), at=at)


def _unsubscriptions(change: Change, _: Planned) -> Iterator[Entry]:
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
    yield structs.replace(of_person(kind, cause.moment, change, ref=mark_of("lost", *lost)), channel=channel)
    for credited in through(change, lost):
        yield structs.replace(of(credited, kind, change), at=cause.moment)


def _key(exposure: Exposure) -> tuple[str, str, str]:
    return exposure.decision, exposure.offer, exposure.placement


_Part = Callable[[Change, Planned], Iterator[Entry]]
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
