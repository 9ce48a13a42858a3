"""Chance fixed for a person and a day: the same on every touchpoint, without anything stored."""

import hashlib
from functools import lru_cache

from rapport.domain.moment import DAY, Moment

_MASK = (1 << 64) - 1


def seed(person: str, moment: Moment) -> int:
    """The seed of a person's day: days are 24 hours long and begin at an offset of the person's own."""
    number = _hash(person)
    day = int((moment + number % int(DAY)) // DAY)
    return _mix(number ^ _mix(day & _MASK))


def draw(day: int, name: str) -> float:
    """A number in (0, 1] for a thing (an offer) on the day of `seed`; evenly spread, independent between things."""
    return (_mix(day ^ _hash(name)) + 1) / 2.0**64


@lru_cache(maxsize=65_536)
def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


def _mix(number: int) -> int:
    """The finaliser of splitmix64: every bit of the answer depends on every bit of the number."""
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
    number = (number ^ (number >> 27)) * 0x94D049BB133111EB & _MASK
    return number ^ (number >> 31)
