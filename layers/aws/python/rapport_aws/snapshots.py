"""A publication as bytes: what is always needed is read at once, the index and the offers when somebody asks for them.

With ten thousand offers a function would else wait half a second for documents of which a visit needs a hundred.
"""

import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import Condition, Plan, names_in, read_as
from rapport.domain.offer import Offer
from rapport.errors import StoreUnavailable
from rapport.plan.shelf import Shelf, Stock, stock

from rapport_aws.records import unpack

PREPARED: Final = 2
"""Raised whenever offers are prepared in another way: a snapshot of another release then has none, and is read on."""
MOST: Final = 512 * 1024 * 1024
_SUM: Final = 4
TOGETHER: Final = 32
"""So many offers are compressed as one: more would be smaller, and slower to open for one of them."""


class Packed(Struct, frozen=True, array_like=True):
    """What is stored, each part compressed by itself; `names` are those of the offers, in the catalogue's order.

    `demands` are what the offers' conditions are made of, each once: ten thousand offers share a few thousand.
    """

    house: bytes
    names: bytes
    demands: bytes
    offers: tuple[bytes, ...]
    prepared: int
    stock: bytes


def pack(catalogue: Catalogue) -> bytes:
    """A catalogue as bytes, with its offers and segments prepared for finding them."""
    demands: dict[str, int] = {}
    offers = [_thin(offer, demands) for offer in catalogue.offers.values()]
    blocks = [_squeezed(offers[first : first + TOGETHER]) for first in range(0, len(offers), TOGETHER)]
    house = _squeezed(structs.replace(catalogue, offers={}))
    names, plans = _squeezed(list(catalogue.offers)), _squeezed([msgspec.json.decode(plan) for plan in demands])
    return sealed(Packed(house, names, plans, tuple(blocks), PREPARED, _squeezed(stock(catalogue))))


def sealed(packed: Packed) -> bytes:
    """What is stored, after a sum over all of it: what is opened late must not be found damaged late."""
    body = msgspec.msgpack.encode(packed)
    return zlib.crc32(body).to_bytes(_SUM, "big") + body


def _unsealed(stored: bytes) -> Packed:
    if zlib.crc32(memoryview(stored)[_SUM:]).to_bytes(_SUM, "big") != stored[:_SUM]:
        raise StoreUnavailable("the snapshot is damaged")
    packed: Packed = _read(memoryview(stored)[_SUM:], Packed)
    return packed


def _squeezed(value: Any) -> bytes:  # noqa: ANN401  # a value of the core, or a list of them
    return zlib.compress(msgspec.msgpack.encode(value), 9)


# ---- conditions made of demands that are stored once


def _thin(offer: Offer, demands: dict[str, int]) -> Offer:
    def thin(plan: Plan) -> Any:  # noqa: ANN401  # a plan whose atoms are the numbers of demands
        if plan[0] in _GROUPS:
            return [plan[0], [thin(part) for part in plan[1]]]
        return demands.setdefault(msgspec.json.encode(plan).decode(), len(demands))

    def thinned(condition: Condition | None) -> Condition | None:
        return condition and Condition("", [thin(condition.plan)], ())

    return structs.replace(offer, when=thinned(offer.when), unless=thinned(offer.unless))


class _Demands:
    """The demands of a publication by their numbers, and the names that each reads."""

    def __init__(self, plans: list[Plan]) -> None:
        self._plans = plans
        self._names: dict[int, tuple[str, ...]] = {}

    def thick(self, offer: Offer) -> Offer:
        """The offer with its conditions; their texts stay behind with the files."""
        return structs.replace(offer, when=self._condition(offer.when), unless=self._condition(offer.unless))

    def _condition(self, thin: Condition | None) -> Condition | None:
        if thin is None:
            return None
        names: dict[str, None] = {}
        return Condition("", self._plan(thin.plan[0], names), tuple(names))

    def _plan(self, thin: Any, names: dict[str, None]) -> Plan:  # noqa: ANN401  # as thin() leaves it
        if type(thin) is not int:
            return [thin[0], [self._plan(part, names) for part in thin[1]]]
        if thin not in self._names:
            self._names[thin] = tuple(map(read_as, names_in(self._plans[thin])))
        names |= dict.fromkeys(self._names[thin])
        return self._plans[thin]


_GROUPS: Final = ("and", "or")


class Snapshot:
    """A publication that was read: its catalogue, and its shelf when that is asked for."""

    def __init__(self, packed: bytes) -> None:
        """Read the catalogue. Raises StoreUnavailable for bytes that are no snapshot."""
        stored = _unsealed(packed)
        self._stock = stored.stock if stored.prepared == PREPARED else None
        house = _read(_opened(stored.house), Catalogue)
        self.catalogue = structs.replace(house, offers=StoredOffers(stored))

    @cached_property
    def shelf(self) -> Shelf | None:
        """Finds the offers of a placement; None where another release prepared them: it only saves time."""
        return None if self._stock is None else Shelf(_read(_opened(self._stock), Stock))


class StoredOffers(Mapping[str, Offer]):
    """Offers by id, in the catalogue's order, each decoded when it is first asked for, and kept."""

    def __init__(self, stored: Packed) -> None:
        names: list[str] = _read(_opened(stored.names), list[str])
        self._places = {name: place for place, name in enumerate(names)}
        self._stored = stored
        self._opened: dict[int, list[msgspec.Raw]] = {}
        self._known: dict[str, Offer] = {}

    def __getitem__(self, name: str) -> Offer:
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._demands.thick(_read(self._raw(self._places[name]), Offer))
        return found

    @cached_property
    def _demands(self) -> "_Demands":
        return _Demands(_read(_opened(self._stored.demands), list[Plan]))

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def _raw(self, place: int) -> msgspec.Raw:
        block, at = divmod(place, TOGETHER)
        if block not in self._opened:
            self._opened[block] = _read(_opened(self._stored.offers[block]), list[msgspec.Raw])
        return self._opened[block][at]


def _opened(packed: bytes) -> bytes:
    try:
        return unpack(packed, MOST)
    except zlib.error as error:
        raise StoreUnavailable("the snapshot cannot be read") from error


def _read(packed: Any, shape: Any) -> Any:  # noqa: ANN401  # bytes, and what the caller says they are
    try:
        return msgspec.msgpack.decode(packed, type=shape)
    except msgspec.DecodeError as error:
        raise StoreUnavailable("the snapshot cannot be read") from error
