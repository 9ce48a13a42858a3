"""What a pull asks, checked before anything else, and who asks it."""

from typing import Annotated, Any, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from rapport.domain.moment import Moment
from rapport.domain.profile import Identity
from rapport.errors import BadRequest, Forbidden

Identifier = Annotated[str, Meta(min_length=1, max_length=256)]
Count = Annotated[int, Meta(ge=1, le=100)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
Channel = Literal["web", "email", "sms", "push", "whatsapp", "print", "note", "call", "social"]

Wanted = TypeVar("Wanted", bound=Struct)


class PlacementAsked(Struct, frozen=True, forbid_unknown_fields=True):
    """A placement, with a count of its own where it differs from the placement's."""

    id: Word
    count: Count | None = None


class PullRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/personalise`. Without a channel the first placement's own counts."""

    placements: Annotated[list[Word | PlacementAsked], Meta(min_length=1, max_length=50)]
    user_id: Identifier | None = field(default=None, name="userId")
    anonymous_id: Identifier | None = field(default=None, name="anonymousId")
    channel: Channel | None = None
    context: dict[str, Any] = {}
    events: Annotated[list[dict[str, Any]], Meta(max_length=20)] = []
    explain: bool = False
    force: dict[Word, Word] = {}
    as_persona: Word | None = None


class ActionRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/next-action`."""

    user_id: Identifier = field(name="userId")
    placement: Word
    channel: Channel = "call"
    count: Count | None = None
    context: dict[str, Any] = {}
    explain: bool = False


class Caller(Struct, frozen=True):
    """Who asks: somebody's browser, a person whose token was checked (`user_id`), or a server of the team.

    `explains` is how much of the why they may see, `may_force` whether they may bend the answer for a test.
    """

    kind: Literal["anonymous", "person", "secret"]
    user_id: str | None = None
    explains: Literal["nothing", "reasons", "all"] = "nothing"
    may_force: bool = False

    @property
    def trusted(self) -> bool:
        """Whether what they say about a known person counts."""
        return self.kind != "anonymous"


class Asked(Struct, frozen=True):
    """One pull: who asks what, when, and the id that its decision gets."""

    request: PullRequest
    caller: Caller
    moment: Moment
    decision_id: str


ANONYMOUS = Caller("anonymous")
SERVER = Caller("secret", explains="all", may_force=True)


def person(user_id: str) -> Caller:
    """The caller whose token was signed by the team's own site: sees reasons without scores."""
    return Caller("person", user_id, explains="reasons")


def read(body: bytes | dict[str, Any], wanted: type[Wanted]) -> Wanted:
    """The request of a body. Raises BadRequest with the path of what does not fit."""
    try:
        if isinstance(body, bytes):
            return msgspec.json.decode(body, type=wanted)
        return msgspec.convert(body, wanted)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at ")
        raise BadRequest(
            "the body does not fit", [{"path": path.strip("`") or "$", "message": message[:200]}]
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("the body is no JSON") from None


def whose(request: PullRequest, caller: Caller) -> Identity | None:
    """Whom an answer is about; None when nobody is named. Only a trusted caller speaks for a known person.

    Raises Forbidden when a person names another.
    """
    if caller.kind == "person":
        if request.user_id not in (None, caller.user_id):
            raise Forbidden("userId is not the token's")
        return Identity("user", caller.user_id or "")
    if caller.kind == "secret" and request.user_id is not None:
        return Identity("user", request.user_id)
    return None if request.anonymous_id is None else Identity("anonymous", request.anonymous_id)


def spoken(raw: dict[str, Any], caller: Caller) -> dict[str, Any]:
    """A message as its caller may say it: with a user token it is of that person, whether or not it names them.

    Raises Forbidden when a person names another.
    """
    named = raw.get("userId")
    if caller.kind != "person" or not isinstance(named, str | None):
        return raw
    if named and named.strip() and named != caller.user_id:
        raise Forbidden("userId is not the token's")
    return {**raw, "userId": caller.user_id}


def permit(request: PullRequest, caller: Caller) -> None:
    """Raises Forbidden for what this caller may not ask; it is never just left out."""
    if request.explain and caller.explains == "nothing":
        raise Forbidden("explain needs a secret key or the person's own token")
    if (request.force or request.as_persona is not None) and not caller.may_force:
        raise Forbidden("force and as_persona need a secret key")
