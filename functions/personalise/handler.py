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
from rapport_aws.strict import read

DEGRADED = "Rapport-Degraded"


def handle(event: dict[str, Any], _context: object) -> Answer:
    """Answer one visit."""
    return door(ROUTER.answer, event)


def pull(request: Request) -> Answer:
    """The best offers for each placement, or its fallback when the store does not answer in time."""
    here = front()
    key = needing(caller(request, here.lookup, here.sites), "profiles:read")
    who = who_calls(request, key, lambda: here.user_keys, here.clock())
    wanted = read(limited(request), PullRequest)
    permit(wanted, who)
    asked = Asked(wanted, who, here.clock(), decision_id())
    profile, degraded = known(asked, here)
    found = personalise(asked, profile, reception(here), degraded=degraded)
    headers = {DEGRADED: "store"} if degraded else {}
    if found.events and not told(found.events, here):
        headers[DEGRADED] = "bus"
    return answer(200, found.body, headers)


def known(asked: Asked, here: Front) -> tuple[Profile, bool]:
    """The profile asked for, and whether the store failed to tell; somebody nobody names is a new one."""
    who = whose(asked.request, asked.caller)
    nobody = Profile(f"p_{os.urandom(15).hex()}")
    try:
        return (nobody if who is None else here.profile(who)), False
    except StoreUnavailable:
        return nobody, True


def told(events: tuple[Event, ...], here: Front) -> bool:
    """Hand the request's events to the bus; they counted for this answer in any case."""
    try:
        here.bus.publish(events)
    except StoreUnavailable:
        return False
    return True


def action(request: Request) -> Answer:
    """The next best actions for a person at the other end of the line."""
    here = front()
    server(request, here.lookup, "profiles:read")
    wanted = read(limited(request), ActionRequest)
    profile = here.profile(Identity("user", wanted.user_id))
    return answer(200, next_action(wanted, profile, reception(here), (here.clock(), decision_id())).body)


def decision_id() -> str:
    """A new one for every answer."""
    return f"d_{os.urandom(15).hex()}"


def reception(here: Front) -> Reception:
    """What answers are made with, kept as long as the publication is the same."""
    publication, kept = here.publications.current(), receptions()
    if not kept or kept[0].publication is not publication:
        shelf, timer = here.publications.shelf, time.perf_counter
        kept[:] = [Reception(publication, here.sealer, shelf=shelf, timer=timer)]
    return kept[0]


@cache
def receptions() -> list[Reception]:
    """The one of the live publication, or none yet."""
    return []


ROUTER = Router(Route("POST", "/v1/personalise", pull), Route("POST", "/v1/next-action", action))
