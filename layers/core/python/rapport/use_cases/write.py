"""Writing what a use case decided: one change, with the rows that wait and the events of our own that tell of it."""

from typing import Any

from msgspec import structs

from rapport.domain.consent import Receipt
from rapport.domain.message import Record
from rapport.domain.planning import Planned
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus
from rapport.ports import Change, Due, Ports

ANNOUNCED = {
    MessageStatus.SENT: "Message Sent",
    MessageStatus.SKIPPED: "Message Skipped",
    MessageStatus.FAILED: "Message Skipped",
}
"""Which of our own events tells of a message that ended so."""


def write(
    planned: Planned, ports: Ports, *, emptied: Profile | None = None, receipts: tuple[Receipt, ...] = ()
) -> Profile:
    """Write what was planned; the profile as stored. Raises Conflict, StoreUnavailable."""
    profile = planned.profile
    due = [Due(moment, profile.id, "message", message) for moment, message in planned.looks]
    if planned.wake_at is not None:
        due.append(Due(planned.wake_at, profile.id, "wake"))
    ports.profiles.write(
        Change(
            profile=profile,
            emptied=emptied,
            messages=tuple({message.id: message for message in planned.messages}.values()),
            due=tuple(due),
            receipts=receipts,
            records=planned.records,
            announcements=announcements(planned.records, receipts, profile.id),
        )
    )
    return structs.replace(profile, version=profile.version + 1)


def announcements(
    records: tuple[Record, ...], receipts: tuple[Receipt, ...], profile_id: str
) -> tuple[dict[str, Any], ...]:
    """Our own events about messages and consent: ids and reasons, never an address or the value of a trait."""
    told = [_of_message(record) for record in records if record.status in ANNOUNCED]
    told += [
        {
            "name": "Consent Changed",
            "profile": profile_id,
            "purpose": receipt.purpose,
            "channel": receipt.channel,
            "status": receipt.status,
        }
        for receipt in receipts
    ]
    return tuple(told)


def _of_message(record: Record) -> dict[str, Any]:
    about = {
        "name": ANNOUNCED[record.status],
        "profile": record.profile,
        "message": record.message_id,
        "campaign": record.campaign,
        "channel": record.channel,
    }
    return about if record.reason is None else {**about, "reason": str(record.reason)}
