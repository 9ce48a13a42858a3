"""How sending stands: what was planned and became of it, what waits and for how long, what is paused, what is dead."""

from collections import Counter
from typing import TYPE_CHECKING, Any

from rapport.domain.reason import MessageStatus, Reason

from rapport_aws import balancing, metrics
from rapport_aws.health import WATCHED
from rapport_aws.tally import PLANNED

if TYPE_CHECKING:
    from rapport_aws.assemble import House

LANES = {"service": False, "bulk": True}
UNSETTLED = {
    "HELD MISSING_DATA": (MessageStatus.HELD, Reason.MISSING_DATA),
    "HELD NEEDS_APPROVAL": (MessageStatus.HELD, Reason.NEEDS_APPROVAL),
    "IN_DOUBT": (MessageStatus.IN_DOUBT, None),
}


def status(here: "House", days: int) -> dict[str, Any]:
    """Everything that somebody on duty asks, over the last so many days where it is about days."""
    counted = here.tally.days(days)
    totals = sum((Counter(day.counts) for day in counted), Counter[str]())
    return {
        "days": [{"day": day.day, "messages": day.counts} for day in counted],
        "planned": totals.pop(PLANNED, 0),
        "sent": totals.get("SENT", 0),
        "skipped": _by_reason(totals, "SKIPPED"),
        "failed": _by_reason(totals, "FAILED"),
        **standing(here),
        "account": balancing.shown(here),
        "oldest": {lane: _age(here, bulk=bulk) for lane, bulk in LANES.items()},
        "queues": {name: {"waiting": here.queues.waiting(name), "dead": here.queues.dead(name)} for name in QUEUES},
        "paused": _paused(here),
        "breaker": {channel: here.health.strain(channel, here.health.account()) for channel in WATCHED},
        "rates": dict(here.rates()),
    }


QUEUES = ("intake", "dispatch", "bulk", "feedback")


def standing(here: "House") -> dict[str, Any]:
    """How many messages are held, by reason, and in doubt, and since when (moments) the oldest of each kind is."""
    found = {name: here.unsettled.count(*kind) for name, kind in UNSETTLED.items()}
    held = {name.partition(" ")[2]: number for name, (number, _) in found.items() if name.startswith("HELD")}
    return {
        "held": held,
        "in_doubt": found["IN_DOUBT"][0],
        "oldest_unsettled": {name: oldest for name, (_, oldest) in found.items() if oldest is not None},
    }


def tell(here: "House") -> None:
    """The same as metrics, each minute."""
    stands = standing(here)
    for reason, number in stands["held"].items():
        metrics.gauge("Held", number, reason=reason)
    metrics.gauge("InDoubt", stands["in_doubt"])
    for lane, bulk in LANES.items():
        metrics.gauge("OldestDue", _age(here, bulk=bulk) or 0.0, lane=lane)


def _age(here: "House", *, bulk: bool) -> float | None:
    """Seconds for which the oldest row of a lane has been due without being handed over; None when there is none."""
    oldest = here.schedule.oldest(here.clock(), bulk=bulk)
    return None if oldest is None else round(here.clock() - oldest, 1)


def _by_reason(totals: Counter[str], ending: str) -> dict[str, int]:
    return {name.partition(" ")[2]: number for name, number in totals.items() if name.partition(" ")[0] == ending}


def _paused(here: "House") -> dict[str, Any]:
    names = here.curation.pointer().paused
    kinds = {name: name.partition(":") for name in sorted(names - {"*"})}
    return {
        "all": "*" in names,
        "channels": [rest for kind, colon, rest in kinds.values() if colon and kind == "channel"],
        "campaigns": [name for name, (_, colon, _) in kinds.items() if not colon],
    }
