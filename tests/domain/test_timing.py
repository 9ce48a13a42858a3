"""Local clocks: quiet hours, delays, blackout days, daylight saving; every IANA zone on the days its clock changes."""

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from msgspec import structs
from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.house import ContactPolicy, House, QuietHours
from rapport.domain.moment import DAY, HOUR, MINUTE, parse, text
from rapport.domain.profile import Profile
from rapport.domain.reason import Reason
from rapport.domain.timing import due_at, goes_stale_at, is_quiet, waits, zone_of
from rapport.domain.trait import TraitValue

HOUSE = House("House")
NEWS = Campaign("news", "marketing", "content", Trigger("event", event="Asked"), ("email",), "news.j2")
SERVICE = structs.replace(NEWS, purpose="service")
URGENT = structs.replace(SERVICE, urgent=True)


@pytest.mark.parametrize(
    ("minute", "quiet"), [(20 * 60 + 59, False), (21 * 60, True), (0, True), (7 * 60 + 59, True), (8 * 60, False)]
)
def test_quiet_hours_include_their_start_and_exclude_their_end(minute: int, quiet: bool) -> None:
    assert is_quiet(QuietHours(), minute) is quiet


@pytest.mark.parametrize(("minute", "quiet"), [(11 * 60, False), (12 * 60, True), (14 * 60, False)])
def test_quiet_hours_may_lie_within_a_day(minute: int, quiet: bool) -> None:
    assert is_quiet(QuietHours(12 * 60, 14 * 60), minute) is quiet


@pytest.mark.parametrize(
    ("campaign", "channel", "until"),
    [
        (NEWS, "email", "2026-11-23T08:00:00Z"),
        (SERVICE, "sms", "2026-11-23T08:00:00Z"),
        (URGENT, "sms", None),
        (NEWS, "web", None),
    ],
    ids=["news", "service waits too", "urgent service goes", "the site never sleeps"],
)
def test_who_waits_for_the_morning(campaign: Campaign, channel: str, until: str | None) -> None:
    wait = waits(campaign, channel, HOUSE, "UTC", parse("2026-11-22T22:00:00Z"))
    assert (wait and text(wait[0])) == until


def test_a_blackout_day_that_ends_at_night_waits_for_the_morning_after() -> None:
    house = structs.replace(HOUSE, contact=structs.replace(ContactPolicy(), blackout=("2026-12-25", "2026-12-26")))
    wait = waits(NEWS, "email", house, "UTC", parse("2026-12-25T12:00:00Z"))
    assert wait == (parse("2026-12-27T08:00:00Z"), Reason.BLACKOUT)


def test_service_goes_on_a_blackout_day() -> None:
    house = structs.replace(HOUSE, contact=structs.replace(ContactPolicy(), blackout=("2026-12-25",)))
    assert waits(SERVICE, "email", house, "UTC", parse("2026-12-25T12:00:00Z")) is None


def test_a_delay_counts_from_the_event_and_a_local_time_is_the_next_one() -> None:
    asked = parse("2026-11-22T10:00:00Z")
    assert due_at(structs.replace(NEWS, after=2 * HOUR), asked, "UTC") == asked + 2 * HOUR
    assert due_at(structs.replace(NEWS, at=9 * 60), asked, "Europe/Paris") == parse("2026-11-23T08:00:00Z")


def test_freshness_is_the_delay_and_a_day_unless_told() -> None:
    assert goes_stale_at(structs.replace(NEWS, after=HOUR), 0.0) == HOUR + DAY
    assert goes_stale_at(structs.replace(NEWS, after=HOUR, fresh_for=MINUTE), 0.0) == MINUTE


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../../etc/passwd", "Europe"])
def test_a_zone_that_is_none_gives_the_houses(zone: str) -> None:
    person = Profile("p", traits={"timezone": TraitValue(zone, "declared", 0.0, 1.0)})
    assert zone_of(person, HOUSE) == "UTC"


def test_a_local_time_in_a_gap_is_met_at_the_first_moment_after_it() -> None:
    assert text(clock.at_local(date(2026, 3, 29), 2 * 60 + 30, "Europe/Paris")) == "2026-03-29T01:00:00Z"


def test_a_local_time_that_comes_twice_is_met_at_its_first() -> None:
    assert text(clock.at_local(date(2026, 10, 25), 2 * 60 + 30, "Europe/Paris")) == "2026-10-25T00:30:00Z"


def changes(zone: str) -> list[date]:
    """The days of two years on which a zone's offset from UTC changes."""
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(731)]
    noon = [clock.local(clock.midnight_utc(day) + DAY / 2, zone).utcoffset() for day in days]
    return [day for day, before, after in zip(days[1:], noon, noon[1:], strict=False) if before != after]


@pytest.mark.slow
def test_in_no_zone_does_a_message_go_out_in_quiet_hours_when_the_clock_changes() -> None:
    for zone in sorted(available_timezones()):
        for day in changes(zone):
            start = clock.midnight_utc(day) - DAY
            for step in range(72 * 4):
                moment = start + step * 15 * MINUTE
                wait = waits(NEWS, "email", HOUSE, zone, moment)
                goes = moment if wait is None else wait[0]
                assert not is_quiet(QuietHours(), clock.minute_of_day(goes, zone)), (zone, text(moment))
                assert goes - moment <= 13 * HOUR, (zone, text(moment))  # Troll moves by two hours


@pytest.mark.parametrize("zone", ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_a_daily_time_comes_once_a_day_through_every_change_of_the_clock(zone: str) -> None:
    moment = parse("2026-01-01T00:00:00Z")
    days = []
    for _ in range(400):
        moment = clock.next_local(2 * 60 + 30, zone, moment)
        days.append(clock.local_date(moment, zone))
        moment += 1
    assert len(set(days)) == len(days) == (days[-1] - days[0]).days + 1


@pytest.mark.parametrize("text_", ["", "now", "2026-11-22", "2026-13-01T00:00:00Z", "x" * 100, "2026-02-30T00:00:00Z"])
def test_what_is_no_moment_is_refused(text_: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(text_)
