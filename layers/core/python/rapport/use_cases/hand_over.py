"""The claim protocol: claim, open, one attempt, settle, note; whatever is killed in between, it goes out once.

A crash before `open` loses nothing, since the claim is taken over. A crash or a lost answer after `open` leaves the
send in doubt (`under_way`).
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec import structs

from rapport.domain.chance import draw, seed
from rapport.domain.consent import granted
from rapport.domain.look_again import Go, Look, choices_of, offered
from rapport.domain.message import send_id
from rapport.domain.moment import MINUTE, Moment
from rapport.domain.pace import NEVER_LATE
from rapport.domain.quota import Quota, quotas
from rapport.domain.reach import address_on, in_conversation
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import repeats_after
from rapport.domain.timing import waits, zone_of
from rapport.errors import Conflict
from rapport.ports import BEGUN, Handover, Outcome, Outgoing, Send, SendState
from rapport.render import Rendered
from rapport.use_cases.compose import links, mark_of
from rapport.use_cases.desk import Desk
from rapport.use_cases.run_out import run_out
from rapport.use_cases.settle import note, put_off, try_next
from rapport.use_cases.under_way import doubt, told_of

RETRY_AFTER = MINUTE
MOST_DOUBLINGS = 6


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to hand over one rendered message."""

    look: Look
    go: Go
    rendered: Rendered
    desk: Desk
    send: Send
    otherwise: Callable[[frozenset[str]], bool]
    """What to do without these offers, of which there are no more."""
    turn: Moment


def hand_over(look: Look, go: Go, rendered: Rendered, desk: Desk, otherwise: Callable[[frozenset[str]], bool]) -> bool:
    """Hand a rendered message over; True when nothing more is to be done now. Raises Conflict: look again.

    One at a time for each person, as far as one counts for the caps of the other. Over the account's rate it waits for
    its turn, a moment here, or else for minutes as any message that waits. Where a cap for all is used up it goes
    without the offers of which there are no more: `otherwise`.
    """
    beside = sends_beside(look)
    if beside and any(send.state in BEGUN for send in desk.ports.ledger.find_all(beside)):
        return put_off(look, MessageStatus.DEFERRED, Reason.RATE, look.moment + _some_minutes(look), desk.ports)
    turn = desk.ports.pace.turn(go.channel, bulk=not look.campaign.is_service)
    if turn is None:
        return put_off(look, MessageStatus.DEFERRED, Reason.RATE, look.moment + _some_minutes(look), desk.ports)
    night = _fell_meanwhile(look, go.channel, turn)
    if night is not None:
        return put_off(look, MessageStatus.DEFERRED, night[1], night[0], desk.ports)
    attempt = Attempt(look, go, rendered, desk, _send(look, go, rendered, desk), otherwise, turn)
    state = desk.ports.ledger.claim(attempt.send, limits(look, go))
    if state not in _BY_STATE:
        raise Conflict(f"{attempt.send.id} was begun by somebody else just now")
    return _BY_STATE[state](attempt)


def sends_beside(look: Look) -> tuple[str, ...]:
    """The sends of the person that may begin at this moment too, and would count for this one's caps.

    Service asks no caps but that of the campaign itself. What is in doubt counts as a contact already; what is held may
    go at any moment, once a yes or what it lacked has come.
    """
    campaign, catalogue = look.campaign, look.catalogue
    if campaign.is_service and repeats_after(campaign) is None:
        return ()
    others = [
        (pending.message_id, catalogue.campaigns[pending.campaign])
        for pending in look.profile.pending
        if pending.message_id != look.message.id and pending.campaign in catalogue.campaigns
        if pending.status == MessageStatus.HELD
        or (pending.status != MessageStatus.IN_DOUBT and pending.due_at <= look.moment + MINUTE)
    ]
    counting = [(name, other) for name, other in others if not other.is_service or other.id == campaign.id]
    noted = {(contact.message_id, channel) for contact in look.profile.contacts for channel in contact.channels}
    sends = ((name, channel) for name, other in counting for channel in other.channels)
    return tuple(send_id(name, channel) for name, channel in sends if (name, channel) not in noted)


def _fell_meanwhile(look: Look, channel: str, turn: Moment) -> tuple[Moment, Reason] | None:
    """The quiet hours or blackout day that began while a message waited for its turn, and until when they last."""
    if turn == NEVER_LATE or turn <= look.moment:
        return None
    house = look.catalogue.house
    return waits(look.campaign, channel, house, zone_of(look.profile, house), turn)


def _some_minutes(look: Look) -> float:
    """One to five minutes, a person's own, so that those who found the line too long do not come back together."""
    return MINUTE * (1 + draw(seed(look.profile.id, look.moment), look.campaign.id) * 4)


