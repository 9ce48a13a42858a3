"""One person on the deployed stack: nothing lost when many write at once, nothing told to strangers, nothing left."""

import json
import statistics
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event, EventDefinition
from rapport.domain.house import House
from rapport.domain.normalise import normalise
from rapport.domain.profile import profile_id
from rapport.domain.trait import BUILT_IN, Computation, TraitDefinition
from rapport.errors import Conflict
from rapport.memory import (
    MemoryBus,
    MemoryLedger,
    MemoryProfiles,
    MemoryPublications,
    MemorySchedule,
    MemorySealer,
    MemorySender,
)
from rapport.ports import Ports
from rapport.use_cases.take_event import take_event
from rapport_authoring.local.place import Deployed
from rapport_aws.profiles import DynamoProfiles

from tests.e2e.conftest import Answer, Caller, eventually
from tests.e2e.wire import aws, finished, fresh, introduced, order, settle, track

WRITERS, EACH = 16, 2


def test_sixteen_who_tell_of_one_person_at_once_lose_nothing(caller: Caller) -> None:
    user = fresh("busy")

    def tell(writer: int) -> None:
        told = {"userId": user, "event": "Order Completed", "properties": order(f"{user}-{writer}")}
        assert caller("POST", "/v1/track", told).status == 200

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(tell, range(WRITERS)))
    settle(caller.stack)
    assert caller("GET", f"/v1/profiles/{user}").body["traits"]["orders"]["value"] == WRITERS


def test_sixteen_writers_of_one_item_lose_nothing(stack: Deployed) -> None:
    user, ports = fresh("item"), side_by_side(stack)
    events = [bought(user, number) for number in range(WRITERS * EACH)]

    def take(event: Event) -> None:
        while True:  # what meets others too often is delivered again, as the queue does
            try:
                take_event(event, ports, event.received_at)
            except Conflict:
                continue
            return

    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(take, [*events, *events[:WRITERS]]))
    stored = ports.profiles.load(profile_id("user", user, ports.secret))
    assert (stored.counters["orders"].total, len(stored.seen)) == (WRITERS * EACH, WRITERS * EACH)


def bought(user: str, number: int) -> Event:
    raw = {"type": "track", "event": "Order Completed", "userId": user, "messageId": f"m{number}"}
    event = normalise(raw, 1_800_000_000.0 + number, trusted=True)
    assert isinstance(event, Event)
    return event


def side_by_side(stack: Deployed) -> Ports:
    """The deployed table of people under use cases that run here, many at once; the rest of the world in memory."""
    counted = TraitDefinition("orders", "integer", "computed", computation=Computation("count", "Order Completed"))
    events = {"Order Completed": (EventDefinition("Order Completed"),)}
    catalogue = Catalogue(House("Many"), traits={**BUILT_IN, "orders": counted}, events=events)
    tables = stack.outputs["ProfilesTable"], stack.outputs["LedgerTable"]
    profiles = DynamoProfiles(aws(stack, "dynamodb"), *tables, clock=lambda: 1_800_000_000.0)
    bus = MemoryBus()
    ledger = MemoryLedger(MemoryProfiles(MemorySchedule(), bus))
    return Ports(profiles, MemoryPublications(catalogue), ledger, MemorySender(), bus, MemorySealer())


# ---- what strangers may learn


def shape(value: Any) -> Any:
    """What a value looks like, whatever it says."""
    if isinstance(value, dict):
        return {name: shape(held) for name, held in sorted(value.items())}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return type(value).__name__


def look(answer: Answer) -> str:
    """Everything of an answer by which two callers could be told apart, but for its length in time."""
    return json.dumps([answer.status, sorted(name.lower() for name in answer.headers), shape(answer.body)])


@pytest.mark.parametrize("route", ["/v1/personalise", "/v1/identify", "/v1/batch"])
def test_nobody_learns_who_is_known_from_what_the_public_routes_answer(caller: Caller, route: str) -> None:
    known = [introduced(caller, tier="gold", firstName="Ann")]
    # Both of a pair come from the same browser, which is all that may decide.
    users = [name for number in range(60) for name in (known[number % len(known)], fresh("stranger"))]
    looks, times = {True: set[str](), False: set[str]()}, {True: list[float](), False: list[float]()}
    for number, user in enumerate(users):
        began = time.perf_counter()
        answer = caller.as_site("POST", route, asking(route, user, number))
        times[user in known].append(time.perf_counter() - began)
        looks[user in known].add(look(answer))
    assert looks[True] == looks[False]
    ratio = statistics.median(times[True]) / statistics.median(times[False])
    assert 0.5 < ratio < 2


