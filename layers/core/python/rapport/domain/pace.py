"""The pace of sending: turns one behind the other, so that no second holds more hand-overs than the rate allows.

A turn may be used until `LATE` after its moment. Turns are `(1 + LATE) / rate` apart, so the hand-overs of any second,
whose turns lie within `1 + LATE` seconds, are never more than the rate.
"""

from typing import Final, NamedTuple

from rapport.domain.moment import Moment

LATE: Final = 0.1
"""Seconds after its moment for which a turn is good."""
AHEAD: Final = {False: 4.0, True: 1.5}
"""How far off a turn may be, in seconds, for what is bulk and what is not: bulk leaves room, so service never waits."""
PAUSES: Final = (0.5, 1.0, 1.5, 2.0, 3.0)
"""Seconds that a worker waits before each further look at a line that was too long, until its message has to wait."""
NEVER_LATE: Final = float("inf")
"""The turn on a channel without a rate."""


class Turn(NamedTuple):
    """A turn, and the moment from which the next one is free."""

    at: Moment
    free_at: Moment


def apart(rate: float) -> float:
    """Seconds between turns at a rate of so many a second."""
    return (1.0 + LATE) / rate


def turn(free_at: Moment, now: Moment, rate: float, *, bulk: bool) -> Turn | None:
    """The next turn; None when it is too far off to wait for."""
    at = max(free_at, now)
    return None if at >= now + AHEAD[bulk] else Turn(at, at + apart(rate))


def missed(at: Moment, now: Moment) -> bool:
    """Whether a turn is over."""
    return now > at + LATE


class AnyPace:
    """No rate at all: every message's turn is now. What the simulator runs on."""

    def turn(self, channel: str, *, bulk: bool) -> Moment | None:  # noqa: ARG002  # the port's signature
        """Now, on any channel."""
        return NEVER_LATE

    def missed(self, at: Moment) -> bool:  # noqa: ARG002  # as above
        """Never."""
        return False
