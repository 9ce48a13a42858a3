"""Whom an event belongs to; how an anonymous stretch joins a person; how two people become one."""

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Receipt
from rapport.domain.event import Event
from rapport.domain.moment import Moment
from rapport.domain.normalise import Fault
from rapport.domain.profile import Identity, Profile


class Target(Struct, frozen=True):
    """Whom an event binds to: `who` is of kind `user` or `anonymous`, None for an event about nobody.

    `absorbs` is the anonymous id whose stretch moves to the person first (load it; `absorb` it unless it is empty).
    """

    who: Identity | None = None
    absorbs: str | None = None
    faults: tuple[Fault, ...] = ()


class Joined(Struct, frozen=True):
    """The person after a join, what is left of the other, and the consent receipts that came over."""

    profile: Profile
    emptied: Profile
    receipts: tuple[Receipt, ...] = ()


def target(event: Event) -> Target:
    """Whom an event binds to, by who called: only a trusted call speaks for a known person."""
    raise NotImplementedError


def absorb(person: Profile, stretch: Profile, catalogue: Catalogue, moment: Moment) -> Joined:
    """Move an anonymous stretch to a person, once; what is left of the stretch are the messages it has seen."""
    raise NotImplementedError


def merge(one: Profile, into: Profile, catalogue: Catalogue, moment: Moment) -> Joined:
    """Make two people one: the stricter consent, the union of the rest; the old one keeps only where it went."""
    raise NotImplementedError
