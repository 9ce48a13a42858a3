"""What is usually written: the Powertools resolver with validation, pydantic models and boto3; no decision."""

import os
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from pydantic import BaseModel

logger = Logger(service="measured")
metrics = Metrics(namespace="measured", service="measured")
app = APIGatewayHttpResolver(enable_validation=True)
table = boto3.resource("dynamodb").Table(os.environ["RAPPORT_PROFILES_TABLE"])


class Trait(BaseModel):
    """A value with where it came from."""

    value: str | int | float | bool | list[str]
    source: str
    observed_at: float
    certainty: float


class Owned(BaseModel):
    """A thing the person has."""

    quantity: float
    since: float
    source: str


class Exposure(BaseModel):
    """An offer the person has seen."""

    offer: str
    at: float
    how: str
    channel: str
    decision: str
    placement: str


class Profile(BaseModel):
    """A person, as stored."""

    id: str
    version: int
    traits: dict[str, Trait]
    owned: dict[str, Owned]
    exposures: list[Exposure]


class Ask(BaseModel):
    """The body of the request."""

    userId: str  # noqa: N815 - the name on the wire
    placements: list[str | dict[str, Any]]
    context: dict[str, Any]


@app.post("/v1/personalise")
def personalise(ask: Ask) -> dict[str, Any]:
    """Read the profile and answer with a number taken from it."""
    item = table.get_item(Key={"pk": f"P#{os.environ['PERSON']}", "sk": "A"})["Item"]
    profile = Profile.model_validate_json(str(item["body"]))
    return {"profileId": profile.id, "placements": [{"id": ask.placements[0], "offers": len(profile.traits)}]}


@logger.inject_lambda_context
@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The entry point."""
    metrics.add_metric(name="Decisions", unit="Count", value=1)
    return app.resolve(event, context)
