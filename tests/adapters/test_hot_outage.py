"""What the hot path still knows while the store does not answer."""

import pytest
from rapport.errors import StoreUnavailable
from rapport_aws.access import KNOWN_FOR, AccessKey, Remembered

KEY = AccessKey("pk_1", "pk")


class Store:
    """Finds one key until it is told to fail, and counts how often it was asked."""

    def __init__(self) -> None:
        self.up = True
        self.asked = 0

    def find(self, key: str) -> AccessKey | None:
        self.asked += 1
        if not self.up:
            raise StoreUnavailable("dynamodb: no answer in time")
        return KEY if key == KEY.key else None


@pytest.fixture
def store() -> Store:
    return Store()


def test_a_key_that_was_known_stays_so_while_the_store_fails(store: Store) -> None:
    now = [0.0]
    lookup = Remembered(store.find, lambda: now[0])
    lookup(KEY.key)
    store.up, now[0] = False, KNOWN_FOR
    assert lookup(KEY.key) == KEY


def test_nobody_waits_for_a_failing_store_more_than_once_a_minute(store: Store) -> None:
    now = [0.0]
    lookup = Remembered(store.find, lambda: now[0])
    lookup(KEY.key)
    store.up, now[0] = False, KNOWN_FOR
    for _ in range(5):
        lookup(KEY.key)
    assert store.asked == 2


def test_a_key_that_was_never_seen_is_not_judged_without_the_store(store: Store) -> None:
    store.up = False
    with pytest.raises(StoreUnavailable):
        Remembered(store.find, lambda: 0.0)(KEY.key)
