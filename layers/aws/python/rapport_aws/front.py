"""The composition root of the hot path: the light clients, and nothing that takes long to import."""

import os
import time
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Literal

from rapport.domain.identity import past_merges
from rapport.domain.moment import Moment
from rapport.domain.profile import Identity, Profile, profile_id
from rapport.errors import NotFound

from rapport_aws import settings as settings_of
from rapport_aws import tables
from rapport_aws.access import AccessKey, Remembered, digest_of, key_of
from rapport_aws.hot.dynamodb import Item, Reader
from rapport_aws.hot.eventbridge import LightBus
from rapport_aws.hot.s3 import Objects
from rapport_aws.hot.service import ANSWERING, HANDING_OVER, STARTING, answering
from rapport_aws.hot.ssm import get_parameters_by_path
from rapport_aws.hot.wire import Patience
from rapport_aws.publications import PublishedCatalogue
from rapport_aws.records import is_kept, value_of
from rapport_aws.secrets import PERSON_KEY, SITE_KEYS, TOKEN_KEYS, needed, site_keys
from rapport_aws.settings import Settings
from rapport_aws.tokens import KeyRing, key_ring
from rapport_aws.user_tokens import UserKey


class Front:
    """What answering a visit needs; each part is made when first used."""

    def __init__(
        self, settings: Settings, clock: Callable[[], Moment] = time.time, patience: Patience = ANSWERING
    ) -> None:
        self.settings, self.clock, self.patience = settings, clock, patience
        self._left, self._met = patience.budget, False

    def begin(self) -> None:
        """Somebody waits from now on: all that is read for their answer shares one patience."""
        self._left = self.patience.budget

    def profile(self, who: Identity) -> Profile:
        """The person that an identity leads to, past merges: one read, seldom more. Raises StoreUnavailable."""
        kind: Literal["user", "anonymous"] = "user" if who.kind == "user" else "anonymous"
        name = profile_id(kind, who.value, needed(self.secrets, PERSON_KEY).encode())
        return past_merges(self._load(name), self._load)

    def _load(self, name: str) -> Profile:
        row = self._read(self.settings.profiles_table, tables.PERSON.key(person=name))
        return value_of(_body(row), Profile) if row and is_kept(row, self.clock()) else Profile(name)

    @cached_property
    def publications(self) -> PublishedCatalogue:
        """What is live."""
        return PublishedCatalogue(self._pointer, self._snapshot, self.clock, self._glance)

    def sites(self) -> tuple[str, ...]:
        """Origins that may call with a publishable key; none before the first publication."""
        try:
            return self.publications.current().catalogue.house.sites
        except NotFound:
            return ()

    @cached_property
    def lookup(self) -> Remembered:
        """Callers' keys, each looked up at most once a minute."""
        return Remembered(self._find, self.clock)

    @cached_property
    def user_keys(self) -> tuple[UserKey, ...]:
        """What user tokens are signed with."""
        return site_keys(self.secrets.get(SITE_KEYS, ""))

    @cached_property
    def sealer(self) -> KeyRing:
        """The keys of tokens."""
        return key_ring(needed(self.secrets, TOKEN_KEYS).splitlines())

    @cached_property
    def bus(self) -> LightBus:
        """The event bus, with no less patience than a read has."""
        return LightBus(self.settings.bus, max(HANDING_OVER, self.patience, key=lambda patience: patience.budget))

    @cached_property
    def secrets(self) -> Mapping[str, str]:
        """The house's own secrets by name. Raises StoreUnavailable."""
        return get_parameters_by_path(self.settings.secrets)

    @cached_property
    def reader(self) -> Reader:
        """Reads people while somebody waits."""
        return Reader(self.patience)

    @cached_property
    def _settled(self) -> Reader:
        """Reads what an answer cannot do without, with more patience, and beside it while it looks for news."""
        return Reader(STARTING)

    @cached_property
    def _objects(self) -> Objects:
        return Objects()

    def _pointer(self) -> Item:
        return self._settled.get_item(self.settings.catalogue_table, tables.POINTER.key(), consistent=True) or {}

    def _snapshot(self, key: str) -> bytes:
        return self._objects.get_object(self.settings.bucket, key)

    def _glance(self) -> Item:
        return self._read(self.settings.catalogue_table, tables.POINTER.key()) or {}

    def _find(self, key: str) -> AccessKey | None:
        # Until a first key is known nobody can be answered; after that those whose keys are known come first.
        read = self._read if self._met else self._settled.get_item
        row = read(self.settings.catalogue_table, tables.ACCESS_KEY.key(digest=digest_of(key)))
        self._met = self._met or row is not None
        return key_of(key, row) if row else None

    def _read(self, table: str, key: Mapping[str, str]) -> Item | None:
        began = time.monotonic()
        try:
            return self.reader.get_item(table, key, consistent=True, budget=self._left)
        finally:
            self._left = max(0.0, self._left - (time.monotonic() - began))


def _body(row: Item) -> str | bytes:
    body = row["body"]
    return body if isinstance(body, bytes) else str(body)


@cache
def front() -> Front:
    """The deployment this function belongs to, put together once per container."""
    return Front(settings_of.read(os.environ), patience=answering(os.environ))
