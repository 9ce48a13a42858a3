"""Dispatch: look again at a planned message and bring it as far as it may go now; it goes out once or tells why not."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from msgspec import structs

from rapport.domain.approval import asks
from rapport.domain.delivery import note_waiting
from rapport.domain.look_again import (
    PASSING,
    Go,
    Look,
    Skip,
    Step,
    Wait,
    bases,
    choices_of,
    fill_slots,
    look_again,
    offered,
    on_channel,
    speaking_of,
)
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.planned import Planned, settled, told, without_pending
from rapport.domain.profile import Profile, Waiting
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import unsettled_sends
from rapport.domain.timing import goes_stale_at
from rapport.domain.view import view
from rapport.ports import BEGUN, Send, SendState
from rapport.render import Broken, Missing, Rendered
from rapport.use_cases.compose import compose, facts, text_locales, why
from rapport.use_cases.desk import Desk
from rapport.use_cases.hand_over import hand_over
from rapport.use_cases.people import followed, retried
from rapport.use_cases.settle import Told, keep_back, put_off
from rapport.use_cases.under_way import ENDING, give_back, give_back_all, go_on, sends_of
from rapport.use_cases.write import write

ONCE_MORE = ""
"""Among the channels that were tried: all are tried for the second time."""


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
    if look is None or _is_early(look):
        return True
    sends = sends_of(look, desk.ports)
    begun = next((send for send in sends if send.state in ENDING and send.channel not in tried), None)
    if begun is not None:
        return _tried(look, begun.channel, tried, done=go_on(look, begun, desk))
    step = next((step for step in _steps(look, sends) if step.channel not in tried), None)
    if step is None:
        return not _once_more(look, tried)
    give_back(_left(sends, step, look), desk)
    return _tried(look, step.channel, tried, done=_still_lacks(look, step, desk) or _DO[type(step)](look, step, desk))


def _once_more(look: Look, tried: list[str]) -> bool:
    """Whether to look a last time: the row tells of a channel that ended, and should tell what the others wait for."""
    ended = look.message.status not in (MessageStatus.HELD, MessageStatus.DEFERRED, MessageStatus.IN_DOUBT)
    if not ended or ONCE_MORE in tried:
        return False
    tried[:] = [ONCE_MORE]
    return True


def _still_lacks(look: Look, step: Step, desk: Desk) -> bool:
    """Whether a message that is held for want of data is so still, while only what passes speaks against it."""
    message, channel = look.message, step.channel or look.message.channel
    if channel is None or not message.is_held(channel, Reason.MISSING_DATA) or not _passes(step):
        return False
    seen = view(look.profile, look.catalogue, look.campaign.purpose, look.moment, channel=channel, event=message.event)
    go = Go(channel, seen, fill_slots(look, channel, seen))
    return isinstance(compose(look, go, desk.shelf.of(look.catalogue), desk.ports), Missing)


def _passes(step: Step) -> bool:
    """Whether what speaks against a message now may soon be over."""
    waits = isinstance(step, Wait) and step.until is not None
    return waits or (isinstance(step, Skip) and step.reason in PASSING)


def _is_early(look: Look) -> bool:
    """Whether a row was told again before its delay was over; another row waits for that."""
    return look.message.reason is Reason.DELAY and look.moment < look.message.due_at


def _tried(look: Look, channel: str | None, tried: list[str], *, done: bool) -> bool:
    if channel is None or not look.campaign.all_channels:
        return done
    tried.append(channel)
    return False


def _steps(look: Look, sends: Sequence[Send]) -> Iterator[Step]:
    """What to do now, channel by channel; a run that is over goes on where somebody began to hand it over."""
    under_way = {send.channel for send in sends if send.state in BEGUN}
    for step in look_again(look):
        if step.channel is not None or not under_way:
            yield step
            continue
        for channel in look.campaign.channels:
            if channel not in under_way and channel not in look.message.channels_done:
                yield structs.replace(step, channel=channel)


def _left(sends: Sequence[Send], step: Step, look: Look) -> list[Send]:
    """The claims of former attempts that this step does not take over."""
    others = () if look.campaign.all_channels and step.channel is not None else look.campaign.channels
    concerned = {*others, step.channel} - ({step.channel} if isinstance(step, Go) else set())
    return [send for send in sends if send.state is SendState.CLAIMED and send.channel in concerned]


def _look(profile_id: str, message_id: str, desk: Desk, now: Moment) -> Look | None:
    ports = desk.ports
    profile = followed(profile_id, ports)
    message = ports.profiles.message(profile.id, message_id)
    if message is None or not any(pending.message_id == message_id for pending in profile.pending):
        if message is None or message.status is not MessageStatus.SENT:
            give_back_all(message_id, desk)
        return None
    publication = ports.publications.current()
    if message.campaign not in publication.catalogue.campaigns:
        # Whoever planned it may have seen a newer publication than we have so far.
        ports.publications.refresh()
        publication = ports.publications.current()
    campaign = publication.catalogue.campaigns.get(message.campaign)
    if campaign is None:
        _drop(message, profile, desk, now)
        return None
    look = Look(message, campaign, profile, publication, now, unserved=ports.unserved)
    return structs.replace(look, locales=text_locales(look, desk.shelf.of(publication.catalogue)))


def _drop(message: Message, profile: Profile, desk: Desk, now: Moment) -> None:
    """End a message whose campaign is gone; what somebody began to hand over was sent, or is in doubt for good."""
    ports, ids = desk.ports, unsettled_sends(message, desk.ports.publications.current().catalogue)
    begun = [send for send in ports.ledger.find_all(ids) if send.state in BEGUN]
    for send in begun:
        ports.ledger.settle(send, SendState.DROPPED)  # what was sent stays so
    ending = (MessageStatus.FAILED, Reason.REJECTED) if begun else (MessageStatus.SKIPPED, Reason.CANCELLED)
    if any(send.state is SendState.SENT for send in begun):
        gone = settled(message, MessageStatus.SENT, None, now)
    else:
        gone = settled(message, *ending, now)
    unbegun = () if begun else ids
    write(Planned(without_pending(profile, gone.id), (gone,), records=(told(gone, now),), unbegun=unbegun), ports)
    give_back_all(message.id, desk)


# ---- the three kinds of step


def _skip(look: Look, step: Skip, desk: Desk) -> bool:
    verdicts = () if step.decision is None else step.decision.verdicts
    return keep_back(look, step.channel, MessageStatus.SKIPPED, step.reason, desk.ports, verdicts)


def _wait(look: Look, step: Wait, desk: Desk) -> bool:
    if step.goes_on:
        return True
    status = MessageStatus.HELD if step.until is None else MessageStatus.DEFERRED
    return put_off(
        speaking_of(look, step.channel), status, step.reason, step.until, desk.ports, _for_approval(look, step)
    )


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
    return Told(
        step.channel,
        offers=offered(step.decision),
        verdicts=step.decision.verdicts,
        facts=tuple(facts(seen)),
        asks=asks(choices_of(step.decision)),
    )


def _go(look: Look, step: Go, desk: Desk) -> bool:
    rendered = compose(look, step, desk.shelf.of(look.catalogue), desk.ports)
    return _WITH[type(rendered)](look, step, rendered, desk)


_DO: dict[type, Callable[[Look, Any, Desk], bool]] = {Skip: _skip, Wait: _wait, Go: _go}


# ---- what rendering came to


def _missing(look: Look, step: Go, _: Missing, desk: Desk) -> bool:
    return put_off(speaking_of(look, step.channel), MessageStatus.HELD, Reason.MISSING_DATA, None, desk.ports)


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
        bases=bases(step.decision),
    )
    return put_off(
        structs.replace(speaking_of(look, "web"), profile=note_waiting(look.profile, waiting)),
        MessageStatus.DEFERRED,
        Reason.AWAITING_PULL,
        until,
        desk.ports,
        Told("web", anew=waiting not in look.profile.waiting),
    )


_WITH: dict[type, Callable[[Look, Go, Any, Desk], bool]] = {
    Missing: _missing,
    Broken: _broken,
    Rendered: _rendered,
}
