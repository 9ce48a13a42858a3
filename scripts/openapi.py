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

PLACE = Path("functions/catalogue/openapi.json")

Credentials = dict[str, list[str]]
SITE: Credentials = {"publishableKey": []}
USER: Credentials = {"publishableKey": [], "userToken": []}
SERVER: Credentials = {"secretKey": []}
BASIC: Credentials = {"segmentKey": []}
ANYBODY: list[Credentials] = []
WEBSITE = [SITE, USER, SERVER]
TEAM = [SERVER]


class Operation(NamedTuple):
    """One route: what it does, who may call, the body it reads, and how it answers when all is well."""

    tag: str
    summary: str
    security: list[Credentials]
    body: type | str | None = None
    status: int = 200
    answer: str = "Anything"
    query: tuple[str, ...] = ()


SEGMENT = [*WEBSITE, BASIC]

OPERATIONS: dict[str, Operation] = {
    "POST /v1/personalise": Operation(
        "Decide", "The best offers for each placement, now", WEBSITE, PullRequest, 200, "Decision"
    ),
    "POST /v1/next-action": Operation(
        "Decide", "The next best actions for a person on the line", TEAM, ActionRequest, 200, "Actions"
    ),
    "GET /v1/forms/{form_id}": Operation(
        "Decide", "What a form still asks", [USER, SERVER], answer="Form", query=("userId",)
    ),
    "POST /v1/batch": Operation("Collect", "Many messages of Segment's spec", SEGMENT, "Batch", 200, "BatchResult"),
    **{
        f"POST /v1/{call}": Operation("Collect", f"One {call} message", SEGMENT, "Message", 200, "Success")
        for call in ("identify", "track", "page", "screen", "group", "alias")
    },
    "POST /v1/subscribe": Operation("Collect", "Ask for a double opt-in", WEBSITE, Wish, 202, "Success"),
    "GET /v1/profiles/{name}": Operation("People", "The single view", TEAM, answer="View"),
    "PATCH /v1/profiles/{name}": Operation("People", "Set or correct traits", TEAM, profiles.Patch, 200, "View"),
    "DELETE /v1/profiles/{name}": Operation("People", "Erase from every store", TEAM, status=202, answer="Started"),
    "GET /v1/profiles/{name}/consents": Operation(
        "People", "What was granted at a moment, with its receipts", TEAM, answer="Consents", query=("at",)
    ),
    "PUT /v1/profiles/{name}/consents/{purpose}": Operation(
        "People", "Keep a consent receipt", TEAM, consents.ConsentGiven
    ),
    "POST /v1/profiles/{name}/merge": Operation("People", "Make two people one", TEAM, profiles.Merge, 200, "View"),
    "GET /v1/profiles/{name}/messages": Operation("People", "What was sent, skipped, and why", TEAM, answer="Messages"),
    "GET /v1/profiles/{name}/decisions": Operation("People", "What was viewed", TEAM),
    "GET /v1/profiles/{name}/export": Operation("People", "Everything we hold", TEAM, status=202, answer="Started"),
    "POST /v1/imports": Operation("People", "Import people", TEAM, "Lines", 202, "Started", ("source",)),
    "POST /v1/reports": Operation("Duty", "Count everybody for a report", TEAM, status=202, answer="Started"),
    "POST /v1/outcomes": Operation("Duty", "Write the outcome log into one file", TEAM, status=202, answer="Started"),
    "GET /v1/jobs/{job_id}": Operation("People", "How a job stands", TEAM, answer="Job"),
    "PUT /v1/catalogue": Operation("Catalogue", "Check and publish a folder", TEAM, publishing.Folder, 202, "Started"),
    "GET /v1/catalogue": Operation("Catalogue", "The live version and its files", TEAM, answer="Files"),
    "POST /v1/catalogue/check": Operation(
        "Catalogue", "What is wrong with a folder", TEAM, publishing.Folder, 200, "Check"
    ),
    "POST /v1/catalogue/rollback": Operation(
        "Catalogue", "Go back to a version", TEAM, publishing.Back, 200, "Version"
    ),
    "GET /v1/offers": Operation("Catalogue", "Every offer, with what overlays it", TEAM),
    "GET /v1/offers/{offer_id}": Operation("Catalogue", "One offer", TEAM),
    "PUT /v1/offers/{offer_id}": Operation("Catalogue", "Write one offer, publish", TEAM, "Anything", 202, "Started"),
    "POST /v1/offers/{offer_id}/withdraw": Operation("Catalogue", "Withdraw an offer everywhere", TEAM),
    "POST /v1/offers/{offer_id}/reinstate": Operation("Catalogue", "Undo a withdrawal", TEAM),
    "POST /v1/preview": Operation("Catalogue", "Every channel of a campaign", TEAM, campaigns.PreviewAsked),
    "POST /v1/campaigns/{campaign_id}/send": Operation(
        "Catalogue", "Send a campaign to its audience (dry run by default)", TEAM, campaigns.SendAsked, 202, "Started"
    ),
    "POST /v1/campaigns/{campaign_id}/pause": Operation("Catalogue", "Pause a campaign", TEAM),
    "POST /v1/campaigns/{campaign_id}/resume": Operation("Catalogue", "Let a campaign go on", TEAM),
    "POST /v1/channels/{channel}/pause": Operation("Duty", "Pause everything on a channel", TEAM),
    "POST /v1/channels/{channel}/resume": Operation("Duty", "Let a channel go on, its past forgiven", TEAM),
    "POST /v1/sending/pause": Operation("Duty", "Stop everything that goes out", TEAM),
    "POST /v1/sending/resume": Operation("Duty", "Let everything go out again", TEAM),
    "GET /v1/status": Operation("Duty", "How sending stands", TEAM, answer="Status", query=("days",)),
    "POST /v1/redrive": Operation("Duty", "Send dead letters back", TEAM, duty.RedriveAsked, 200, "Redriven"),
    "GET /v1/approvals": Operation("Catalogue", "What waits for the team", TEAM),
    "POST /v1/approvals/{message_id}": Operation("Catalogue", "Approve or reject", TEAM, approvals.Judgement),
    "GET /v1/openapi.json": Operation("Catalogue", "This document", ANYBODY),
    "GET /u/{token}": Operation("Pages", "Ask whether to unsubscribe", ANYBODY, answer="html"),
    "POST /u/{token}": Operation("Pages", "Unsubscribe (RFC 8058)", ANYBODY, "form", 200, "html"),
    "GET /p/{token}": Operation("Pages", "The preference centre", ANYBODY, answer="html"),
    "POST /p/{token}": Operation("Pages", "Change preferences", ANYBODY, "form", 200, "html"),
    "GET /why/{token}": Operation("Pages", "Why this message", ANYBODY, answer="html"),
    **{
        f"HEAD /{page}/{{token}}": Operation("Pages", "Whether a link is one of ours", ANYBODY, status=status)
        for page, status in (("u", 200), ("p", 200), ("why", 200), ("c", 302), ("confirm", 200))
    },
    "GET /c/{token}": Operation("Pages", "Go where a link leads", ANYBODY, status=302),
    "GET /confirm/{token}": Operation("Pages", "Ask to confirm a subscription", ANYBODY, answer="html"),
    "POST /confirm/{token}": Operation("Pages", "Confirm a subscription", ANYBODY, "form", 200, "html"),
}


