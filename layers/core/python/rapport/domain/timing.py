"""When a message may go out: delays, local times, quiet hours and blackout days, by the person's own clock."""

from datetime import date, timedelta
from zoneinfo import ZoneInfoNotFoundError

from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign
from rapport.domain.house import House, QuietHours
from rapport.domain.moment import MINUTE, Moment
from rapport.domain.profile import Profile
from rapport.domain.reason import Reason

MOST_BLACKOUT_DAYS = 400
MINUTES_OF_DAY = 24 * 60
MOST_SPREAD = 5 * MINUTE
SHARE_OF_FRESHNESS = 0.1


def zone_of(profile: Profile, house: House) -> str:
    """The person's time zone where one is known, else the house's."""
    known = profile.traits.get("timezone")
    if known is None or not isinstance(known.value, str):
        return house.timezone
    try:
        clock.zone(known.value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return house.timezone
    return known.value


def due_at(campaign: Campaign, falls_due: Moment, zone: str) -> Moment:
    """When a run is first looked at: after its delay, then at the campaign's local time if it names one."""
    moment = falls_due + campaign.after
    return moment if campaign.at is None else clock.next_local(campaign.at, zone, moment)


def goes_stale_at(campaign: Campaign, falls_due: Moment) -> Moment:
    """After this moment the trigger is no longer worth answering."""
    return falls_due + campaign.freshness


def waits(campaign: Campaign, channel: str, house: House, zone: str, moment: Moment) -> tuple[Moment, Reason] | None:
    """Until when quiet hours or a blackout day keep a message back on a channel, and which; None when it may go now."""
    if channel == "web":
        return None
    until, reason = moment, None
    for _ in range(MOST_BLACKOUT_DAYS):
        step = _quiet(campaign, house, zone, until) or _blackout(campaign, house, zone, until)
        if step is None:
            break
        until, why = step
        reason = reason or why
    return None if reason is None else (until, reason)


def spread(campaign: Campaign, house: House, zone: str, falls_due: Moment, moment: Moment) -> float:
    """Seconds by which a look may come later while nothing about it changes: still fresh, and outside quiet hours."""
    most = min(MOST_SPREAD, (goes_stale_at(campaign, falls_due) - moment) * SHARE_OF_FRESHNESS)
    kept_back = any(waits(campaign, channel, house, zone, moment + most) for channel in campaign.channels)
    return 0.0 if most <= 0 or kept_back else most


def is_quiet(hours: QuietHours, minute: int) -> bool:
    """Whether a minute of the local day lies within: the start is in, the end is out, midnight may lie between."""
    if hours.start <= hours.end:
        return hours.start <= minute < hours.end
    return minute >= hours.start or minute < hours.end


def _quiet(campaign: Campaign, house: House, zone: str, moment: Moment) -> tuple[Moment, Reason] | None:
    hours = house.contact.quiet_hours
    if hours is None or campaign.urgent or not is_quiet(hours, clock.minute_of_day(moment, zone)):
        return None
    return _awake(hours, zone, moment), Reason.QUIET_HOURS


def _awake(hours: QuietHours, zone: str, moment: Moment) -> Moment:
    """The first moment from a quiet one on at which the wall clock shows none; when it is changed, it may be then."""
    while is_quiet(hours, minute := clock.minute_of_day(moment, zone)):
        ahead = moment - moment % MINUTE + (hours.end - minute) % MINUTES_OF_DAY * MINUTE
        moment = clock.changed_between(moment, ahead, zone) or ahead
    return moment


def _blackout(campaign: Campaign, house: House, zone: str, moment: Moment) -> tuple[Moment, Reason] | None:
    if campaign.is_service or not house.contact.blackout:
        return None
    day: date = clock.local_date(moment, zone)
    if day.isoformat() not in house.contact.blackout:
        return None
    return clock.at_local(day + timedelta(days=1), 0, zone), Reason.BLACKOUT
