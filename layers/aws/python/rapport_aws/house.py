"""What a freshly deployed house needs before its first call: secrets in the Parameter Store, keys for its callers.

A command of its own for whoever deploys: `python -m rapport_aws.house TABLE SECRETS-PATH` prints the keys as JSON.
"""

import json
import secrets
import sys
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from rapport_aws.access import SCOPES
from rapport_aws.hot import base64url
from rapport_aws.keys import AccessKeys
from rapport_aws.secrets import PERSON_KEY, SITE_KEYS, TOKEN_KEYS
from rapport_aws.tokens import KEY_BYTES

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True)
class Secrets:
    """The house's own secrets, each a SecureString below one path."""

    client: "SSMClient"
    path: str

    def keep(self, name: str, fresh: str) -> str:
        """Store `fresh` unless there is such a secret already; return the one that holds."""
        full = f"{self.path}/{name}"
        try:
            self.client.put_parameter(Name=full, Value=fresh, Type="SecureString", Overwrite=False)
        except self.client.exceptions.ParameterAlreadyExists:
            return self.client.get_parameter(Name=full, WithDecryption=True)["Parameter"]["Value"]
        return fresh


def rotate(kept: Secrets) -> str:
    """Put a fresh key before the others that seal tokens; its id.

    The old ones stay: links in mails that were sent must work for as long as anybody keeps the mail.
    """
    name = f"{kept.path}/{TOKEN_KEYS}"
    held = kept.client.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    known = {line.partition(":")[0] for line in held.splitlines()}
    fresh = next(key_id for number in count(len(known) + 1) if (key_id := f"k{number}") not in known)
    lines = f"{fresh}:{base64url.encode(secrets.token_bytes(KEY_BYTES))}\n{held}"
    kept.client.put_parameter(Name=name, Value=lines, Type="SecureString", Overwrite=True)
    return fresh


def furnish(kept: Secrets, keys: AccessKeys) -> dict[str, str]:
    """Make what is missing: secrets once and for all, a new site key and a new admin key each time."""
    kept.keep(TOKEN_KEYS, f"k1:{base64url.encode(secrets.token_bytes(KEY_BYTES))}")
    kept.keep(PERSON_KEY, secrets.token_urlsafe(32))
    return {
        "site_secret": kept.keep(SITE_KEYS, secrets.token_urlsafe(32)),
        "site_key": keys.make_publishable(name="site"),
        "admin_key": keys.make_secret(SCOPES, name="admin"),
    }


def main(table: str, path: str) -> None:
    """Furnish the house of this table and path, in the account that the environment names."""
    import boto3  # noqa: PLC0415 - only the command needs it

    made = furnish(Secrets(boto3.client("ssm"), path), AccessKeys(boto3.client("dynamodb"), table))
    print(json.dumps(made))  # noqa: T201 - the command's answer


if __name__ == "__main__":
    main(*sys.argv[1:])
