"""What happens when only time passes: a planned message is looked at, or a person is woken."""

from functools import partial
from typing import Any

from msgspec import structs

from rapport.domain import planning
from rapport.domain.announcement import AboutMessage, announced
from rapport.domain.credited import Cause
from rapport.domain.delivery import fallen_silent
from rapport.domain.event import EventFacts
from rapport.domain.intake import happened
from rapport.domain.logged import with_log
from rapport.domain.message import chain_of
from rapport.domain.moment import Moment
from rapport.domain.occasion import Existing, Occasion
from rapport.domain.planned import both
from rapport.domain.profile import Contact
from rapport.ports import Due, Ports
from rapport.use_cases.desk import Desk
from rapport.use_cases.dispatch import dispatch
from rapport.use_cases.people import followed, messages_of, retried
from rapport.use_cases.write import write


def fall_due(row: Due, desk: Desk, now: Moment) -> None:
    """Deal with one row; doing so twice changes nothing. Raises Conflict, StoreUnavailable: try the row again."""
    if row.kind == "message":
        dispatch(row.profile, row.ref, desk, now)
    else:
        retried(partial(_wake, row.profile, desk.ports, now))


def _wake(profile_id: str, ports: Ports, now: Moment) -> None:
    """Start what the passing of time starts for a person, and note who stayed silent."""
    before = followed(profile_id, ports)
    if before.version == 0 or before.erased_at is not None:
        return
    catalogue = ports.publications.current().catalogue
    existing = messages_of(before.id, ports)
    after, silent = fallen_silent(before, now)
    planned = planning.plan(before, after, Occasion(now, since=before.woken_at), catalogue, existing)
    for contact in silent:
        facts, message_id = _unanswered(contact, existing), f"unanswered:{contact.message_id}"
        noted = happened(planned.profile, facts, message_id, catalogue)
        occasion = Occasion(now, event=facts, message_id=message_id)
        planned = both(planned, planning.plan(planned.profile, noted, occasion, catalogue, existing))
    planned = structs.replace(planned, profile=structs.replace(planned.profile, woken_at=now))
    announcements = tuple(_told(before.id, contact) for contact in silent)
    write(with_log(planned, catalogue, Cause(before, now)), ports, announcements=announcements)


def _told(profile_id: str, contact: Contact) -> dict[str, Any]:
    about = AboutMessage(profile_id, contact.message_id, str(contact.campaign), contact.key)
    return announced("Message Unanswered", about, contact.silent_after)


def _unanswered(contact: Contact, existing: Existing) -> EventFacts:
    properties = {"campaign": contact.campaign, "key": contact.key, "channels": list(contact.channels)}
    return EventFacts("Message Unanswered", contact.silent_after, properties, chain_of(existing(contact.message_id)))
