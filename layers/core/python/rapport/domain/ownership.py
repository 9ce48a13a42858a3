"""What a person owns: orders give, returns take back, in whatever order they come in."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import structs

from rapport.domain.moment import Moment
from rapport.domain.profile import MOST, Order, Ownership, Profile
from rapport.domain.said import Said
from rapport.domain.wire import number_of, text_of

MANY: Final = 1_000_000.0
"""No line of an order gives more than this."""


def buy(profile: Profile, said: Said) -> Profile:
    """A purchase: the same key is the same order, whose lines add up to the most that was told of each sku."""
    key = said.key or said.event.message_id
    known = profile.orders.get(key) or Order(None)
    at = said.event.at if known.at is None else min(known.at, said.event.at)
    items = dict(known.items)
    for sku, quantity in lines(said).items():
        items[sku] = max(items.get(sku, 0.0), quantity)
    order = structs.replace(
        known, at=at, items=items, source=max(known.source, said.source), paid=max(known.paid, _paid(said))
    )
    return structs.replace(with_order(profile, key, order), purchased=True)


def give_back(profile: Profile, said: Said) -> Profile:
    """A return: of its order's lines, or of the whole order when it names none; kept when it comes before the order.

    Without a key it takes back what was bought before it, whichever order gave it.
    """
    returned, key = lines(said), said.key
    if key is None:
        loose = Order(said.event.at, returned=returned, loose=True)
        return with_order(profile, said.event.message_id, loose) if returned else profile
    known = profile.orders.get(key) or Order(None)
    if not returned:
        return with_order(profile, key, structs.replace(known, returned_whole=True))
    return with_order(profile, key, structs.replace(known, returned=_sum(known.returned, returned)))


def lines(said: Said) -> dict[str, float]:
    """The skus of a purchase or return with their quantities (1 where none is told)."""
    listed = said.value(said.definition.items)
    found: dict[str, float] = {}
    for line in listed[:500] if isinstance(listed, list) and listed else [said.event.properties]:
        sku = text_of(line.get(said.definition.sku or "sku")) if isinstance(line, Mapping) else None
        if sku is not None:
            found[sku] = found.get(sku, 0.0) + _quantity(line.get("quantity"))
    return found


def _paid(said: Said) -> float:
    """What a purchase came to, by the first of Segment's names for it that is an amount."""
    amounts = (number_of(said.value(name)) for name in ("revenue", "total", "value"))
    return max(0.0, next((amount for amount in amounts if amount is not None), 0.0))


def with_order(profile: Profile, key: str, order: Order) -> Profile:
    """The profile with one order as it is now known, and what is owned accordingly."""
    before = profile.orders
    after = {**before, key: order}
    owned = dict(profile.owned)
    for sku in dict.fromkeys((*order.items, *order.returned, *(before[key].items if key in before else ()))):
        _reckon(owned, sku, (before.values(), after.values()))
    return structs.replace(profile, orders=_latest_orders(after), owned=_latest_owned(owned))


def joined(one: Profile, other: Profile) -> tuple[dict[str, Order], dict[str, Ownership]]:
    """The orders and what is owned of two people who became one."""
    orders = dict(one.orders)
    for key, order in other.orders.items():
        orders[key] = _one_order(orders[key], order) if key in orders else order
    owned: dict[str, Ownership] = {}
    for sku in {**one.owned, **other.owned}:
        known = [held for profile in (one, other) if (held := profile.owned.get(sku)) is not None]
        older = max((held.since, held.source) for held in known)
        quantity = _net(orders.values(), sku) + sum(_beyond(profile, sku) for profile in (one, other))
        _own(owned, sku, quantity, _last_bought(orders.values(), sku) or older)
    return _latest_orders(orders), _latest_owned(owned)


def _reckon(owned: dict[str, Ownership], sku: str, orders: tuple[Iterable[Order], Iterable[Order]]) -> None:
    """Add to what is owned what the orders now give more, or less, of a sku; what older orders gave stays."""
    before, after = orders
    held = owned.get(sku)
    quantity = (held.quantity if held is not None else 0.0) + _net(after, sku) - _net(before, sku)
    _own(owned, sku, quantity, _last_bought(after, sku) or (None if held is None else (held.since, held.source)))


def _own(owned: dict[str, Ownership], sku: str, quantity: float, last: tuple[Moment, str] | None) -> None:
    if quantity > 0 and last is not None:
        owned[sku] = Ownership(round(quantity, 6), *last)
    else:
        owned.pop(sku, None)


def _net(orders: Iterable[Order], sku: str) -> float:
    """How many of a sku the orders leave after everything that was returned."""
    return sum(left for _, _, left in _left(orders, sku))


def _last_bought(orders: Iterable[Order], sku: str) -> tuple[Moment, str] | None:
    return max(((at, source) for at, source, left in _left(orders, sku) if left > 0), default=None)


def _left(orders: Iterable[Order], sku: str) -> list[tuple[Moment, str, float]]:
    """What each purchase leaves of a sku: its own returns first, then those without a key, from the latest back."""
    orders = tuple(orders)
    left = [
        (order.at, order.source, _own_left(order, sku))
        for order in orders
        if order.at is not None and sku in order.items
    ]
    left.sort(reverse=True)
    loose = sorted((order.at or 0.0, order.returned[sku]) for order in orders if order.loose and sku in order.returned)
    for at, quantity in loose:
        left = _taken(left, at, quantity)
    return left


def _own_left(order: Order, sku: str) -> float:
    returned = math.inf if order.returned_whole else order.returned.get(sku, 0.0)
    return max(0.0, order.items[sku] - returned)


def _taken(
    left: list[tuple[Moment, str, float]], returned_at: Moment, quantity: float
) -> list[tuple[Moment, str, float]]:
    rest = []
    for at, source, held in left:
        taken = min(held, quantity) if at <= returned_at else 0.0
        quantity -= taken
        rest.append((at, source, held - taken))
    return rest


def _beyond(profile: Profile, sku: str) -> float:
    """What is owned of a sku beyond the orders that are still kept."""
    held = profile.owned.get(sku)
    return max(0.0, held.quantity - _net(profile.orders.values(), sku)) if held is not None else 0.0


def _one_order(one: Order, other: Order) -> Order:
    items = {sku: max(one.items.get(sku, 0.0), other.items.get(sku, 0.0)) for sku in {**one.items, **other.items}}
    known = [at for at in (one.at, other.at) if at is not None]
    return structs.replace(
        one,
        at=min(known, default=None),
        items=items,
        returned=_sum(one.returned, other.returned),
        returned_whole=one.returned_whole or other.returned_whole,
        source=max(one.source, other.source),
        paid=max(one.paid, other.paid),
    )


def _sum(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {sku: round(one.get(sku, 0.0) + other.get(sku, 0.0), 6) for sku in {**one, **other}}


def _quantity(value: object) -> float:
    quantity = number_of(value)
    return 1.0 if quantity is None or quantity <= 0 else min(quantity, MANY)


def _latest_orders(orders: dict[str, Order]) -> dict[str, Order]:
    if len(orders) <= MOST["orders"]:
        return orders
    kept = sorted(orders.items(), key=lambda item: (item[1].at or 0.0, item[0]))[-MOST["orders"] :]
    return dict(kept)


def _latest_owned(owned: dict[str, Ownership]) -> dict[str, Ownership]:
    if len(owned) <= MOST["owned"]:
        return owned
    return dict(sorted(owned.items(), key=lambda item: (item[1].since, item[0]))[-MOST["owned"] :])
