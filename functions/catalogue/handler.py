"""The door of the team: check, publish, roll back, offers, previews, campaigns, approvals."""

import base64
import gzip
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import uuid4

from msgspec import Meta, Struct
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import EventFacts
from rapport.domain.message import Message
from rapport.domain.moment import text
from rapport.domain.offer import Offer
from rapport.domain.profile import Identity, Profile
from rapport.domain.view import view
from rapport.errors import BadRequest, NotFound, PreconditionFailed, Refused
from rapport.ports import Outgoing
from rapport.use_cases import curate
from rapport.use_cases.compose import facts
from rapport.use_cases.desk import Desk, TemplateShelf
from rapport.use_cases.people import person
from rapport.use_cases.preview import NOBODY, Wanted
from rapport.use_cases.preview import preview as previewed
from rapport_authoring.check import Checked, check
from rapport_authoring.problems import Problem
from rapport_aws import crowds
from rapport_aws.access import server
from rapport_aws.assemble import House, attempt, house, logger
from rapport_aws.curation import Overlay
from rapport_aws.http import Answer, Request, Route, Router, answer, door, limited
from rapport_aws.jobs import Job
from rapport_aws.strict import read

from functions.catalogue.offers import with_offer

DOCUMENT = 5 * 1024 * 1024
"""Bytes a catalogue may have as a body; larger ones are uploaded."""
UPLOAD = 64 * 1024 * 1024
PLAIN = 1024 * 1024
"""Bytes above which an answer is compressed for who takes that."""
HOUR = 3600
READ, WRITE = "catalogue:read", "catalogue:write"
Name = Annotated[str, Meta(min_length=1, max_length=256)]


class Folder(Struct, frozen=True, forbid_unknown_fields=True):
    """A catalogue as one document: files by path, or the name under which they were uploaded."""

    files: dict[str, str] = {}
    uploaded: str | None = None


