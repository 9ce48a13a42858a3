"""For whoever is on duty: how sending stands, what stops it within seconds, and dead letters sent back."""

from collections.abc import Callable
from typing import Literal

from msgspec import Struct
from rapport.domain.house import CHANNELS
from rapport.errors import BadRequest, NotFound
from rapport_aws import balancing
from rapport_aws import status as standing
from rapport_aws.health import WATCHED
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.strict import read

from functions.catalogue.asking import WRITE, allowed

EVERYTHING = "*"
MOST_DAYS = 90
PATIENCE = 20.0
"""Seconds that dead letters are sent back for in one call; the answer tells whether some are left."""

Queue = Literal["intake", "dispatch", "bulk", "feedback"]


class RedriveAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of a redrive: of one queue, or of all."""

    queue: Queue | None = None


def status(request: Request) -> Answer:
    """How sending stands; `?days=` says how far back its counts go."""
    here = allowed(request, "messages:read")
    asked = request.query.get("days", "1")
    if not asked.isdecimal() or not 1 <= int(asked[:4]) <= MOST_DAYS:
        raise BadRequest("not a number of days", [{"path": "days", "message": f"from 1 to {MOST_DAYS}"}])
    return answer(200, standing.status(here, int(asked)))


def account(request: Request) -> Answer:
    """Count how all messages stand, everybody's; what comes of it is in the status as well."""
    job = balancing.begin(allowed(request, "messages:read"))
    return answer(202, {"job": job.id}, {"Location": f"/v1/jobs/{job.id}"})


def pausing_channel(*, paused: bool) -> Callable[..., Answer]:
    """The route that pauses a channel, or lets it go on with its past forgiven."""

    def call(request: Request, channel: str) -> Answer:
        here = allowed(request, WRITE)
        if channel not in CHANNELS:
            raise NotFound("there is no such channel")
        lay = here.curation.lay if paused else here.curation.lift
        lay("paused", f"channel:{channel}")
        if not paused and channel in WATCHED:
            here.health.forgive(channel)
            lay("paused", f"bulk:{channel}")
        here.publications.refresh()
        return answer(200, {"channel": channel, "paused": paused})

    return call


def pausing_all(*, paused: bool) -> Callable[..., Answer]:
    """The route that stops everything that goes out, service too, or lets it go on."""

    def call(request: Request) -> Answer:
        here = allowed(request, WRITE)
        (here.curation.lay if paused else here.curation.lift)("paused", EVERYTHING)
        here.publications.refresh()
        return answer(200, {"paused": paused})

    return call


def redrive(request: Request) -> Answer:
    """Send dead letters back to where they came from."""
    here = allowed(request, WRITE)
    body = read(limited(request), RedriveAsked) if request.body else RedriveAsked()
    queues = standing.QUEUES if body.queue is None else (body.queue,)
    until = here.clock() + PATIENCE
    moved = {queue: here.queues.redrive(queue, until, here.clock) for queue in queues}
    return answer(200, {"moved": moved, "left": sum(here.queues.dead(queue) for queue in queues)})
