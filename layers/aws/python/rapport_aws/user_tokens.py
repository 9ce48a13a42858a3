"""`X-Rapport-User`: a JSON Web Token by which a site's own server says who its visitor is.

The algorithm is the one that the site registered its key for; what the token's header says is only compared with it.
"""

import hmac
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

import msgspec

from rapport_aws.hot import base64url

LONGEST = 4096  # characters
LIFETIME = 3600.0  # seconds that a token may still last, at most
SKEW = 60.0  # seconds that the site's clock may be ahead of ours
SHORTEST_SECRET = 32  # bytes, as RFC 7518 asks of HS256

Shape = TypeVar("Shape")


class Algorithm(StrEnum):
    """What a key is registered for."""

    HS256 = "HS256"
    RS256 = "RS256"
    ES256 = "ES256"


class UserKey(msgspec.Struct, frozen=True):
    """A site's key: the shared secret, or the public key as PEM. Raises ValueError for a secret that is too short."""

    algorithm: Algorithm
    material: bytes

    def __post_init__(self) -> None:
        """Refuse a secret that can be guessed, the empty one above all."""
        if self.algorithm is Algorithm.HS256 and len(self.material) < SHORTEST_SECRET:
            raise ValueError(f"the secret has fewer than {SHORTEST_SECRET} bytes")

    def __repr__(self) -> str:
        """Keep the secret out of whatever prints this."""
        return f"UserKey({self.algorithm})"


class User(msgspec.Struct, frozen=True):
    """A known person, vouched for by the site."""

    id: str


class Refusal(StrEnum):
    """Why a token is not taken; for our own logs, as the caller only learns 401."""

    MALFORMED = "MALFORMED"
    ALGORITHM = "ALGORITHM"
    SIGNATURE = "SIGNATURE"
    AUDIENCE = "AUDIENCE"
    EXPIRED = "EXPIRED"
    TOO_LONG_VALID = "TOO_LONG_VALID"
    NOT_YET = "NOT_YET"


class Header(msgspec.Struct, frozen=True):
    """What of a token's header matters; `crit` names extensions that we would have to understand."""

    alg: str
    crit: Any = msgspec.UNSET


class Claims(msgspec.Struct, frozen=True):
    """What of a token's claims matters; moments in seconds."""

    sub: str
    aud: str
    exp: float
    iat: float = 0.0
    nbf: float = 0.0


def verify(token: str, key: UserKey, audience: str, moment: float) -> User | Refusal:
    """Return whom the token names, or why it is refused. `audience` is the whole publishable key."""
    parts = token.split(".") if len(token) <= LONGEST else []
    raw = [base64url.decode(part) for part in parts]
    if len(raw) != 3 or None in raw:
        return Refusal.MALFORMED
    header = read(raw[0], Header)
    if header is None or header.crit is not msgspec.UNSET:
        return Refusal.MALFORMED
    if header.alg != key.algorithm:
        return Refusal.ALGORITHM
    if not genuine(key, token.rpartition(".")[0].encode("ascii"), raw[2] or b""):
        return Refusal.SIGNATURE
    claims = read(raw[1], Claims)
    return Refusal.MALFORMED if claims is None else judge(claims, audience, moment)


def judge(claims: Claims, audience: str, moment: float) -> User | Refusal:
    """Return what genuine claims come to at this moment."""
    findings = {
        Refusal.MALFORMED: not claims.sub,
        Refusal.AUDIENCE: claims.aud != audience,
        Refusal.EXPIRED: claims.exp <= moment,
        Refusal.TOO_LONG_VALID: claims.exp > moment + LIFETIME,
        Refusal.NOT_YET: max(claims.iat, claims.nbf) > moment + SKEW,
    }
    return next((refusal for refusal, holds in findings.items() if holds), User(claims.sub))


def genuine(key: UserKey, text: bytes, signature: bytes) -> bool:
    """Say whether the signature is the key's. Raises ValueError for a public key that is none of its algorithm."""
    if key.algorithm is Algorithm.HS256:
        return hmac.compare_digest(hmac.digest(key.material, text, "sha256"), signature)
    algorithm, public = prepared(key)
    return bool(algorithm.verify(text, public, signature))


@cache
def prepared(key: UserKey) -> tuple[Any, Any]:
    """Return what verifies with a public key, and the key as it wants it. Raises ValueError."""
    # Only sites with a public key pay for this import: 90 ms, PyJWT with everything of cryptography.
    from jwt import InvalidKeyError, get_algorithm_by_name  # noqa: PLC0415

    algorithm = get_algorithm_by_name(key.algorithm)
    try:
        return algorithm, algorithm.prepare_key(key.material)
    except (InvalidKeyError, TypeError, ValueError) as error:
        raise ValueError(f"the registered key is not one for {key.algorithm}") from error


def read(raw: bytes | None, shape: type[Shape]) -> Shape | None:
    """Return a JSON object as its shape, None if it is something else."""
    try:
        return msgspec.json.decode(raw or b"", type=shape)
    except msgspec.DecodeError:
        return None
