"""The door of a visit: one read, one decision, one answer; nothing is written but the request's own events."""

import os
import time
from functools import cache
from typing import Any

from rapport.domain.event import Event
from rapport.domain.profile import Identity, Profile
from rapport.errors import StoreUnavailable
from rapport.use_cases.asked import ActionRequest, Asked, PullRequest, permit, whose
from rapport.use_cases.next_action import next_action
from rapport.use_cases.personalise import Reception, personalise
from rapport_aws.access import caller, server
from rapport_aws.callers import needing, who_calls
from rapport_aws.front import Front, front
from rapport_aws.http import Answer, Request, Route, Router, answer, door, limited
from rapport_aws.metrics import count
from rapport_aws.strict import read

DEGRADED = "Rapport-Degraded"
DEGRADED_COUNT = "Degraded"


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one visit."""
    return door(ROUTER.answer, event)


def pull(request: Request) -> Answer:
    """The best offers for each placement, or its fallback when the store does not answer in time."""
    here = front()
    here.begin()
    key = needing(caller(request, here.lookup, here.sites), "profiles:read")
    who = who_calls(request, key, lambda: here.user_keys, here.clock())
    wanted = read(limited(request), PullRequest)
    if tells(wanted):
        needing(key, "events:write")
    permit(wanted, who)
    asked = Asked(wanted, who, here.clock(), decision_id())
    profile, degraded = known(asked, here)
    found = personalise(asked, profile, reception(here), degraded=degraded)
    missing = "store" if degraded else ""
    if found.events and not told(found.events, here):
        missing = missing or "bus"
    return answered(found.body, missing)


def tells(wanted: PullRequest) -> bool:
    """Whether it says something of the person, besides asking: its events and consent go to the bus."""
    return bool(wanted.events) or "consent" in wanted.context


def answered(body: dict[str, Any], missing: str) -> Answer:
    """The answer, with a word and a count of what it had to do without."""
    if not missing:
        return answer(200, body)
    count(DEGRADED_COUNT, missing=missing)
    return answer(200, body, {DEGRADED: missing})


def known(asked: Asked, here: Front) -> tuple[Profile, bool]:
    """The profile asked for, and whether the store failed to tell; somebody nobody names is a new one."""
    who = whose(asked.request, asked.caller)
    return (nobody(), False) if who is None else found_or_nobody(who, here)


def found_or_nobody(who: Identity, here: Front) -> tuple[Profile, bool]:
    """The profile of an identity, or nobody's, and whether the store failed to tell."""
    try:
        return here.profile(who), False
    except StoreUnavailable:
        return nobody(), True


def nobody() -> Profile:
    """Somebody of whom nothing is known, under a name that nobody else has."""
    return Profile(f"p_{os.urandom(15).hex()}")


def told(events: tuple[Event, ...], here: Front) -> bool:
    """Hand the request's events to the bus; they counted for this answer in any case."""
    try:
        here.bus.publish(events)
    except StoreUnavailable:
        return False
    return True


def action(request: Request) -> Answer:
    """The next best actions for a person at the other end of the line; the fallback when the store does not answer."""
    here = front()
    here.begin()
    server(request, here.lookup, "profiles:read")
    wanted = read(limited(request), ActionRequest)
    profile, degraded = found_or_nobody(Identity("user", wanted.user_id), here)
    occasion = (here.clock(), decision_id())
    found = next_action(wanted, profile, reception(here), occasion, degraded=degraded)
    return answered(found.body, "store" if degraded else "")


def decision_id() -> str:
    """A new one for every answer."""
    return f"d_{os.urandom(15).hex()}"


def reception(here: Front) -> Reception:
    """What answers are made with, kept as long as the publication is the same."""
    publication, kept = here.publications.current(), receptions()
    if not kept or kept[0].publication is not publication:
        shelf, timer = here.publications.shelf, time.perf_counter
        kept[:] = [Reception(publication, here.sealer, publication.model, shelf=shelf, timer=timer)]
    return kept[0]


@cache
def receptions() -> list[Reception]:
    """The one of the live publication, or none yet."""
    return []


ROUTER = Router(Route("POST", "/v1/personalise", pull), Route("POST", "/v1/next-action", action))
