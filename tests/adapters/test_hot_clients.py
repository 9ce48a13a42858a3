"""The light clients against moto over real HTTP: rows, objects, events and secrets come back.

Every name is of this module only: all servers of moto in one process share their stores.
"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer
from rapport.errors import StoreUnavailable
from rapport_aws.entries import Entry
from rapport_aws.hot.dynamodb import Reader, decoded
from rapport_aws.hot.eventbridge import LightBus
from rapport_aws.hot.s3 import Objects
from rapport_aws.hot.service import World
from rapport_aws.hot.ssm import get_parameters_by_path
from rapport_aws.hot.wire import Patience

from tests.adapters.scripted import answer, playing

CALM = Patience(budget=20.0, read=20.0)
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def world(address: str) -> World:
    return World({**KEYS, "AWS_ENDPOINT_URL": address})


def sdk(service: str, address: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=address,
        region_name="eu-west-1",
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )


@pytest.fixture(scope="module")
def table(address: str) -> str:
    dynamodb = sdk("dynamodb", address)
    dynamodb.create_table(
        TableName="hot-profiles",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    row = {
        "pk": {"S": "P#u1"},
        "sk": {"S": "A"},
        "version": {"N": "7"},
        "body": {"S": "{}"},
        "raw": {"B": b"\x00\xff"},
        "set": {"SS": ["b", "a"]},
    }
    dynamodb.put_item(TableName="hot-profiles", Item=row)
    return "hot-profiles"


@pytest.fixture
def reader(world: World) -> Iterator[Reader]:
    reader = Reader(CALM, world)
    yield reader
    reader.close()


@pytest.mark.parametrize("consistent", [False, True])
def test_a_row_comes_back_as_plain_values(reader: Reader, table: str, consistent: bool) -> None:
    row = {"pk": "P#u1", "sk": "A", "version": 7, "body": "{}", "raw": b"\x00\xff", "set": frozenset("ab")}
    assert reader.get_item(table, {"pk": "P#u1", "sk": "A"}, consistent=consistent) == row


def test_a_row_that_is_not_there_is_none(reader: Reader, table: str) -> None:
    assert reader.get_item(table, {"pk": "P#nobody", "sk": "A"}) is None


def test_a_table_that_is_not_there_is_a_store_that_is_unavailable(reader: Reader, table: str) -> None:
    with pytest.raises(StoreUnavailable, match="ResourceNotFoundException"):
        reader.get_item("nosuch", {"pk": "a", "sk": "b"})


def test_numbers_keep_their_form_and_other_types_are_left_out() -> None:
    item = {"a": {"N": "7"}, "b": {"N": "7.5"}, "c": {"BOOL": True}, "d": {"M": {}}, "e": {"NULL": True}}
    assert decoded(item) == {"a": 7, "b": 7.5, "c": True}


def test_an_object_comes_back_whole(address: str, world: World) -> None:
    s3 = sdk("s3", address)
    s3.create_bucket(Bucket="hot-snapshots", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    body = bytes(range(256)) * 4096
    s3.put_object(Bucket="hot-snapshots", Key="catalogue/v 12.zst", Body=body)
    objects = Objects(CALM, world)
    assert objects.get_object("hot-snapshots", "catalogue/v 12.zst") == body
    objects.close()


def test_an_object_that_is_not_there_is_a_store_that_is_unavailable(address: str, world: World) -> None:
    objects = Objects(CALM, world)
    with pytest.raises(StoreUnavailable, match="s3: status 404"):
        objects.get_object("nosuch", "key")
    objects.close()


def test_every_secret_under_a_path_comes_decrypted(address: str, world: World) -> None:
    ssm = sdk("ssm", address)
    for number in range(12):  # more than one page
        ssm.put_parameter(Name=f"/hot/keys/k{number}", Value=f"secret {number}", Type="SecureString")
    ssm.put_parameter(Name="/hot/other", Value="no", Type="String")
    found = get_parameters_by_path("/hot/keys", CALM, world)
    assert found == {f"k{number}": f"secret {number}" for number in range(12)}


def entries(count: int) -> list[Entry]:
    return [
        {"Source": "shop", "DetailType": "Product Viewed", "Detail": f'{{"messageId": "m{number}"}}'}
        for number in range(count)
    ]


def test_the_bus_takes_events_in_tens(world: World) -> None:
    taken = answer(200, {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}] * 10})
    rest = answer(200, {"FailedEntryCount": 0, "Entries": [{"EventId": "e"}] * 2})
    with playing(taken, rest) as script:
        bus = LightBus("hot-bus", CALM, World({**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{script.port}"}))
        bus.put_events(entries(12))
        bus.close()
    told = [entry for request in script.requests for entry in json.loads(request.partition(b"\r\n\r\n")[2])["Entries"]]
    assert [json.loads(entry["Detail"])["messageId"] for entry in told] == [f"m{number}" for number in range(12)]


def test_an_event_is_spelled_as_the_bus_wants_it(address: str, world: World) -> None:
    sdk("events", address).create_event_bus(Name="hot-bus")
    bus = LightBus("hot-bus", CALM, world)
    bus.put_events(entries(1))
    bus.close()


def failing(*codes: str | None) -> bytes:
    told = [{"EventId": "e"} if code is None else {"ErrorCode": code} for code in codes]
    return answer(200, {"FailedEntryCount": len(codes) - codes.count(None), "Entries": told})


def test_only_the_events_that_failed_are_handed_over_again() -> None:
    with playing(failing(None, "ThrottlingException", None), failing(None)) as script:
        bus = LightBus("hot-bus", CALM, World({**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{script.port}"}))
        bus.put_events(entries(3))
        bus.close()
    again = json.loads(script.requests[1].partition(b"\r\n\r\n")[2])["Entries"]
    assert [json.loads(entry["Detail"]) for entry in again] == [{"messageId": "m1"}]


def test_events_that_the_bus_keeps_failing_are_not_passed_over() -> None:
    with playing(failing("InternalFailure"), failing("InternalFailure")) as script:
        bus = LightBus("hot-bus", CALM, World({**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{script.port}"}))
        with pytest.raises(StoreUnavailable, match="1 entries were not taken"):
            bus.put_events(entries(1))
        bus.close()
