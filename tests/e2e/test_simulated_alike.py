"""The simulator and the deployed stack, told the same: the same offers for the same reasons, the same messages.

The shipped week, and one of more that may happen, are played line by line through the public API, each line at the
moment it is told; then the very same lines, with those moments, are simulated. Nothing here knows the hour: by day or
in quiet hours both must agree. No placement learns meanwhile: what a stack has learned is what happened on it before.
"""

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pytest
from rapport.domain.moment import text
from rapport_authoring.check import check
from rapport_authoring.local.house import starter_files
from rapport_authoring.local.place import Deployed
from rapport_authoring.simulation import simulate

from tests.e2e.conftest import Caller
from tests.e2e.wire import fresh, mails_to, messages, order, settle

Line = dict[str, Any]
WEEK = Path(__file__).parents[2] / "events" / "samples" / "week.ndjson"
CATALOGUE = {path: text.replace("learn: true", "learn: false") for path, text in starter_files().items()}
HERO: list[Any] = ["home-hero", {"id": "home-grid", "count": 4}, "product-side"]


def week(ann: str, browser: str) -> list[Line]:
    """The shipped timeline, happening now, to somebody whom no earlier run has met."""
    written = WEEK.read_text().replace('"ann"', f'"{ann}"').replace('"browser-1"', f'"{browser}"')
    told = written.replace("ann@example.com", f"{ann}@example.com").splitlines()
    return [line for line in map(json.loads, told) if line["type"] not in ("profile", "end")]


def timeline(ann: str, bo: str, browser: str) -> list[Line]:
    """What two people and a browser do in a few minutes: looking, buying, booking, complaining, rating, leaving."""
    known: Line = {"type": "personalise", "userId": ann, "known": True, "placements": HERO, "explain": True}
    agent: Line = {"type": "next-action", "userId": ann, "channel": "call", "placement": "agent-desk"}
    lines: list[Line] = [
        visited(browser),
        seen(browser, "ski"),
        seen(browser, "ski"),
        visited(browser, locale="fr-BE", device="mobile"),
        introduced(ann, firstName="Ann", interests=["ski"], timezone="Europe/Paris", anonymousId=browser),
        {"type": "consent", "userId": ann, "purpose": "personalisation", "status": "granted"},
        known,
        visited(browser),
        track(ann, "Order Completed", order("o-1", "wax", "Ski wax")),
        known,
        {"type": "consent", "userId": ann, "purpose": "marketing", "status": "granted"},
        track(ann, "Trip Searched", {"destination": "oslo"}),
        track(ann, "Flight Booked", {"destination": "stockholm", "booking_id": "b-1", "return_date": "2099-01-01"}),
        known,
        agent,
        track(ann, "Product Added", {"cart_id": "c-1", "sku": "boots-alpine"}),
        track(ann, "Order Completed", order("o-2", "boots-alpine", "Boots") | {"cart_id": "c-1"}),
        track(ann, "Delivery Rated", {"order_id": "o-1", "stars": 5}),
        track(ann, "Complaint Reported", {"case_id": "k-1"}),
        known,
        agent,
        track(ann, "Order Completed", order("o-3", "cap-1", "Cap") | {"revenue": 900.0}),
        introduced(bo, firstName="Bo", locale="fr-FR", household="family", timezone="America/New_York"),
        track(bo, "Signed Up", {}),
        track(bo, "Trip Completed", {"booking_id": "b-2", "leg": "return"}),
        track(bo, "Delivery Rated", {"order_id": "o-4", "stars": 1}),
        track(bo, "Payment At Risk", {"payment_id": "p-1", "due": "2099-01-01"}),
        track(bo, "Product Added", {"cart_id": "c-2", "sku": "cap-1"}),
        {"type": "consent", "userId": bo, "purpose": "marketing", "status": "granted"},
        {"type": "consent", "userId": bo, "purpose": "marketing", "channel": "email", "status": "withdrawn"},
        track(bo, "Product Added", {"cart_id": "c-3", "sku": "cap-1"}),
        track(bo, "Order Completed", order("o-5", "shell-3l", "Veste")),
        {**known, "userId": bo},
    ]
    return lines


def named(line: Line) -> Line:
    """A line of its own, a message under an id of its own."""
    return {**line, **({} if line["type"] in NOT_TOLD else {"messageId": fresh("m")})}


NOT_TOLD = ("personalise", "next-action", "consent")


def visited(browser: str, **context: str) -> Line:
    return {"type": "personalise", "anonymousId": browser, "placements": HERO, "context": context}


def seen(browser: str, category: str) -> Line:
    about = {"sku": fresh("s"), "category": category}
    return {"type": "track", "anonymousId": browser, "trusted": False, "event": "Product Viewed", "properties": about}


def introduced(user: str, anonymousId: str | None = None, **traits: Any) -> Line:  # noqa: N803 - its name on the wire
    stretch = {} if anonymousId is None else {"anonymousId": anonymousId}
    told = {"email": f"{user}@example.com", "locale": "en-GB", "adult": True, **traits}
    return {"type": "identify", "userId": user, **stretch, "traits": told, "source": "declared"}


def track(user: str, event: str, properties: Mapping[str, Any]) -> Line:
    return {"type": "track", "userId": user, "event": event, "properties": properties}


# ---- the same lines over the API


def as_message(line: Line) -> Line:
    """A line as Segment's clients send it: the source goes into the context."""
    kept = {key: value for key, value in line.items() if key not in ("at", "type", "trusted", "source")}
    return kept | ({"context": {"source": line["source"]}} if "source" in line else {})


