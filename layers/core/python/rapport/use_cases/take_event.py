"""Taking events: the profile they change, and the messages they plan, in one write."""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Any, Final, Literal

from msgspec import Struct, structs

from rapport.domain import identity, planning
from rapport.domain.announcement import AboutOffer, announced
from rapport.domain.consent import Receipt, kept
from rapport.domain.credited import Cause
from rapport.domain.decision import TokenPayload
from rapport.domain.event import Event
from rapport.domain.identity import Target
from rapport.domain.intake import NO_SOURCE, Applied, Outcome, apply, erased_up_to, is_forgotten
from rapport.domain.logged import with_log
from rapport.domain.look_again import Look
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.normalise import Fault
from rapport.domain.occasion import Occasion
from rapport.domain.outcome_log import Candidate
from rapport.domain.planned import Planned, both
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.domain.responses import Counted
from rapport.domain.wire import fault
from rapport.ports import Ports
from rapport.use_cases.address_all import address_all, is_from_a_source
from rapport.use_cases.moving import finder, move_messages
from rapport.use_cases.people import person, retried
from rapport.use_cases.phones import e164
from rapport.use_cases.run_out import count_views
from rapport.use_cases.settle import Told, note
from rapport.use_cases.write import write

FORGOTTEN: Final = fault("consents", "is from before the person was erased")


class Heard(Struct, frozen=True):
    """One event as it came in: `token` is the opened token of an offer's response, `receipts` what was granted with it.

    Receipts are kept with an event that is taken; their purposes are the caller's to check.
    """

    event: Event
    token: TokenPayload | None = None
    receipts: tuple[Receipt, ...] = ()


class Taken(Struct, frozen=True):
    """What became of an event: whom it bound to, and what was wrong with parts of it."""

    outcome: Outcome
    profile: str | None = None
    problems: tuple[Fault, ...] = ()


def take_event(event: Event, ports: Ports, now: Moment, token: TokenPayload | None = None) -> Taken:
    """Take one event: once per person and message id, whoever else writes that person meanwhile.

    Raises Conflict when others keep being faster, StoreUnavailable when a store is down: deliver the event again.
    """
    return take_events((Heard(event, token),), ports, now)[0]


def take_events(heard: Sequence[Heard], ports: Ports, now: Moment) -> list[Taken]:
    """Take events in their order; those of one person that follow one another are one read and one write.

    Raises as `take_event` does; events before the one that failed were taken then, and are known when they come again.
    """
    taken: list[Taken] = []
    for target, found in groupby(heard, lambda one: identity.target(one.event)):
        taken += _taken(target, tuple(found), ports, now)
    return taken


def concerned(event: Event, secret: bytes) -> tuple[str, ...]:
    """The ids of the profiles that an event may change: its person and the anonymous stretch it names, if any."""
    target = identity.target(event)
    who = () if target.who is None else (profile_id(_kind(target.who), target.who.value, secret),)
    return who if target.absorbs is None else (*who, profile_id("anonymous", target.absorbs, secret))


def _kind(who: Identity) -> Literal["user", "anonymous"]:
    return "user" if who.kind == "user" else "anonymous"


def _taken(target: Target, heard: tuple[Heard, ...], ports: Ports, now: Moment) -> list[Taken]:
    if target.faults:
        return [Taken(Outcome.REFUSED, problems=target.faults)] * len(heard)
    for one in heard:
        address_all(one.event, ports, now)
    if target.who is None:
        return [_about_nobody(one.event, ports) for one in heard]
    taken = retried(partial(_once, target, heard, ports, now))
    for one, result in zip(heard, taken, strict=True):
        _settle_seen(str(result.profile), one, ports, now)
    return taken


def _about_nobody(event: Event, ports: Ports) -> Taken:
    if is_from_a_source(event, ports.publications.current().catalogue):
        return Taken(Outcome.ACCEPTED)
    return Taken(Outcome.REFUSED, problems=(NO_SOURCE,))


class _Course(Struct, frozen=True):
    """What several events of one person come to so far, to be written at once."""

    planned: Planned
    stretch: Profile | None = None
    """The anonymous stretch that they name, until it has joined."""
    emptied: Profile | None = None
    receipts: tuple[Receipt, ...] = ()
    left: tuple[Receipt, ...] = ()
    counted: tuple[tuple[Profile, tuple[Counted, ...]], ...] = ()
    """Views and responses of offers, each with the person as they then were."""
    taken: tuple[Taken, ...] = ()


def _once(target: Target, heard: tuple[Heard, ...], ports: Ports, now: Moment) -> list[Taken]:
    """One attempt at all of them, with one read of the person and at most one write."""
    if target.who is None:
        raise AssertionError("an event about nobody has no profile")
    before = person(target.who, ports)
    course = _Course(Planned(before), _stretch(target, ports))
    for one in heard:
        course = _further(course, one, ports, now)
    if course.planned.profile is before and course.emptied is None:
        return [*course.taken]
    views = [one for _, found in course.counted for one in found if one.response == "viewed"]
    write(
        course.planned,
        ports,
        emptied=course.emptied,
        receipts=course.receipts,
        left=course.left,
        announcements=tuple(_shown(before.id, one) for one in views),
    )
    catalogue = ports.publications.current().catalogue
    for known, found in course.counted:
        count_views(known, found, catalogue, ports.ledger)
    return [*course.taken]


