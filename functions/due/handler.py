"""The door of the tick: whatever fell due by now goes to the dispatch queue."""

from typing import Any, Protocol

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
    return {"due": count + page}


def hand_over(here: House) -> int:
    """Put what is due on the queue, and only then call it done: a row may be told twice, and is never lost."""
    rows = here.schedule.due(here.clock(), AT_MOST)
    here.enqueue(rows)
    for row in rows:
        here.schedule.done(row)
    return len(rows)