def play(caller: Caller, line: Line) -> Any:
    """Tell a line as whoever it stands for, and wait until everything that follows from it now has happened."""
    answer = tell(caller, line)
    assert answer.status == 200, (line, answer)
    settle(caller.stack)
    return answer.body


def tell(caller: Caller, line: Line) -> Any:
    kind = line["type"]
    if kind == "consent":
        path = f"/v1/profiles/{line['userId']}/consents/{line['purpose']}"
        return caller("PUT", path, {key: line[key] for key in ("status", "channel") if key in line})
    if kind == "personalise":
        body = {key: value for key, value in line.items() if key not in ("at", "type", "known")}
        token = {"X_Rapport_User": token_of(line["userId"], caller.stack)} if line.get("known") else {}
        return caller("POST", "/v1/personalise", body, X_Rapport_Key=caller.stack.site_key, **token)
    if kind == "next-action":
        return caller("POST", "/v1/next-action", {key: line[key] for key in ("userId", "channel", "placement")})
    call = caller.as_site if line.get("trusted") is False else caller
    return call("POST", f"/v1/{kind}", as_message(line))


def token_of(user: str, stack: Deployed) -> str:
    """A user token as the site's own server signs it."""
    now = int(time.time())
    claims = {"sub": user, "aud": stack.site_key, "iat": now, "exp": now + 600}
    return jwt.encode(claims, stack.site_secret, algorithm="HS256")


# ---- what both sides tell, in words that both have


@dataclass(frozen=True)
class Told:
    """The answers line by line, and per person what became of each message."""

    answers: list[Any]
    messages: dict[str, dict[Any, Any]]
    mails: dict[str, list[Any]]


def answer_of(body: Mapping[str, Any]) -> Any:
    """What was offered and why; tokens, ids of decisions and timings are each side's own."""
    if "actions" in body:
        return [(one["offer"], one["why"], one["content"]) for one in body["actions"]]
    reasons = [
        (one["placement"], one["offer"], one["stage"], one["reason"], one.get("mode"))
        for one in body.get("explain", {}).get("candidates", [])
    ]
    chosen = [
        (place["id"], place["fallback"], [(one["id"], one["why"], one["content"]) for one in place["offers"]])
        for place in body["placements"]
    ]
    return chosen, reasons


def last_words(rows: Iterable[Mapping[str, Any]]) -> dict[Any, Any]:
    """By campaign and key: the channel, status, reason and offers that a message ended with."""
    return {
        (row["campaign"], row["key"]): (row["channel"], row["status"], row.get("reason"), row.get("offers") or [])
        for row in rows
    }


@pytest.fixture(scope="module")
def both(stack: Deployed, caller: Caller) -> tuple[list[Line], Told, Told]:
    people = [fresh("week"), fresh("ann"), fresh("bo")]
    told = week(people[0], fresh("browser")) + timeline(people[1], people[2], fresh("browser"))
    lines, answers = list(map(named, told)), []
    for line in lines:
        line["at"] = text(time.time())
        answers.append(play(caller, line))
    lines.append({"at": text(time.time()), "type": "end"})
    return lines, deployed(caller, people, lines, answers), simulated(people, lines)


def deployed(caller: Caller, people: list[str], lines: list[Line], answers: list[Any]) -> Told:
    asked = [answer_of(body) for line, body in zip(lines, answers, strict=False) if line["type"] in NOT_TOLD[:2]]
    mails = {
        user: [(mail.subject, words(mail.text)) for mail in mails_to(caller.stack, f"{user}@example.com")]
        for user in people
    }
    rows = {user: sorted(messages(caller, user), key=lambda row: row["at"]) for user in people}
    return Told(asked, {user: last_words(found) for user, found in rows.items()}, mails)


def simulated(people: list[str], lines: list[Line]) -> Told:
    catalogue = check(CATALOGUE).catalogue
    assert catalogue is not None
    rows = list(simulate(catalogue, [json.dumps(line) + "\n" for line in lines], 0))
    assert [row for row in rows if row["type"] == "error"] == []
    sent = [row for row in rows if row["type"] == "message"]
    mine = {user: [row for row in sent if row.get("userId") == user] for user in people}
    mails = {
        user: [
            (row["content"]["subject"], words(row["content"]["text"]))
            for row in found
            if (row["status"], row["channel"]) == ("SENT", "email")
        ]
        for user, found in mine.items()
    }
    asked = [answer_of(row) for row in rows if row["type"] in ("decision", "next-action")]
    return Told(asked, {user: last_words(found) for user, found in mine.items()}, mails)


def words(plain: str) -> str:
    """A mail's text without the addresses of the person's own pages, which differ by house."""
    kept = [word for word in plain.split() if "://127.0.0.1" not in word and "://simulated.example" not in word]
    return " ".join(kept)


def test_every_visit_and_every_agent_got_the_same_offers_for_the_same_reasons(
    both: tuple[list[Line], Told, Told],
) -> None:
    _, real, played = both
    assert real.answers == played.answers


def test_every_message_ended_the_same(both: tuple[list[Line], Told, Told]) -> None:
    _, real, played = both
    assert real.messages == played.messages


def test_every_mail_said_the_same(both: tuple[list[Line], Told, Told]) -> None:
    _, real, played = both
    assert real.mails == played.mails


def test_the_timeline_had_something_to_agree_on(both: tuple[list[Line], Told, Told]) -> None:
    _, real, _ = both
    ends = {end[1] for found in real.messages.values() for end in found.values()}
    assert ends >= {"SENT", "DEFERRED", "SKIPPED"}
