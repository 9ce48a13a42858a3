"""The outcome log: what was really shown or sent, and what came of it; all that is learned and reported starts here.

A row is written in one transaction with the change of the person that it tells of, and stands beside them: whoever is
erased takes their log along. It holds ids, reasons and what was known of them under their own mandate when it was
decided; the person is a keyed hash, and no name, address or free text is ever in it.
"""

from collections.abc import Iterable
from typing import Final, Literal

import msgspec
from msgspec import Struct

from rapport.domain.moment import Moment

How = Literal["viewed", "sent", "held_out"]
"""Seen on a page or at a desk; sent in a message; not sent, as the person is held out and else would have got it."""

Kind = Literal[
    "clicked", "accepted", "replied", "goal", "dismissed", "silence",
    "purchase", "satisfaction", "complaint", "unsubscribed",
]  # fmt: skip

RESPONSES: Final = frozenset({"clicked", "accepted", "replied", "goal"})
"""Kinds that say yes to an offer or a message."""
NUISANCES: Final = frozenset({"dismissed", "complaint", "unsubscribed"})
"""Kinds that say that it was not welcome; a low `satisfaction` does, too."""


class Candidate(Struct, frozen=True, array_like=True):
    """One that could have been chosen, and how often it would have come first."""

    offer: str
    chance: float


class LoggedExposure(Struct, frozen=True, omit_defaults=True, tag="exposure", tag_field="row"):
    """One offer that was shown or sent, or a message without offers (`offer` empty); as it was when it was decided.

    `chance` is the exact propensity of this choice, given those that stood before it in the same placement; `features`
    are what the model could read of the person (`NAME:VALUE`); `candidates` are known of messages, and on pulls where
    the placement learns.
    """

    profile: str
    decision: str
    """Of a pull its decisionId, of a message its id."""
    offer: str
    placement: str
    channel: str
    at: Moment
    how: How
    campaign: str = ""
    variant: str = ""
    """The arm of the campaign's experiment."""
    mode: str = ""
    learns: bool = False
    """Its placement learns."""
    features: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    chance: float = 1.0
    model: str = "base"
    catalogue: str = ""
    holdout: bool = False


class LoggedOutcome(Struct, frozen=True, omit_defaults=True, tag="outcome", tag_field="row"):
    """Something that a person did, or did not do in time (`silence`).

    With a `decision` it is credited to what was exposed under it, once for each kind and exposure; all of that is
    repeated here, so that a row can be read alone. Without one it is told of the person: every purchase, rating,
    complaint and unsubscription has exactly one such row, whoever made it, the holdout too. Sum revenue over those.

    `value`: of a `purchase` what it came to in the house's currency; of an `accepted` by purchase what the thing itself
    came to, where that was told; of a `satisfaction` 0 to 1.
    """

    profile: str
    kind: Kind
    at: Moment
    value: float | None = None
    holdout: bool = False
    first: bool = False
    """Of several responses to one exposure, the first: whoever counts responses counts these."""
    decision: str = ""
    offer: str = ""
    placement: str = ""
    channel: str = ""
    exposed_at: Moment = 0.0
    how: How = "viewed"
    campaign: str = ""
    variant: str = ""
    learns: bool = False
    features: tuple[str, ...] = ()
    chance: float = 1.0
    model: str = "base"
    ref: str = ""
    """Of a row without decision: a short hash that tells two of a kind apart."""


Entry = LoggedExposure | LoggedOutcome


def row_of(entry: Entry) -> str:
    """Where a row stands among those of its person: by time; written again it is the same row."""
    return f"{max(0, round(entry.at * 1000)):015d}#{key_of(entry)}"


def key_of(entry: Entry) -> str:
    """What tells a row from every other of its person and moment."""
    kind = entry.how if isinstance(entry, LoggedExposure) else entry.kind
    ref = "" if isinstance(entry, LoggedExposure) else entry.ref
    return f"{kind}#{entry.placement}#{entry.offer}#{ref}#{entry.decision}"


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Rows in the one order in which they are read, however they came: by time, exposures before what came of them."""
    return sorted(
        entries, key=lambda entry: (entry.at, isinstance(entry, LoggedOutcome), entry.profile, encoded(entry))
    )


def encoded(entry: Entry) -> bytes:
    """A row as one line of JSON, without the end of the line."""
    return msgspec.json.encode(entry)


def decoded(line: bytes | str) -> Entry:
    """The row of a line. Raises msgspec.DecodeError (ValidationError) for what is none."""
    entry: Entry = msgspec.json.decode(line, type=Entry)
    return entry
