"""Every route as its description has it: the credentials, what goes in, and what comes out, checked by machine."""

import importlib
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from msgspec import structs
from rapport.domain.message import Message
from rapport.domain.planning import with_pending
from rapport.domain.reason import MessageStatus, Reason
from rapport.ports import Change
from rapport.use_cases.compose import CLICK, ClickPayload, LinkPayload
from rapport_authoring.local.house import STARTER
from rapport_aws.access import SCOPES
from rapport_aws.subscriptions import PURPOSE, Subscription

from functions.intake.handler import handle as intake
from scripts import openapi
from tests.functions.calls import Context, bearer, call, envelope, records
from tests.functions.deployment import Deployment
from tests.functions.test_doors import reached

DOCUMENT = openapi.document()
USER = "ann"


class Asked(NamedTuple):
    """A call that is in order: the parts of its path, its body, headers and query."""

    parts: dict[str, str]
    body: Any = None
    headers: dict[str, str] = {}  # noqa: RUF012  # nobody writes into it
    query: dict[str, str] = {}  # noqa: RUF012  # as above


def files() -> dict[str, str]:
    """The starter catalogue as one document."""
    return {str(path.relative_to(STARTER)): path.read_text("utf-8") for path in STARTER.rglob("*") if path.is_file()}


TRACK = {"userId": USER, "event": "Order Completed", "properties": {"order_id": "o1", "revenue": 5}}
OFFER = {"kind": "content", "benefit": "a thing to read", "content": {"en-GB": {"headline": "A thing"}}}
PULL = {"userId": USER, "placements": ["home-hero", {"id": "home-grid", "count": 3}], "explain": True}
NAMED = {"name": USER}

# In this order: what is published, told and planned first is what later calls show.
CALLS: dict[str, Asked] = {
    "PUT /v1/catalogue": Asked({}, {"files": files()}),
    "GET /v1/catalogue": Asked({}),
    "POST /v1/catalogue/check": Asked({}, {"files": {"offers/a.yaml": "id: a"}}),
    "PUT /v1/offers/{offer_id}": Asked({"offer_id": "a-thing"}, OFFER),
    "GET /v1/offers/{offer_id}": Asked({"offer_id": "a-thing"}),
    "GET /v1/offers": Asked({}),
    "POST /v1/offers/{offer_id}/withdraw": Asked({"offer_id": "a-thing"}),
    "POST /v1/offers/{offer_id}/reinstate": Asked({"offer_id": "a-thing"}),
    "POST /v1/catalogue/rollback": Asked({}, {}),
    "POST /v1/batch": Asked({}, {"batch": [{"type": "track", **TRACK}, {"type": "none"}]}),
    "POST /v1/identify": Asked({}, {"userId": USER, "traits": {"firstName": "Ann", "shoe": 43}}),
    "POST /v1/track": Asked({}, TRACK),
    "POST /v1/page": Asked({}, {"userId": USER, "name": "Home"}),
    "POST /v1/screen": Asked({}, {"userId": USER, "name": "Home"}),
    "POST /v1/group": Asked({}, {"userId": USER, "groupId": "g1"}),
    "POST /v1/alias": Asked({}, {"userId": USER, "previousId": "browser"}),
    "POST /v1/subscribe": Asked({}, {"email": "ann@example.com", "purpose": "marketing", "topics": ["gear"]}),
    "POST /v1/personalise": Asked({}, PULL),
    "POST /v1/next-action": Asked({}, {"userId": USER, "placement": "agent-desk", "explain": True}),
    "GET /v1/forms/{form_id}": Asked({"form_id": "newsletter"}, query={"userId": USER}),
    "GET /v1/profiles/{name}": Asked(NAMED),
    "PATCH /v1/profiles/{name}": Asked(NAMED, {"traits": {"birthday": "1990-02-03"}, "correction": True}),
    "PUT /v1/profiles/{name}/consents/{purpose}": Asked(
        {**NAMED, "purpose": "marketing"},
        {"status": "granted", "channel": "email", "expires_at": "2090-01-01T00:00:00Z", "proof": {"wording": "Yes"}},
    ),
    "GET /v1/profiles/{name}/consents": Asked(NAMED, query={"at": "2089-01-01T00:00:00Z"}),
    "POST /v1/profiles/{name}/merge": Asked({"name": "bob"}, {"into": USER}),
    "GET /v1/profiles/{name}/messages": Asked(NAMED),
    "GET /v1/profiles/{name}/decisions": Asked(NAMED),
    "GET /v1/profiles/{name}/export": Asked(NAMED),
    "POST /v1/imports": Asked({}, '{"userId": "cleo", "traits": {}}\n', query={"source": "crm"}),
    "POST /v1/reports": Asked({}),
    "POST /v1/account": Asked({}),
    "POST /v1/outcomes": Asked({}),
    "GET /v1/jobs/{job_id}": Asked({"job_id": "JOB"}),
    "POST /v1/preview": Asked({}, {"campaign": "welcome-home", "profile": USER, "send_to": ["qa@trails.example"]}),
    "POST /v1/campaigns/{campaign_id}/send": Asked({"campaign_id": "lapsed"}, {"audience": "readers"}),
    "POST /v1/campaigns/{campaign_id}/pause": Asked({"campaign_id": "lapsed"}),
    "POST /v1/channels/{channel}/pause": Asked({"channel": "sms"}),
    "POST /v1/sending/pause": Asked({}),
    "GET /v1/status": Asked({}, query={"days": "2"}),
    "POST /v1/campaigns/{campaign_id}/resume": Asked({"campaign_id": "lapsed"}),
    "POST /v1/channels/{channel}/resume": Asked({"channel": "sms"}),
    "POST /v1/sending/resume": Asked({}),
    "POST /v1/redrive": Asked({}, {"queue": "intake"}),
    "GET /v1/approvals": Asked({}),
    "POST /v1/approvals/{message_id}": Asked({"message_id": "m_waits"}, {"decision": "reject"}),
    "GET /v1/openapi.json": Asked({}),
    **{
        f"{method} /{page}/{{token}}": Asked({"token": page}, "" if method == "POST" else None)
        for page in ("why", "c", "confirm", "u", "p")
        for method in ("HEAD", "GET", "POST")
        if method != "POST" or page in ("u", "confirm")
    },
    "POST /p/{token}": Asked({"token": "p"}, "action=topics"),
    "DELETE /v1/profiles/{name}": Asked(NAMED),
}


