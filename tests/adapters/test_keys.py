"""Keys of callers as they are stored, looked up and judged, and how often somebody may ask."""

import pytest
from msgspec import structs
from rapport.errors import BadRequest, Forbidden, NotFound, Unauthorised
from rapport_aws import dynamo
from rapport_aws.access import KNOWN_FOR, AccessKey, Remembered, caller, server
from rapport_aws.http import Request
from rapport_aws.jobs import Jobs, shown
from rapport_aws.keys import AccessKeys
from rapport_aws.limits import Limits

from tests.adapters.cloud import Cloud
from tests.adapters.conftest import Clock


@pytest.fixture
def keys(account: Cloud) -> AccessKeys:
    return AccessKeys(account.dynamodb, "catalogue")


def test_a_key_is_found_with_what_it_may_do(keys: AccessKeys) -> None:
    key = keys.make_secret(["profiles:read"], "crm")
    assert keys.find(key) == AccessKey(key, "sk", scopes=frozenset({"profiles:read"}))


def test_a_publishable_key_keeps_its_own_origins(keys: AccessKeys) -> None:
    found = keys.find(keys.make_publishable(["https://shop.example"]))
    assert found is not None
    assert (found.is_secret, found.origins) == (False, {"https://shop.example"})


def test_no_key_is_stored_as_it_is(keys: AccessKeys, account: Cloud) -> None:
    key = keys.make_secret(["profiles:read"])
    assert key[3:] not in str(account.dynamodb.scan(TableName="catalogue")["Items"])


def test_a_revoked_key_is_none(keys: AccessKeys) -> None:
    key = keys.make_secret(["profiles:read"])
    keys.revoke(key)
    assert keys.find(key) is None


@pytest.mark.parametrize("scopes", [[], ["everything"], ["profiles:read", "nonsense"]], ids=str)
def test_a_key_has_scopes_that_there_are(keys: AccessKeys, scopes: list[str]) -> None:
    with pytest.raises(BadRequest):
        keys.make_secret(scopes)


SECRET = AccessKey("sk_1", "sk", scopes=frozenset({"profiles:read"}))
SITE = AccessKey("pk_1", "pk", origins=frozenset({"https://own.example"}))
KNOWN = {key.key: key for key in (SECRET, SITE)}


def asks(**headers: str) -> Request:
    return Request("GET", "/", headers={name.replace("_", "-"): value for name, value in headers.items()})


def sites() -> tuple[str, ...]:
    return ("https://house.example",)


@pytest.mark.parametrize("origin", ["https://house.example", "https://own.example", ""])
def test_a_listed_origin_may_call(origin: str) -> None:
    assert caller(asks(x_rapport_key="pk_1", origin=origin), KNOWN.get, sites) == SITE


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://house.example.evil", "http://house.example"]
)
def test_any_other_origin_may_not(origin: str) -> None:
    with pytest.raises(Forbidden):
        caller(asks(x_rapport_key="pk_1", origin=origin), KNOWN.get, sites)


def test_a_secret_key_is_not_asked_for_its_origin() -> None:
    assert caller(asks(authorization="Bearer sk_1", origin="https://evil.example"), KNOWN.get, sites) == SECRET


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer ", "Bearer sk_2", "Basic !!!", "Digest sk_1", "Bearer pk_1"])
def test_a_server_needs_a_secret_key(given: str) -> None:
    with pytest.raises(Unauthorised):
        server(asks(authorization=given), KNOWN.get, "profiles:read")


def test_a_server_needs_the_scope() -> None:
    with pytest.raises(Forbidden):
        server(asks(authorization="Bearer sk_1"), KNOWN.get, "profiles:write")


def test_a_key_is_looked_up_once_a_minute() -> None:
    clock, asked = Clock(), list[str]()
    lookup = Remembered(asked.append, clock)
    for wait in (0, KNOWN_FOR - 1, 2):
        clock.now += wait
        lookup("sk_unknown")
    assert asked == ["sk_unknown"] * 2


@pytest.mark.parametrize("key", ["x" * 20, "sk_" + "x" * 500, ""])
def test_what_cannot_be_a_key_is_never_looked_up(key: str) -> None:
    def never(_key: str) -> None:
        raise AssertionError("asked the store")

    assert Remembered(never, Clock())(key) is None


def test_somebody_may_ask_so_often_and_again_in_the_next_window(account: Cloud) -> None:
    clock = Clock()
    limits = Limits(account.dynamodb, "ledger", clock)
    now = [limits.allows("ann", 2, 60) for _time in range(3)]
    clock.now += 60
    assert ([*now, limits.allows("ann", 2, 60)], limits.allows("bob", 2, 60)) == ([True, True, False, True], True)


def test_a_limit_keeps_no_name(account: Cloud) -> None:
    Limits(account.dynamodb, "ledger", Clock()).allows("ann@example.com", 2, 60)
    assert "ann@" not in str(account.dynamodb.scan(TableName="ledger")["Items"])


def test_a_job_is_found_as_it_stands(account: Cloud) -> None:
    jobs = Jobs(account.dynamodb, "ledger", Clock())
    job = jobs.keep(structs.replace(jobs.start("import", {"source": "crm"}), state="running", progress=0.5))
    assert shown(jobs.find(job.id)) == {"id": job.id, "state": "running", "progress": 0.5, "result": None}


def test_a_job_nobody_started_is_not_found(account: Cloud) -> None:
    with pytest.raises(NotFound):
        Jobs(account.dynamodb, "ledger", Clock()).find("j_nothing")


def test_a_stored_row_comes_back_in_python_s_types() -> None:
    row = {"s": "a", "n": 1.5, "b": b"\x00", "t": True, "set": frozenset({"x", "y"})}
    assert dynamo.plain(dynamo.stored({**row, "none": None, "empty": frozenset()})) == row
