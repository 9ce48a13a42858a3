"""What a provider's word says of a hand-over: that it was taken after all, or not sent although it was taken.

Both bear repetition, and come in any order: the ledger is written first, and the message as the ledger stands.
"""

from functools import partial

from msgspec import structs

from rapport.domain.delivery import UNANSWERED, Feedback, is_noted, note_unsent
from rapport.domain.message import Message, send_id
from rapport.domain.moment import Moment
from rapport.domain.planned import Planned, looking, told
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.errors import Conflict
from rapport.ports import Ports, Send, SendState
from rapport.use_cases.people import followed, retried, rows_of
from rapport.use_cases.under_way import LEASE
from rapport.use_cases.write import write

UNSURE = (SendState.OPEN, SendState.IN_DOUBT, SendState.DROPPED)


def hear(profile_id: str, feedback: Feedback, ports: Ports, now: Moment) -> None:
    """Settle what feedback says of its hand-over. Raises Conflict, StoreUnavailable: hear it again later.

    Whatever comes back says that the message was taken, but the word that it was refused.
    """
    send = ports.ledger.find(send_id(feedback.message_id, feedback.channel))
    if send is not None:
        (_refused if feedback.status == "refused" else _taken)(profile_id, send, feedback, ports, now)


# ---- taken after all


def _taken(profile_id: str, send: Send, feedback: Feedback, ports: Ports, now: Moment) -> None:
    if send.state in UNSURE:
        ports.ledger.settle(send, SendState.SENT, send.provider_id)
    if send.state in (*UNSURE, SendState.SENT):
        retried(partial(_look_now, profile_id, feedback, ports, now))


def _look_now(profile_id: str, feedback: Feedback, ports: Ports, now: Moment) -> None:
    """Have a doubtful message looked at, or one that was given up: the look finds it sent."""
    profile = followed(profile_id, ports)
    if is_noted(profile, feedback.message_id, feedback.channel):
        return
    message = _message(profile, feedback.message_id, ports)
    # Whoever is at it just now notes it themselves, and knows more of it.
    if message is None or profile.erased_at is not None or _is_waited_for(message, feedback.channel):
        return
    if feedback.channel in message.channels_done and not _has_failed(profile, feedback, ports):
        return
    again = structs.replace(
        message,
        profile=profile.id,
        status=MessageStatus.IN_DOUBT,
        reason=None,
        channel=feedback.channel,
        channels_done=tuple(name for name in message.channels_done if name != feedback.channel),
        settled_at=None,
        due_at=now,
    )
    undone = (message,) if message.settled_at is not None else ()
    write(structs.replace(looking(profile, again, now), undone=undone), ports)


def _is_waited_for(message: Message, channel: str) -> bool:
    """Whether somebody is about to note the channel: the message is neither in doubt nor done with it."""
    return message.status is not MessageStatus.IN_DOUBT and channel not in message.channels_done


def _has_failed(profile: Profile, feedback: Feedback, ports: Ports) -> bool:
    """Whether the last that was told of the message on this channel is that it failed."""
    records = rows_of(profile, ports.profiles.records, ports)
    mine = [r for r in records if (r.message_id, r.channel) == (feedback.message_id, feedback.channel)]
    return bool(mine) and mine[-1].status is MessageStatus.FAILED


# ---- refused after all


def _refused(profile_id: str, send: Send, feedback: Feedback, ports: Ports, now: Moment) -> None:
    if send.state is SendState.OPEN and now < send.at + LEASE:
        raise Conflict(f"{send.id}: whoever hands it over may be at it")
    another = feedback.reference is not None and send.provider_id is not None
    if another and feedback.reference not in str(send.provider_id).split():
        return  # of two that were handed over, since the first was in doubt, the one that is not known as sent
    if _is_answered(followed(profile_id, ports), feedback.message_id):
        return
    ports.ledger.refuse(send)
    retried(partial(_go_on_without, profile_id, feedback, ports, now))


def _go_on_without(profile_id: str, feedback: Feedback, ports: Ports, now: Moment) -> None:
    """Take back that a message went out on a channel: it goes on with the next one, or has failed."""
    profile = followed(profile_id, ports)
    message = _message(profile, feedback.message_id, ports)
    if message is None or profile.erased_at is not None:
        return
    if not is_noted(profile, message.id, feedback.channel):
        _look_at_doubt(profile, message, ports, now)
    else:
        write(_without(profile, message, feedback.channel, ports, now), ports)


def _is_answered(profile: Profile, message_id: str) -> bool:
    """Whether the person responded to a message: then they have it, whatever is said."""
    return any(c.message_id == message_id and c.response not in UNANSWERED for c in profile.contacts)


def _look_at_doubt(profile: Profile, message: Message, ports: Ports, now: Moment) -> None:
    """The look finds that it failed, and goes on from there."""
    if message.settled_at is None and message.status is MessageStatus.IN_DOUBT:
        write(looking(profile, structs.replace(message, due_at=now), now), ports)


def _without(profile: Profile, message: Message, channel: str, ports: Ports, now: Moment) -> Planned:
    after, message = note_unsent(profile, message.id, channel), structs.replace(message, profile=profile.id)
    failed = structs.replace(message, status=MessageStatus.FAILED, reason=Reason.REJECTED, channel=channel)
    records, undone = (told(failed, now),), (message,) if message.settled_at is not None else ()
    if not _may_go_elsewhere(message, ports):
        # Of a run on all channels another one may have been sent, or wait: then the message stands as that.
        stands = failed if message.channel == channel and message.settled_at is not None else message
        return Planned(after, (stands,), records=records, undone=undone)
    again = structs.replace(
        message, status=MessageStatus.DEFERRED, channel=None, offers=(), settled_at=None, due_at=now
    )
    return structs.replace(looking(after, again, now), records=records, undone=undone)


def _may_go_elsewhere(message: Message, ports: Ports) -> bool:
    """Whether the next channel is tried where one fails, and there is one."""
    campaign = ports.publications.current().catalogue.campaigns.get(message.campaign)
    if campaign is None or campaign.all_channels:
        return False
    return any(channel not in message.channels_done for channel in campaign.channels)


def _message(profile: Profile, message_id: str, ports: Ports) -> Message | None:
    """A message of the person, or of somebody who was merged into them."""
    found = (ports.profiles.message(name, message_id) for name in (profile.id, *profile.absorbed))
    return next((message for message in found if message is not None), None)
