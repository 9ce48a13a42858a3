"""Time as the core sees it: a moment is float seconds since the epoch, UTC; wall clocks only where people live."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

Moment: TypeAlias = float

MINUTE = 60.0
HOUR = 3600.0
DAY = 86400.0

EARLIEST: Final = -62135596800.0
LATEST: Final = 253402300799.0
"""The years 1 to 9999: beyond them no moment can be written as text."""


def parse(text: str) -> Moment:
    """The moment of an RFC 3339 text; a missing offset means UTC.

    Raises ValueError on anything else, and for one that an offset takes out of the years 1 to 9999.
    """
    moment = by_any_clock(text)
    if not can_be_written(moment):
        raise ValueError("not a moment that has a date")
    return moment


def by_any_clock(text: str) -> Moment:
    """The same, however wrong the clock: one that has no date is to be set right before it is kept."""
    if len(text) > 40 or "T" not in text.upper():
        raise ValueError(f"not a moment: {text[:40]!r}")
    told = datetime.fromisoformat(text.upper())
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()


def can_be_written(moment: Moment) -> bool:
    """Whether a moment has a date: what has none must never be stored."""
    return EARLIEST <= moment <= LATEST


def text(moment: Moment) -> str:
    """RFC 3339 in UTC, with milliseconds only where there are some: `2026-11-22T08:00:00Z`."""
    stamp = datetime.fromtimestamp(round(moment, 3), UTC)
    return stamp.isoformat(timespec="milliseconds" if stamp.microsecond else "seconds").replace("+00:00", "Z")


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises ZoneInfoNotFoundError or ValueError for an unknown one."""
    return ZoneInfo(name)


def local(moment: Moment, zone_name: str) -> datetime:
    """The wall clock at a moment in a zone."""
    return datetime.fromtimestamp(moment, zone(zone_name))


def at_local(day: date, minute_of_day: int, zone_name: str) -> Moment:
    """The moment of a local wall-clock time.

    A time inside a daylight-saving gap is met at the first moment after the gap, a double one at its first occurrence.
    """
    wall = datetime.combine(day, time(minute_of_day // 60, minute_of_day % 60), zone(zone_name))
    moment = wall.timestamp()
    seen = local(moment, zone_name)
    if seen.replace(tzinfo=None, fold=0) == wall.replace(tzinfo=None):
        return moment
    return _end_of_gap(wall, zone_name)


def _end_of_gap(wall: datetime, zone_name: str) -> Moment:
    """The first moment after the gap that a wall time lies in: fold 0 counts by the offset before, fold 1 after."""
    before, after = wall.replace(fold=0).timestamp(), wall.replace(fold=1).timestamp()
    changed = changed_between(min(before, after), max(before, after), zone_name)
    return max(before, after) if changed is None else changed


def changed_between(start: Moment, end: Moment, zone_name: str) -> Moment | None:
    """The moment at which a zone's clock is changed between two moments, to the second; None where it is not."""
    where = zone(zone_name)
    low, high = int(start), int(end)
    before = datetime.fromtimestamp(low, where).utcoffset()
    if datetime.fromtimestamp(high, where).utcoffset() == before:
        return None
    while low + 1 < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, where).utcoffset() == before:
            low = middle
        else:
            high = middle
    return float(high)


def next_local(minute_of_day: int, zone_name: str, after: Moment) -> Moment:
    """The first moment not before `after` at which the wall clock shows that minute of the day."""
    day = local(after, zone_name).date()
    for step in range(-1, 3):
        moment = at_local(day + timedelta(days=step), minute_of_day, zone_name)
        if moment >= after:
            return moment
    raise ValueError(f"no such local time in {zone_name}")


def minute_of_day(moment: Moment, zone_name: str) -> int:
    """Minutes since local midnight by the wall clock."""
    wall = local(moment, zone_name)
    return wall.hour * 60 + wall.minute


def local_date(moment: Moment, zone_name: str) -> date:
    """The calendar day where a person lives."""
    return local(moment, zone_name).date()


def midnight_utc(day: date) -> Moment:
    """What a value of type `date` is: midnight UTC of its day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
