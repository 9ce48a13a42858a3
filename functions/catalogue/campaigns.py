"""Campaigns: paused, sent by hand, previewed."""

from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta, Struct
from rapport.domain import typed
from rapport.domain.event import EventFacts
from rapport.domain.wire import UnfitError
from rapport.errors import BadRequest, NotFound
from rapport.use_cases.preview import NOBODY, Wanted, seed
from rapport.use_cases.preview import preview as previewed
from rapport_aws import crowds
from rapport_aws.assemble import House
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.strict import read

from functions.catalogue.asking import READ, WRITE, Name, allowed, desk, found


class Happened(Struct, frozen=True, forbid_unknown_fields=True):
    """An event to preview with."""

    event: Name
    properties: dict[str, Any] = {}


class PreviewAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a preview: for a person, for a persona, or for nobody known."""

    campaign: Name
    profile: Name | None = None
    persona: Name | None = None
    event: Happened | None = None
    variant: Name | None = None
    send_to: Annotated[list[Name], Meta(max_length=5)] = []


class SendAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a send: to whom, where the campaign itself does not say, and whether in earnest."""

    audience: Name | None = None
    dry_run: bool = True


def pausing(*, paused: bool) -> Callable[..., Answer]:
    """The route that pauses a campaign, or lets it go on."""

    def call(request: Request, campaign_id: str) -> Answer:
        here = allowed(request, WRITE)
        if campaign_id not in here.publications.current().catalogue.campaigns:
            raise NotFound("there is no such campaign")
        (here.curation.lay if paused else here.curation.lift)("paused", campaign_id)
        here.publications.refresh()
        return answer(200, {"campaign": campaign_id, "paused": paused})

    return call


def send(request: Request, campaign_id: str) -> Answer:
    """Start a campaign for its audience now; unless told otherwise only count what would become of it.

    Called again within a day it reaches only those whom it had not reached.
    """
    here = allowed(request, WRITE)
    body = read(limited(request), SendAsked) if request.body else SendAsked()
    catalogue = here.publications.current().catalogue
    campaign = catalogue.campaigns.get(campaign_id)
    if campaign is None:
        raise NotFound("there is no such campaign")
    audience = body.audience or campaign.trigger.audience
    if audience not in catalogue.segments:
        raise BadRequest("no such audience", [{"path": "audience", "message": "names a segment"}])
    job = crowds.broadcast(campaign_id, str(audience), here, dry_run=body.dry_run)
    return answer(202, {"job": job.id}, {"Location": f"/v1/jobs/{job.id}"})


def preview(request: Request) -> Answer:
    """Every channel of a campaign, as it would look now; with `send_to` mailed as a test."""
    here = allowed(request, READ)
    body = read(limited(request), PreviewAsked)
    if body.send_to:
        allowed(request, "messages:approve")
    seeds = [seed_address(place, address) for place, address in enumerate(body.send_to)]
    wanted = Wanted(
        body.campaign,
        NOBODY if body.profile is None else found(here, body.profile),
        body.persona,
        None if body.event is None else EventFacts(body.event.event, here.clock(), body.event.properties),
        body.variant,
    )
    made = previewed(wanted, desk(here), here.clock())
    sent = [mailed(made["channels"].get("email"), address, wanted, here) for address in seeds]
    return answer(200, {**made, **({"sent": sent} if sent else {})})


def seed_address(place: int, told: str) -> str:
    """An address to mail a test to. Raises BadRequest for what cannot be one, before anything goes out."""
    try:
        return str(typed.email(told))
    except UnfitError as wrong:
        raise BadRequest("no such address", [{"path": f"send_to[{place}]", "message": str(wrong)}]) from None


def mailed(content: dict[str, Any] | None, address: str, wanted: Wanted, here: House) -> dict[str, str]:
    """Mail a test to a seed address, marked as one; it leaves no trace on anybody."""
    if content is None:
        raise BadRequest("this campaign has no email to send")
    outcome = here.send(seed(content, address, desk(here), wanted))
    return {"to": address, "outcome": outcome.outcome}
