"""Whose credentials the light clients sign with: the environment's, or those of the container endpoint (SnapStart)."""

import os
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from rapport.errors import StoreUnavailable

from rapport_aws.hot.wire import Connection, Deadline, Patience, Request

REFRESH_AHEAD = 300.0  # seconds before they run out at which new ones are asked for
FETCHING = Patience(budget=2.0)
# The address comes from the environment; credentials are still never asked of a stranger in clear text.
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"})


class Credentials(msgspec.Struct, frozen=True):
    """A key pair with its session token; `expires` is a moment."""

    access_key: str
    secret_key: str
    token: str
    expires: float

    def __repr__(self) -> str:
        """Keep secrets out of whatever prints this."""
        return f"Credentials({self.access_key})"


class ContainerAnswer(msgspec.Struct, frozen=True, rename="pascal"):
    """What the container endpoint says."""

    access_key_id: str
    secret_access_key: str
    token: str
    expiration: str


Source = Callable[[float], Credentials]
"""Gives the credentials to sign with at a moment. Raises StoreUnavailable."""


def source(environment: Mapping[str, str] = os.environ) -> Source:
    """Return where this function's credentials come from, found the way the SDKs find it."""
    if "AWS_ACCESS_KEY_ID" not in environment and "AWS_CONTAINER_CREDENTIALS_FULL_URI" in environment:
        return ContainerSource(environment)
    return lambda _moment: from_environment(environment)


def from_environment(environment: Mapping[str, str]) -> Credentials:
    """Return what a function without SnapStart is given for its whole life."""
    try:
        key, secret = environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]
    except KeyError as missing:
        raise StoreUnavailable(f"credentials: {missing.args[0]} is not set") from None
    return Credentials(key, secret, environment.get("AWS_SESSION_TOKEN", ""), float("inf"))


class ContainerSource:
    """Credentials from a local endpoint, kept until shortly before they run out."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._kept: Credentials | None = None

    def __call__(self, moment: float) -> Credentials:
        """Return credentials valid at the moment; old ones serve on while they last and no new ones can be had."""
        kept = self._kept
        if kept is None or moment > kept.expires - REFRESH_AHEAD:
            kept = self._kept = self._fresh(moment, kept)
        return kept

    def _fresh(self, moment: float, kept: Credentials | None) -> Credentials:
        try:
            return fetch(self._environment)
        except StoreUnavailable:
            if kept is None or moment >= kept.expires:
                raise
            return kept


def fetch(environment: Mapping[str, str]) -> Credentials:
    """Ask the container endpoint once. Raises StoreUnavailable."""
    address = urlsplit(environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"])
    if address.scheme != "https" and address.netloc.rpartition(":")[0] not in LOCAL_HOSTS:
        raise StoreUnavailable("credentials: the container endpoint is neither local nor https")
    request = Request("GET", address.path or "/", {"Authorization": authorization(environment)}, query=address.query)
    connection = Connection(f"{address.scheme}://{address.netloc}", environment)
    try:
        answer = connection.exchange(request, Deadline(FETCHING))
        said = msgspec.json.decode(answer.body, type=ContainerAnswer)
    except (OSError, msgspec.DecodeError) as error:
        raise StoreUnavailable(f"credentials: {type(error).__name__}") from error
    finally:
        connection.close()
    expires = datetime.fromisoformat(said.expiration).timestamp()
    return Credentials(said.access_key_id, said.secret_access_key, said.token, expires)


def authorization(environment: Mapping[str, str]) -> str:
    """Return the endpoint's own token: from its file where there is one, as it may change."""
    file = environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
    return Path(file).read_text("utf-8").strip() if file else environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN", "")