def _candidates(token: TokenPayload | None) -> dict[str, tuple[Candidate, ...]]:
    return {} if token is None else {token.placement: token.candidates}


def _further(course: _Course, one: Heard, ports: Ports, now: Moment) -> _Course:
    """The course after one more event: joined, applied and planned for, as if what came before had been written."""
    event, before = one.event, course.planned.profile
    catalogue = ports.publications.current().catalogue
    joined = _Joined(before) if is_forgotten(before, event) else _joined(before, one.event, course.stretch, ports, now)
    applied = _with_receipts(apply(joined.profile, event, catalogue, one.token, e164(catalogue.house)), one)
    taken = (*course.taken, Taken(applied.outcome, before.id, applied.problems))
    if applied.profile is before:
        return structs.replace(course, taken=taken)
    occasion = Occasion(now, event=applied.facts, message_id=event.message_id)
    existing = finder(before.id, (*course.planned.messages, *joined.messages), ports)
    planned = planning.plan(before, applied.profile, occasion, catalogue, existing)
    planned = with_log(planned, catalogue, Cause(joined.profile, event.at, candidates=_candidates(one.token)))
    planned = both(Planned(before, joined.messages, joined.looks, unbegun=joined.unbegun), planned)
    return _Course(
        both(course.planned, planned),
        None if joined.emptied is not None else course.stretch,
        joined.emptied or course.emptied,
        (*course.receipts, *joined.receipts, *applied.receipts),
        joined.left or course.left,
        (*course.counted, (applied.profile, applied.counted)),
        taken,
    )


def _with_receipts(applied: Applied, one: Heard) -> Applied:
    if not one.receipts or applied.outcome is not Outcome.ACCEPTED:
        return applied
    # What was granted before an erasure went with it.
    since = erased_up_to(applied.profile)
    later = tuple(receipt for receipt in one.receipts if max(0.0, receipt.at) >= since)
    consents, stored = kept(applied.profile.consents, later)
    profile = structs.replace(applied.profile, consents=consents)
    problems = applied.problems if len(later) == len(one.receipts) else (*applied.problems, FORGOTTEN)
    return structs.replace(applied, profile=profile, receipts=(*applied.receipts, *stored), problems=problems)


def _shown(profile: str, view: Counted) -> dict[str, Any]:
    about = AboutOffer(profile, view.offer, view.placement, view.channel, view.decision)
    return announced("Offer Shown", about, view.at)


# ---- the anonymous stretch that an event names


class _Joined(Struct, frozen=True):
    profile: Profile
    emptied: Profile | None = None
    receipts: tuple[Receipt, ...] = ()
    left: tuple[Receipt, ...] = ()
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()
    unbegun: tuple[str, ...] = ()


def _stretch(target: Target, ports: Ports) -> Profile | None:
    """The stretch that moves to the person, when there is anything in it."""
    if target.absorbs is None:
        return None
    stretch = ports.profiles.load(profile_id("anonymous", target.absorbs, ports.secret))
    is_nothing = stretch.version == 0 or stretch.erased_at is not None or identity.is_empty(stretch)
    return None if is_nothing else stretch


def _joined(before: Profile, event: Event, stretch: Profile | None, ports: Ports, now: Moment) -> _Joined:
    """The person with the stretch that the event names."""
    if stretch is None:
        return _Joined(before)
    catalogue = ports.publications.current().catalogue
    own = structs.replace(identity.fresh(before), user_id=event.user_id)
    joined = identity.absorb(own, stretch, catalogue, now, identity.named_by(event))
    moved = move_messages(stretch, joined.profile, before, ports, now)
    left = tuple(ports.profiles.receipts(stretch.id)) if stretch.consents else ()
    return _Joined(moved.profile, joined.emptied, joined.receipts, left, moved.messages, moved.looks, moved.unbegun)


# ---- messages that waited on the site, and were seen there


def _settle_seen(profile_id: str, heard: Heard, ports: Ports, now: Moment) -> None:
    """A message that waited for a pull counts as sent once it was viewed by its own person."""
    token = heard.token
    if token is None or heard.event.name != "Offer Viewed" or token.profile != profile_id:
        return
    profile = ports.profiles.load(profile_id)
    waiting = next((one for one in profile.waiting if one.message_id == token.offer), None)
    message = ports.profiles.message(profile_id, token.offer)
    if waiting is None or message is None or message.settled_at is not None:
        return
    publication = ports.publications.current()
    campaign = publication.catalogue.campaigns.get(message.campaign)
    if campaign is not None:
        offers = tuple((offer, waiting.placement) for offer in waiting.offers)
        seen = Told("web", content=waiting.content, offers=offers, bases=waiting.bases, why=waiting.why)
        note(Look(message, campaign, profile, publication, now), seen, ports)
