"""What a simulation came to for its people: those held out of personalisation beside all others."""

from collections.abc import Iterable
from typing import Any

import msgspec
from rapport.domain.evidence import Group, share_effect
from rapport.domain.experiment import held_out
from rapport.domain.profile import Profile
from rapport.use_cases.people import everybody

from rapport_authoring.simulation.world import World


def outcomes(world: World) -> dict[str, Any]:
    """Purchases, revenue and satisfaction of both groups, and what personalisation added to the share that bought.

    `effect` is {"difference", "low", "high"}, or None while one of the groups is empty; satisfaction is from 0 to 1,
    revenue what orders came to, in the house's currency.
    """
    holdout = world.publications.current().catalogue.house.holdout
    held: list[Profile] = []
    others: list[Profile] = []
    for person in everybody(world.ports):
        (held if held_out(holdout, person.user_id or person.id) else others).append(person)
    found = share_effect(_group(others), _group(held))
    return {
        "held_out": _told(held),
        "others": _told(others),
        "effect": None
        if found is None
        else {name: round(part, 4) for name, part in msgspec.to_builtins(found).items()},
    }


def _group(people: list[Profile]) -> Group:
    return Group(len(people), sum(person.purchased for person in people))


def _told(people: list[Profile]) -> dict[str, Any]:
    group = _group(people)
    revenue = round(sum(order.paid for person in people for order in person.orders.values()), 2)
    return {"people": group.people, "bought": group.successes, "revenue": revenue, "satisfaction": _mean(people)}


def _mean(people: Iterable[Profile]) -> float | None:
    scores = [score for person in people for _, score in person.satisfaction]
    return round(sum(scores) / len(scores), 4) if scores else None
