"""What is usually written: the Powertools resolver with validation, pydantic models and boto3."""

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


class Profile(BaseModel):
    """A person, as stored."""

    person: str
    version: int
    traits: dict[str, Trait]


class Ask(BaseModel):
    """The body of the request."""

    userId: str  # noqa: N815 - the name on the wire
    placements: list[str | dict[str, Any]]
    context: dict[str, Any]


@app.post("/v1/personalise")
def personalise(ask: Ask) -> dict[str, Any]:
    """Read the profile and answer with a number taken from it."""
    item = table.get_item(Key={"pk": f"P#{ask.userId}", "sk": "A"})["Item"]
    profile = Profile.model_validate_json(item["body"])
    return {"profileId": profile.person, "placements": [{"id": "home-hero", "offers": len(profile.traits)}]}


@logger.inject_lambda_context
@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """The entry point."""
    metrics.add_metric(name="Decisions", unit="Count", value=1)
    return app.resolve(event, context)
