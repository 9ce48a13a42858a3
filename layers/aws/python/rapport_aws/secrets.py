"""The house's own secrets: their names below one path of the Parameter Store, and how they are read. Nothing heavy."""

from collections.abc import Mapping

from rapport.errors import StoreUnavailable

from rapport_aws.user_tokens import Algorithm, UserKey

TOKEN_KEYS = "token-keys"  # noqa: S105  # the parameter's name
"""The keys tokens are sealed with: lines `ID:BASE64URL`, the current one first."""
SITE_KEYS = "site-secret"
"""What the house's own site signs user tokens with: a secret (HS256), or `ALGORITHM:` and a public key as PEM."""
PERSON_KEY = "person-key"
"""Keys the ids of profiles. Never changes: with another one nobody would be found again."""


def site_keys(text: str) -> tuple[UserKey, ...]:
    """The keys that user tokens are verified with; none where a site has registered none. Raises ValueError."""
    if not text:
        return ()
    name, _, material = text.partition(":")
    if name in (Algorithm.RS256, Algorithm.ES256):
        return (UserKey(Algorithm(name), material.encode()),)
    return (UserKey(Algorithm.HS256, text.encode()),)


def needed(secrets: Mapping[str, str], name: str) -> str:
    """A secret that nothing works without. Raises StoreUnavailable."""
    if not secrets.get(name):
        raise StoreUnavailable(f"secrets: {name} is missing")
    return secrets[name]
