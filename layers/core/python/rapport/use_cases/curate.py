"""What a team does to one person or message by hand: consent, traits, merge, erasure, approval."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Literal

from msgspec import structs

from rapport.domain import identity, planning
from rapport.domain.announcement import AboutProfile, AboutProfiles, announced
from rapport.domain.approval import digest
from rapport.domain.consent import Receipt, kept
from rapport.domain.credited import Cause
from rapport.domain.intake import erased_up_to
from rapport.domain.logged import with_log
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.occasion import Occasion
from rapport.domain.planned import Planned, looking, settled, told, without_pending
from rapport.domain.profile import Identity, Profile
from rapport.domain.profile import profile_id as profile_id_of
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import unsettled_sends
from rapport.domain.traits import Statement, set_traits
from rapport.errors import BadRequest, NotFound
from rapport.ports import Ports
from rapport.use_cases.desk import Desk
from rapport.use_cases.moving import finder, move_messages
from rapport.use_cases.people import followed, known_as, messages_of, person, retried
from rapport.use_cases.phones import e164
from rapport.use_cases.write import write


def consent(who: Identity, receipt: Receipt, ports: Ports, now: Moment, message_id: str = "") -> Profile:
    """Keep a consent receipt and what follows from it, for somebody new too; `message_id`: whose link was followed.

    Raises BadRequest for a purpose the house does not declare, and for a receipt from before the person was erased.
    """
    if receipt.purpose not in ports.publications.current().catalogue.house.purposes:
        raise BadRequest("no such purpose", [{"path": "purpose", "message": "not declared in rapport.yaml"}])
    return retried(partial(_consent, who, receipt, ports, now, message_id))


def _consent(who: Identity, receipt: Receipt, ports: Ports, now: Moment, message_id: str) -> Profile:
    before = person(who, ports)
    if erased_up_to(before) > max(0.0, receipt.at):
        raise BadRequest("the person was erased since", [{"path": "proof.at", "message": "is before the erasure"}])
    after = known_as(identity.fresh(before), who, now)
    consents, stored = kept(after.consents, (receipt,))
    return _changed(structs.replace(after, consents=consents), ports, Cause(before, now, message_id), stored)


def correct(profile_id: str, traits: Mapping[str, Any], statement: Statement, ports: Ports, now: Moment) -> Profile:
    """Set or correct traits. Raises BadRequest with every fault, and then changes nothing."""
    return retried(partial(_correct, profile_id, traits, statement, ports, now))


def _correct(profile_id: str, traits: Mapping[str, Any], statement: Statement, ports: Ports, now: Moment) -> Profile:
    before = followed(profile_id, ports)
    catalogue = ports.publications.current().catalogue
    statement = structs.replace(statement, normalise_phone=e164(catalogue.house))
    after, faults = set_traits(before, traits, statement, catalogue)
    if faults:
        raise BadRequest("some traits cannot be taken", [dict(fault) for fault in faults])
    return _changed(after, ports, Cause(before, now))


def _changed(after: Profile, ports: Ports, cause: Cause, receipts: tuple[Receipt, ...] = ()) -> Profile:
    catalogue, existing = ports.publications.current().catalogue, messages_of(cause.before.id, ports)
    planned = planning.plan(cause.before, after, Occasion(cause.moment), catalogue, existing)
    return write(with_log(planned, catalogue, cause), ports, receipts=receipts)


# ---- one person out of two, and none


def merge(profile_id: str, into: str, ports: Ports, now: Moment) -> Profile:
    """Make two people one; planned messages move along, once per key.

    An anonymous stretch moves to the person once, as if they had identified, and leads nowhere afterwards: the next
    person on that browser is somebody else. Raises NotFound, BadRequest.
    """
    return retried(partial(_merge, profile_id, into, ports, now))


def _merge(profile_id: str, into: str, ports: Ports, now: Moment) -> Profile:
    one, other = followed(profile_id, ports), followed(into, ports)
    if one.version == 0 or other.version == 0:
        raise NotFound("no such person")
    if one.id == other.id:
        raise BadRequest("a person cannot be merged into themselves")
    if one.user_id is not None and other.user_id is None:
        raise BadRequest("a known person is not made anonymous", [{"path": "into", "message": "is an anonymous id"}])
    catalogue = ports.publications.current().catalogue
    is_stretch = one.user_id is None
    joined = identity.absorb(other, one, catalogue, now) if is_stretch else identity.merge(one, other, catalogue, now)
    left = tuple(ports.profiles.receipts(one.id)) if is_stretch and one.consents else ()
    moved = move_messages(one, joined.profile, other, ports, now)
    planned = planning.plan(other, moved.profile, Occasion(now), catalogue, finder(other.id, moved.messages, ports))
    planned = structs.replace(
        planned,
        messages=(*moved.messages, *planned.messages),
        looks=(*moved.looks, *planned.looks),
        unbegun=(*moved.unbegun, *planned.unbegun),
    )
    merged = announced("Profile Merged", AboutProfiles(one.id, other.id), now)
    return write(planned, ports, emptied=joined.emptied, receipts=joined.receipts, left=left, announcements=(merged,))


def _open_messages(profile: Profile, ports: Ports) -> list[Message]:
    found = [ports.profiles.message(profile.id, pending.message_id) for pending in profile.pending]
    return [message for message in found if message is not None and message.settled_at is None]


def erase(profile_id: str, ports: Ports, now: Moment) -> tuple[Message, ...]:
    """Remove a person from every store; the planned messages that end with it, as they ended.

    Whoever was merged into them and every anonymous stretch that became theirs goes too, each with its own tombstone.
    """
    return retried(partial(_erase, profile_id, ports, now))


def _erase(profile_id: str, ports: Ports, now: Moment) -> tuple[Message, ...]:
    profile = followed(profile_id, ports)
    ended = tuple(
        settled(message, MessageStatus.SKIPPED, Reason.ERASED, now) for message in _open_messages(profile, ports)
    )
    for name in _once_theirs(profile, ports.secret):
        part = ports.profiles.load(name)
        if part.erased_at is None:
            ports.profiles.erase(part, now)
    ports.profiles.erase(profile, now, (announced("Profile Erased", AboutProfile(profile.id), now),))
    return ended


def _once_theirs(profile: Profile, secret: bytes) -> set[str]:
    """The ids of all other profiles that held something of this person."""
    named = {
        profile_id_of("anonymous", identity.value, secret)
        for identity in profile.identities
        if identity.kind == "anonymous"
    }
    return {*named, *profile.absorbed} - {profile.id}


# ---- approval


def judge(profile_id: str, message_name: str, decision: Literal["approve", "reject"], desk: Desk, now: Moment) -> None:
    """Approve or reject a message that waits for approval; a yes binds the offers and their content as it asked."""
    retried(partial(_judge, profile_id, message_name, decision, desk, now))


def _judge(profile_id: str, message_name: str, decision: Literal["approve", "reject"], desk: Desk, now: Moment) -> None:
    ports = desk.ports
    profile = followed(profile_id, ports)
    message = messages_of(profile.id, ports)(message_name)
    if message is None or message.status is not MessageStatus.HELD or message.reason is not Reason.NEEDS_APPROVAL:
        raise NotFound("no message waits for approval under this id")
    if decision == "reject":
        ended = settled(message, MessageStatus.SKIPPED, Reason.REJECTED_BY_TEAM, now)
        unbegun = unsettled_sends(message, ports.publications.current().catalogue)
        left = without_pending(profile, ended.id)
        write(Planned(left, (ended,), records=(told(ended, now),), unbegun=unbegun), ports)
        return
    approved = structs.replace(message, approved=digest(message.asks), due_at=now)
    write(looking(profile, approved, now), ports)
