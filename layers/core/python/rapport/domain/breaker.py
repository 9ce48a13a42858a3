"""The breaker: when bulk sending on a channel stops by itself, before a provider stops all of it. Pure."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

MOST_BOUNCES: Final = 0.04
MOST_COMPLAINTS: Final = 0.0008
FEWEST_BOUNCES: Final = 10
FEWEST_COMPLAINTS: Final = 3
"""Of fewer no share is worth anything: one complaint among the first ten mails is no tide."""


class Strain(StrEnum):
    """Why bulk sending on a channel is stopped."""

    BOUNCES = "bounces"
    COMPLAINTS = "complaints"
    PAUSED = "account paused"


class Toll(Struct, frozen=True):
    """What became of a channel's messages in the last day."""

    delivered: int = 0
    bounced: int = 0
    complained: int = 0


def strain(toll: Toll, *, paused: bool = False) -> Strain | None:
    """Why bulk must stop now; None when it may go on. Bounces are a share of what came back, complaints of arrivals."""
    if paused:
        return Strain.PAUSED
    if toll.bounced >= max(FEWEST_BOUNCES, MOST_BOUNCES * (toll.delivered + toll.bounced)):
        return Strain.BOUNCES
    if toll.complained >= max(FEWEST_COMPLAINTS, MOST_COMPLAINTS * toll.delivered):
        return Strain.COMPLAINTS
    return None
