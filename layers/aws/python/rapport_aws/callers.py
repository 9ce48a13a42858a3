"""Who a caller of a public route speaks for: a server, a person whose token was checked, or somebody's browser."""

from collections.abc import Callable, Sequence

from rapport.domain.moment import Moment
from rapport.domain.profile import Identity, Profile
from rapport.errors import Forbidden, Unauthorised
from rapport.use_cases.asked import ANONYMOUS, SERVER, Caller, person

from rapport_aws.access import AccessKey
from rapport_aws.http import Request
from rapport_aws.user_tokens import User, UserKey, verify


def who_calls(request: Request, key: AccessKey, user_keys: Callable[[], Sequence[UserKey]], now: Moment) -> Caller:
    """The caller behind a key that was found good. Raises Unauthorised for a user token that is not."""
    if key.is_secret:
        return SERVER
    token = request.header("x-rapport-user")
    if not token:
        return ANONYMOUS
    for registered in user_keys():
        user = verify(token, registered, key.key, now)
        if isinstance(user, User):
            return person(user.id)
    raise Unauthorised("the user token is not valid")


def needing(key: AccessKey, scope: str) -> AccessKey:
    """The key, if it is publishable or has the scope. Raises Forbidden."""
    if key.is_secret and scope not in key.scopes:
        raise Forbidden(f"this needs the scope {scope}")
    return key


def identity_of(profile: Profile) -> Identity:
    """The identity under which a stored person is found."""
    if profile.user_id is not None:
        return Identity("user", profile.user_id)
    return Identity("anonymous", profile.anonymous_id or "")