class Back(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version to go back to; without, the one before."""

    to: Name | None = None


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


class Judgement(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody of the team decided."""

    decision: Literal["approve", "reject"]


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one call."""
    return door(ROUTER.answer, event)


def allowed(request: Request, scope: str) -> House:
    """The deployment, for a key with the scope. Raises Unauthorised, Forbidden."""
    here = house()
    server(request, here.lookup, scope)
    return here


# ---- publishing


def publish(request: Request) -> Answer:
    """Check, compile and publish a folder as the next version; or tell where to upload a large one."""
    here = allowed(request, WRITE)
    expected = version_in(request.header("if-match"))
    if expected is not None and expected != here.curation.pointer().version:
        raise PreconditionFailed(f"the current version is {here.curation.pointer().version}")
    if not request.body:
        return upload(here)
    return accepted(*published(folder(request, here), here, expected))


def published(files: dict[str, str], here: House, expected: str | None) -> tuple[Job, str]:
    """The job of a publication, and its version. Raises Refused with every error's place."""
    found, before = sound(files), live(here)
    version = here.curation.publish(found[0], files, expected)
    here.publications.refresh()
    if crowds.calls_for_waking(before, found[0]):
        crowds.begin("wake", here)
    logger.info("published", extra={"version": version})
    return here.jobs.done("publish", {"version": version, "warnings": list(map(shown, found[1].warnings))}), version


def live(here: House) -> Catalogue | None:
    """The catalogue that is live now, None before the first one."""
    try:
        return here.publications.current().catalogue
    except NotFound:
        return None


def sound(files: dict[str, str]) -> tuple[Catalogue, Checked]:
    """The compiled catalogue of sound files. Raises Refused."""
    checked = check(files)
    if checked.catalogue is None:
        raise Refused("the catalogue has errors", list(map(shown, checked.errors)))
    return checked.catalogue, checked


def folder(request: Request, here: House) -> dict[str, str]:
    """The files of the body, or those uploaded before. Raises BadRequest, NotFound."""
    body = read(limited(request, DOCUMENT), Folder)
    if body.uploaded is None:
        return body.files
    name = body.uploaded if body.uploaded.isalnum() else "none"
    try:
        held = here.s3.get_object(Bucket=here.settings.bucket, Key=f"imports/catalogue-{name}")
    except here.s3.exceptions.NoSuchKey:
        raise NotFound("nothing was uploaded under this name") from None
    if held["ContentLength"] > UPLOAD:
        raise BadRequest("the upload is too large")
    return read(held["Body"].read(), Folder).files


def upload(here: House) -> Answer:
    """An address for a document of more than 4 MB, and the name to publish it by."""
    name = uuid4().hex
    place = {"Bucket": here.settings.bucket, "Key": f"imports/catalogue-{name}"}
    address = here.s3.generate_presigned_url("put_object", Params=place, ExpiresIn=HOUR)
    return answer(202, {"upload": address, "uploaded": name})


def check_only(request: Request) -> Answer:
    """What is wrong with a folder, and what is for a person to judge."""
    here = allowed(request, READ)
    checked = check(folder(request, here))
    return answer(200, {"errors": list(map(shown, checked.errors)), "warnings": list(map(shown, checked.warnings))})


def shown(problem: Problem) -> dict[str, Any]:
    """A problem for machines."""
    return {
        "code": problem.code,
        "message": problem.message,
        "file": problem.file,
        "line": problem.line,
        "column": problem.column,
        "hint": problem.hint,
    }


def current(request: Request) -> Answer:
    """The live version with its files."""
    here = allowed(request, READ)
    version, files = here.curation.files()
    plain = answer(200, {"version": version, "files": files}, {"ETag": f'"{version}"'})
    return smaller(plain) if "gzip" in request.header("accept-encoding") else plain


def smaller(plain: Answer) -> Answer:
    """A large answer compressed: the gateway takes no more than six megabytes."""
    body = plain["body"].encode()
    if len(body) <= PLAIN:
        return plain
    packed = base64.b64encode(gzip.compress(body, mtime=0)).decode()
    headers = {**plain["headers"], "Content-Encoding": "gzip"}
    return {**plain, "headers": headers, "body": packed, "isBase64Encoded": True}


def rollback(request: Request) -> Answer:
    """Go back to a version, at once."""
    here = allowed(request, WRITE)
    body = read(limited(request), Back) if request.body else Back()
    before = live(here)
    version = here.curation.rollback(body.to)
    here.publications.refresh()
    if crowds.calls_for_waking(before, here.publications.current().catalogue):
        crowds.begin("wake", here)
    return answer(200, {"version": version})


def version_in(tag: str) -> str | None:
    """The version that an If-Match header names."""
    return tag.removeprefix("W/").strip('"') or None


def accepted(job: Job, version: str) -> Answer:
    """What a publication answers."""
    return answer(202, {"job": job.id}, {"Location": f"/v1/jobs/{job.id}", "ETag": f'"{version}"'})


# ---- offers


def offers(request: Request) -> Answer:
    """Every offer of the live version, with what overlays it."""
    here = allowed(request, READ)
    live, pointer = here.publications.current().catalogue, here.curation.pointer()
    rows = [line(offer, pointer.withdrawn, pointer.exhausted) for offer in live.offers.values()]
    return answer(200, {"version": live.version, "offers": rows})


def line(offer: Offer, withdrawn: frozenset[str], exhausted: frozenset[str]) -> dict[str, Any]:
    """One offer in a list."""
    return {
        "id": offer.id,
        "kind": offer.kind,
        "benefit": offer.benefit,
        "status": "withdrawn" if offer.id in withdrawn else offer.status,
        "mode": offer.mode,
        "placements": list(offer.placements),
        "channels": offer.channels and list(offer.channels),
        "from": offer.starts_at and text(offer.starts_at),
        "until": offer.ends_at and text(offer.ends_at),
        "exhausted": offer.id in exhausted,
    }


def offer_of(request: Request, offer_id: str) -> Answer:
    """One offer as it was compiled."""
    here = allowed(request, READ)
    return answer(200, known_offer(here, offer_id))


def known_offer(here: House, offer_id: str) -> Offer:
    """An offer of the live version. Raises NotFound."""
    found = here.publications.current().catalogue.offers.get(offer_id)
    if found is None:
        raise NotFound("there is no such offer")
    return found


def put_offer(request: Request, offer_id: str) -> Answer:
    """Write one offer and publish the folder with it."""
    here = allowed(request, WRITE)
    document = read(limited(request), dict[str, Any])
    version, files = here.curation.files()
    expected = version_in(request.header("if-match")) or version
    return accepted(*published(with_offer(files, offer_id, document), here, expected))


def overlaid(overlay: Overlay, *, laid: bool) -> Callable[..., Answer]:
    """The route that lays an overlay over an offer, or lifts it."""

    def call(request: Request, offer_id: str) -> Answer:
        here = allowed(request, WRITE)
        known_offer(here, offer_id)
        (here.curation.lay if laid else here.curation.lift)(overlay, offer_id)
        here.publications.refresh()
        return answer(200, {"offer": offer_id, "status": known_offer(here, offer_id).status})

    return call


# ---- campaigns


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
    """Start a campaign for its audience now; unless told otherwise only count what would become of it."""
    here = allowed(request, WRITE)
    body = read(limited(request), SendAsked) if request.body else SendAsked()
    catalogue = here.publications.current().catalogue
    campaign = catalogue.campaigns.get(campaign_id)
    if campaign is None:
        raise NotFound("there is no such campaign")
    audience = body.audience or campaign.trigger.audience
    if audience not in catalogue.segments:
        raise BadRequest("no such audience", [{"path": "audience", "message": "names a segment"}])
    job = crowds.begin("send", here, campaign=campaign_id, audience=audience, dry_run=body.dry_run)
    return answer(202, {"job": job.id}, {"Location": f"/v1/jobs/{job.id}"})


def preview(request: Request) -> Answer:
    """Every channel of a campaign, as it would look now; with `send_to` mailed as a test."""
    here = allowed(request, READ)
    body = read(limited(request), PreviewAsked)
    if body.send_to:
        allowed(request, "messages:approve")
    wanted = Wanted(
        body.campaign,
        NOBODY if body.profile is None else found(here, body.profile),
        body.persona,
        None if body.event is None else EventFacts(body.event.event, here.clock(), body.event.properties),
        body.variant,
    )
    made = previewed(wanted, desk(here), here.clock())
    sent = [mailed(made["channels"].get("email"), address, here) for address in body.send_to]
    return answer(200, {**made, **({"sent": sent} if sent else {})})


def found(here: House, user_id: str) -> Profile:
    """A person by userId. Raises NotFound."""
    profile = person(Identity("user", user_id), here.ports)
    if profile.version == 0 or profile.erased_at is not None:
        raise NotFound("there is no such person")
    return profile


def mailed(content: dict[str, Any] | None, address: str, here: House) -> dict[str, str]:
    """Mail a test to a seed address, marked as one; it leaves no trace on anybody."""
    if content is None:
        raise BadRequest("this campaign has no email to send")
    sender = here.publications.current().catalogue.house.sender
    test = {**content, "subject": f"[Test] {content['subject']}"}
    name = attempt()
    outgoing = Outgoing(name, f"m_{name}", "p_preview", "preview", "email", address, test, sender.email)
    outcome = here.sender.send(outgoing)
    return {"to": address, "outcome": outcome.outcome}


# ---- approvals


def approvals(request: Request) -> Answer:
    """What waits for somebody of the team, with the facts on the person and where they come from."""
    here = allowed(request, "messages:read")
    return answer(200, {"approvals": [row for message in here.approvals.waiting() for row in waits(message, here)]})


def waits(message: Message, here: House) -> list[dict[str, Any]]:
    """One row of the queue; none for a campaign that is no more."""
    catalogue = here.publications.current().catalogue
    campaign = catalogue.campaigns.get(message.campaign)
    if campaign is None:
        return []
    profile = here.profiles.load(message.profile)
    seen = view(profile, catalogue, campaign.purpose, here.clock(), channel=message.channel or campaign.channels[0])
    return [
        {
            "id": message.id,
            "profile": message.profile,
            "userId": profile.user_id,
            "campaign": message.campaign,
            "key": message.key,
            "channel": message.channel,
            "offers": list(message.offers),
            "planned_at": text(message.planned_at),
            "facts": facts(seen),
        }
    ]


def judge(request: Request, message_id: str) -> Answer:
    """Approve or reject one; a yes binds the offers and their content as they are now."""
    here = allowed(request, "messages:approve")
    body = read(limited(request), Judgement)
    curate.judge(here.approvals.profile_of(message_id), message_id, body.decision, desk(here), here.clock())
    return answer(200, {"id": message_id, "decision": body.decision})


def desk(here: House) -> Desk:
    """Where messages are composed."""
    return Desk(here.ports, attempt(), shelf())


@cache
def shelf() -> TemplateShelf:
    """Compiled templates, kept as long as the container."""
    return TemplateShelf()


# ---- the interface itself


def openapi(_request: Request) -> Answer:
    """The interface, described."""
    return {**answer(200), "body": described()}


@cache
def described() -> str:
    """The document beside this file."""
    return Path(__file__).with_name("openapi.json").read_text("utf-8")


ROUTER = Router(
    Route("PUT", "/v1/catalogue", publish),
    Route("GET", "/v1/catalogue", current),
    Route("POST", "/v1/catalogue/check", check_only),
    Route("POST", "/v1/catalogue/rollback", rollback),
    Route("GET", "/v1/offers", offers),
    Route("GET", "/v1/offers/{offer_id}", offer_of),
    Route("PUT", "/v1/offers/{offer_id}", put_offer),
    Route("POST", "/v1/offers/{offer_id}/withdraw", overlaid("withdrawn", laid=True)),
    Route("POST", "/v1/offers/{offer_id}/reinstate", overlaid("withdrawn", laid=False)),
    Route("POST", "/v1/preview", preview),
    Route("POST", "/v1/campaigns/{campaign_id}/pause", pausing(paused=True)),
    Route("POST", "/v1/campaigns/{campaign_id}/resume", pausing(paused=False)),
    Route("POST", "/v1/campaigns/{campaign_id}/send", send),
    Route("GET", "/v1/approvals", approvals),
    Route("POST", "/v1/approvals/{message_id}", judge),
    Route("GET", "/v1/openapi.json", openapi),
)
