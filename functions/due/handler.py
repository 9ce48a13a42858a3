"""The door of the tick: whatever fell due by now goes to the dispatch queue, and what ran out is told to all."""

from typing import Any, Protocol

from rapport.errors import NotFound
from rapport.use_cases.run_out import limited, run_out
from rapport_aws.assemble import House, house

AT_MOST = 500
ENOUGH = 20_000
"""Milliseconds left at which no further page is begun; the next tick goes on."""


class Clocked(Protocol):
    """What of Lambda's context matters here."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        ...


def handle(_event: dict[str, Any], context: Clocked) -> dict[str, int]:
    """Hand over page after page of due rows, while there are any and there is time."""
    here, count = house(), 0
    while (page := hand_over(here)) and context.get_remaining_time_in_millis() > ENOUGH:
        count += page
    tell_what_ran_out(here)
    return {"due": count + page}


def hand_over(here: House) -> int:
    """Put what is due on the queue, and only then call it done: a row may be told twice, and is never lost."""
    rows = here.schedule.due(here.clock(), AT_MOST)
    here.enqueue(rows)
    for row in rows:
        here.schedule.done(row)
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
