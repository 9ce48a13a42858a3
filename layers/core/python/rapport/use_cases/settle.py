"""Writing how a message stands after a look: put off, kept back on a channel, or sent."""

from functools import partial
from typing import Any, Final

from msgspec import Struct, structs

from rapport.domain import planning
from rapport.domain.approval import digest
from rapport.domain.credited import Cause
from rapport.domain.decision import Verdict, candidates
from rapport.domain.delivery import Sent, note_sent
from rapport.domain.intake import happened
from rapport.domain.logged import with_log
from rapport.domain.look_again import Look
from rapport.domain.message import Message, Record, own_event, send_id
from rapport.domain.moment import Moment
from rapport.domain.occasion import Occasion
from rapport.domain.planned import Planned, told, with_pending, without_pending
from rapport.domain.profile import Basis, Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import unsettled_sends
from rapport.domain.timing import goes_stale_at
from rapport.ports import Ports
from rapport.use_cases.people import followed, messages_of, retried
from rapport.use_cases.write import write


class Told(Struct, frozen=True):
    """What is told of a message that went out, besides that it did: where to, what it said, and why."""

    channel: str
    to: str | None = None
    content: dict[str, Any] = {}
    offers: tuple[tuple[str, str], ...] = ()
    """(offer, placement)"""
    bases: dict[str, Basis] = {}
    """offer -> what its choice rested on"""
    verdicts: tuple[Verdict, ...] = ()
    why: str | None = None
    links: dict[str, str] = {}
    facts: tuple[dict[str, Any], ...] = ()
    asks: tuple[dict[str, Any], ...] = ()
    """What waits for a yes."""
    went_out: Moment | None = None
    """When it did, where that was noticed later."""
    anew: bool = False
    """What waits is no longer what was stored of it, although no row tells so."""


def put_off(
    look: Look,
    status: MessageStatus,
    reason: Reason | None,
    until: Moment | None,
    ports: Ports,
    told_of: Told | None = None,
) -> bool:
    """Let a message wait until a moment, or (None) until something changes or it goes stale; a wait is told once.

    What would have to wait past its last fresh moment is stale; a doubt is settled however late. True: nothing more is
    to be done now.
    """
    stale, doubtful = goes_stale_at(look.campaign, look.message.falls_due), status is MessageStatus.IN_DOUBT
    if look.moment >= stale and not doubtful:
        return keep_back(look, look.message.channel, MessageStatus.SKIPPED, Reason.STALE_TRIGGER, ports)
    due = until if until is not None and (doubtful or until < stale) else stale
    told_of = told_of or Told(look.message.channel or "")
    offers = tuple(offer for offer, _ in told_of.offers)
    waiting = structs.replace(look.message, status=status, reason=reason, due_at=due, offers=offers, asks=told_of.asks)
    news = _news(waiting, until)
    waiting = structs.replace(waiting, told=waiting.told | news)
    stored = _needier(look, waiting)
    if stored == (look.row or look.message) and due > look.moment and not told_of.anew:
        return True
    record = told(waiting, look.moment, until)
    record = structs.replace(record, verdicts=told_of.verdicts, facts=told_of.facts, offers=offers)
    planned = Planned(
        profile=with_pending(look.profile, stored),
        messages=(stored,),
        looks=((due, waiting.id),),
        records=(record,) if news else (),
    )
    write(planned, ports)
    return True


_NEED: Final[dict[Reason | None, int]] = {Reason.AWAITING_PULL: 1, Reason.MISSING_DATA: 2, Reason.NEEDS_APPROVAL: 3}
"""What a run on all channels tells of first: what somebody must do, what a change may bring, what time brings."""


def _needier(look: Look, waiting: Message) -> Message:
    """The row of a run that waits on several channels: as it is where that tells of more, with what was told now."""
    before = look.row or look.message
    if waiting.status is MessageStatus.IN_DOUBT or not before.waits_besides(waiting.channel or ""):
        return waiting
    needs_more = _NEED.get(before.reason, 0) > _NEED.get(waiting.reason, 0)
    return structs.replace(before, told=waiting.told) if needs_more else waiting


def _news(waiting: Message, until: Moment | None) -> dict[str, str]:
    """What is to be told of a channel's waiting; nothing when it was told before.

    Each night is a wait of its own, and so is each thing that asks for a yes.
    """
    kinds = {Reason.QUIET_HOURS: str(until), Reason.NEEDS_APPROVAL: digest(waiting.asks)}
    what = "" if waiting.reason is None else kinds.get(waiting.reason, "")
    channel, words = waiting.channel or "", f"{waiting.status} {waiting.reason} {what}".rstrip()
    return {} if waiting.told.get(channel) == words else {channel: words}