def checked(schema: dict[str, Any]) -> Draft202012Validator:
    """What holds a value to a schema of the document, and to no key besides those that it names."""
    return Draft202012Validator(
        {**closed(schema), "components": closed(DOCUMENT["components"])}, format_checker=FormatChecker()
    )


def faults(schema: dict[str, Any], answer: dict[str, Any]) -> list[str]:
    """What of an answer in JSON is not as its schema has it."""
    body = json.loads(answer["body"]) if schema else None
    return [error.message for error in checked(schema).iter_errors(body)]


def closed(schema: Any) -> Any:
    """The schema, its objects with the keys that it names and no others."""
    if isinstance(schema, list):
        return [closed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(part) for name, part in schema.items()}
    is_told = isinstance(schema.get("properties"), dict) and schema.get("type") == "object"
    return {"additionalProperties": False, **inner} if is_told else inner


def operation(route: str) -> dict[str, Any]:
    method, path = route.split(" ")
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


class Told:
    """A deployment that has been asked everything, each call with its answer."""

    def __init__(self, world: Deployment) -> None:
        self.world, self.answers, self.refused = world, dict[str, dict[str, Any]](), dict[str, list[dict[str, Any]]]()

    def ask(self, route: str, key: str | None) -> dict[str, Any]:
        asked, (method, template) = CALLS[route], route.split(" ")
        path = template.format(**{name: self.part(part) for name, part in asked.parts.items()})
        headers = {**asked.headers, **(bearer(key) if key else {})}
        door = importlib.import_module(f"functions.{reached(method, path)}.handler")
        answer: dict[str, Any] = door.handle(call(method, path, asked.body, headers, **asked.query), Context())
        return answer

    def part(self, name: str) -> str:
        """A part of a path; a token or job's id where it stands for one."""
        if name == "JOB":
            return str(json.loads(self.answers["GET /v1/profiles/{name}/export"]["body"])["job"])
        return self.sealed(name) if name in ("u", "p", "why", "c", "confirm") else name

    def sealed(self, page: str) -> str:
        now, profile = self.world.clock.now, self.world.profile(USER).id
        payload: Any = LinkPayload(profile, "m_1", "welcome-home", "email", now)
        if page == "c":
            payload = ClickPayload(profile, "m_1", "welcome-home", "email", "https://trails.example/")
        if page == "confirm":
            payload = Subscription("dora@example.com", "email", "marketing", (), now)
        purpose = {"c": CLICK, "confirm": PURPOSE}.get(page, page)
        return self.world.house.sealer.seal(purpose, msgspec.json.encode(payload))

    def everything(self) -> "Told":
        for route in CALLS:
            scope = openapi.OPERATIONS[route].scope
            if scope:
                lacking = self.world.house.keys.make_secret(SCOPES - {scope})
                self.refused[route] = [self.ask(route, key) for key in (None, lacking)]
            self.answers[route] = self.ask(route, self.world.secret if route.split(" ")[1].startswith("/v1/") else None)
            if route == "POST /v1/identify":
                live(self.world)
        return self


