"""The door of the team: check, publish, roll back, offers, previews, campaigns; and of whoever lost their way."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from rapport_aws.http import Answer, Request, Route, Router, answer, door, nowhere

from functions.catalogue.approvals import approvals, judge
from functions.catalogue.campaigns import pausing, preview, send
from functions.catalogue.duty import account, pausing_all, pausing_channel, redrive, status
from functions.catalogue.offers import offer_of, offers, overlaid, put_offer
from functions.catalogue.publishing import check_only, current, publish, rollback, smaller


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one call."""
    return door(answered, event)


def answered(request: Request) -> Answer:
    """What this door answers. The gateway brings it what is no route at all, too. Raises NotFound, NotAllowedHere."""
    if ROUTER.methods(request.path):
        return smaller(ROUTER.answer(request), request)
    raise nowhere(everywhere().methods(request.path))


@cache
def everywhere() -> Router:
    """Every path of the interface, whichever door answers it."""
    paths: dict[str, list[str]] = json.loads(described())["paths"]
    return Router(*(Route(method.upper(), path, answer) for path, methods in paths.items() for method in methods))


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
    Route("POST", "/v1/channels/{channel}/pause", pausing_channel(paused=True)),
    Route("POST", "/v1/channels/{channel}/resume", pausing_channel(paused=False)),
    Route("POST", "/v1/sending/pause", pausing_all(paused=True)),
    Route("POST", "/v1/sending/resume", pausing_all(paused=False)),
    Route("GET", "/v1/status", status),
    Route("POST", "/v1/account", account),
    Route("POST", "/v1/redrive", redrive),
    Route("GET", "/v1/approvals", approvals),
    Route("POST", "/v1/approvals/{message_id}", judge),
    Route("GET", "/v1/openapi.json", openapi),
)
