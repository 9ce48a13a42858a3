"""The clock in every time zone, on every day of two years on which it is changed: nothing at night, lost, or twice.

The oracle walks through the minutes of those days and reads the wall clock, so it knows nothing of offsets or folds.
Zones that keep the same time in those years are walked through once.
"""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from msgspec import structs
from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.catalogue import Catalogue
from rapport.domain.dates import started_by_time
from rapport.domain.glance import Glance
from rapport.domain.house import ContactPolicy, House, QuietHours
from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.domain.profile import Profile
from rapport.domain.timing import due_at, is_quiet, waits
from rapport.domain.trait import BUILT_IN, TraitDefinition, TraitValue

pytestmark = pytest.mark.slow

YEARS = (2026, 2027)
# Half an hour, two hours, a day that does not exist, a quarter past, a change at midnight, a country that gave it up.
ODD = {
    "Australia/Lord_Howe": date(2026, 4, 5),
    "Antarctica/Troll": date(2026, 3, 29),
    "Pacific/Apia": date(2011, 12, 30),
    "Pacific/Kwajalein": date(1993, 8, 21),
    "Pacific/Chatham": date(2026, 9, 27),
    "America/Asuncion": date(2023, 10, 1),
    "Asia/Beirut": date(2026, 3, 29),
    "Africa/Casablanca": date(2026, 2, 15),
    "Europe/Moscow": date(2014, 10, 26),
    "America/St_Johns": date(2010, 11, 7),
}
MINUTES = (0, 1, 30, 59, 60, 90, 119, 120, 121, 150, 179, 180, 181, 195, 240, 540, 1380, 1439)
NIGHTS = [
    QuietHours(21 * 60, 8 * 60),
    QuietHours(2 * 60, 3 * 60),
    QuietHours(60, 150),
    QuietHours(22 * 60 + 30, 2 * 60 + 30),
    QuietHours(0, 60),
    QuietHours(150, 120),
]


def at(day: date, hours: float = 0.0) -> Moment:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + hours * 3600


@cache
def offsets(name: str) -> tuple[tuple[int, float], ...]:
    """The zone's offset from day to day of the two years."""
    zone, start = ZoneInfo(name), at(date(YEARS[0], 1, 1))
    days = range((date(YEARS[-1] + 1, 1, 1) - date(YEARS[0], 1, 1)).days + 1)
    return tuple((day, datetime.fromtimestamp(start + day * DAY, zone).utcoffset().total_seconds()) for day in days)  # type: ignore[union-attr]  # aware


def changes() -> Iterator[tuple[str, date]]:
    """A zone of each kind, and each day on which its clock is changed (or the day after)."""
    first = date(YEARS[0], 1, 1)
    kinds = {offsets(name): name for name in sorted(available_timezones(), reverse=True) if name != "localtime"}
    for told, name in kinds.items():
        for (_, before), (day, after) in pairwise(told):
            if before != after:
                yield name, first + timedelta(days=day - 1)
    yield from ODD.items()


CHANGES = list(changes())


@dataclass(frozen=True)
class Walk:
    """The minutes of some days around a change, and what a wall clock shows at each."""

    zone: str
    day: date
    moments: list[Moment]
    walls: list[tuple[date, int]]
    latest: list[tuple[date, int]]
    """The latest time that was shown so far."""

    def first(self, wall: tuple[date, int]) -> Moment | None:
        """The first moment that shows this time, or a later one where it is left out; None outside of these days."""
        place = bisect_left(self.latest, wall)
        return self.moments[place] if 0 < place < len(self.moments) else None


@cache
def walk(name: str, day: date) -> Walk:
    zone = ZoneInfo(name)
    moments = [at(day, -36) + minute * MINUTE for minute in range(5 * 24 * 60)]
    clocks = [datetime.fromtimestamp(moment, zone) for moment in moments]
    walls = [(shown.date(), shown.hour * 60 + shown.minute) for shown in clocks]
    return Walk(name, day, moments, walls, list(accumulate(walls, max)))


def test_there_are_zones_to_walk_through() -> None:
    assert (len(CHANGES) > 100, {name for name, _ in CHANGES} >= ODD.keys()) == (True, True)


def test_a_local_time_is_met_once_at_its_first_occurrence_or_at_the_end_of_its_gap() -> None:
    wrong = []
    for name, day in CHANGES:
        walked = walk(name, day)
        for step in (0, 1):
            for minute in MINUTES:
                wanted = walked.first((day + timedelta(days=step), minute))
                found = clock.at_local(day + timedelta(days=step), minute, name)
                if wanted is not None and abs(found - wanted) >= MINUTE:
                    wrong.append((name, day, step, minute, found - wanted))
    assert not wrong


