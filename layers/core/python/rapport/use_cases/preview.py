"""A preview: every channel of a campaign for somebody, as it would look now, beside why it would or would not go."""

from typing import Any

from msgspec import Struct, structs

from rapport.domain.decision import Verdict
from rapport.domain.event import EventFacts
from rapport.domain.look_again import Go, Look, Wait, fill_slots, on_channel
from rapport.domain.message import Message
from rapport.domain.moment import Moment
from rapport.domain.profile import Profile
from rapport.domain.view import View, view
from rapport.errors import BadRequest, NotFound
from rapport.ports import Outgoing, Ports
from rapport.render import Broken, Missing, Rendered
from rapport.use_cases.compose import PAGES, compose, text_locales
from rapport.use_cases.desk import Desk
from rapport.use_cases.hand_over import one_click

NOBODY = Profile("p_preview")
"""Somebody of whom nothing is known: what the vaguest wording looks like."""


class Wanted(Struct, frozen=True):
    """What to preview: a campaign, for a person, for somebody who plays a persona, or (neither) for nobody known."""

    campaign: str
    profile: Profile = NOBODY
    persona: str | None = None
    event: EventFacts | None = None
    variant: str | None = None


def preview(wanted: Wanted, desk: Desk, now: Moment) -> dict[str, Any]:
    """`{"channels": {NAME: content}, "reasons": {NAME: ...}}`; writes and sends nothing.

    The content is rendered whatever would keep the message back; `reasons` tells, per channel, what would, what is
    missing, the offers with their reasons, and which traits are hidden and why. Raises NotFound, BadRequest.
    """
    look = _look(wanted, desk, now)
    shown = {channel: _on(look, channel, wanted, desk) for channel in look.campaign.channels}
    return {
        "channels": {channel: content for channel, (content, _) in shown.items() if content is not None},
        "reasons": {channel: reasons for channel, (_, reasons) in shown.items()},
    }


def letter(wanted: Wanted, desk: Desk, now: Moment) -> bytes:
    """The PDF of a campaign that goes on paper; nothing where there is none to show. Raises NotFound, BadRequest."""
    look = _look(wanted, desk, now)
    if "print" not in look.campaign.channels:
        return b""
    _, made = _made(look, "print", wanted, desk)
    return made.pdf if isinstance(made, Rendered) else b""


def seed(content: dict[str, Any], address: str, desk: Desk, wanted: Wanted) -> Outgoing:
    """A preview's email on its way to a seed address: as the real one, but marked, and its links open nothing."""
    catalogue = desk.ports.publications.current().catalogue
    sender = catalogue.house.sender
    link = f"{desk.ports.public_url}/{PAGES['unsubscribe']}/{_Blank().seal('', b'')}"
    return Outgoing(
        send_id=desk.attempt,
        message_id=f"m_{desk.attempt}",
        profile=NOBODY.id,
        campaign="preview",
        channel="email",
        to=address,
        content={**content, "subject": f"[Test] {content['subject']}"},
        sender=sender.email,
        reply_to=sender.reply_to,
        headers=one_click(link, "email"),
        transactional=catalogue.campaigns[wanted.campaign].is_service,
    )


def _look(wanted: Wanted, desk: Desk, now: Moment) -> Look:
    publication = desk.ports.publications.current()
    catalogue = publication.catalogue
    campaign = catalogue.campaigns.get(wanted.campaign)
    if campaign is None:
        raise NotFound(f"no campaign {wanted.campaign}")
    if wanted.persona is not None and wanted.persona not in catalogue.personas:
        raise BadRequest("no such persona", [{"path": "persona", "message": "not in segments"}])
    if wanted.variant is not None and wanted.variant not in campaign.experiment:
        raise BadRequest("no such variant", [{"path": "variant", "message": "not in the campaign's experiment"}])
    message = Message(
        id="m_preview",
        profile=wanted.profile.id,
        campaign=campaign.id,
        key="preview",
        planned_at=now,
        falls_due=now,
        due_at=now,
        event=wanted.event,
        variant=wanted.variant or next(iter(campaign.experiment), None),
    )
    look = Look(message, campaign, wanted.profile, publication, now, unserved=desk.ports.unserved)
    return structs.replace(look, locales=text_locales(look, desk.shelf.of(catalogue)))


def _on(look: Look, channel: str, wanted: Wanted, desk: Desk) -> tuple[dict[str, Any] | None, dict[str, Any]]:
    go, made = _made(look, channel, wanted, desk)
    reasons = {
        **_fate(look, channel),
        **_fault(made),
        "offers": [_verdict(verdict) for verdict in go.decision.verdicts],
        "hidden": _hidden(go.seen),
    }
    return (made.content if isinstance(made, Rendered) else None), reasons


def _made(look: Look, channel: str, wanted: Wanted, desk: Desk) -> tuple[Go, Rendered | Missing | Broken]:
    """The message on a channel, whatever would keep it back."""
    seen = view(
        look.profile,
        look.catalogue,
        look.campaign.purpose,
        look.moment,
        channel=channel,
        event=look.message.event,
        played=wanted.persona,
    )
    go = Go(channel, seen, fill_slots(look, channel, seen))
    return go, compose(_unwatched(look), go, desk.shelf.of(look.catalogue), _unsealed(desk.ports))


def _unwatched(look: Look) -> Look:
    """The same look, in which nobody's clicks are counted."""
    consents = {purpose: given for purpose, given in look.profile.consents.items() if purpose != "tracking"}
    return structs.replace(look, profile=structs.replace(look.profile, consents=consents))


class _Blank:
    """In place of signatures: whoever gets a test must not unsubscribe the person it was made for."""

    def seal(self, _purpose: str, _payload: bytes) -> str:
        """A token that opens nothing."""
        return "preview"

    def open(self, _purpose: str, _token: str) -> None:
        """Nothing."""


def _unsealed(ports: Ports) -> Ports:
    return structs.replace(ports, sealer=_Blank(), on_paper=True)


def _fate(look: Look, channel: str) -> dict[str, Any]:
    """What would become of the message on this channel now."""
    step = on_channel(look, channel)
    if isinstance(step, Go):
        return {"status": "SENT"}
    if isinstance(step, Wait):
        return {"status": "HELD" if step.until is None else "DEFERRED", "reason": str(step.reason)}
    return {"status": "SKIPPED", "reason": str(step.reason)}


def _fault(made: Rendered | Missing | Broken) -> dict[str, Any]:
    if isinstance(made, Missing):
        return {"status": "HELD", "reason": "MISSING_DATA", "missing": made.name}
    return {"status": "FAILED", "reason": "TEMPLATE", "detail": made.detail} if isinstance(made, Broken) else {}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "offer": verdict.offer,
        "placement": verdict.placement,
        "stage": str(verdict.stage),
        "reason": str(verdict.reason),
    }


def _hidden(seen: View) -> dict[str, str]:
    """The traits that stay vague here, and why; names only."""
    return {name: str(why) for name, why in seen.hidden.items()}
