"""Writes `functions/catalogue/openapi.json`: the routes of the doors, with the very types that they read.

`python -m scripts.openapi` writes the file; a test holds it equal to this, and this equal to the routes.
"""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from rapport.use_cases.asked import ActionRequest, PullRequest
from rapport_aws.subscriptions import Wish

from functions.catalogue import approvals, campaigns, duty, publishing
from functions.profiles import consents
from functions.profiles import handler as profiles
from scripts.answers import OBJECT, SCHEMAS, TEXT

PLACE = Path("functions/catalogue/openapi.json")

Credentials = dict[str, list[str]]
SITE: Credentials = {"publishableKey": []}
USER: Credentials = {"publishableKey": [], "userToken": []}
BASIC: Credentials = {"segmentKey": []}


class Operation(NamedTuple):
    """One route: what it does, who may call, the body it reads, and how it answers when all is well.

    `scope` is what a secret key needs; `sites` are the other credentials that do. `query` and `headers` it reads.
    """

    tag: str
    summary: str
    scope: str = ""
    body: type | str | None = None
    status: int = 200
    answer: str = "Anything"
    sites: tuple[Credentials, ...] = ()
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    may_be_empty: bool = False
    """Whether a call without a body is one, too."""

    @property
    def security(self) -> list[Credentials]:
        """Who may call; nobody is named where everybody may."""
        return [*self.sites, *([{"secretKey": [self.scope]}] if self.scope else [])]


WEBSITE = (SITE, USER)
SEGMENT = (*WEBSITE, BASIC)
PEOPLE_READ, PEOPLE_WRITE, MESSAGES = "profiles:read", "profiles:write", "messages:read"
READ, WRITE = "catalogue:read", "catalogue:write"
EMPTY = True