def live(world: Deployment) -> None:
    """Let somebody live a little: an order, what was seen, what was sent, what waits for approval."""
    now = world.clock.now
    people = [{"userId": "bob", "type": "identify", "traits": {"email": "bob@example.com", "interests": ["ski"]}}]
    told = [
        ("identify", {"userId": USER, "traits": {"email": "ann@example.com", "firstName": "Ann"}}),
        (
            "Order Completed",
            {"userId": USER, "order_id": "o1", "products": [{"sku": "wax", "name": "Wax"}], "revenue": 9},
        ),
        ("Complaint Reported", {"userId": USER, "case_id": "c1"}),
        ("City Searched", {"userId": USER, "city": "oslo"}),
        ("Delivery Rated", {"userId": USER, "stars": 4}),
        ("Store Nearby", {"userId": USER, "store": "lyon"}),
        *(("identify", one) for one in people),
    ]
    for number, (name, detail) in enumerate(told):
        intake(records(envelope(name, {**detail, "messageId": f"live-{number}"}, id_=f"l{number}")), Context())
    seal_a_view(world)
    profile = world.profile(USER)
    message = Message("m_waits", profile.id, "welcome-home", "k", now, now, now + 3600)
    message = structs.replace(message, status=MessageStatus.HELD, reason=Reason.NEEDS_APPROVAL)
    world.house.profiles.write(Change(with_pending(profile, message), messages=(message,)))


def seal_a_view(world: Deployment) -> None:
    """Let the person see what a pull shows them."""
    body = {"userId": USER, "placements": ["home-hero"]}
    door = importlib.import_module("functions.personalise.handler")
    shown = json.loads(door.handle(call("POST", "/v1/personalise", body, bearer(world.secret)), Context())["body"])
    token = shown["placements"][0]["offers"][0]["token"]
    seen = {"userId": USER, "messageId": "seen", "properties": {"token": token}}
    intake(records(envelope("Offer Viewed", seen)), Context())


@pytest.fixture(scope="module")
def told(deployed: Deployment) -> Iterator[Told]:
    return Told(deployed).everything()


def test_every_route_is_asked() -> None:
    assert set(CALLS) == set(openapi.OPERATIONS)


@pytest.mark.parametrize("route", CALLS)
def test_what_is_sent_is_what_is_described(route: str) -> None:
    content = operation(route).get("requestBody", {}).get("content", {})
    body = CALLS[route].body
    if "application/json" in content:
        assert not [*checked(content["application/json"]["schema"]).iter_errors(body)]
    assert bool(content) == (body is not None)


@pytest.mark.parametrize("route", CALLS)
def test_what_is_answered_is_what_is_described(told: Told, route: str) -> None:
    answer = told.answers[route]
    described = operation(route)["responses"].get(str(answer["statusCode"]))
    assert described is not None, answer
    assert set(described.get("headers", {})) - {"Rapport-Degraded", "ETag"} <= set(answer["headers"])
    content = described.get("content", {})
    kind = answer["headers"]["Content-Type"].partition(";")[0]
    assert kind in content or not content
    assert not faults(content[kind]["schema"] if kind == "application/json" else {}, answer)


@pytest.mark.parametrize("route", [route for route, one in openapi.OPERATIONS.items() if one.scope])
def test_a_secret_key_needs_the_scope_that_is_described(told: Told, route: str) -> None:
    assert [answer["statusCode"] for answer in told.refused[route]] == [401, 403]
    described = operation(route)["responses"]["4XX"]["content"]["application/problem+json"]["schema"]
    assert not [fault for answer in told.refused[route] for fault in faults(described, answer)]
