"""How many events a second one intake worker sustains against the local stack.

    .venv/bin/python -m tests.benchmarks.profiles.intake_rate [.local]

The deployed function's own handler runs here, on batches of ten as its queue hands them over, one after the other; its
tables, bus and queues are the emulator's.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3

EVENTS, TOGETHER = 400, 10


def environment(stack: dict[str, Any], function: str = "intake") -> dict[str, str]:
    """What a deployed function is told."""
    about = {"endpoint_url": stack["aws_endpoint"], "region_name": stack["region"]}
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    functions = boto3.client("lambda", **about, **keys).list_functions()["Functions"]
    deployed = next(one for one in functions if f"functions.{function}." in one["Handler"])
    account = {"AWS_ENDPOINT_URL": stack["aws_endpoint"], "AWS_REGION": stack["region"]}
    named = {"AWS_DEFAULT_REGION": stack["region"], "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    found: dict[str, str] = deployed["Environment"]["Variables"]
    return found | account | named


def batches(people: int, in_a_row: int = 1) -> list[dict[str, Any]]:
    """Events of so many people, each of another kind, in batches; so many of one person follow one another."""
    run = uuid4().hex[:8]
    kinds = [
        ("Product Viewed", {"sku": "shell-3l", "category": "ski"}),
        ("Flight Searched", {"destination": "oslo"}),
        ("Page Viewed", {"name": "home"}),
    ]
    told = [
        {"type": "track", "event": kinds[n % 3][0], "properties": kinds[n % 3][1],
         "userId": f"{run}-{n // in_a_row % people}",
         "messageId": f"{run}-{n}"}
        for n in range(EVENTS)
    ]  # fmt: skip
    return [{"Records": [record(n, one) for n, one in enumerate(told[at : at + TOGETHER])]}
            for at in range(0, EVENTS, TOGETHER)]  # fmt: skip


def record(number: int, told: dict[str, Any]) -> dict[str, Any]:
    envelope = {"id": f"e{number}", "source": "shop", "detail-type": told["event"], "detail": told,
                "time": "2026-11-22T08:00:00Z"}  # fmt: skip
    return {"messageId": f"r{number}", "receiptHandle": "x", "body": json.dumps(envelope), "attributes": {},
            "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn",
            "awsRegion": "eu-west-1"}  # fmt: skip


def main(home: str = ".local") -> None:
    """Print the rate for events of many people, for those of a few, and for visits of five events each."""
    os.environ |= environment(json.loads((Path(home) / "stack.json").read_text()))
    from functions.intake.handler import handle  # noqa: PLC0415  # reads the environment

    handle(batches(1)[0], None)
    for people, in_a_row in ((EVENTS, 1), (10, 1), (EVENTS // 5, 5)):
        told = batches(people, in_a_row)
        began = time.perf_counter()
        failed = [handle(batch, None)["batchItemFailures"] for batch in told]
        took = time.perf_counter() - began
        assert not any(failed)
        print(f"{EVENTS} events of {people} people, {in_a_row} in a row: {EVENTS / took:.0f} a second")  # noqa: T201  # a figure


if __name__ == "__main__":
    main(*sys.argv[1:])
