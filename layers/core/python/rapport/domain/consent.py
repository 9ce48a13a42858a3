"""Consent: append-only receipts, and the state they fold to; nothing is granted by default."""

import math
from collections.abc import Iterable, Mapping
from typing import Literal

from msgspec import Struct

from rapport.domain.house import CHANNELS
from rapport.domain.moment import Moment, text

Status = Literal["granted", "withdrawn"]
EVERY_CHANNEL = "*"
REPEATED = "web"
"""The channel on which a site says the same with every event: not each of them is kept as a receipt."""


class Receipt(Struct, frozen=True, omit_defaults=True):
    """One statement of the person: for a purpose, on one channel or (`*`) on all, from a moment on."""

    purpose: str
    channel: str
    status: Status
    at: Moment
    source: str = "declared"
    wording: str | None = None
    policy: str | None = None
    expires_at: Moment | None = None
    again: bool = False
    """Said before, and kept only because something older came in late (`kept`)."""


class Consent(Struct, frozen=True, omit_defaults=True):
    """The latest receipt for a purpose on a channel, and whether it was ever granted before."""

    status: Status
    at: Moment
    source: str = "declared"
    ever_granted: bool = False
    expires_at: Moment | None = None


Consents = dict[str, dict[str, Consent]]
"""purpose -> channel or `*` -> its latest receipt."""


def record(consents: Consents, receipt: Receipt) -> Consents:
    """The state after one more receipt: the latest counts, at a tie the withdrawal, in whatever order they come."""
    channels = consents.get(receipt.purpose, {})
    known = channels.get(receipt.channel)
    granted = receipt.status == "granted" or (known is not None and known.ever_granted)
    latest = Consent(receipt.status, receipt.at, receipt.source, granted, receipt.expires_at)
    if known is not None and _order(known) > _order(receipt):
        latest = Consent(known.status, known.at, known.source, granted, known.expires_at)
    return {**consents, receipt.purpose: {**channels, receipt.channel: latest}}


def fold(receipts: Iterable[Receipt], before: Consents | None = None) -> Consents:
    """The state that a history of receipts amounts to, on top of the state before."""
    consents = before or {}
    for receipt in receipts:
        consents = record(consents, receipt)
    return consents


def consent_at(receipts: Iterable[Receipt], moment: Moment) -> Consents:
    """What a person had said up to a moment: the fold of the receipts until then."""
    return fold(receipt for receipt in receipts if receipt.at <= moment)


def told(consents: Consents, moment: Moment) -> dict[str, dict[str, dict[str, str]]]:
    """For people and pages: purpose -> every covered channel -> what decides there, since when and until when."""
    return {
        purpose: {channel: _told(consent, moment) for channel, consent in channels.items()}
        for purpose, channels in sorted(by_channel(consents).items())
    }


def _told(consent: Consent, moment: Moment) -> dict[str, str]:
    if consent.expires_at is None or consent.status == "withdrawn":
        return {"status": consent.status, "at": text(consent.at)}
    status = consent.status if moment < consent.expires_at else "expired"
    return {"status": status, "at": text(consent.at), "expires_at": text(consent.expires_at)}


def kept(consents: Consents, receipts: Iterable[Receipt]) -> tuple[Consents, tuple[Receipt, ...]]:
    """The state after some receipts, and what is to be stored so that everything stored folds to what holds.

    A repetition that only moved the moment was not stored; a receipt from before it would now seem to be the latest.
    Then the repetition is stored as well.
    """
    stored: list[Receipt] = []
    for receipt in receipts:
        said = consents.get(receipt.purpose, {}).get(REPEATED)
        if said is not None and receipt.channel in (REPEATED, EVERY_CHANNEL) and said.at >= receipt.at:
            stored.append(_again(said, receipt.purpose))
        stored.append(receipt)
        consents = record(consents, receipt)
    return consents, tuple(stored)


def _again(said: Consent, purpose: str) -> Receipt:
    return Receipt(purpose, REPEATED, said.status, said.at, said.source, expires_at=said.expires_at, again=True)


def covering(consents: Mapping[str, Mapping[str, Consent]], purpose: str, channel: str) -> Consent | None:
    """The receipt that decides for a purpose on a channel: the latest of the channel's own and the one for all."""
    channels = consents.get(purpose, {})
    found = [consent for name in (channel, EVERY_CHANNEL) if (consent := channels.get(name)) is not None]
    return max(found, key=_order, default=None)


def granted(consents: Mapping[str, Mapping[str, Consent]], purpose: str, channel: str, at: Moment) -> bool:
    """Whether the person has surely granted it at that moment: default deny, expired is not granted."""
    consent = covering(consents, purpose, channel)
    if consent is None or consent.status != "granted":
        return False
    return consent.expires_at is None or at < consent.expires_at


def refused(consents: Mapping[str, Mapping[str, Consent]], purpose: str, channel: str) -> bool:
    """Whether the person's last word is no, granted before or not."""
    consent = covering(consents, purpose, channel)
    return consent is not None and consent.status == "withdrawn"


def withdrawn(consents: Mapping[str, Mapping[str, Consent]], purpose: str, channel: str) -> bool:
    """Whether it was granted before and taken back: the person unsubscribed."""
    if not refused(consents, purpose, channel):
        return False
    channels = consents.get(purpose, {})
    return any(c.ever_granted for name in (channel, EVERY_CHANNEL) if (c := channels.get(name)))


def stricter(into: Consents, other: Consents) -> tuple[Receipt, ...]:
    """The receipts that make the first side's consents those of both: as no side withdrew, and while none expired."""
    receipts = (
        _stricter(into, other, purpose, channel)
        for purpose, channels in other.items()
        for channel in sorted({**into.get(purpose, {}), **channels})
    )
    return tuple(receipt for receipt in receipts if receipt is not None)


def _stricter(into: Consents, other: Consents, purpose: str, channel: str) -> Receipt | None:
    mine, theirs = covering(into, purpose, channel), covering(other, purpose, channel)
    if theirs is None or (mine is not None and _outlasts(theirs, mine)):
        return None
    if mine is None or theirs.status in ("withdrawn", mine.status):
        return Receipt(
            purpose, channel, theirs.status, _latest(theirs, mine), theirs.source, None, None, theirs.expires_at
        )
    # A withdrawal covers what the other side granted later, so it takes the later moment: at a tie it decides.
    return Receipt(purpose, channel, "withdrawn", _latest(theirs, mine), mine.source)


def _outlasts(theirs: Consent, mine: Consent) -> bool:
    """Whether both are granted, and theirs for no less long."""
    return mine.status == theirs.status == "granted" and _ends(mine) <= _ends(theirs)


def _ends(said: Consent | Receipt) -> Moment:
    return math.inf if said.expires_at is None else said.expires_at


def _latest(theirs: Consent, mine: Consent | None) -> Moment:
    return theirs.at if mine is None else max(theirs.at, mine.at)


def by_channel(consents: Consents) -> dict[str, dict[str, Consent]]:
    """For people and pages: purpose -> every covered channel -> what decides there."""
    return {
        purpose: {channel: found for channel in CHANNELS if (found := covering(consents, purpose, channel)) is not None}
        for purpose in consents
    }


def _order(said: Consent | Receipt) -> tuple[Moment, bool, Moment, str]:
    """The later counts; of the same moment the withdrawal, then what expires sooner."""
    return said.at, said.status == "withdrawn", -_ends(said), said.source
