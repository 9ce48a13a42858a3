"""An account in memory (moto) with the tables, bucket, bus, queue and topic that the infrastructure builds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from moto import mock_aws
from rapport_aws import tables

REGION = "eu-west-1"
BUCKET = "rapport-test"
BUS = "rapport"


@dataclass(frozen=True)
class Cloud:
    dynamodb: Any
    s3: Any
    sqs: Any
    sns: Any
    events: Any
    queue: str
    topic: str


@cache
def client(service: str) -> Any:
    # Making a client takes longer than most tests; moto answers whichever was made after its import.
    return boto3.client(service, region_name=REGION)


@contextmanager
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        dynamodb = client("dynamodb")
        for table in tables.TABLES:
            create(dynamodb, table)
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        events = client("events")
        events.create_event_bus(Name=BUS)
        sqs = client("sqs")
        sns = client("sns")
        queue = sqs.create_queue(QueueName="dispatch")["QueueUrl"]
        topic = sns.create_topic(Name="handoff")["TopicArn"]
        yield Cloud(dynamodb, s3, sqs, sns, events, queue, topic)


def create(dynamodb: Any, table: tables.Table) -> None:
    names = {tables.PARTITION, tables.SORT} | {
        name for index in table.indexes for name in (index.partition, index.sort)
    }
    indexes = [
        {
            "IndexName": index.name,
            "KeySchema": schema(index.partition, index.sort),
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": [*index.carries]}
            if index.carries
            else {"ProjectionType": "KEYS_ONLY"},
        }
        for index in table.indexes
    ]
    dynamodb.create_table(
        TableName=table.name,
        KeySchema=schema(tables.PARTITION, tables.SORT),
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in sorted(names)],
        BillingMode="PAY_PER_REQUEST",
        **({"GlobalSecondaryIndexes": indexes} if indexes else {}),
    )


def schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "RAPPORT_PROFILES_TABLE": "profiles",
    "RAPPORT_LEDGER_TABLE": "ledger",
    "RAPPORT_CATALOGUE_TABLE": "catalogue",
    "RAPPORT_BUCKET": BUCKET,
    "RAPPORT_BUS": BUS,
    "RAPPORT_PUBLIC_URL": "https://rapport.example",
    "RAPPORT_SECRETS": "/rapport/secrets",
}
