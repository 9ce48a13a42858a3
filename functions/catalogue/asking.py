"""What every part of this door shares: who is let in, and whose composing desk it is."""

from functools import cache
from typing import Annotated

from msgspec import Meta
from rapport.domain.profile import Identity, Profile
from rapport.errors import NotFound
from rapport.use_cases.desk import Desk, TemplateShelf
from rapport.use_cases.people import person
from rapport_aws.access import server
from rapport_aws.assemble import House, attempt, house
from rapport_aws.http import Request

READ, WRITE = "catalogue:read", "catalogue:write"
Name = Annotated[str, Meta(min_length=1, max_length=256)]


def allowed(request: Request, scope: str) -> House:
    """The deployment, for a key with the scope. Raises Unauthorised, Forbidden."""
    here = house()
    server(request, here.lookup, scope)
    return here


def found(here: House, user_id: str) -> Profile:
    """A person by userId. Raises NotFound."""
    profile = person(Identity("user", user_id), here.ports)
    if profile.version == 0 or profile.erased_at is not None:
        raise NotFound("there is no such person")
    return profile


def desk(here: House) -> Desk:
    """Where messages are composed."""
    return Desk(here.ports, attempt(), shelf())


@cache
def shelf() -> TemplateShelf:
    """Compiled templates, kept as long as the container."""
    return TemplateShelf()