OPERATIONS: dict[str, Operation] = {
    "POST /v1/personalise": Operation(
        "Decide",
        "The best offers for each placement, now; events or consent besides need events:write of a secret key",
        PEOPLE_READ,
        PullRequest,
        answer="Decision",
        sites=WEBSITE,
    ),
    "POST /v1/next-action": Operation(
        "Decide", "The next best actions for a person on the line", PEOPLE_READ, ActionRequest, answer="Actions"
    ),
    "GET /v1/forms/{form_id}": Operation(
        "Decide", "What a form still asks", PEOPLE_READ, answer="Form", sites=(USER,), query=("userId",)
    ),
    "POST /v1/batch": Operation(
        "Collect",
        "Many messages of Segment's spec",
        "events:write",
        "Batch",
        answer="BatchResult",
        sites=SEGMENT,
        headers=("Content-Encoding",),
    ),
    **{
        f"POST /v1/{call}": Operation(
            "Collect", f"One {call} message", "events:write", "Message", answer="Success", sites=SEGMENT
        )
        for call in ("identify", "track", "page", "screen", "group", "alias")
    },
    "POST /v1/subscribe": Operation(
        "Collect", "Ask for a double opt-in", PEOPLE_WRITE, Wish, 202, "Success", sites=WEBSITE
    ),
    "GET /v1/profiles/{name}": Operation("People", "The single view", PEOPLE_READ, answer="View"),
    "PATCH /v1/profiles/{name}": Operation(
        "People", "Set or correct traits", PEOPLE_WRITE, profiles.Patch, answer="View"
    ),
    "DELETE /v1/profiles/{name}": Operation(
        "People", "Erase from every store", PEOPLE_WRITE, status=202, answer="Started"
    ),
    "GET /v1/profiles/{name}/consents": Operation(
        "People", "What was granted at a moment, with its receipts", PEOPLE_READ, answer="Proofs", query=("at",)
    ),
    "PUT /v1/profiles/{name}/consents/{purpose}": Operation(
        "People", "Keep a consent receipt", PEOPLE_WRITE, consents.ConsentGiven, answer="Consents"
    ),
    "POST /v1/profiles/{name}/merge": Operation(
        "People", "Make two people one", PEOPLE_WRITE, profiles.Merge, answer="View"
    ),
    "GET /v1/profiles/{name}/messages": Operation(
        "People",
        "What was sent, skipped, and why: the newest 2,000, or those before a moment",
        MESSAGES,
        answer="Messages",
        query=("before",),
    ),
    "GET /v1/profiles/{name}/decisions": Operation("People", "What was viewed", PEOPLE_READ, answer="Decisions"),
    "GET /v1/profiles/{name}/export": Operation(
        "People", "Everything we hold", PEOPLE_READ, status=202, answer="Started"
    ),
    "POST /v1/imports": Operation(
        "People", "Import people", PEOPLE_WRITE, "Lines", 202, "Started", query=("source",), may_be_empty=EMPTY
    ),
    "POST /v1/reports": Operation("Duty", "Count everybody for a report", MESSAGES, status=202, answer="Started"),
    "POST /v1/outcomes": Operation(
        "Duty", "Write the outcome log into one file", PEOPLE_READ, status=202, answer="Started"
    ),
    "GET /v1/jobs/{job_id}": Operation(
        "People", "How a job stands; needs the scope of what began it", answer="Job", sites=({"secretKey": []},)
    ),
    "PUT /v1/catalogue": Operation(
        "Catalogue",
        "Check and publish a folder",
        WRITE,
        publishing.Folder,
        202,
        "Started",
        headers=("If-Match",),
        may_be_empty=EMPTY,
    ),
    "GET /v1/catalogue": Operation("Catalogue", "The live version and its files", READ, answer="Files"),
    "POST /v1/catalogue/check": Operation(
        "Catalogue", "What is wrong with a folder", READ, publishing.Folder, answer="Check"
    ),
    "POST /v1/catalogue/rollback": Operation(
        "Catalogue", "Go back to a version", WRITE, publishing.Back, answer="Version", may_be_empty=EMPTY
    ),
    "GET /v1/offers": Operation("Catalogue", "Every offer, with what overlays it", READ, answer="Offers"),
    "GET /v1/offers/{offer_id}": Operation("Catalogue", "One offer", READ, answer="Offer"),
    "PUT /v1/offers/{offer_id}": Operation(
        "Catalogue", "Write one offer, publish", WRITE, "Anything", 202, "Started", headers=("If-Match",)
    ),
    "POST /v1/offers/{offer_id}/withdraw": Operation(
        "Catalogue", "Withdraw an offer everywhere", WRITE, answer="Overlaid"
    ),
    "POST /v1/offers/{offer_id}/reinstate": Operation("Catalogue", "Undo a withdrawal", WRITE, answer="Overlaid"),
    "POST /v1/preview": Operation(
        "Catalogue",
        "Every channel of a campaign; to mail it to seed addresses needs messages:approve besides",
        READ,
        campaigns.PreviewAsked,
        answer="Preview",
    ),
    "POST /v1/campaigns/{campaign_id}/send": Operation(
        "Catalogue",
        "Send a campaign to its audience (dry run by default)",
        WRITE,
        campaigns.SendAsked,
        202,
        "Started",
        may_be_empty=EMPTY,
    ),
    "POST /v1/campaigns/{campaign_id}/pause": Operation("Catalogue", "Pause a campaign", WRITE, answer="Paused"),
    "POST /v1/campaigns/{campaign_id}/resume": Operation("Catalogue", "Let a campaign go on", WRITE, answer="Paused"),
    "POST /v1/channels/{channel}/pause": Operation("Duty", "Pause everything on a channel", WRITE, answer="Paused"),
    "POST /v1/channels/{channel}/resume": Operation(
        "Duty", "Let a channel go on, its past forgiven", WRITE, answer="Paused"
    ),
    "POST /v1/sending/pause": Operation("Duty", "Stop everything that goes out", WRITE, answer="Paused"),
    "POST /v1/sending/resume": Operation("Duty", "Let everything go out again", WRITE, answer="Paused"),
    "GET /v1/status": Operation("Duty", "How sending stands", MESSAGES, answer="Status", query=("days",)),
    "POST /v1/account": Operation("Duty", "Count how all messages stand", MESSAGES, status=202, answer="Started"),
    "POST /v1/redrive": Operation(
        "Duty", "Send dead letters back", WRITE, duty.RedriveAsked, answer="Redriven", may_be_empty=EMPTY
    ),
    "GET /v1/approvals": Operation("Catalogue", "What waits for the team", MESSAGES, answer="Approvals"),
    "POST /v1/approvals/{message_id}": Operation(
        "Catalogue", "Approve or reject", "messages:approve", approvals.Judgement, answer="Judged"
    ),
    "GET /v1/openapi.json": Operation("Catalogue", "This document", answer="Anything"),
    "GET /u/{token}": Operation("Pages", "Ask whether to unsubscribe", answer="html"),
    "POST /u/{token}": Operation("Pages", "Unsubscribe (RFC 8058)", body="form", answer="html"),
    "GET /p/{token}": Operation("Pages", "The preference centre", answer="html"),
    "POST /p/{token}": Operation("Pages", "Change preferences", body="form", answer="html"),
    "GET /why/{token}": Operation("Pages", "Why this message", answer="html"),
    **{
        f"HEAD /{page}/{{token}}": Operation("Pages", "Whether a link is one of ours", status=status, answer="html")
        for page, status in (("u", 200), ("p", 200), ("why", 200), ("c", 302), ("confirm", 200))
    },
    "GET /c/{token}": Operation("Pages", "Go where a link leads", status=302, answer="html"),
    "GET /confirm/{token}": Operation("Pages", "Ask to confirm a subscription", answer="html"),
    "POST /confirm/{token}": Operation("Pages", "Confirm a subscription", body="form", answer="html"),
}

