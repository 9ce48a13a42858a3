"""Whether a message that falls due at a known hour can go out before it is stale: delay, local time and quiet hours."""

from collections.abc import Iterator
from datetime import datetime

from rapport.domain.moment import DAY, HOUR, MINUTE

from rapport_authoring.check.world import Rule, World
from rapport_authoring.documents import Campaign
from rapport_authoring.documents.house import QuietHours
from rapport_authoring.loader import Entry
from rapport_authoring.problems import Code, Problem

DAY_MINUTES = 24 * 60


def hours(world: World) -> Iterator[Problem]:
    """A date falls due at midnight, a broadcast at its hour: what may only go out when it is stale never goes out."""
    house = world.documents.house
    quiet = world.house.contact.quiet_hours if house and not house.lacks("contact") else None
    for entry in world.documents.campaigns:
        due = _due(entry.model)
        if due is None or any(map(entry.lacks, ("trigger", "after", "at", "fresh_for", "channels"))):
            continue
        campaign = entry.model
        fresh = campaign.fresh_for if campaign.fresh_for is not None else campaign.after + DAY
        waits = campaign.urgent or "web" in campaign.channels
        late = _late(campaign, due, None if waits else quiet) * MINUTE
        if late > fresh >= campaign.after:
            yield _never(entry, late, fresh)


def _never(entry: Entry[Campaign], late: float, fresh: float) -> Problem:
    message = f"it may go out {late / HOUR:.3g} hours after it falls due, and is stale after {fresh / HOUR:.3g}"
    key = next((key for key in ("fresh_for", "at") if getattr(entry.model, key) is not None), "trigger")
    return Problem.found(
        Code.NEVER_SENT, entry.at(key), message, "make `fresh_for` longer, or choose another time of day"
    )


def _due(campaign: Campaign) -> int | None:
    """The minute of the day at which it falls due, None when that may be any."""
    trigger = campaign.trigger
    if trigger.kinds == ["date"]:
        return int(-(trigger.lead or 0) // MINUTE) % DAY_MINUTES
    if trigger.kinds == ["schedule"] and trigger.schedule:
        moment = datetime.fromisoformat(trigger.schedule)
        return moment.hour * 60 + moment.minute
    return None


def _late(campaign: Campaign, due: int, quiet: QuietHours | None) -> int:
    """Minutes from when it falls due until it may go out."""
    late = int(campaign.after // MINUTE)
    late += (campaign.at - due - late) % DAY_MINUTES if campaign.at is not None else 0
    clock = (due + late) % DAY_MINUTES
    if quiet and (clock - quiet.start) % DAY_MINUTES < (quiet.end - quiet.start) % DAY_MINUTES:
        late += (quiet.end - clock) % DAY_MINUTES
    return late


RULES: tuple[Rule, ...] = (hours,)
