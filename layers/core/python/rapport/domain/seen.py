"""What a profile has already taken in, remembered for seven days under short hashes: nothing counts twice."""

from hashlib import blake2b
from typing import Final

from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import MOST

DAYS: Final = 7


def mark_of(*parts: str) -> str:
    """The short hash for the words that tell one thing from another."""
    return blake2b("\x1f".join(parts).encode("utf-8", "replace"), digest_size=6).hexdigest()


def is_seen(seen: dict[str, Moment], mark: str, at: Moment) -> bool:
    """Whether it came in within the last seven days."""
    return mark in seen and at - seen[mark] <= DAYS * DAY


def with_seen(seen: dict[str, Moment], mark: str, at: Moment) -> dict[str, Moment]:
    """What was seen, with one more; the oldest go when they are too many or too old."""
    return recent({**seen, mark: float(int(at))}, at)


def recent(seen: dict[str, Moment], at: Moment) -> dict[str, Moment]:
    """What was seen in the last seven days, as much as is kept of it."""
    # The first came in first, or nearly: looking at it spares looking at all of them for every event.
    if len(seen) <= MOST["seen"] and (not seen or at - next(iter(seen.values())) <= DAYS * DAY):
        return seen
    kept = {mark: came for mark, came in seen.items() if at - came <= DAYS * DAY}
    return dict(sorted(kept.items(), key=lambda item: item[1])[-MOST["seen"] :])
