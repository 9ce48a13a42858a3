"""The door of a visit: one read, one decision, one answer; nothing is written but the request's own events."""

import os
import time
from functools import cache
from typing import Any

from rapport.domain.profile import Profile
from rapport.errors import StoreUnavailable
from rapport.ports import Publication
from rapport.use_cases.asked import PullRequest, permit, whose
from rapport.use_cases.personalise import Asked, Desk, personalise
from rapport_aws.access import caller
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
    asked = Asked(wanted, who, here.clock(), f"d_{os.urandom(15).hex()}")
    profile, degraded = known(asked, here)
    found = personalise(asked, profile, desk_of(here.publications.current(), here), degraded=degraded)
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


def told(events: tuple[Any, ...], here: Front) -> bool:
    """Hand the request's events to the bus; they counted for this answer in any case."""
    try:
        here.bus.publish(events)
    except StoreUnavailable:
        return False
    return True


def desk_of(publication: Publication, here: Front) -> Desk:
    """What answers are made with, kept as long as the publication is the same."""
    kept = desks()
    if kept.get("publication") is not publication:
        kept |= {"publication": publication, "desk": Desk(publication, here.sealer, timer=time.perf_counter)}
    desk: Desk = kept["desk"]
    return desk


@cache
def desks() -> dict[str, Any]:
    """The desk of the live publication."""
    return {}


ROUTER = Router(Route("POST", "/v1/personalise", pull))
