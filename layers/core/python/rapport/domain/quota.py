"""Quotas: how many of an offer there are for everybody together, counted as it is sent and shown."""

import math
from collections.abc import Iterable, Mapping

from msgspec import Struct

from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.domain.offer import Offer

FINE = 96
"""A quota of up to so many is counted minute by minute; a larger one by stretches of so great a part of its days."""


class Quota(Struct, frozen=True):
    """At most so many within rolling days (None: ever), counted under a name."""

    name: str
    at_most: int
    days: float | None = None

    def stretch(self, moment: Moment) -> int | None:
        """The stretch of time in which something at this moment is counted, by its end in minutes; None: for ever.

        Its end belongs to it, so what happened on the minute stops counting after its days on the minute.
        """
        if self.days is None:
            return None
        # A stretch goes by its end, so that one row may hold fine and coarse ones when a team changes the limit.
        return math.ceil(moment / MINUTE / self._length) * self._length

    def is_over(self, stretch: int, moment: Moment) -> bool:
        """Whether what was counted in a stretch is too long ago to count at a moment."""
        return self.days is not None and stretch * MINUTE <= moment - self.days * DAY

    @property
    def _length(self) -> int:
        """Minutes in a stretch."""
        return 1 if self.days is None or self.at_most <= FINE else max(1, int(self.days * DAY / MINUTE / FINE))


def quotas(offer: Offer) -> tuple[Quota, ...]:
    """What one more showing or sending of an offer counts towards for everybody; of equal days the lower limit."""
    found: dict[str, Quota] = {}
    for cap in offer.caps:
        if cap.per == "all":
            # The length is part of the name: a cap that gets other days begins to count anew.
            name = offer.id if cap.days is None else f"{offer.id}@{cap.days:g}d"
            known = found.get(name)
            found[name] = Quota(name, cap.at_most if known is None else min(cap.at_most, known.at_most), cap.days)
    return tuple(found.values())


def exhausted(offers: Iterable[Offer], used: Mapping[str, int]) -> frozenset[str]:
    """The offers of which there are no more for anybody, by how much of their quotas is used."""
    return frozenset(
        offer.id for offer in offers if any(used.get(quota.name, 0) >= quota.at_most for quota in quotas(offer))
    )
