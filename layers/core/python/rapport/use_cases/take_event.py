"""Taking an event: the profile it changes, and the messages it plans, in one write."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from msgspec import Struct

from rapport.domain import identity, planning, triggers
from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt
from rapport.domain.decision import TokenPayload
from rapport.domain.event import Event, EventFacts
from rapport.domain.intake import Outcome, apply
from rapport.domain.moment import Moment
from rapport.domain.normalise import Fault
from rapport.domain.planning import Occasion
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.errors import Conflict
from rapport.ports import Ports
from rapport.use_cases.write import write

ATTEMPTS = 20
"""Writers of one person that meet try again; sixteen at once settle well within this."""
PAGE = 500

T = TypeVar("T")


class Taken(Struct, frozen=True):
    """What became of an event: whom it bound to, and what was wrong with parts of it."""

    outcome: Outcome
    profile: str | None = None
    problems: tuple[Fault, ...] = ()


def take_event(event: Event, ports: Ports, now: Moment, token: TokenPayload | None = None) -> Taken:
    """Take one event: once per person and message id, whoever else writes that person meanwhile.

    Raises Conflict when others keep being faster, StoreUnavailable when a store is down: deliver the event again.
    """
    target = identity.target(event)
    if target.faults:
        return Taken(Outcome.REFUSED, problems=target.faults)
    catalogue = ports.publications.current().catalogue
    _take_for_audience(event, catalogue, ports, now)
    if target.who is None:
        return Taken(Outcome.ACCEPTED)
    return retried(partial(_once, event, target, catalogue, ports, now, token))


def retried(attempt: Callable[[], T]) -> T:
    """Do it again while others write the same person in between. Raises Conflict when they keep being faster."""
    for _ in range(ATTEMPTS - 1):
        try:
            return attempt()
        except Conflict:
            continue
    return attempt()


def person(who: Identity, ports: Ports) -> Profile:
    """The profile that an identity leads to, past a merge."""
    return followed(profile_id("user" if who.kind == "user" else "anonymous", who.value, ports.secret), ports)


def followed(name: str, ports: Ports) -> Profile:
    """The profile of an id, past a merge."""
    profile = ports.profiles.load(name)
    return ports.profiles.load(profile.merged_into) if profile.merged_into is not None else profile


class _Joined(Struct, frozen=True):
    profile: Profile
    emptied: Profile | None = None
    receipts: tuple[Receipt, ...] = ()


def _once(  # one attempt of take_event, with everything it found out before
    event: Event,
    target: identity.Target,
    catalogue: Catalogue,
    ports: Ports,
    now: Moment,
    token: TokenPayload | None,
) -> Taken:
    if target.who is None:
        raise AssertionError("an event about nobody has no profile")
    before = person(target.who, ports)
    joined = _joined(before, target, catalogue, ports, now)
    applied = apply(joined.profile, event, catalogue, token)
    if applied.profile is before and joined.emptied is None:
        return Taken(applied.outcome, before.id, applied.problems)
    occasion = Occasion(now, event=applied.facts, message_id=event.message_id)
    planned = planning.plan(before, applied.profile, occasion, catalogue, partial(ports.profiles.message, before.id))
    write(planned, ports, emptied=joined.emptied, receipts=(*joined.receipts, *applied.receipts))
    return Taken(applied.outcome, before.id, applied.problems)


def _joined(before: Profile, target: identity.Target, catalogue: Catalogue, ports: Ports, now: Moment) -> _Joined:
    """The person with the anonymous stretch that the event names, when there is anything in it."""
    if target.absorbs is None:
        return _Joined(before)
    stretch = ports.profiles.load(profile_id("anonymous", target.absorbs, ports.secret))
    if stretch.version == 0 or stretch.erased_at is not None or not identity.holds_anything(stretch):
        return _Joined(before)
    joined = identity.absorb(before, stretch, catalogue, now)
    return _Joined(joined.profile, joined.emptied, joined.receipts)


# ---- events about nobody, for everybody in a segment


def _take_for_audience(event: Event, catalogue: Catalogue, ports: Ports, now: Moment) -> None:
    campaigns = triggers.addressed_to_all(event.name, catalogue) if event.trusted else []
    if not campaigns:
        return
    facts = EventFacts(event.name, event.at, event.properties)
    for member in everybody(ports):
        retried(partial(_start_for_member, member.id, campaigns, facts, event.message_id, ports, now))


def everybody(ports: Ports) -> Iterator[Profile]:
    """Every person there is, page by page; erased and merged ones left out."""
    after: str | None = None
    while True:
        page, after = ports.profiles.members(after, PAGE)
        yield from (member for member in page if member.erased_at is None and member.merged_into is None)
        if after is None:
            return


def _start_for_member(  # one attempt for one member
    name: str, campaigns: list[Campaign], facts: EventFacts, message_id: str, ports: Ports, now: Moment
) -> None:
    catalogue = ports.publications.current().catalogue
    profile = ports.profiles.load(name)
    found = [
        triggers.started_for_member(campaign, facts, message_id, profile, catalogue, now) for campaign in campaigns
    ]
    runs = tuple(run for run in found if run is not None)
    if runs:
        occasion = Occasion(now, runs=runs)
        write(planning.plan(profile, profile, occasion, catalogue, partial(ports.profiles.message, name)), ports)
