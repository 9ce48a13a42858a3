"""How long outcomes keep people waiting: the share of all answers that is to be expected by the age of an exposure.

A failure that is counted at once makes whatever is new look worse, or, where only answers are counted at once, better
than it is. So an exposure is as much of a trial as its age says.
"""

from bisect import bisect_left
from typing import Final

from msgspec import Struct

from rapport.domain.moment import DAY, HOUR, MINUTE
from rapport.domain.outcome_log import How

AGES: Final = (MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY, 14 * DAY, 30 * DAY)
"""The ages at which an exposure is looked at again, the last one the end of the time in which it can be answered."""
SURE: Final = 0.99
"""From this share on nothing is waited for any more."""

_EXPECTED: Final[dict[How, tuple[float, ...]]] = {
    "viewed": (4.0, 2.0, 1.5, 1.0, 0.5, 0.5, 0.3, 0.1, 0.05, 0.05),
    "sent": (0.2, 0.4, 1.0, 1.6, 2.0, 2.0, 1.4, 1.0, 0.3, 0.1),
}
"""What is expected before any answer came, as so many imagined ones: on a page soon, to a message within days."""


class Delays(Struct, frozen=True):
    """How many answers came by which age, for what was viewed and for what was sent."""

    viewed: tuple[float, ...] = _EXPECTED["viewed"]
    sent: tuple[float, ...] = _EXPECTED["sent"]

    def share_by(self, stage: int, how: How) -> float:
        """The share of all answers that come by the age of a stage; 1 at the last."""
        counts = self.sent if how == "sent" else self.viewed
        return sum(counts[: stage + 1]) / sum(counts)

    def answered(self, after: float, how: How) -> "Delays":
        """With one more answer, that came so many seconds after."""
        stage = min(bisect_left(AGES, after), len(AGES) - 1)
        if how == "sent":
            return Delays(self.viewed, _more(self.sent, stage))
        return Delays(_more(self.viewed, stage), self.sent)

    def relaxed(self, keep: float) -> "Delays":
        """Closer to what was expected at first: this share of what was learned stays."""
        return Delays(_relaxed(self.viewed, "viewed", keep), _relaxed(self.sent, "sent", keep))


def _more(counts: tuple[float, ...], stage: int) -> tuple[float, ...]:
    return (*counts[:stage], counts[stage] + 1, *counts[stage + 1 :])


def _relaxed(counts: tuple[float, ...], how: How, keep: float) -> tuple[float, ...]:
    return tuple(first + (count - first) * keep for count, first in zip(counts, _EXPECTED[how], strict=True))
