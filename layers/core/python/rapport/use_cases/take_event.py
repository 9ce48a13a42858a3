"""Taking an event: the profile it changes, and the messages it plans, in one write."""

from functools import partial
from typing import Any

from msgspec import Struct, structs

from rapport.domain import identity, planning
from rapport.domain.announcement import AboutOffer, announced
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt
from rapport.domain.decision import TokenPayload
from rapport.domain.event import Event
from rapport.domain.intake import Outcome, apply, is_forgotten
from rapport.domain.look_again import Look
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.normalise import Fault
from rapport.domain.planning import Occasion
from rapport.domain.profile import Profile, profile_id
from rapport.domain.responses import Counted
from rapport.ports import Ports
from rapport.use_cases.address_all import address_all
from rapport.use_cases.moving import finder, move_messages
from rapport.use_cases.people import person, retried
from rapport.use_cases.phones import e164
from rapport.use_cases.run_out import count_views
from rapport.use_cases.settle import Told, note
from rapport.use_cases.write import write


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
    address_all(event, ports, now)
    if target.who is None:
        return Taken(Outcome.ACCEPTED)
    taken = retried(partial(_once, event, target, catalogue, ports, now, token))
    _settle_seen(str(taken.profile), token, event, ports, now)
    return taken


class _Joined(Struct, frozen=True):
    profile: Profile
    emptied: Profile | None = None
    receipts: tuple[Receipt, ...] = ()
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()
    unbegun: tuple[str, ...] = ()


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
    joined = _Joined(before) if is_forgotten(before, event) else _joined(before, target, catalogue, ports, now)
    applied = apply(joined.profile, event, catalogue, token, e164(catalogue.house))
    if applied.profile is before and joined.emptied is None:
        return Taken(applied.outcome, before.id, applied.problems)
    occasion = Occasion(now, event=applied.facts, message_id=event.message_id)
    existing = finder(before.id, joined.messages, ports)
    planned = planning.plan(before, applied.profile, occasion, catalogue, existing)
    planned = structs.replace(
        planned,
        messages=(*joined.messages, *planned.messages),
        looks=(*joined.looks, *planned.looks),
        unbegun=(*joined.unbegun, *planned.unbegun),
    )
    write(
        planned,
        ports,
        emptied=joined.emptied,
        receipts=(*joined.receipts, *applied.receipts),
        announcements=tuple(_shown(before.id, one) for one in applied.counted if one.response == "viewed"),
    )
    count_views(applied.profile, applied.counted, catalogue, ports.ledger)
    return Taken(applied.outcome, before.id, applied.problems)


def _shown(profile: str, view: Counted) -> dict[str, Any]:
    about = AboutOffer(profile, view.offer, view.placement, view.channel, view.decision)
    return announced("Offer Shown", about)


def _joined(before: Profile, target: identity.Target, catalogue: Catalogue, ports: Ports, now: Moment) -> _Joined:
    """The person with the anonymous stretch that the event names, when there is anything in it."""
    if target.absorbs is None:
        return _Joined(before)
    stretch = ports.profiles.load(profile_id("anonymous", target.absorbs, ports.secret))
    if stretch.version == 0 or stretch.erased_at is not None or identity.is_empty(stretch):
        return _Joined(before)
    named = structs.replace(identity.fresh(before), user_id=None if target.who is None else target.who.value)
    joined = identity.absorb(named, stretch, catalogue, now)
    moved = move_messages(stretch, joined.profile, before, ports, now)
    return _Joined(moved.profile, joined.emptied, joined.receipts, moved.messages, moved.looks, moved.unbegun)


# ---- messages that waited on the site, and were seen there


def _settle_seen(profile_id: str, token: TokenPayload | None, event: Event, ports: Ports, now: Moment) -> None:
    """A message that waited for a pull counts as sent once it was viewed by its own person."""
    if token is None or event.name != "Offer Viewed" or token.profile != profile_id:
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
        seen = Told("web", content=waiting.content, offers=offers, why=waiting.why)
        note(Look(message, campaign, profile, publication, now), seen, ports)
