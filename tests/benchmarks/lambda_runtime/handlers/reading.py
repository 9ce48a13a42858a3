"""The hot path's floor: everything `personalise` cannot do without, and no decision.

One profile read by the light client, decoded to typed values, one token sealed, one metric, JSON out.
"""

import os
from typing import Any

import msgspec
from aws_lambda_powertools import Logger, Metrics
from rapport_aws.hot.dynamodb import Reader
from rapport_aws.tokens import KeyRing


class Trait(msgspec.Struct, frozen=True):
    """A value with where it came from."""

    value: str | int | float | bool | list[str]
    source: str
    observed_at: float
    certainty: float


class Profile(msgspec.Struct, frozen=True):
    """A person, as stored."""

    person: str
    version: int
    traits: dict[str, Trait]


logger = Logger(service="measured")
metrics = Metrics(namespace="measured", service="measured")
reader = Reader()
ring = KeyRing({"k1": bytes(32)})


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """The entry point."""
    ask = msgspec.json.decode(event["body"])
    item = reader.get_item(os.environ["RAPPORT_PROFILES_TABLE"], {"pk": f"P#{ask['userId']}", "sk": "A"}) or {}
    profile = msgspec.json.decode(str(item["body"]), type=Profile)
    metrics.add_metric(name="Decisions", unit="Count", value=1)
    token = ring.seal("view", profile.person.encode())
    answer = {"profileId": profile.person, "placements": [{"offers": len(profile.traits), "token": token}]}
    return {"statusCode": 200, "body": msgspec.json.encode(answer).decode()}
