"""The door of the tick that learns: the outcome log is read on, and what is known by now goes to everybody."""

from typing import Any, Protocol

from rapport.domain.moment import parse
from rapport.errors import BadRequest, Conflict
from rapport.use_cases.learn import from_moment, read_on
from rapport_aws.assemble import House, house
from rapport_aws.metrics import count
from rapport_aws.models import Known

ENOUGH = 20_000
"""Milliseconds left at which no further minute is begun; the next tick goes on."""


class Clocked(Protocol):
    """What of Lambda's context matters here."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        ...


def handle(event: dict[str, Any], context: Clocked) -> dict[str, int]:
    """Learn what came since the last tick. With `from` (RFC 3339) everything is learned anew from that moment on."""
    here = house()
    return learn(here, event.get("from"), lambda: context.get_remaining_time_in_millis() < ENOUGH)


def learn(here: House, since: Any, enough: Any) -> dict[str, int]:  # noqa: ANN401  # JSON; a question
    """Read on and keep what was learned; a tick that another one was faster than leaves everything as it is."""
    known = here.learning.kept()
    course = here.learning.course(known)
    if since is not None:
        course = from_moment(_moment(since), course)
    settled, learner = read_on(course, here.outcome_log, here.clock(), enough=enough)
    if learner.refused > course.learner().refused:
        count("Unbelieved")
    try:
        here.learning.keep(known, settled, Known(learner.learned, learner.norms))
    except Conflict:
        return {"minute": course.minute}
    return {"minute": settled.minute}


def _moment(since: Any) -> float:  # noqa: ANN401  # JSON
    try:
        return parse(since)
    except (TypeError, ValueError) as error:
        raise BadRequest("from is a moment, as 2026-11-22T08:00:00Z") from error
