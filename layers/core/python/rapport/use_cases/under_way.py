"""Hand-overs that somebody began: noted, waited for, or ended by the campaign's policy; never begun a second time.

Whoever begins one may be stopped before the end is known. Feedback settles that, else the campaign's own policy does.
A claim that was never opened is nothing of the kind: it is taken over, or given back with its caps.
"""

from collections.abc import Callable, Iterable

from msgspec import structs

from rapport.domain.house import CHANNELS
from rapport.domain.look_again import Go, Look, bases, offered, on_channel
from rapport.domain.message import send_id
from rapport.domain.moment import MINUTE, Moment
from rapport.domain.reach import address_on
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import unsettled_sends
from rapport.domain.timing import goes_stale_at
from rapport.domain.why import because
from rapport.errors import Conflict
from rapport.ports import Ports, Send, SendState
from rapport.render import Rendered
from rapport.use_cases.compose import compose, links, mark_of, why
from rapport.use_cases.desk import Desk
from rapport.use_cases.settle import Told, keep_back, note, put_off, try_next

FEEDBACK_WAIT = 15 * MINUTE
"""How long feedback may take to settle a doubt, on channels whose provider tells of it at all."""
LEASE = 2 * MINUTE
"""Longer than an attempt can live, clocks that differ included: before, whoever opened a hand-over may be at it."""


def sends_of(look: Look, ports: Ports) -> list[Send]:
    """What the ledger knows of a message's hand-overs, but for those that are settled on the message already."""
    return ports.ledger.find_all(unsettled_sends(look.message, look.catalogue))


# ---- claims that nobody opened


def give_back(sends: Iterable[Send], desk: Desk) -> None:
    """Give back claims that lead to nothing any more, each cap once. Raises Conflict when one was opened meanwhile."""
    for send in sends:
        mine = structs.replace(send, owner=desk.attempt)
        # Taken over first: from here on its former owner cannot open it.
        if desk.ports.ledger.claim(mine, ()) is not SendState.CLAIMED:
            raise Conflict(f"{send.id} is not as it was read")
        desk.ports.ledger.release(mine)


def give_back_all(message_id: str, desk: Desk) -> None:
    """Give back whatever is still claimed for a message that ended, moved or went with its person."""
    sends = desk.ports.ledger.find_all([send_id(message_id, channel) for channel in CHANNELS])
    give_back((send for send in sends if send.state is SendState.CLAIMED), desk)


# ---- what somebody began


def go_on(look: Look, send: Send, desk: Desk) -> bool:
    """Bring a hand-over that began before as far as may be now; True when nothing more is to be done."""
    look = structs.replace(look, message=structs.replace(look.message, channel=send.channel))
    return _BY_STATE[send.state](look, send, desk)


def feedback_until(send: Send, ports: Ports) -> Moment:
    """Until when a doubt may be settled by feedback, or by whoever is still at it."""
    at_it = LEASE if send.state is SendState.OPEN else 0.0
    return send.at + max(FEEDBACK_WAIT if send.channel in ports.reported else 0.0, at_it)


def doubt(look: Look, send: Send, ports: Ports) -> bool:
    """Let a hand-over wait for the feedback that settles it."""
    on_channel = structs.replace(look, message=structs.replace(look.message, channel=send.channel))
    return put_off(on_channel, MessageStatus.IN_DOUBT, None, max(feedback_until(send, ports), look.moment), ports)


def _sent(look: Look, send: Send, desk: Desk) -> bool:
    """It went out, and whoever sent it was stopped before noting so."""
    told = _as_it_was(look, send, desk) or _what_is_known(look, send, desk.ports)
    return note(look, structs.replace(told, went_out=send.at), desk.ports)


def _as_it_was(look: Look, send: Send, desk: Desk) -> Told | None:
    """All that is told of a message: composed once more, and surely the same as went out; None where it is not."""
    then = structs.replace(look, moment=send.at)
    step = on_channel(then, send.channel)
    if not isinstance(step, Go) or offered(step.decision) != send.offers:
        return None
    rendered = compose(then, step, desk.shelf.of(look.catalogue), desk.ports)
    if not isinstance(rendered, Rendered):
        return None
    mark = mark_of(address_on(send.channel, step.seen), rendered.content, desk.ports.public_url)
    return told_of(then, step, rendered, desk.ports) if mark == send.mark else None


def told_of(look: Look, go: Go, rendered: Rendered, ports: Ports) -> Told:
    """What is told of a message that goes out, or went."""
    return Told(
        channel=go.channel,
        to=address_on(go.channel, go.seen),
        content=dict(rendered.content),
        offers=offered(go.decision),
        bases=bases(go.decision),
        verdicts=go.decision.verdicts,
        why=why(look, go),
        links=links(look, go.channel, ports.sealer, ports.public_url),
    )


def _what_is_known(look: Look, send: Send, ports: Ports) -> Told:
    return Told(
        channel=send.channel,
        offers=send.offers,
        why=because(look.campaign, look.locales[0] if look.locales else look.catalogue.house.locale),
        links=links(look, send.channel, ports.sealer, ports.public_url),
    )


def _failed(look: Look, send: Send, desk: Desk) -> bool:
    return try_next(look, send.channel, desk.ports)


def _doubtful(look: Look, send: Send, desk: Desk) -> bool:
    if look.moment < feedback_until(send, desk.ports):
        return doubt(look, send, desk.ports)
    policy = look.campaign.in_doubt
    stale = look.moment >= goes_stale_at(look.campaign, look.message.falls_due)
    return _BY_POLICY["drop" if policy == "resend" and stale else policy](look, send, desk)


def _resend(look: Look, send: Send, desk: Desk) -> bool:
    # The message first: of many who look at once, the one whose write is taken gives the hand-over back.
    put_off(look, MessageStatus.DEFERRED, Reason.RATE, look.moment, desk.ports)
    desk.ports.ledger.release(send)
    return False


def _drop(look: Look, send: Send, desk: Desk) -> bool:
    # The hand-over first: whoever is stopped in between finds it dropped, and ends the message.
    desk.ports.ledger.settle(send, SendState.DROPPED)
    return _dropped(look, send, desk)


def _dropped(look: Look, send: Send, desk: Desk) -> bool:
    return keep_back(look, send.channel, MessageStatus.FAILED, Reason.REJECTED, desk.ports)


def _hold(look: Look, send: Send, desk: Desk) -> bool:
    """Until feedback or somebody of the team settles it."""
    told = look.message.told.get(send.channel, "")
    return told.startswith(MessageStatus.IN_DOUBT) or doubt(look, send, desk.ports)


_BY_STATE: dict[SendState, Callable[[Look, Send, Desk], bool]] = {
    SendState.OPEN: _doubtful,
    SendState.IN_DOUBT: _doubtful,
    SendState.SENT: _sent,
    SendState.FAILED: _failed,
    SendState.DROPPED: _dropped,
}
_BY_POLICY: dict[str, Callable[[Look, Send, Desk], bool]] = {"resend": _resend, "drop": _drop, "hold": _hold}
ENDING = frozenset(_BY_STATE)
"""Beyond the claim: the hand-over ends, or has ended, whatever a new look would say."""
