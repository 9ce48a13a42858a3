"""How values are stored: one JSON text a row, compressed when large. Shared by every adapter; imports nothing heavy."""

import zlib
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct
from rapport.domain.keeping import is_over
from rapport.domain.moment import Moment
from rapport.errors import StoreUnavailable

PLAIN_UP_TO = 20_000
LARGEST = 8 * 1024 * 1024
"""Bytes that a packed value may unpack to; a row is at most 64 KiB."""

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


def is_kept(row: Mapping[str, Any] | None, now: Moment) -> bool:
    """Whether there is a row, and its time is not over: DynamoDB may take two days to delete what is."""
    return bool(row) and not is_over((row or {}).get("ttl"), now)


def unpack(packed: bytes, most: int = LARGEST, common: bytes = b"") -> bytes:
    """Decompress, refusing what would unpack to more than `most` bytes; `common` is what it was compressed against."""
    inflate = zlib.decompressobj(zdict=common)
    plain = inflate.decompress(packed, most)
    if inflate.unconsumed_tail:
        raise zlib.error("unpacks to more than is allowed")
    return plain


def sortable(at: Moment) -> str:
    """A moment as text that sorts by time, to the millisecond."""
    return f"{max(0, round(at * 1000)):015d}"
