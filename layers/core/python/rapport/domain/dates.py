"""What falls due when only time passes: dates of the year, due moments, broadcasts, silence."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import Final

from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign, TriggerKind
from rapport.domain.catalogue import Catalogue
from rapport.domain.entering import flips
from rapport.domain.glance import Glance
from rapport.domain.moment import DAY, Moment
from rapport.domain.triggers import Run

Dated = tuple[Moment, str]
"""A moment at which a run falls due, and the run's key."""

AT_ONCE = 1.0
"""Seconds until what should have been noticed before is looked at."""


def started_by_time(glance: Glance, since: Moment) -> list[Run]:
    """The runs of dates, due moments and broadcasts that fall due after `since`, and by the moment of the glance."""
    return [
        Run(campaign, key, moment, repeated=True)
        for campaign in _waiting_for_time(glance.catalogue)
        for moment, key in _dated(campaign, glance)
        if since < moment <= glance.moment
        if campaign.trigger.audience is None or glance.in_segment(campaign, campaign.trigger.audience) is True
    ]


def overtaken(before: Glance, after: Glance) -> list[Run]:
    """Runs whose moment came to be known late but in time: within the lead of a due one, or on the day of a date."""
    now = after.moment
    return [
        Run(campaign, key, now if campaign.trigger.lead else moment, repeated=True)
        for campaign in _waiting_for_time(after.catalogue)
        for moment, key in _dated(campaign, after)
        if moment <= now < moment + _in_time(campaign) and (moment, key) not in _dated(campaign, before)
    ]


def _in_time(campaign: Campaign) -> float:
    """How long after its moment a run may still start for somebody of whom it was not known before."""
    return campaign.trigger.lead or (DAY if campaign.trigger.kind == "date" else 0.0)


def next_moment(glance: Glance) -> Moment | None:
    """When time alone next matters to a person: a date, a due moment, a broadcast, a segment that flips, silence."""
    now = glance.moment
    dated = (moment for campaign in _waiting_for_time(glance.catalogue) for moment, _ in _dated(campaign, glance))
    # What was noted late may be silent already: that is to be found out at once.
    silent = (
        max(contact.silent_after, now + AT_ONCE)
        for contact in glance.profile.contacts
        if contact.campaign and contact.response is None
    )
    flipped = flips(glance)
    moments = chain(dated, silent, [] if flipped is None else [flipped])
    return min((moment for moment in moments if moment > now), default=None)


def still_due(campaign: Campaign, key: str, glance: Glance) -> bool:
    """Whether a run of a due moment still has its moment: a moved timestamp cancels the old run."""
    return campaign.trigger.kind != "due" or any(found == key for _, found in _dated(campaign, glance))


def anniversary(day: date, year: int) -> date:
    """The day of a year on which a date is met; 29 February on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _waiting_for_time(catalogue: Catalogue) -> Iterator[Campaign]:
    return (campaign for campaign in catalogue.campaigns.values() if campaign.trigger.kind in _DATED)


def _dated(campaign: Campaign, glance: Glance) -> list[Dated]:
    return list(_DATED[campaign.trigger.kind](campaign, glance))


def _each_year(campaign: Campaign, glance: Glance) -> Iterator[Dated]:
    value = glance.moment_of(campaign)
    if value is None:
        return
    day = datetime.fromtimestamp(value, UTC).date()
    this_year = clock.local_date(glance.moment, glance.zone).year
    for year in range(max(this_year - 1, day.year + 1), this_year + 2):
        yield clock.at_local(anniversary(day, year), 0, glance.zone) - campaign.trigger.lead, str(year)


def _once_due(campaign: Campaign, glance: Glance) -> Iterator[Dated]:
    value = glance.moment_of(campaign)
    if value is not None:
        yield value - campaign.trigger.lead, clock.text(value)


def _broadcast(campaign: Campaign, glance: Glance) -> Iterator[Dated]:
    """In each person's local time; one whose time had passed when it was published is for nobody."""
    wall = datetime.fromisoformat(str(campaign.trigger.schedule))
    moment = clock.at_local(wall.date(), wall.hour * 60 + wall.minute, glance.zone)
    if moment > glance.catalogue.published_at:
        yield moment, str(campaign.trigger.schedule)


_DATED: Final[dict[TriggerKind, Callable[[Campaign, Glance], Iterator[Dated]]]] = {
    "date": _each_year,
    "due": _once_due,
    "schedule": _broadcast,
}
