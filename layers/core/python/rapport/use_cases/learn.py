"""Learning, minute by minute: the log is read on from where it was left, and what has settled is never read again."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from rapport.domain.lessons import Learner, kept, restored, take, take_norms
from rapport.domain.moment import HOUR, MINUTE, Moment
from rapport.ports import OutcomeLog

SETTLED_AFTER: Final = 3
"""Minutes after which a minute of the log gets no more rows: clocks differ, writers and indexes may be slow."""
BEGINNING: Final = 2 * HOUR
"""How far back the first look goes."""


class Course(Struct, frozen=True):
    """How far the log was read for good, and what was learned by then, as `lessons.kept` has it."""

    minute: int
    state: bytes = b""

    def learner(self) -> Learner:
        """What was learned by then."""
        return restored(self.state) if self.state else Learner()


def beginning(now: Moment) -> Course:
    """The course of a house that never learned."""
    return Course(int((now - BEGINNING) // MINUTE))


def from_moment(moment: Moment, course: Course) -> Course:
    """The course that reads the log anew from a moment on; what is usual in the house is not learned and stays."""
    before = course.learner()
    return Course(int(moment // MINUTE) - 1, kept(Learner(norms=before.norms, normed=before.normed)))


def read_on(
    course: Course, log: OutcomeLog, now: Moment, *, enough: Callable[[], bool] = bool
) -> tuple[Course, Learner]:
    """Take every minute that has settled, and look at the later ones: the new course, and what is known as of now.

    The later minutes are looked at again next time, so that a row which comes late is neither lost nor taken twice.
    `enough` ends an attempt that has a lot to catch up. Raises StoreUnavailable; then nothing has happened.
    """
    learner, last, minute = course.learner(), int(now // MINUTE) - SETTLED_AFTER, course.minute
    while minute < last and not enough():
        minute += 1
        _take(learner, log, minute)
    settled = Course(minute, kept(learner))
    if minute >= last:
        for later in range(minute + 1, int(now // MINUTE) + 1):
            _take(learner, log, later)
    return settled, learner


def _take(learner: Learner, log: OutcomeLog, minute: int) -> None:
    take(learner, log.minute(minute), end_of(minute))
    take_norms(learner, minute, log.moved(minute))


def end_of(minute: int) -> Moment:
    """The moment at which a minute is over."""
    return (minute + 1) * MINUTE
