"""Learning minute by minute: what has settled is taken once, the rest is looked at again; no crash costs anything."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from rapport.domain.lessons import Learner, kept, pass_time, take, take_norms
from rapport.domain.moment import MINUTE
from rapport.domain.norms import Standing
from rapport.domain.outcome_log import Entry, LoggedExposure, LoggedOutcome
from rapport.errors import StoreUnavailable
from rapport.use_cases.learn import SETTLED_AFTER, Course, beginning, end_of, from_moment, read_on

BEGAN = 30_000_000
"""The minute in which the log begins."""
LENGTH = 90


@dataclass
class Log:
    """A log in memory, that may be out of reach."""

    minutes: dict[int, list[Entry]] = field(default_factory=dict)
    broken_at: int | None = None
    asked: list[int] = field(default_factory=list)

    def minute(self, minute: int) -> Sequence[Entry]:
        if minute == self.broken_at:
            raise StoreUnavailable("profiles")
        self.asked.append(minute)
        return self.minutes.get(minute, [])

    def moved(self, minute: int) -> Sequence[Standing]:
        return [{"worth": {minute % 7: 1}}] if minute in self.minutes else []


def filled() -> Log:
    chance, log = random.Random(5), Log()  # noqa: S311  # the same log each time
    for number in range(200):
        minute = BEGAN + chance.randrange(LENGTH)
        at, offer = minute * MINUTE + chance.randrange(60), chance.choice("abc")
        shown = LoggedExposure(f"p{number}", f"d{number}", offer, "hero", "web", at, "viewed", learns=True)
        log.minutes.setdefault(minute, []).append(shown)
        if number % 3 == 0:
            clicked = LoggedOutcome(
                f"p{number}", "clicked", at + 70, first=True, decision=f"d{number}", offer=offer,
                placement="hero", exposed_at=at, learns=True,
            )  # fmt: skip
            log.minutes.setdefault(int((at + 70) // MINUTE), []).append(clicked)
    return log


LOG = filled()
START = Course(BEGAN - 1)
LATER = (BEGAN + LENGTH + 20) * MINUTE


def ticked(log: Log, until: float = LATER, course: Course = START) -> Course:
    """The course after a tick each minute."""
    now = (course.minute + SETTLED_AFTER) * MINUTE
    while now <= until:
        course, _ = read_on(course, log, now)
        now += MINUTE
    return course


def test_ticks_minute_by_minute_and_all_at_once_come_to_the_same_bytes() -> None:
    at_once, _ = read_on(START, LOG, LATER)
    assert ticked(LOG) == at_once


def test_the_log_read_anew_from_its_beginning_comes_to_the_same_bytes() -> None:
    again, _ = read_on(from_moment(BEGAN * MINUTE, START), LOG, LATER)
    assert again == ticked(LOG)


def test_norms_are_added_once_although_the_log_is_read_anew() -> None:
    course = ticked(LOG)
    again, learner = read_on(from_moment((BEGAN + 40) * MINUTE, course), LOG, LATER)
    assert learner.norms == course.learner().norms == again.learner().norms
    assert learner.norms["worth"].total == len(LOG.minutes)


def test_shuffled_minutes_come_to_the_same_bytes() -> None:
    chance = random.Random(6)  # noqa: S311  # any order
    shuffled = Log({minute: chance.sample(rows, len(rows)) for minute, rows in LOG.minutes.items()})
    assert ticked(shuffled) == ticked(LOG)


@pytest.mark.parametrize("broken_at", range(BEGAN, BEGAN + LENGTH, 13))
def test_a_tick_that_is_broken_off_in_the_middle_is_as_if_it_had_not_begun(broken_at: int) -> None:
    log, course = filled(), START
    log.broken_at = broken_at
    with pytest.raises(StoreUnavailable):
        course, _ = read_on(course, log, LATER)
    log.broken_at = None
    assert read_on(course, log, LATER)[0] == ticked(LOG)


def test_one_who_runs_out_of_time_goes_on_at_the_next_tick() -> None:
    log = filled()
    part, _ = read_on(START, log, LATER, enough=lambda: len(log.asked) >= 40)
    assert part.minute == BEGAN + 39
    assert read_on(part, log, LATER)[0] == ticked(LOG)


def test_what_came_this_minute_is_known_at_once_and_settled_later() -> None:
    now = (BEGAN + 1) * MINUTE
    settled, learner = read_on(START, LOG, now)
    assert settled.learner().learned is None
    assert learner.learned is not None


def test_a_row_that_comes_late_is_neither_lost_nor_taken_twice() -> None:
    late = filled()
    row = late.minutes[BEGAN + 40].pop()
    course = ticked(late, (BEGAN + 41) * MINUTE)
    late.minutes[BEGAN + 40].append(row)
    assert ticked(late, course=course) == ticked(LOG)


def test_what_is_known_now_is_what_the_whole_log_says_by_now() -> None:
    now = (BEGAN + 50) * MINUTE + 30
    _, known = read_on(ticked(LOG, now - MINUTE), LOG, now)
    whole = Learner()
    for minute in range(BEGAN, BEGAN + 51):
        take(whole, LOG.minutes.get(minute, []), end_of(minute))
        take_norms(whole, minute, LOG.moved(minute))
    assert kept(known) == kept(whole)


def test_a_minute_that_has_settled_is_not_read_again() -> None:
    log = filled()
    course = ticked(log, (BEGAN + 60) * MINUTE)
    log.asked.clear()
    read_on(course, log, (BEGAN + 61) * MINUTE)
    assert min(log.asked) == course.minute + 1
    assert len(log.asked) == SETTLED_AFTER + 1


def test_an_idle_house_keeps_the_same_state() -> None:
    idle = Log()
    first, _ = read_on(START, idle, (BEGAN + 10) * MINUTE)
    second, _ = read_on(first, idle, (BEGAN + 20) * MINUTE)
    assert (second.state, second.minute) == (first.state, first.minute + 10)


def test_a_house_that_never_learned_looks_two_hours_back() -> None:
    assert beginning(LATER).minute == LATER // MINUTE - 120


def test_time_that_only_passes_teaches_too() -> None:
    course = ticked(LOG)
    later, aged = read_on(course, LOG, LATER + 3600 * 24)
    before = course.learner()
    pass_time(before, end_of(int((LATER + 3600 * 24) // MINUTE)))
    assert kept(aged) == kept(before)
    assert later.state != course.state
