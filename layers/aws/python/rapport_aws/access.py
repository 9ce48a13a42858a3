"""Who calls, and what they may: credentials of a request judged by type of key. Imports nothing heavy."""

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct
from rapport.domain.moment import Moment
from rapport.errors import Forbidden, StoreUnavailable, Unauthorised

from rapport_aws.http import Request

SCOPES = frozenset(
    {
        "profiles:read",
        "profiles:write",
        "catalogue:read",
        "catalogue:write",
        "messages:read",
        "messages:approve",
        "events:write",
    }
)
KNOWN_FOR = 60.0
"""Seconds for which a key that was looked up is taken as it was."""
LONGEST = 128


class AccessKey(Struct, frozen=True):
    """One key: `sk` with scopes for servers, `pk` with origins for websites."""

    key: str
    kind: str
    scopes: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    @property
    def is_secret(self) -> bool:
        """Whether it belongs to a server, and so is trusted."""
        return self.kind == "sk"


def digest_of(key: str) -> str:
    """Under what a key is stored: it has 256 random bits, so a plain hash is enough."""
    return hashlib.sha256(key.encode()).hexdigest()


def key_of(key: str, row: Mapping[str, Any]) -> AccessKey:
    """The key of a stored row."""
    return AccessKey(key, str(row["kind"]), row.get("scopes", frozenset()), row.get("origins", frozenset()))


class Remembered:
    """Looks keys up, each at most once a minute, unknown ones too; while the store fails, what was known stays so."""

    def __init__(self, find: Callable[[str], AccessKey | None], clock: Callable[[], Moment]) -> None:
        self._find, self._clock = find, clock
        self._known: dict[str, tuple[Moment, AccessKey | None]] = {}

    def __call__(self, key: str) -> AccessKey | None:
        """What a key may do; None for no key of ours."""
        at, known = self._known.get(key, (-KNOWN_FOR, None))
        if self._clock() - at < KNOWN_FOR:
            return known
        if len(self._known) > 1000:
            self._known.clear()
        try:
            found = self._find(key) if len(key) <= LONGEST and key.isascii() and key[:3] in ("sk_", "pk_") else None
        except StoreUnavailable:
            if known is None:
                raise
            found = known
        self._known[key] = (self._clock(), found)
        return found


Lookup = Callable[[str], AccessKey | None]


def caller(request: Request, lookup: Lookup, sites: Callable[[], tuple[str, ...]], key: str = "") -> AccessKey:
    """Whoever calls with a key of either kind; `key` is one that the body brought.

    Raises Unauthorised without a good key, Forbidden from an origin that is not listed.
    """
    given = key or key_in(request)
    found = lookup(given) if given else None
    if found is None:
        raise Unauthorised("a key is missing or not known")
    if not found.is_secret:
        _check_origin(request, found, sites)
    return found


def server(request: Request, lookup: Lookup, scope: str) -> AccessKey:
    """A server with a secret key that has the scope. Raises Unauthorised, Forbidden."""
    found = any_server(request, lookup)
    if scope not in found.scopes:
        raise Forbidden(f"this needs the scope {scope}")
    return found


def any_server(request: Request, lookup: Lookup) -> AccessKey:
    """A server with a secret key, whatever it may do. Raises Unauthorised."""
    found = lookup(bearer(request)) if bearer(request) else None
    if found is None or not found.is_secret:
        raise Unauthorised("this needs a secret key")
    return found


def key_in(request: Request) -> str:
    """The key that the headers bring: ours, a bearer's, or Segment's Basic user name."""
    return request.header("x-rapport-key") or bearer(request) or _basic_user(request)


def bearer(request: Request) -> str:
    """The token of the Authorization header, if it is a bearer's."""
    kind, _, token = request.header("authorization").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _basic_user(request: Request) -> str:
    kind, _, token = request.header("authorization").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(token.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""


def _check_origin(request: Request, key: AccessKey, sites: Callable[[], tuple[str, ...]]) -> None:
    origin = request.header("origin")
    # An origin is no proof, a browser's honest word only; a call without one is judged by its key alone.
    if origin and origin not in key.origins and origin not in sites():
        raise Forbidden("this origin is not listed")
