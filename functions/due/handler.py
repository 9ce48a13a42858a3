"""The door of the tick: what fell due goes to the queue of its lane, and what all must know is told."""

from typing import Any, Protocol

from rapport.errors import NotFound
from rapport.use_cases.run_out import limited, run_out
from rapport_aws import balancing, metrics, status
from rapport_aws.assemble import House, house
from rapport_aws.watch import look_after, room

AT_MOST = 500
ENOUGH = 20_000
"""Milliseconds left at which no further page is begun; the next tick goes on."""


class Clocked(Protocol):
    """What of Lambda's context matters here."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        ...


def handle(_event: dict[str, Any], context: Clocked) -> dict[str, int]:
    """Hand over page after page of due rows, service first, while there are any and there is time."""
    here = house()
    count = handed_over(here, context)
    count += handed_over(here, context, bulk=True, most=room(here))
    tell_what_ran_out(here)
    look_after(here)
    balancing.look_after(here)
    status.tell(here)
    return {"due": count}


def handed_over(here: House, context: Clocked, *, bulk: bool = False, most: int | None = None) -> int:
    """Hand over the due rows of a lane, no more than there is room for; how many."""
    count, page = 0, AT_MOST
    while page == AT_MOST and context.get_remaining_time_in_millis() > ENOUGH:
        asked = AT_MOST if most is None else min(AT_MOST, most - count)
        page = hand_over(here, asked, bulk=bulk) if asked > 0 else 0
        count += page
    return count


def hand_over(here: House, limit: int, *, bulk: bool) -> int:
    """Put what is due on the queue, and only then call it done: a row may be told twice, and is never lost."""
    rows = here.schedule.due(here.clock(), limit, bulk=bulk)
    here.enqueue(rows)
    here.schedule.all_done(rows)
    if untold := sum(row.kind == "announcement" for row in rows):
        metrics.gauge("Untold", untold)
    return len(rows)


def tell_what_ran_out(here: House) -> None:
    """Lay over the publication of which offers everybody together had as many as there are."""
    try:
        live = here.publications.current()
    except NotFound:
        return
    found = run_out(limited(live.catalogue), here.ledger, here.clock())
    if found != live.exhausted:
        here.curation.exhaust(found)
