"""How values are stored: one JSON text a row, compressed when large. Shared by every adapter; imports nothing heavy."""

import zlib
from typing import TypeVar

import msgspec
from msgspec import Struct
from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment
from rapport.errors import StoreUnavailable
from rapport.plan.shelf import Stock

PLAIN_UP_TO = 20_000
LARGEST = 8 * 1024 * 1024
"""Bytes that a packed value may unpack to; a row is at most 64 KiB, a snapshot some megabytes."""

T = TypeVar("T", bound=Struct)


def body_of(value: Struct) -> str | bytes:
    """A value as it is stored: its JSON text, or the same compressed when it is large."""
    plain = msgspec.json.encode(value)
    return plain.decode() if len(plain) <= PLAIN_UP_TO else zlib.compress(plain, 6)


def value_of(body: str | bytes, shape: type[T]) -> T:
    """The value of a stored body. Raises StoreUnavailable when the row cannot be read."""
    try:
        return msgspec.json.decode(body if isinstance(body, str) else unpack(body), type=shape)
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreUnavailable(f"a stored {shape.__name__} cannot be read") from error


class Snapshot(Struct, frozen=True):
    """What a publication stores: the catalogue, and its offers prepared for finding them."""

    catalogue: Catalogue
    stock: Stock | None = None


class _Packed(Struct, frozen=True, array_like=True):
    catalogue: Catalogue
    stock: msgspec.Raw


def pack(snapshot: Snapshot) -> bytes:
    """A snapshot as bytes."""
    stock = msgspec.Raw(msgspec.msgpack.encode(snapshot.stock))
    return zlib.compress(msgspec.msgpack.encode(_Packed(snapshot.catalogue, stock)), 9)


def snapshot_of(packed: bytes) -> Snapshot:
    """The snapshot of some bytes. Raises StoreUnavailable for bytes that are none."""
    try:
        found = msgspec.msgpack.decode(unpack(packed, 64 * LARGEST), type=_Packed)
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreUnavailable("the snapshot cannot be read") from error
    return Snapshot(found.catalogue, _stock_of(found.stock))


def _stock_of(raw: msgspec.Raw) -> Stock | None:
    """The prepared offers; None where an earlier release prepared them in another way: they only save time."""
    try:
        return msgspec.msgpack.decode(raw, type=Stock | None)
    except msgspec.DecodeError:
        return None


def unpack(packed: bytes, most: int = LARGEST) -> bytes:
    """Decompress, refusing what would unpack to more than `most` bytes."""
    inflate = zlib.decompressobj()
    plain = inflate.decompress(packed, most)
    if inflate.unconsumed_tail:
        raise zlib.error("unpacks to more than is allowed")
    return plain


def sortable(at: Moment) -> str:
    """A moment as text that sorts by time, to the millisecond."""
    return f"{max(0, round(at * 1000)):015d}"
