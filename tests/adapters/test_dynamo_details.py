"""What only DynamoDB can get wrong: lost answers, ends of lives, buckets and cursors."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from msgspec import structs
from rapport.domain.moment import DAY, MINUTE
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict, StoreUnavailable
from rapport.ports import Change, Due, Send, SendState
from rapport_aws import dynamo, tables
from rapport_aws.ledger import DynamoLedger
from rapport_aws.profiles import DynamoProfiles
from rapport_aws.schedule import MOST_MINUTES, due_row

from tests.adapters.cloud import Cloud
from tests.adapters.conftest import World

ANN = Profile("p_ann", user_id="ann")
SEND = Send("s_1", "p_ann", "m_1", "email", "attempt-1", 100.0)


class Stammering:
    """A client whose first answer to every write is lost, so that the write is made twice."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in ("put_item", "transact_write_items"):
            return call
        return lambda **given: (call(**given), call(**given))[1]


class Contended:
    """A client whose first transactions meet others at the same rows."""

    def __init__(self, client: Any, times: int) -> None:
        self._client, self.left = client, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, TransactItems: list[Any]) -> Any:  # noqa: N803  # the SDK's name
        if self.left:
            self.left -= 1
            codes: list[Any] = [{"Code": "None"}] * (len(TransactItems) - 1) + [{"Code": "TransactionConflict"}]
            told: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": codes}
            raise ClientError(told, "TransactWriteItems")
        return self._client.transact_write_items(TransactItems=TransactItems)