SECURITY = {
    "publishableKey": {"type": "apiKey", "in": "header", "name": "X-Rapport-Key"},
    "userToken": {"type": "apiKey", "in": "header", "name": "X-Rapport-User"},
    "secretKey": {"type": "http", "scheme": "bearer"},
    "segmentKey": {"type": "http", "scheme": "basic", "description": "The key as user name, no password"},
}


def document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    bodies = [operation.body for operation in OPERATIONS.values() if isinstance(operation.body, type)]
    _, read = msgspec.json.schema_components(bodies, ref_template="#/components/schemas/{name}")
    paths: dict[str, dict[str, Any]] = {}
    for route, operation in OPERATIONS.items():
        method, path = route.split(" ")
        paths.setdefault(path, {})[method.lower()] = described(route, operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Rapport", "version": "1", "description": "Personalisation with manners."},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {"schemas": {**SCHEMAS, **read}, "securitySchemes": SECURITY},
    }


def described(route: str, operation: Operation) -> dict[str, Any]:
    """One operation."""
    found: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", route).strip("_"),
        "tags": [operation.tag],
        "summary": operation.summary,
        "security": operation.security,
        "responses": {str(operation.status): good(operation), "4XX": bad(operation), "503": bad(operation)},
    }
    parameters = [parameter(name, "path") for name in re.findall(r"{(\w+)}", route)]
    parameters += [parameter(name, "query") for name in operation.query]
    parameters += [parameter(name, "header") for name in operation.headers]
    if parameters:
        found["parameters"] = parameters
    if operation.body is not None:
        is_needed = not operation.may_be_empty and operation.body != "form"
        found["requestBody"] = {"required": is_needed, "content": content(operation.body)}
    return found


def parameter(name: str, where: str) -> dict[str, Any]:
    """A parameter of text."""
    return {"name": name, "in": where, "required": where == "path", "schema": TEXT}


def content(body: type | str) -> dict[str, Any]:
    """The body of a request or an answer, by media type."""
    if body == "html":
        return {"text/html": {"schema": TEXT}}
    if body == "form":
        return {"application/x-www-form-urlencoded": {"schema": OBJECT}}
    if body == "Lines":
        return {"application/x-ndjson": {"schema": TEXT}, "text/csv": {"schema": TEXT}}
    name = body if isinstance(body, str) else body.__name__
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def good(operation: Operation) -> dict[str, Any]:
    """The answer when all is well."""
    told = {"description": SAYS[operation.status]}
    headers = [name for name, statuses in ANSWERED.items() if operation.answer in statuses]
    if operation.status == 302:
        return {**told, "headers": {"Location": {"schema": TEXT}}}
    found = {**told, "content": content(operation.answer)}
    return {**found, "headers": {name: {"schema": TEXT} for name in headers}} if headers else found


SAYS = {200: "Done", 202: "Begun", 302: "There"}
ANSWERED = {
    "Location": ("Started",),
    "ETag": ("Files", "Started"),
    "Rapport-Degraded": ("Decision", "Actions"),
}
"""Headers that say something, by what is answered; one that is not always there is not needed."""


def bad(operation: Operation) -> dict[str, Any]:
    """The answer when something is wrong: a problem, on a person's own pages a page."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    told = content("html") if operation.tag == "Pages" else {"application/problem+json": schema}
    return {"description": "What is wrong", "content": told}


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), "utf-8")
