"""What was learned as bytes. Imports nothing heavy: whoever answers visits reads it."""

import zlib
from typing import Final

import msgspec
from msgspec import Struct
from rapport.domain import norms
from rapport.domain.learning import Learned
from rapport.domain.norms import Histogram
from rapport.errors import StoreUnavailable

from rapport_aws.records import unpack

MOST: Final = 64 * 1024 * 1024


class Known(Struct, frozen=True, omit_defaults=True):
    """What responses have taught, None while that is nothing, and what is usual in the house."""

    learned: Learned | None = None
    norms: dict[str, Histogram] = {}


def packed(known: Known) -> bytes:
    """What is known as it is stored; the same always as the same bytes."""
    parts = (known.learned, norms.encoded(known.norms))
    return zlib.compress(msgspec.msgpack.encode(parts, order="sorted"), 6)


def known_of(stored: bytes) -> Known:
    """What is known by stored bytes. Raises StoreUnavailable for what is none."""
    try:
        learned, usual = msgspec.msgpack.decode(unpack(stored, MOST), type=tuple[Learned | None, bytes])
        return Known(learned, norms.decoded(usual))
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreUnavailable("the model cannot be read") from error