def keep_back(  # what is settled, how, and why
    look: Look,
    channel: str | None,
    status: MessageStatus,
    reason: Reason,
    ports: Ports,
    verdicts: tuple[Verdict, ...] = (),
) -> bool:
    """Settle a message, or with `all_channels` its part on one channel. True: nothing more is to be done."""
    done = look.message.channels_done if channel is None else (*look.message.channels_done, channel)
    message = structs.replace(look.message, channels_done=done, status=status, reason=reason)
    over = channel is None or not look.campaign.all_channels or set(done) >= set(look.campaign.channels)
    if over:
        message = structs.replace(message, settled_at=look.moment)
    stored = structs.replace(look.message, channels_done=done) if _waits_on(look, channel, over=over) else message
    records = tuple(
        structs.replace(told(structs.replace(message, channel=shown), look.moment), verdicts=verdicts)
        for shown in _shown(look, channel, status)
    )
    profile = without_pending(look.profile, message.id) if over else with_pending(look.profile, stored)
    if over and status is MessageStatus.SKIPPED:
        planned = _after_skipping(structs.replace(look, message=message), profile, ports)
    else:
        planned = Planned(profile)
    added = structs.replace(
        planned,
        messages=(stored, *planned.messages),
        records=(*records, *planned.records),
        unbegun=(*planned.unbegun, *_unbegun(look, channel, reason)),
    )
    write(with_log(added, look.catalogue, Cause(look.profile, look.moment)), ports)
    return over


def _waits_on(look: Look, channel: str | None, *, over: bool) -> bool:
    """Whether a run on all channels still waits on another one: its row goes on telling for what."""
    return not over and channel is not None and look.message.waits_besides(channel)


def _unbegun(look: Look, channel: str | None, reason: Reason) -> tuple[str, ...]:
    """The hand-overs that must not have begun for a message to end unsent; a refused one has, and ended."""
    if reason is Reason.REJECTED:
        return ()
    unsettled = unsettled_sends(look.message, look.catalogue)
    one_of_many = channel is not None and look.campaign.all_channels
    return (send_id(look.message.id, channel),) if channel is not None and one_of_many else unsettled


def _after_skipping(look: Look, profile: Profile, ports: Ports) -> Planned:
    """What follows from a message that was skipped: another campaign may take it from there."""
    message, event_id = look.message, f"skipped:{look.message.id}"
    facts = own_event("Message Skipped", look.moment, message, reason=str(message.reason))
    after = happened(profile, facts, event_id, look.catalogue)
    occasion = Occasion(look.moment, event=facts, message_id=event_id)
    return planning.plan(look.profile, after, occasion, look.catalogue, messages_of(profile.id, ports))


def _shown(look: Look, channel: str | None, status: MessageStatus) -> list[str | None]:
    """The channels whose rows tell of an ending; with `all_channels` each one that it ends on."""
    if not look.campaign.all_channels:
        return [channel if status is MessageStatus.FAILED else None]
    if channel is not None:
        return [channel]
    return [one for one in look.campaign.channels if one not in look.message.channels_done]


def try_next(look: Look, channel: str, ports: Ports) -> bool:
    """A provider definitely refused: go on with the next channel, or end as failed where none is left."""
    others = [c for c in look.campaign.channels if c != channel and c not in look.message.channels_done]
    if look.campaign.all_channels or not others:
        return keep_back(look, channel, MessageStatus.FAILED, Reason.REJECTED, ports)
    message = structs.replace(look.message, channels_done=(*look.message.channels_done, channel))
    write(Planned(with_pending(look.profile, message), (message,)), ports)
    return False


def note(look: Look, told_of: Told, ports: Ports) -> bool:
    """Note that a message went out, whoever else writes the person meanwhile. True: nothing more is to be done.

    Of somebody who was erased meanwhile nothing is noted.
    """
    return retried(partial(_note, look, told_of, ports))


def _note(look: Look, told_of: Told, ports: Ports) -> bool:
    profile = followed(look.profile.id, ports)
    message = ports.profiles.message(profile.id, look.message.id)
    if message is None or not any(pending.message_id == message.id for pending in profile.pending):
        return True  # it is settled, has moved on to somebody else, or was erased
    if told_of.channel in message.channels_done:
        return False
    done = (*message.channels_done, told_of.channel)
    over = not look.campaign.all_channels or set(done) >= set(look.campaign.channels)
    offers = tuple(offer for offer, _ in told_of.offers)
    waiting = None if over or not message.waits_besides(told_of.channel) else message
    message = structs.replace(
        message,
        status=MessageStatus.SENT,
        reason=None,
        channel=told_of.channel,
        channels_done=done,
        offers=offers,
        settled_at=look.moment if over else None,
    )
    went_out = look.moment if told_of.went_out is None else told_of.went_out
    sent = Sent(message, look.campaign, told_of.channel, went_out, told_of.offers, told_of.bases)
    after = note_sent(profile, sent, look.catalogue)
    # Where it waits for something on another channel its row goes on telling so.
    stored = message if waiting is None else structs.replace(waiting, channels_done=done)
    after = without_pending(after, message.id) if over else with_pending(after, stored)
    facts = own_event("Message Sent", look.moment, message, channel=message.channel)
    event_id = f"sent:{message.id}:{message.channel}"
    after = happened(after, facts, event_id, look.catalogue)
    occasion = Occasion(look.moment, event=facts, message_id=event_id)
    planned = planning.plan(profile, after, occasion, look.catalogue, messages_of(profile.id, ports))
    planned = structs.replace(
        planned,
        messages=(stored, *planned.messages),
        records=(_record(message, told_of, look.moment), *planned.records),
    )
    cause = Cause(profile, look.moment, candidates=candidates(told_of.verdicts))
    write(with_log(planned, look.catalogue, cause), ports)
    return over


def _record(message: Message, told_of: Told, now: Moment) -> Record:
    return structs.replace(
        told(message, now),
        to=told_of.to,
        offers=message.offers,
        content=told_of.content,
        verdicts=told_of.verdicts,
        why=told_of.why,
        links=told_of.links,
    )
