"""A publication as bytes: what is always needed is read at once, the index and the offers when somebody asks for them.

With ten thousand offers a function would else wait half a second for documents of which a visit needs a hundred.
"""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct, structs
from rapport.domain.catalogue import Catalogue, Offers
from rapport.domain.condition import Condition
from rapport.domain.offer import Offer
from rapport.errors import StoreUnavailable
from rapport.plan.shelf import Shelf, Stock, stock

from rapport_aws.records import unpack

PREPARED: Final = 3
"""Raised whenever offers are prepared in another way: a snapshot of another release then has none, and is read on."""
MOST: Final = 512 * 1024 * 1024
_SUM: Final = 4
TOGETHER: Final = 32
"""So many offers are compressed as one: more would be smaller, and slower to open for one of them."""
WINDOW: Final = 32 * 1024
"""As far as zlib looks back: what all offers have in common may be as long."""


class Blocks(Struct, frozen=True, array_like=True):
    """Many values alike, so many together compressed, each block against what is common to all."""

    common: bytes
    blocks: tuple[bytes, ...]


class Packed(Struct, frozen=True, array_like=True):
    """What is stored, each part compressed by itself; `names` are those of the offers, in the catalogue's order.

    The conditions of offers lie apart: who finds offers through the index does not need them.
    """

    house: bytes
    names: bytes
    offers: Blocks
    conditions: Blocks
    prepared: int
    stock: bytes


def pack(catalogue: Catalogue) -> bytes:
    """A catalogue as bytes, with its offers and segments prepared for finding them."""
    offers = catalogue.offers.values()
    packed = Packed(
        house=_squeezed(structs.replace(catalogue, offers={})),
        names=_squeezed(list(catalogue.offers)),
        offers=_blocks([structs.replace(offer, when=None, unless=None) for offer in offers]),
        conditions=_blocks([(_wordless(offer.when), _wordless(offer.unless)) for offer in offers]),
        prepared=PREPARED,
        stock=_squeezed(stock(catalogue)),
    )
    return sealed(packed)


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


def _wordless(condition: Condition | None) -> Condition | None:
    """The condition without its text: that stays behind with the files."""
    return condition and structs.replace(condition, text="")


def _blocks(values: Iterable[Any]) -> Blocks:
    encoded = list(map(msgspec.msgpack.encode, values))
    common = _common(encoded)
    blocks = [_block(encoded[first : first + TOGETHER], common) for first in range(0, len(encoded), TOGETHER)]
    return Blocks(zlib.compress(common, 9), tuple(blocks))


def _common(encoded: Sequence[bytes]) -> bytes:
    """Some of the values, from first to last; nothing where that would be much of all there is."""
    step = sum(map(len, encoded)) // WINDOW
    return b"".join(encoded[::step])[:WINDOW] if step >= TOGETHER else b""


def _block(encoded: Sequence[bytes], common: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zdict=common)
    return squeeze.compress(msgspec.msgpack.encode(list(map(msgspec.Raw, encoded)))) + squeeze.flush()


class Snapshot:
    """A publication that was read: its catalogue, and its shelf when that is asked for."""

    def __init__(self, packed: bytes) -> None:
        """Read the catalogue. Raises StoreUnavailable for bytes that are no snapshot."""
        stored = _unsealed(packed)
        self._stock = stored.stock if stored.prepared == PREPARED else None
        self._offers = StoredOffers(stored)
        self.catalogue = structs.replace(_read(_opened(stored.house), Catalogue), offers=self._offers)

    @cached_property
    def shelf(self) -> Shelf | None:
        """Finds the offers of a placement; None where another release prepared them: it only saves time."""
        return None if self._stock is None else Shelf(_read(_opened(self._stock), Stock), self._offers.names)


class StoredOffers(Offers):
    """Offers by id, in the catalogue's order, each decoded when it is first asked for, and kept."""

    def __init__(self, stored: Packed) -> None:
        self.names: list[str] = _read(_opened(stored.names), list[str])
        self._places = {name: place for place, name in enumerate(self.names)}
        self._offers, self._conditions = _Rows(stored.offers), _Rows(stored.conditions)
        self._bare: dict[str, Offer] = {}
        self._whole: dict[str, Offer] = {}

    def __getitem__(self, name: str) -> Offer:
        found = self._whole.get(name)
        if found is None:
            when, unless = _read(self._conditions[self._places[name]], _Pair)
            found = self._whole[name] = structs.replace(self.bare(name), when=when, unless=unless)
        return found

    def bare(self, name: str) -> Offer:
        """Return an offer without its conditions."""
        found = self._bare.get(name)
        if found is None:
            found = self._bare[name] = _read(self._offers[self._places[name]], Offer)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, name: object) -> bool:
        return name in self._places


_Pair: TypeAlias = tuple[Condition | None, Condition | None]


class _Rows:
    """Encoded values by their places; a block is opened when the first of it is asked for."""

    def __init__(self, stored: Blocks) -> None:
        self._stored = stored
        self._opened: dict[int, list[msgspec.Raw]] = {}

    def __getitem__(self, place: int) -> msgspec.Raw:
        block, at = divmod(place, TOGETHER)
        if block not in self._opened:
            self._opened[block] = _read(_opened(self._stored.blocks[block], self._common), list[msgspec.Raw])
        return self._opened[block][at]

    @cached_property
    def _common(self) -> bytes:
        return _opened(self._stored.common)


def _opened(packed: bytes, common: bytes = b"") -> bytes:
    try:
        return unpack(packed, MOST, common)
    except zlib.error as error:
        raise StoreUnavailable("the snapshot cannot be read") from error


def _read(packed: Any, shape: Any) -> Any:  # noqa: ANN401  # bytes, and what the caller says they are
    try:
        return msgspec.msgpack.decode(packed, type=shape)
    except msgspec.DecodeError as error:
        raise StoreUnavailable("the snapshot cannot be read") from error
