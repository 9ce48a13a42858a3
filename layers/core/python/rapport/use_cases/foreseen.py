"""What intake will refuse of an event, told at the door to whoever sent it."""

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event
from rapport.domain.intake import Outcome, apply
from rapport.domain.profile import Profile
from rapport.domain.wire import Fault, fault
from rapport.use_cases.phones import e164

UNDECLARED = ":UNDECLARED"


class Foreseen(Struct, frozen=True):
    """Whether an event will be taken at all, and what of it is left out."""

    is_taken: bool
    faults: tuple[Fault, ...] = ()


def foreseen(event: Event, catalogue: Catalogue) -> Foreseen:
    """Take the event into nobody: what is wrong with it does not depend on whom it is about."""
    applied = apply(Profile(""), event, catalogue, phone=e164(catalogue.house))
    undeclared = (name.removesuffix(UNDECLARED) for name in applied.profile.refused if name.endswith(UNDECLARED))
    left_out = (fault(f"traits.{name}", "is not declared") for name in undeclared)
    return Foreseen(applied.outcome is not Outcome.REFUSED, (*applied.problems, *left_out))