def an_object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  # JSON Schema
    """An object that has at least these properties."""
    return {"type": "object", "required": sorted(properties), "properties": properties}


TEXT, NUMBER, FLAG, OBJECT = {"type": "string"}, {"type": "number"}, {"type": "boolean"}, {"type": "object"}
OBJECTS = {"type": "array", "items": OBJECT}
FAULT = an_object(path=TEXT, message=TEXT)
PLACED = an_object(code=TEXT, message=TEXT, file=TEXT, line=NUMBER, column=NUMBER, hint=TEXT)

SCHEMAS: dict[str, dict[str, Any]] = {
    "Anything": {},
    "Problem": {
        **an_object(type=TEXT, title=TEXT, status=NUMBER, detail=TEXT),
        "description": "RFC 9457; `errors` names the fault and its place",
    },
    "Message": {"type": "object", "description": "A message of Segment's spec; unknown keys are let through"},
    "Batch": an_object(batch={"type": "array", "items": {"$ref": "#/components/schemas/Message"}}),
    "BatchResult": an_object(
        success=FLAG,
        results={
            "type": "array",
            "items": an_object(
                messageId={"type": ["string", "null"]},
                status={"enum": ["accepted", "rejected"]},
                errors={"type": "array", "items": FAULT},
            ),
        },
    ),
    "Success": an_object(success=FLAG),
    "Decision": an_object(decisionId=TEXT, profileId=TEXT, catalogue=TEXT, holdout=FLAG, placements=OBJECTS),
    "Actions": an_object(decisionId=TEXT, profileId=TEXT, catalogue=TEXT, actions=OBJECTS),
    "Form": an_object(asks={"type": "array", "items": TEXT}, known=OBJECT),
    "View": an_object(profileId=TEXT, traits=OBJECT, consents=OBJECT, contacts=OBJECT, intents=OBJECT),
    "Consents": an_object(at=TEXT, consents=OBJECT, receipts=OBJECTS),
    "Messages": an_object(messages=OBJECTS),
    "Started": {
        "type": "object",
        "description": "A job, or an address to upload to",
        "properties": {"job": TEXT, "upload": TEXT, "uploaded": TEXT},
    },
    "Job": an_object(
        id=TEXT,
        state={"enum": ["waiting", "running", "done", "failed"]},
        progress=NUMBER,
        result={"type": ["object", "null"]},
    ),
    "Files": an_object(version=TEXT, files={"type": "object", "additionalProperties": TEXT}),
    "Check": an_object(errors={"type": "array", "items": PLACED}, warnings={"type": "array", "items": PLACED}),
    "Version": an_object(version=TEXT),
    "Status": an_object(
        days=OBJECTS,
        planned=NUMBER,
        sent=NUMBER,
        skipped=OBJECT,
        failed=OBJECT,
        held=OBJECT,
        in_doubt=NUMBER,
        oldest_unsettled=OBJECT,
        oldest=OBJECT,
        queues=OBJECT,
        paused=OBJECT,
        breaker=OBJECT,
        rates=OBJECT,
    ),
    "Redriven": an_object(moved=OBJECT, left=NUMBER),
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
        "responses": {str(operation.status): good(operation), "4XX": bad(), "503": bad()},
    }
    parameters = [parameter(name, "path") for name in re.findall(r"{(\w+)}", route)]
    parameters += [parameter(name, "query") for name in operation.query]
    if parameters:
        found["parameters"] = parameters
    if operation.body is not None:
        found["requestBody"] = {"content": content(operation.body)}
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
    if operation.status == 302:
        return {"description": "There", "headers": {"Location": {"schema": TEXT}}}
    return {"description": "Done" if operation.status == 200 else "Begun", "content": content(operation.answer)}


def bad() -> dict[str, Any]:
    """The answer when something is wrong."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": "What is wrong", "content": {"application/problem+json": schema}}


def text() -> str:
    """The document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PLACE.write_text(text(), "utf-8")
