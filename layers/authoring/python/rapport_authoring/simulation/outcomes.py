"""What a simulation came to for its people: those held out of personalisation beside all others."""

from typing import Any

import msgspec
from rapport.domain.evidence import says, share_effect
from rapport.domain.moment import Moment
from rapport.domain.tally import EVERYTHING, Arm, Tally
from rapport.use_cases.count_up import count_up
from rapport.use_cases.people import everybody

from rapport_authoring.simulation.world import World

NOBODY = Arm()


def tally(world: World, now: Moment) -> Tally:
    """Everybody of a world as sums."""
    return count_up(everybody(world.ports), world.ports, now)


def outcomes(found: Tally) -> dict[str, Any]:
    """Purchases, revenue, satisfaction and unsubscriptions of both groups, and what personalisation added.

    `effect` is {"difference", "low", "high"} of the share that bought, or None while one of the groups is empty, `says`
    the same in words; satisfaction is from 0 to 1, revenue what orders came to, in the house's currency.
    """
    sides = found.sides.get(EVERYTHING, {})
    held, others = sides.get("held_out", NOBODY), sides.get("treated", NOBODY)
    bought = others.share(others.bought), held.share(held.bought)
    added = share_effect(*bought)
    return {
        "held_out": _told(held),
        "others": _told(others),
        "effect": None
        if added is None
        else {name: round(part, 4) for name, part in msgspec.to_builtins(added).items()},
        "says": str(says(*bought)),
    }


def _told(arm: Arm) -> dict[str, Any]:
    return {
        "people": arm.people,
        "bought": arm.bought,
        "revenue": round(arm.revenue, 2),
        "satisfaction": round(arm.ratings.rate, 4) if arm.rated else None,
        "unsubscribed": arm.unsubscribed,
    }