def asking(route: str, user: str, number: int) -> dict[str, Any]:
    who = {"userId": user, "anonymousId": f"browser-{number // 2}"}
    message = {**who, "type": "identify", "traits": {"email": f"{user}@example.com"}}
    bodies = {
        "/v1/personalise": {**who, "placements": ["home-hero", "home-grid"]},
        "/v1/identify": message,
        "/v1/batch": {"batch": [message]},
    }
    return bodies[route]


# ---- what is left of somebody erased


def test_an_erased_canary_is_found_nowhere(caller: Caller) -> None:
    stack, song = caller.stack, fresh("canary")
    old, user = f"{song}-old", f"{song}-user"
    sing(caller, old)
    sing(caller, user)
    settle(stack)
    assert caller("POST", f"/v1/profiles/{old}/merge", {"into": user}).status == 200
    finished(caller, caller("GET", f"/v1/profiles/{user}/export"))
    imported = {"userId": user, "traits": {"last_name": f"{song}-imported"}}
    assert finished(caller, caller("POST", "/v1/imports?source=crm", imported))["accepted"] == 1
    assert found(stack, song), "it was there"
    finished(caller, caller("DELETE", f"/v1/profiles/{user}"))
    late = {"userId": user, "traits": {"firstName": f"{song}-late"}, "timestamp": "2026-01-01T00:00:00Z"}
    caller("POST", "/v1/identify", late)
    settle(stack)
    assert caller("GET", f"/v1/profiles/{user}").status == 404
    eventually(lambda: not found(stack, song))


def sing(caller: Caller, user: str) -> None:
    """Tell of somebody with a word of their own in every field."""
    home = {"street": f"{user} street", "postal_code": "1000", "city": f"{user} city", "country": f"{user} country"}
    traits = {"firstName": f"{user} first", "lastName": f"{user} last", "email": f"{user}@example.com", "address": home,
              "interests": [f"{user} interest"], "device_tokens": [f"{user}-token"], "shoe": user}  # fmt: skip
    external = [{"type": "crm", "id": f"{user}-crm"}]
    who = {"userId": user, "anonymousId": f"{user}-browser"}
    context = {
        "locale": "en-GB",
        "externalIds": external,
        "consent": {"categoryPreferences": {"personalisation": True}},
    }
    batch = [
        {**who, "type": "identify", "traits": traits, "context": context},
        {**who, "type": "group", "groupId": f"{user}-group"},
        track(user, "Order Completed", order(f"{user}-order", f"{user}-sku", f"{user} name")),
        track(user, "Complaint Reported", {"case_id": f"{user}-case"}),
        track(user, "Flight Booked", {"destination": f"{user}-town", "booking_id": f"{user}-booking"}),
        track(user, "Product Viewed", {"sku": f"{user}-seen", "category": f"{user}-category"}),
        {"type": "page", "anonymousId": f"{user}-other", "name": f"{user} page"},
        {"type": "alias", "userId": user, "previousId": f"{user}-other"},
    ]
    assert caller("POST", "/v1/batch", {"batch": batch}).status == 200
    settle(caller.stack)
    proof = {"wording": f"{user} agrees", "policy": f"{user} policy"}
    caller("PUT", f"/v1/profiles/{user}/consents/marketing", {"status": "granted", "proof": proof})


def found(stack: Deployed, song: str) -> list[str]:
    """Where a word is found: rows, objects, messages on queues, lines of logs."""
    places = (*rows(stack), *objects(stack), *queued(stack), *logged(stack))
    return [place for place, text in places if song in text]


def rows(stack: Deployed) -> Iterator[tuple[str, str]]:
    client = aws(stack, "dynamodb")
    for table in client.list_tables()["TableNames"]:
        for page in client.get_paginator("scan").paginate(TableName=table):
            yield from ((f"{table} {item['pk']} {item['sk']}", readable(item)) for item in page["Items"])


def readable(item: dict[str, Any]) -> str:
    """A row as text, what is packed in it unpacked."""
    packed = [value["B"] for value in item.values() if "B" in value]
    return str(item) + "".join(zlib.decompress(body).decode("utf-8", "replace") for body in packed)


def objects(stack: Deployed) -> Iterator[tuple[str, str]]:
    client = aws(stack, "s3")
    bucket = stack.outputs["BucketName"]
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for held in page.get("Contents", []):
            body = client.get_object(Bucket=bucket, Key=held["Key"])["Body"].read()
            yield held["Key"], held["Key"] + body.decode("utf-8", "replace")


def queued(stack: Deployed) -> Iterator[tuple[str, str]]:
    client = aws(stack, "sqs")
    for queue in client.list_queues().get("QueueUrls", []):
        answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        yield from ((queue, message["Body"]) for message in answer.get("Messages", []))


def logged(stack: Deployed) -> Iterator[tuple[str, str]]:
    client = aws(stack, "logs")
    for group in client.describe_log_groups()["logGroups"]:
        for event in client.filter_log_events(logGroupName=group["logGroupName"])["events"]:
            yield group["logGroupName"], event["message"]
