"""The door of people: the single view, consent, privacy, forms, imports and jobs."""

import math
from collections.abc import Callable
from typing import Any

from msgspec import Struct
from rapport.domain.message import Record
from rapport.domain.moment import text
from rapport.domain.profile import Exposure, Identity
from rapport.domain.traits import Statement
from rapport.errors import BadRequest, Forbidden, Unauthorised
from rapport.use_cases import curate
from rapport.use_cases.fill_form import fill_form
from rapport.use_cases.people import person, rows_of
from rapport.use_cases.single_view import single_view
from rapport_aws import crowds, imports, privacy
from rapport_aws.access import any_server, caller, server
from rapport_aws.assemble import house
from rapport_aws.callers import needing, who_calls
from rapport_aws.http import Answer, Request, Route, Router, answer, door, limited
from rapport_aws.jobs import Job, shown
from rapport_aws.strict import read

from functions.profiles.asking import READ, WRITE, Name, found, known
from functions.profiles.consents import consent, consents, moment_of

MESSAGES = "messages:read"
AT_ONCE = 2000
"""Messages of one answer: the gateway takes no more than six megabytes."""
JOB_SCOPES = {
    "export": READ,
    "publish": "catalogue:read",
    "send": "catalogue:read",
    "wake": "catalogue:read",
    "report": MESSAGES,
    "account": MESSAGES,
    "outcomes": READ,
}
"""What a key must be allowed to see the job of a kind; of every other kind `profiles:write`."""