def limits(look: Look, go: Go) -> tuple[Quota, ...]:
    """The quotas that this message uses up; a run uses each up once, on whatever channels."""
    before = {offer for c in look.profile.contacts if c.message_id == look.message.id for offer in c.offers}
    chosen = dict.fromkeys(choice.offer for choice in choices_of(go.decision))
    return tuple(q for name in chosen if name not in before for q in quotas(look.catalogue.offers[name]))


def _send(look: Look, go: Go, rendered: Rendered, desk: Desk) -> Send:
    return Send(
        id=send_id(look.message.id, go.channel),
        profile=look.profile.id,
        message_id=look.message.id,
        channel=go.channel,
        owner=desk.attempt,
        at=look.moment,
        offers=offered(go.decision),
        mark=mark_of(address_on(go.channel, go.seen), rendered.content, desk.ports.public_url),
    )


# ---- what to do with the claim


def _claimed(attempt: Attempt) -> bool:
    ports = attempt.desk.ports
    if not ports.ledger.open(attempt.send, attempt.look.profile, sends_beside(attempt.look)):
        raise Conflict(f"{attempt.send.id} is not as it was read")
    if ports.pace.missed(attempt.turn):
        ports.ledger.release(attempt.send)
        raise Conflict(f"{attempt.send.id} missed its turn")
    answer = ports.sender.send(outgoing(attempt))
    return _BY_OUTCOME[answer.outcome](attempt, answer)


def _capped(attempt: Attempt) -> bool:
    look = attempt.look
    offers = [look.catalogue.offers[choice.offer] for choice in choices_of(attempt.go.decision)]
    gone = run_out(offers, attempt.desk.ports.ledger, look.moment)
    # One that somebody gave back since the claim is not waited for.
    return attempt.otherwise(gone or frozenset(offer.id for offer in offers if quotas(offer)))


_BY_STATE: dict[SendState, Callable[[Attempt], bool]] = {SendState.CLAIMED: _claimed, SendState.CAPPED: _capped}


# ---- what to do with the provider's answer


def _taken(attempt: Attempt, answer: Handover) -> bool:
    ports = attempt.desk.ports
    ports.ledger.settle(attempt.send, SendState.SENT, answer.provider_id)
    return note(attempt.look, told_of(attempt.look, attempt.go, attempt.rendered, ports), ports)


def _refused(attempt: Attempt, _: Handover) -> bool:
    attempt.desk.ports.ledger.settle(attempt.send, SendState.FAILED)
    return try_next(attempt.look, attempt.go.channel, attempt.desk.ports)


def _later(attempt: Attempt, _: Handover) -> bool:
    attempt.desk.ports.ledger.release(attempt.send)
    look = attempt.look
    wait = RETRY_AFTER * 2 ** min(look.message.attempts, MOST_DOUBLINGS)
    tried = structs.replace(look, message=structs.replace(look.message, attempts=look.message.attempts + 1))
    return put_off(tried, MessageStatus.DEFERRED, Reason.RATE, look.moment + wait, attempt.desk.ports)


def _lost(attempt: Attempt, _: Handover) -> bool:
    attempt.desk.ports.ledger.settle(attempt.send, SendState.IN_DOUBT)
    return doubt(attempt.look, structs.replace(attempt.send, state=SendState.IN_DOUBT), attempt.desk.ports)


_BY_OUTCOME: dict[Outcome, Callable[[Attempt, Handover], bool]] = {
    Outcome.SENT: _taken,
    Outcome.REFUSED: _refused,
    Outcome.LATER: _later,
    Outcome.IN_DOUBT: _lost,
}


# ---- what goes out, and what is told of it


def outgoing(attempt: Attempt) -> Outgoing:
    """The message as a provider gets it; email carries one-click unsubscription (RFC 8058)."""
    look, go, ports = attempt.look, attempt.go, attempt.desk.ports
    sender = look.catalogue.house.sender
    return Outgoing(
        send_id=attempt.send.id,
        message_id=look.message.id,
        profile=look.profile.id,
        campaign=look.campaign.id,
        channel=go.channel,
        to=address_on(go.channel, go.seen) or "",
        content=attempt.rendered.content,
        sender=sender.email if go.channel == "email" else sender.sms,
        reply_to=sender.reply_to,
        headers=one_click(links(look, go.channel, ports.sealer, ports.public_url)["unsubscribe"], go.channel),
        tracking=granted(look.profile.consents, "tracking", go.channel, look.moment),
        transactional=look.campaign.is_service,
        effort=_effort(attempt),
        attachment=attempt.rendered.pdf,
        locale=attempt.rendered.locale,
        in_conversation=in_conversation(go.channel, look.profile, look.moment),
    )


def one_click(link: str, channel: str) -> dict[str, str]:
    """The headers with which a mail client unsubscribes somebody; on email alone."""
    if channel != "email":
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _effort(attempt: Attempt) -> str:
    chosen = [attempt.look.catalogue.offers[choice.offer] for choice in choices_of(attempt.go.decision)]
    return "high" if any(offer.effort == "high" for offer in chosen) else "standard"
