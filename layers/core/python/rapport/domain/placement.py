"""Placements, places where offers appear; and forms, which ask only what is not yet known."""

from msgspec import Struct

from rapport.domain.house import KINDS


class Placement(Struct, frozen=True):
    """A place on a site, in a message, or on an agent's screen."""

    id: str
    channel: str = "web"
    count: int = 1
    fallback: str | None = None
    kinds: tuple[str, ...] = KINDS
    learn: bool = False


class Form(Struct, frozen=True):
    """What a form asks, in order, and what it cannot do without."""

    id: str
    asks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
