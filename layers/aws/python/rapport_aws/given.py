"""Consents as a line of an import tells them: one by one, or by purpose and channel as the single view shows them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.house import House
from rapport.domain.moment import Moment, can_be_written
from rapport.use_cases.asked import Channel

Status = Literal["granted", "withdrawn"]
When = Annotated[datetime, Meta(tz=True)]


class Held(Struct, frozen=True, forbid_unknown_fields=True):
    """What was said for one channel, since when, and until when; without `at` as of the import."""

    status: Status
    at: When | None = None
    expires_at: When | None = None


class Given(Held, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same with its purpose; without a channel it covers all."""

    purpose: str
    channel: Channel | None = None


Consents = list[Given] | dict[str, Status | dict[Channel, Status | Held]]


def receipts_of(told: Consents, source: str, now: Moment) -> tuple[Receipt, ...]:
    """The receipts of a line's consents, as of when they were said, and of `now` where that is not told."""
    return tuple(_receipt(given, source, now) for given in _each(told))


def faults_of(receipts: tuple[Receipt, ...], house: House, now: Moment) -> list[dict[str, str]]:
    """What is wrong with a line's consents: purposes that nobody declared, words that nobody has said yet."""
    unknown = ["is for a purpose nobody declared" for one in receipts if one.purpose not in house.purposes]
    early = ["is in the future" for one in receipts if one.at > now]
    dateless = ["is at a moment that has no date" for one in receipts if not all(map(can_be_written, moments(one)))]
    return [{"path": "consents", "message": message} for message in (*unknown, *early, *dateless)]


def moments(receipt: Receipt) -> tuple[Moment, ...]:
    """Every moment that a receipt tells."""
    return (receipt.at,) if receipt.expires_at is None else (receipt.at, receipt.expires_at)


def _each(told: Consents) -> Iterator[Given]:
    if isinstance(told, list):
        yield from told
        return
    for purpose, said in told.items():
        if isinstance(said, str):
            yield Given(purpose=purpose, status=said)
        else:
            yield from (_on_channel(purpose, channel, one) for channel, one in said.items())


def _on_channel(purpose: str, channel: Channel, said: Status | Held) -> Given:
    held = Held(said) if isinstance(said, str) else said
    return Given(held.status, held.at, held.expires_at, purpose=purpose, channel=channel)


def _receipt(given: Given, source: str, now: Moment) -> Receipt:
    at = now if given.at is None else given.at.timestamp()
    until = None if given.expires_at is None else given.expires_at.timestamp()
    return Receipt(given.purpose, given.channel or EVERY_CHANNEL, given.status, at, source, expires_at=until)