class Patch(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PATCH: traits by name, and who says so."""

    traits: dict[str, Any]
    source: Name = "crm"
    correction: bool = False


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a merge."""

    into: Name


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one call."""
    return door(ROUTER.answer, event)


# ---- the single view, and what changes it


def view(request: Request, name: str) -> Answer:
    """Everything known of a person."""
    here, profile = known(request, name, READ)
    return answer(200, single_view(profile, here.publications.current().catalogue, here.clock()))


def patch(request: Request, name: str) -> Answer:
    """Set or correct traits: all of them, or with any fault none."""
    here, profile = known(request, name, WRITE)
    body, now = read(limited(request), Patch), here.clock()
    statement = Statement(body.source, now, correction=body.correction, strict=True)
    changed = curate.correct(profile.id, body.traits, statement, here.ports, now)
    return answer(200, single_view(changed, here.publications.current().catalogue, now))


def merge(request: Request, name: str) -> Answer:
    """Make two people one; the old id keeps resolving."""
    here, profile = known(request, name, WRITE)
    into, now = found(here, read(limited(request), Merge).into), here.clock()
    merged = curate.merge(profile.id, into.id, here.ports, now)
    return answer(200, single_view(merged, here.publications.current().catalogue, now))


# ---- what was said to a person


def messages(request: Request, name: str) -> Answer:
    """What was sent, skipped, and why: the newest so many, or those before a moment."""
    here, profile = known(request, name, "messages:read")
    before = moment_of("before", request.query["before"]) if "before" in request.query else math.inf
    records = [one for one in rows_of(profile, here.profiles.records, here.ports) if one.at < before]
    newest = sorted(records, key=lambda record: record.at)[-AT_ONCE:]
    return answer(200, {"messages": [told(record) for record in newest]})


def told(record: Record) -> dict[str, Any]:
    """One row of the messages; where it went and what it said stay with the person."""
    return {
        "id": record.message_id,
        "campaign": record.campaign,
        "key": record.key,
        "channel": record.channel,
        "status": record.status,
        "reason": record.reason,
        "at": text(record.at),
        "until": None if record.until is None else text(record.until),
        "offers": list(record.offers),
        "links": record.links,
    }


def decisions(request: Request, name: str) -> Answer:
    """What was really viewed."""
    _, profile = known(request, name, READ)
    return answer(200, {"decisions": [viewed(shown) for shown in profile.exposures if shown.how == "viewed"]})


def viewed(exposure: Exposure) -> dict[str, Any]:
    """One row of the decisions."""
    return {
        "decisionId": exposure.decision,
        "offer": exposure.offer,
        "placement": exposure.placement,
        "channel": exposure.channel,
        "at": text(exposure.at),
        "response": exposure.response,
    }


# ---- jobs


def export(request: Request, name: str) -> Answer:
    """Everything we hold, machine-readable."""
    here, profile = known(request, name, READ)
    return accepted(privacy.export(profile, here))


def erase(request: Request, name: str) -> Answer:
    """Remove the person from every store."""
    here, profile = known(request, name, WRITE)
    return accepted(privacy.erase(profile, here))


def start_import(request: Request) -> Answer:
    """Take a file of people, or tell where to upload a large one."""
    here = house()
    server(request, here.lookup, WRITE)
    source = request.query.get("source", "")
    if source not in here.publications.current().catalogue.house.sources:
        raise BadRequest("no such source", [{"path": "source", "message": "is no source of this house"}])
    if not request.body:
        job, address = imports.await_upload(source, here)
        return answer(202, {"job": job.id, "upload": address}, location(job))
    return accepted(imports.start(source, limited(request, imports.LARGEST), here))


def start_report(request: Request) -> Answer:
    """Count everybody for a report: sums, and no person."""
    here = house()
    server(request, here.lookup, MESSAGES)
    return accepted(crowds.begin("report", here))


def start_outcomes(request: Request) -> Answer:
    """Write the outcome log into one file: rows of people, by keyed hashes."""
    here = house()
    server(request, here.lookup, READ)
    return accepted(crowds.begin("outcomes", here))


def job(request: Request, job_id: str) -> Answer:
    """How a job stands."""
    here = house()
    any_server(request, here.lookup)  # before anybody learns whether there is such a job
    asked = here.jobs.find(job_id)
    server(request, here.lookup, JOB_SCOPES.get(asked.kind, WRITE))
    return answer(200, shown(privacy.with_address(asked, here)))


def accepted(job: Job) -> Answer:
    """What whatever starts a job answers."""
    return answer(202, {"job": job.id}, location(job))


def location(job: Job) -> dict[str, str]:
    """Where to ask for a job."""
    return {"Location": f"/v1/jobs/{job.id}"}


# ---- forms


def form(request: Request, form_id: str) -> Answer:
    """What a form still asks of a person, for their own browser or for a server."""
    here = house()
    key = needing(caller(request, here.lookup, here.sites), READ)
    who = who_calls(request, key, lambda: here.user_keys, here.clock())
    asked = request.query.get("userId")
    if who.kind == "person" and asked not in (None, who.user_id):
        raise Forbidden("userId is not the token's")
    if who.kind == "secret" and not asked:
        raise BadRequest("whose form", [{"path": "userId", "message": "is missing"}])
    name = asked if who.kind == "secret" else who.user_id
    if not name:
        raise Unauthorised("a form is for a known person: it needs their token, or a secret key and a userId")
    profile = person(Identity("user", name), here.ports)
    return answer(200, fill_form(form_id, profile, here.publications.current().catalogue, here.clock()))


def route(method: str, template: str, call: Callable[..., Answer]) -> Route:
    """A route about one person; the gateway decodes paths, so that a name with a slash comes as several parts."""
    return Route(method, f"/v1/profiles/{{name+}}{template}", call)


ROUTER = Router(
    route("GET", "/consents", consents),
    route("PUT", "/consents/{purpose}", consent),
    route("POST", "/merge", merge),
    route("GET", "/messages", messages),
    route("GET", "/decisions", decisions),
    route("GET", "/export", export),
    route("GET", "", view),
    route("PATCH", "", patch),
    route("DELETE", "", erase),
    Route("GET", "/v1/forms/{form_id}", form),
    Route("POST", "/v1/imports", start_import),
    Route("POST", "/v1/reports", start_report),
    Route("POST", "/v1/outcomes", start_outcomes),
    Route("GET", "/v1/jobs/{job_id}", job),
)
