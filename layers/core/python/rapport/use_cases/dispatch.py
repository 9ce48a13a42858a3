"""Dispatch: look again at a planned message and bring it as far as it may go now; it goes out once or tells why not."""

from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import structs

from rapport.domain.delivery import note_waiting
from rapport.domain.look_again import Go, Look, Skip, Wait, choices_of, look_again, offered, on_channel
from rapport.domain.moment import Moment
from rapport.domain.planning import Planned, settled, told, without_pending
from rapport.domain.profile import Waiting
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.timing import goes_stale_at
from rapport.domain.view import view
from rapport.render import Broken, Missing, Rendered
from rapport.use_cases.compose import compose, facts, text_locales, why
from rapport.use_cases.desk import Desk
from rapport.use_cases.hand_over import hand_over, settle_doubt
from rapport.use_cases.people import followed, retried
from rapport.use_cases.settle import Told, keep_back, put_off
from rapport.use_cases.write import write


def dispatch(profile_id: str, message_id: str, desk: Desk, now: Moment) -> None:
    """Bring a planned message as far as it may go now. Raises Conflict, StoreUnavailable: try again later.

    A message that is settled, or not there, is left alone: a repeated delivery does nothing.
    """
    tried: list[str] = []
    while not retried(partial(_step, profile_id, message_id, desk, now, tried)):
        pass


def _step(profile_id: str, message_id: str, desk: Desk, now: Moment, tried: list[str]) -> bool:
    """Do the next thing for a message; True when there is nothing more to do now.

    `tried` gains the channel of a run on all channels: one that waits does not hold up the others.
    """
    look = _look(profile_id, message_id, desk, now)
    if look is None:
        return True
    if look.message.status is MessageStatus.IN_DOUBT:
        return settle_doubt(look, desk)
    step = next((step for step in look_again(look) if step.channel not in tried), None)
    if step is None:
        return True
    done = _DO[type(step)](look, step, desk)
    if step.channel is None or not look.campaign.all_channels:
        return done
    tried.append(step.channel)
    return False


def _look(profile_id: str, message_id: str, desk: Desk, now: Moment) -> Look | None:
    ports = desk.ports
    profile = followed(profile_id, ports)
    message = ports.profiles.message(profile.id, message_id)
    if message is None or not any(pending.message_id == message_id for pending in profile.pending):
        return None
    publication = ports.publications.current()
    if message.campaign not in publication.catalogue.campaigns:
        # Whoever planned it may have seen a newer publication than we have so far.
        ports.publications.refresh()
        publication = ports.publications.current()
    campaign = publication.catalogue.campaigns.get(message.campaign)
    if campaign is None:
        gone = settled(message, MessageStatus.SKIPPED, Reason.CANCELLED, now)
        write(Planned(without_pending(profile, gone.id), (gone,), records=(told(gone, now),)), ports)
        return None
    look = Look(message, campaign, profile, publication, now, unserved=ports.unserved)
    return structs.replace(look, locales=text_locales(look, desk.shelf.of(publication.catalogue)))


# ---- the three kinds of step


def _skip(look: Look, step: Skip, desk: Desk) -> bool:
    verdicts = () if step.decision is None else step.decision.verdicts
    return keep_back(look, step.channel, MessageStatus.SKIPPED, step.reason, desk.ports, verdicts)


def _wait(look: Look, step: Wait, desk: Desk) -> bool:
    status = MessageStatus.HELD if step.until is None else MessageStatus.DEFERRED
    on_channel = structs.replace(look, message=structs.replace(look.message, channel=step.channel))
    return put_off(on_channel, status, step.reason, step.until, desk.ports, _for_approval(look, step))


def _for_approval(look: Look, step: Wait) -> Told | None:
    """What somebody who approves must see: the offers, and what is known of the person, with provenance."""
    if step.decision is None:
        return None
    seen = view(
        look.profile,
        look.catalogue,
        look.campaign.purpose,
        look.moment,
        channel=step.channel,
        event=look.message.event,
    )
    return Told(step.channel, offers=offered(step.decision), verdicts=step.decision.verdicts, facts=tuple(facts(seen)))


def _go(look: Look, step: Go, desk: Desk) -> bool:
    rendered = compose(look, step, desk.shelf.of(look.catalogue), desk.ports)
    return _WITH[type(rendered)](look, step, rendered, desk)


_DO: dict[type, Callable[[Look, Any, Desk], bool]] = {Skip: _skip, Wait: _wait, Go: _go}


# ---- what rendering came to


def _missing(look: Look, step: Go, _: Missing, desk: Desk) -> bool:
    look = structs.replace(look, message=structs.replace(look.message, channel=step.channel))
    return put_off(look, MessageStatus.HELD, Reason.MISSING_DATA, None, desk.ports)


def _broken(look: Look, step: Go, _: Broken, desk: Desk) -> bool:
    return keep_back(look, step.channel, MessageStatus.FAILED, Reason.TEMPLATE, desk.ports)


def _rendered(look: Look, step: Go, rendered: Rendered, desk: Desk) -> bool:
    if step.channel == "web":
        return _await_pull(look, step, rendered, desk)
    return hand_over(look, step, rendered, desk, partial(_without, look, step.channel, desk))


def _without(look: Look, channel: str, desk: Desk, spent: frozenset[str]) -> bool:
    """Do what remains on a channel without offers of which there are no more."""
    look = structs.replace(look, spent=look.spent | spent)
    step = on_channel(look, channel)
    return _DO[type(step)](look, step, desk)


def _await_pull(look: Look, step: Go, rendered: Rendered, desk: Desk) -> bool:
    """Leave a web message for the next pull of its placement, as long as its trigger is fresh."""
    until = goes_stale_at(look.campaign, look.message.falls_due)
    waiting = Waiting(
        message_id=look.message.id,
        campaign=look.campaign.id,
        placement=look.campaign.placement or "",
        content=dict(rendered.content),
        offers=tuple(choice.offer for choice in choices_of(step.decision)),
        until=until,
        why=why(look, step),
    )
    message = structs.replace(look.message, channel="web")
    profile = note_waiting(look.profile, waiting)
    return put_off(
        structs.replace(look, message=message, profile=profile),
        MessageStatus.DEFERRED,
        Reason.AWAITING_PULL,
        until,
        desk.ports,
    )


_WITH: dict[type, Callable[[Look, Go, Any, Desk], bool]] = {
    Missing: _missing,
    Broken: _broken,
    Rendered: _rendered,
}