class Failing:
    """A client of a store that answers every read in the same bad way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def get_item(self, **_given: Any) -> Any:
        raise self._error


def test_a_write_whose_answer_was_lost_is_recognised_as_one_s_own(account: Cloud, aws: World) -> None:
    profiles = DynamoProfiles(Stammering(account.dynamodb), "profiles", "ledger", aws.clock)
    profiles.write(Change(ANN))
    assert profiles.load("p_ann").version == 1


def test_a_transaction_whose_answer_was_lost_is_recognised_as_one_s_own(account: Cloud, aws: World) -> None:
    profiles = DynamoProfiles(Stammering(account.dynamodb), "profiles", "ledger", aws.clock)
    profiles.write(Change(ANN, due=(Due(aws.clock.now + 9, "p_ann", "message", "m_1"),)))
    assert profiles.load("p_ann").version == 1


def test_a_claim_whose_answer_was_lost_uses_up_one_cap(account: Cloud) -> None:
    ledger = DynamoLedger(Stammering(account.dynamodb), "ledger", "profiles")
    assert ledger.claim(SEND, [Quota("car", 2)]) is SendState.CLAIMED
    cap = dynamo.get(account.dynamodb, "ledger", tables.CAP.key(scope="car", window="ever"))
    assert cap["used_up"] == 1


def test_a_claim_waits_a_moment_for_others_at_the_same_cap(account: Cloud) -> None:
    waited: list[float] = []
    ledger = DynamoLedger(Contended(account.dynamodb, 3), "ledger", "profiles", waited.append)
    assert ledger.claim(SEND, [Quota("car", 2)]) is SendState.CLAIMED
    assert len(waited) == 3


def test_a_claim_is_given_back_although_others_are_at_the_same_cap(account: Cloud) -> None:
    client = Contended(account.dynamodb, 0)
    ledger = DynamoLedger(client, "ledger", "profiles", lambda _: None)
    ledger.claim(SEND, [Quota("car", 1)])
    client.left = 3
    ledger.release(SEND)
    assert ledger.claim(structs.replace(SEND, id="s_2"), [Quota("car", 1)]) is SendState.CLAIMED


def test_whoever_never_comes_to_its_turn_looks_again(account: Cloud) -> None:
    ledger = DynamoLedger(Contended(account.dynamodb, 1000), "ledger", "profiles", lambda _: None)
    with pytest.raises(Conflict):
        ledger.claim(SEND, [Quota("car", 2)])


def test_an_opening_whose_answer_was_lost_is_open(account: Cloud) -> None:
    ledger = DynamoLedger(Stammering(account.dynamodb), "ledger", "profiles")
    ledger.claim(SEND, [])
    assert ledger.open(SEND, Profile("p_ann"))


def test_a_doubt_does_not_undo_what_is_known(account: Cloud) -> None:
    ledger = DynamoLedger(account.dynamodb, "ledger", "profiles")
    ledger.claim(SEND, [])
    ledger.settle(SEND, SendState.SENT, "ses-1")
    ledger.settle(SEND, SendState.IN_DOUBT)
    found = ledger.find("s_1")
    assert found is not None
    assert found.state is SendState.SENT


def test_a_claim_that_others_took_over_keeps_its_caps_when_released(account: Cloud) -> None:
    ledger = DynamoLedger(account.dynamodb, "ledger", "profiles")
    ledger.claim(SEND, [Quota("car", 1)])
    ledger.claim(structs.replace(SEND, owner="attempt-2"), [Quota("car", 1)])
    ledger.release(SEND)
    assert ledger.claim(structs.replace(SEND, id="s_2"), [Quota("car", 1)]) is SendState.CAPPED


@pytest.mark.parametrize(
    ("profile", "days"), [(ANN, None), (Profile("p_anon", anonymous_id="a1"), 90)], ids=["known", "anonymous"]
)
def test_only_anonymous_stretches_are_forgotten(account: Cloud, aws: World, profile: Profile, days: int | None) -> None:
    aws.profiles.write(Change(profile))
    row = dynamo.get(account.dynamodb, "profiles", tables.PERSON.key(person=profile.id))
    assert row.get("ttl") == (days and aws.clock.now + days * DAY)


def test_what_is_due_at_once_is_told_after_the_write(aws: World) -> None:
    now, later = Due(aws.clock.now, "p_ann", "message", "m_1"), Due(aws.clock.now + 60, "p_ann", "message", "m_2")
    aws.profiles.write(Change(ANN, due=(now, later)))
    assert aws.prompted == [now]


def test_bulk_of_one_moment_is_spread_within_its_room(aws: World) -> None:
    start, room = aws.clock.now + 3600, 300.0
    for number in range(40):
        row = Due(start, f"p_{number}", "message", "m_1", bulk=True, spread=room)
        aws.profiles.write(Change(Profile(f"p_{number}"), due=(row,)))
    moments = [row.at for row in aws.schedule.due(start + room, 100, bulk=True)]
    assert (len(moments), min(moments) >= start, max(moments) <= start + room) == (40, True, True)
    assert len({int(moment // 60) for moment in moments}) > 3


def test_service_is_never_spread_and_never_behind_bulk(aws: World) -> None:
    start = aws.clock.now + 3600
    rows = [Due(start, f"p_{number}", "message", "m_1", bulk=True) for number in range(20)]
    for row in (*rows, Due(start, "p_service", "message", "m_2")):
        aws.profiles.write(Change(Profile(row.profile), due=(row,)))
    assert [row.profile for row in aws.schedule.due(start, 1)] == ["p_service"]


@pytest.mark.slow
def test_a_row_due_in_the_past_is_still_met(aws: World) -> None:
    aws.schedule.due(aws.clock.now, 10)
    aws.profiles.write(Change(ANN, due=(Due(aws.clock.now - 30 * DAY, "p_ann", "wake"),)))
    assert len(aws.schedule.due(aws.clock.now, 10)) == 1


@pytest.mark.slow
@pytest.mark.slow
def test_after_a_long_stop_of_the_tick_each_look_gets_to_its_end_and_nothing_is_lost(aws: World) -> None:
    start = aws.clock.now
    aws.schedule.due(start, 10)
    aws.profiles.write(Change(ANN, due=(Due(start + (MOST_MINUTES + 5) * MINUTE, "p_ann", "wake"),)))
    aws.clock.now += (MOST_MINUTES + 10) * MINUTE
    found = [[row.profile for row in aws.schedule.due(aws.clock.now, 10)] for _ in range(2)]
    assert found == [[], ["p_ann"]]


def test_the_cursor_leaves_empty_minutes_behind_and_misses_nothing(account: Cloud, aws: World) -> None:
    start = aws.clock.now
    aws.profiles.write(Change(ANN, due=(Due(start + 5000, "p_ann", "wake"),)))
    assert not aws.schedule.due(start + 3600, 10)
    cursor = dynamo.get(account.dynamodb, "ledger", tables.DUE_CURSOR.key(lane="service"))
    assert (cursor["at"] > start + 3000, len(aws.schedule.due(start + 5000, 10))) == (True, 1)


@pytest.mark.slow
def test_a_row_that_is_not_done_keeps_the_cursor_back(aws: World) -> None:
    aws.schedule.due(aws.clock.now, 10)
    aws.profiles.write(Change(ANN, due=(Due(aws.clock.now, "p_ann", "wake"),)))
    aws.schedule.due(aws.clock.now + 4000, 10)
    assert len(aws.schedule.due(aws.clock.now + 4000, 10)) == 1


def test_rows_of_one_minute_are_spread_over_shards() -> None:
    rows = [due_row(Due(600.0, f"p_{number}", "wake"), 0.0) for number in range(200)]
    assert len({row["pk"] for row in rows}) == tables.DUE_SHARDS


@pytest.mark.parametrize(
    "error",
    [
        ReadTimeoutError(endpoint_url="https://dynamodb"),
        ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem"),
    ],
    ids=["silent", "throttled"],
)
def test_a_store_that_does_not_answer_is_unavailable(aws: World, error: Exception) -> None:
    profiles = DynamoProfiles(Failing(error), "profiles", "ledger", aws.clock)
    with pytest.raises(StoreUnavailable):
        profiles.load("p_ann")


def test_a_store_that_refuses_us_is_no_passing_trouble(aws: World) -> None:
    refused = ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetItem")
    profiles = DynamoProfiles(Failing(refused), "profiles", "ledger", aws.clock)
    with pytest.raises(ClientError):
        profiles.load("p_ann")


def test_the_row_of_a_rolling_cap_stays_small_and_ends(account: Cloud) -> None:
    ledger, daily = DynamoLedger(account.dynamodb, "ledger", "profiles"), Quota("car@1d", 5, 1)
    key = tables.CAP.key(scope="car@1d", window="ever")
    for hour in range(30):
        ledger.count([daily], hour * 3600.0)
    ledger.counted([daily], 30 * 3600.0)
    row = dynamo.get(account.dynamodb, "ledger", key)
    stretches = {name for name in row if name.startswith("m")}
    assert (row["used_up"], len(stretches), row["ttl"]) == (23, 23, 29 * 3600 + 31 * DAY)


def test_what_is_too_long_ago_is_taken_off_once_although_the_answer_was_lost(account: Cloud) -> None:
    quota = Quota("car@1d", 5, 1)
    ledger = DynamoLedger(account.dynamodb, "ledger", "profiles")
    ledger.count([quota], 0.0)
    ledger.count([quota], 2.5 * DAY)
    twice = DynamoLedger(StammeringUpdates(account.dynamodb), "ledger", "profiles")  # type: ignore[arg-type]
    assert [led.counted([quota], 3 * DAY) for led in (twice, ledger)] == [{"car@1d": 1}, {"car@1d": 1}]


class StammeringUpdates:
    """A client whose first answer to every update is lost, so that the update is made twice."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_item(self, **given: Any) -> Any:
        self._client.update_item(**given)
        return self._client.update_item(**given)
