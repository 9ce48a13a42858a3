"""What every route about a person begins with: who asks, and about whom."""

from typing import Annotated

from msgspec import Meta
from rapport.domain.profile import Identity, Profile
from rapport.errors import NotFound
from rapport.use_cases.people import person
from rapport_aws.access import server
from rapport_aws.assemble import House, house
from rapport_aws.http import Request

Name = Annotated[str, Meta(min_length=1, max_length=256)]
READ, WRITE = "profiles:read", "profiles:write"


def known(request: Request, name: str, scope: str) -> tuple[House, Profile]:
    """The deployment and the person of a path, for a key with the scope. Raises Unauthorised, Forbidden, NotFound."""
    here = house()
    server(request, here.lookup, scope)
    return here, found(here, name)


def found(here: House, name: str) -> Profile:
    """The person of a userId, or of `anonymous:ID`. Raises NotFound for somebody never seen, or erased."""
    kind, _, value = name.partition(":")
    who = Identity("anonymous", value) if kind == "anonymous" and value else Identity("user", name)
    profile = person(who, here.ports)
    if profile.version == 0 or profile.erased_at is not None:
        raise NotFound("there is no such person")
    return profile
