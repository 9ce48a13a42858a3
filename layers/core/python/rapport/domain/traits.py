"""Taking trait values in: names on the wire, types, sources, conflicts and history; shared by events and corrections."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from rapport.domain.catalogue import Catalogue
from rapport.domain.moment import Moment
from rapport.domain.normalise import Fault
from rapport.domain.profile import Profile


class Statement(Struct, frozen=True):
    """Who says something of a person and when.

    `correction`: the person said so, which outranks every source. `unverified`: it came with a claim. `strict`: an
    undeclared trait is a fault (PATCH), not just dropped and counted; and null takes back what the source said.
    """

    source: str
    at: Moment
    trusted: bool = True
    correction: bool = False
    unverified: bool = False
    strict: bool = False
    normalise_phone: Callable[[str], str | None] | None = None


def set_traits(
    profile: Profile, traits: Mapping[str, Any], statement: Statement, catalogue: Catalogue
) -> tuple[Profile, tuple[Fault, ...]]:
    """The profile after a statement of traits, and what of it was refused; nothing raises, whatever the data."""
    raise NotImplementedError
