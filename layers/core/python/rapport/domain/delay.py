"""How long outcomes keep people waiting: the share of all answers that is to be expected by the age of an exposure.

A failure that is counted at once makes whatever is new look worse than it is; where answers are counted at once and
failures in the end, whatever is new looks better. So an exposure is as much of a trial as its age says.
"""

import math
from bisect import bisect_left
from typing import Final

from msgspec import Struct

from rapport.domain.moment import DAY, MINUTE
from rapport.domain.outcome_log import How

LONGEST: Final = 30 * DAY
"""The time in which an exposure can be answered."""
AGES: Final = (*(MINUTE * 2**step for step in range(16)), LONGEST)
"""Where the stages of an exposure end; at each it is looked at again."""
SURE: Final = 0.99
"""From this share on nothing is waited for any more."""

_STAGES: Final = range(len(AGES))
_EXPECTED: Final[dict[How, tuple[float, ...]]] = {
    "viewed": tuple(4 * 0.7**stage for stage in _STAGES),
    "sent": tuple(2 * math.exp(-(((stage - 9) / 3) ** 2)) for stage in _STAGES),
}
"""What is expected before any answer came, as a dozen imagined ones: within minutes on a page, days for a message."""


class Delays(Struct, frozen=True):
    """How many answers came by which age, for what was viewed and for what was sent."""

    viewed: tuple[float, ...] = _EXPECTED["viewed"]
    sent: tuple[float, ...] = _EXPECTED["sent"]

    def share_by(self, stage: int, how: How) -> float:
        """The share of all answers that come by the end of a stage; 1 at the last."""
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
