"""Taking one event into one profile: duplicates, erasure, traits, consent, meaning, computed traits, responses."""

from enum import StrEnum

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt
from rapport.domain.decision import TokenPayload
from rapport.domain.event import Event, EventFacts
from rapport.domain.normalise import Fault
from rapport.domain.profile import Profile
from rapport.domain.responses import Counted


class Outcome(StrEnum):
    """What became of an event."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    ERASED = "erased"
    REFUSED = "refused"


class Applied(Struct, frozen=True):
    """The profile after an event (the same object when nothing changed), and what the caller must know of it.

    `facts` are there when the event was accepted: what campaigns are triggered by. `receipts` are to be stored beside
    the profile; `counted` are views and responses of offers that count (once) for caps and learning.
    """

    profile: Profile
    outcome: Outcome
    receipts: tuple[Receipt, ...] = ()
    problems: tuple[Fault, ...] = ()
    facts: EventFacts | None = None
    counted: tuple[Counted, ...] = ()


def apply(profile: Profile, event: Event, catalogue: Catalogue, token: TokenPayload | None = None) -> Applied:
    """Take an event into the profile it binds to (`identity.target`); any order and repetition gives the same."""
    raise NotImplementedError