def test_the_next_local_time_is_the_first_that_has_not_been() -> None:
    wrong = []
    for name, day in CHANGES:
        walked = walk(name, day)
        for place in range(24 * 60, 3 * 24 * 60, 47):
            after = walked.moments[place]
            for minute in (0, 120, 150, 540):
                found = clock.next_local(minute, name, after)
                met = {walked.first((walked.day + timedelta(days=step), minute)) for step in range(-1, 4)}
                wanted = min(moment for moment in met if moment is not None and moment >= after)
                if abs(found - wanted) >= MINUTE:
                    wrong.append((name, day, minute, after, found - wanted))
    assert not wrong


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_no_message_goes_out_in_quiet_hours_and_none_waits_longer_than_they_last(night: QuietHours) -> None:
    house = House("House", contact=ContactPolicy(quiet_hours=night))
    campaign = Campaign("c", "marketing", "content", Trigger("event"), ("email",), "t")
    wrong = []
    for name, day in CHANGES:
        walked = walk(name, day)
        awake = [m for m, (_, minute) in zip(walked.moments, walked.walls, strict=True) if not is_quiet(night, minute)]
        for moment in walked.moments[24 * 60 : 3 * 24 * 60 : 23]:
            wait = waits(campaign, "email", house, name, moment)
            found = moment if wait is None else wait[0]
            if abs(found - awake[bisect_left(awake, moment)]) >= MINUTE:
                wrong.append((name, day, moment, found - awake[bisect_left(awake, moment)]))
    assert not wrong


HOUSE = House("House", contact=ContactPolicy(quiet_hours=None))
BIRTHDAY = Campaign("b", "service", "relationship", Trigger("date", trait="birthday"), ("email",), "t", at=9 * 60)
SPRING = Campaign("s", "service", "content", Trigger("schedule", schedule="2026-03-29T02:30"), ("email",), "t")
CATALOGUE = Catalogue(
    HOUSE,
    traits={**BUILT_IN, "birthday": TraitDefinition("birthday", "date")},
    campaigns={"b": BIRTHDAY, "s": structs.replace(SPRING)},
    published_at=0.0,
)


def born(day: date, zone: str) -> Profile:
    value = TraitValue(clock.midnight_utc(day), "declared", 0.0, 1.0)
    traits = {"birthday": value, "timezone": TraitValue(zone, "declared", 0.0, 1.0)}
    return Profile("p", version=1, user_id="u", traits=traits)


def met(profile: Profile, campaign: str, hours: int = 7) -> list[tuple[str, Moment]]:
    """The runs of two years for somebody who is woken every few hours, whatever their clock does."""
    found, since = list[tuple[str, Moment]](), at(date(2026, 1, 1))
    while since < at(date(2027, 12, 31)):
        until = since + hours * 3600
        runs = started_by_time(Glance(profile, CATALOGUE, until), since)
        found += [(run.key, run.falls_due) for run in runs if run.campaign.id == campaign]
        since = until
    return found


def test_a_birthday_on_the_day_of_a_change_is_met_once_a_year_and_at_nine_d23() -> None:
    wrong = []
    for name, day in CHANGES:
        if day.year != YEARS[0]:
            continue
        met_on = met(born(day.replace(year=1980), name), "b", hours=61)
        walls = [clock.local(due_at(BIRTHDAY, moment, name), name) for _, moment in met_on]
        told = [(key, wall.date(), wall.hour) for (key, _), wall in zip(met_on, walls, strict=True)]
        if told != [(str(year), day.replace(year=year), 9) for year in YEARS]:
            wrong.append((name, day, told))
    assert not wrong


def test_a_birthday_on_29_february_is_met_on_the_28th_of_common_years_and_on_its_own_day_d23() -> None:
    profile, found = born(date(1984, 2, 29), "Europe/Paris"), dict[str, date]()
    for year in range(2026, 2034):
        around = at(date(year, 2, 27))
        for step in range(4):
            glance = Glance(profile, CATALOGUE, around + (step + 1) * DAY)
            for run in started_by_time(glance, around + step * DAY):
                if run.campaign.id == "b":
                    assert run.key not in found
                    found[run.key] = clock.local_date(run.falls_due, "Europe/Paris")
    assert {year: f"{day:%m-%d}" for year, day in found.items()} == {
        str(year): "02-29" if year % 4 == 0 else "02-28" for year in range(2026, 2034)
    }


@pytest.mark.parametrize("zone", ["Europe/Paris", "Antarctica/Troll", "Asia/Beirut", "America/New_York", "UTC"])
def test_a_broadcast_in_a_gap_reaches_everybody_once(zone: str) -> None:
    found = met(born(date(1980, 6, 1), zone), "s")
    shown = clock.local(found[0][1], zone)
    assert (len(found), (shown.date(), shown.hour * 60 + shown.minute) >= (date(2026, 3, 29), 150)) == (1, True)
