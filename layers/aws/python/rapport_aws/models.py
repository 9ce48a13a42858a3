"""A model as bytes. Imports nothing heavy: whoever answers visits reads it."""

import zlib
from typing import Final

import msgspec
from rapport.domain.learning import Learned
from rapport.errors import StoreUnavailable

from rapport_aws.records import unpack

MOST: Final = 64 * 1024 * 1024


def packed(learned: Learned) -> bytes:
    """A model as it is stored; the same one always as the same bytes."""
    return zlib.compress(msgspec.msgpack.encode(learned, order="sorted"), 6)


def model_of(stored: bytes) -> Learned:
    """The model of stored bytes. Raises StoreUnavailable for what is none."""
    try:
        return msgspec.msgpack.decode(unpack(stored, MOST), type=Learned)
    except (msgspec.DecodeError, zlib.error) as error:
        raise StoreUnavailable("the model cannot be read") from error
