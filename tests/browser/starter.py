"""The starter's messages as people get them: whoever told a lot, in three languages, and whoever told nothing."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rapport.domain.event import EventFacts
from rapport.domain.moment import parse
from rapport.use_cases.preview import NOBODY, Wanted, preview
from rapport_authoring.check import check
from rapport_authoring.simulation import Simulation

from tests.catalogue.test_right_catalogues import STARTER

AT = "2026-11-22T10:00:00Z"
NOW = parse(AT)
ANN = {
    "email": "ann@example.com", "phone": "+33612345678", "firstName": "Ann", "lastName": "Moreau", "tier": "gold",
    "adviser": "Marie", "adult": True, "interests": ["ski", "food"], "household": "family", "homeRegion": "Savoie",
    "birthday": "1990-11-24", "address": {"street": "12 Rue des Érables", "postalCode": "73000", "city": "Chambéry"},
}  # fmt: skip
EVENT: Mapping[str, Any] = {
    "order_id": "NT-4711", "revenue": 314.5,
    "products": [{"name": "Rain shell", "price": 290}, {"name": "Wax for the season", "price": 24.5, "quantity": 1}],
    "item": "your rain shell", "destination": "Oslo", "subject": "a torn zip", "name": "Rain shell", "price": 290,
    "title": "Hut to hut in the Vanoise", "summary": "Five days, five huts, one pass with snow in July.",
    "starts_at": "2026-11-23T18:30:00Z", "amount": 240, "due_on": "2026-12-01", "savings": 900, "shortfall": 80,
    "stars": 2, "comment": "The zip tore on the second day.", "guide": "hut-to-hut",
}  # fmt: skip
CAMPAIGNS = (
    "welcome", "order-confirmation", "how-do-you-like-it", "ask-for-review", "poor-rating", "welcome-home", "apology",
    "birthday", "anniversary", "guarantee-ends", "wax-due", "boots-worn-out", "webinar-reminder", "new-article",
    "e-book", "payment-help", "thank-you-note", "video-call", "abandoned-basket", "lapsed", "season-opens",
)  # fmt: skip
"""The whole range."""


LUC = {**ANN, "email": "luc@example.com", "firstName": "Luc", "locale": "fr-FR"}
LEILA = {**ANN, "email": "leila@example.com", "firstName": "ليلى", "locale": "ar"}
ARABIC = Path(__file__).parent / "arabic"
"""Two of the starter's templates as a house in Arabic would write them."""


def files() -> dict[str, str]:
    """The starter's files, and the Arabic templates."""
    starter = {path.relative_to(STARTER).as_posix(): path for path in STARTER.rglob("*") if path.is_file()}
    arabic = {f"templates/{path.relative_to(ARABIC).as_posix()}": path for path in ARABIC.rglob("*.j2")}
    return {name: path.read_text("utf-8") for name, path in {**starter, **arabic}.items()}


@cache
def simulation() -> Simulation:
    """Ann, who has told a lot, Luc and Leila, who told the same, and Nour, of whom only an address is known."""
    catalogue = check(files()).catalogue
    assert catalogue is not None
    simulated = Simulation(catalogue)
    lines: list[dict[str, Any]] = [
        {"at": AT, "type": "consent", "userId": who, "purpose": purpose, "status": "granted"}
        for who in ("ann", "nour", "luc", "leila")
        for purpose in ("marketing", "personalisation", "profiling")
    ]
    lines += [
        *({"at": AT, "type": "identify", "userId": who, "source": "crm", "traits": traits}
          for who, traits in (("ann", ANN), ("luc", LUC), ("leila", LEILA))),
        *({"at": AT, "type": "track", "userId": who, "event": "Order Completed", "timestamp": "2026-10-01T10:00:00Z",
           "properties": {"order_id": "o1", "revenue": 80, "products": [{"sku": "map"}]}}
          for who in ("ann", "luc", "leila")),
        {"at": AT, "type": "identify", "userId": "nour", "traits": {"email": "nour@example.com"}},
        *({"at": AT, "type": "track", "userId": who, "event": "Trip Searched", "properties": {"destination": city}}
          for who in ("ann", "luc") for city in ("oslo", "rome")),
        {"at": AT, "type": "track", "userId": "nour", "event": "Payment At Risk", "properties": {"payment_id": "p1"}},
    ]  # fmt: skip
    for line in lines:
        simulated.play(json.dumps(line))
    return simulated


def shown(campaign: str, who: str | None, event: Mapping[str, Any] = EVENT) -> Mapping[str, Any]:
    """A campaign's channels, for Ann, for Nour, or for nobody known."""
    world = simulation().world
    assert world is not None
    person = NOBODY if who is None else world.person(who)
    found = preview(Wanted(campaign, person, event=EventFacts("Preview", NOW, dict(event))), world.desk, NOW)
    channels: Mapping[str, Any] = found["channels"]
    return channels


def emails(who: str | None, event: Mapping[str, Any] = EVENT) -> dict[str, str]:
    """Every email of the starter, by campaign."""
    found = {campaign: shown(campaign, who, event).get("email") for campaign in CAMPAIGNS}
    return {campaign: str(content["html"]) for campaign, content in found.items() if content}
