"""The house's own secrets as the SDK reads them, and token keys looked up again when one turns up that is not known."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rapport.domain.moment import Moment

from rapport_aws.dynamo import reaching
from rapport_aws.secrets import TOKEN_KEYS, needed

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

GOOD_FOR: Final = 60.0


@dataclass
class Vault:
    """Secrets below one path of the Parameter Store."""

    client: "SSMClient"
    path: str
    clock: Callable[[], Moment]
    _known: Mapping[str, str] | None = None
    _looked_at: Moment = 0.0

    def all(self) -> Mapping[str, str]:
        """Every secret by name, read once. Raises StoreUnavailable."""
        if self._known is None:
            pages = self.client.get_paginator("get_parameters_by_path").paginate(Path=self.path, WithDecryption=True)
            with reaching("secrets"):
                found = [parameter for page in pages for parameter in page["Parameters"]]
            self._known = {each["Name"].removeprefix(self.path).lstrip("/"): each["Value"] for each in found}
        return self._known

    def token_keys(self) -> list[str]:
        """The lines of the keys that seal tokens, the current one first."""
        return needed(self.all(), TOKEN_KEYS).splitlines()

    def newer_keys(self) -> list[str]:
        """The same, looked up again at most once a minute."""
        if self.clock() - self._looked_at >= GOOD_FOR:
            self._known, self._looked_at = None, self.clock()
        return self.token_keys()
