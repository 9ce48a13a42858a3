"""What the measured functions are asked and what they find: one request, one person of about 4 KB."""

import json
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PROFILE_BYTES = 4096

ENVIRONMENT = {
    "RAPPORT_PROFILES_TABLE": "profiles",
    "RAPPORT_LEDGER_TABLE": "ledger",
    "RAPPORT_CATALOGUE_TABLE": "catalogue",
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "PATH": os.defpath,
}

BODY = {
    "userId": "u1",
    "placements": ["home-hero", {"id": "home-grid", "count": 4}],
    "context": {"locale": "fr-BE", "timezone": "Europe/Brussels", "device": "mobile", "page": {"path": "/"}},
}


def profile() -> dict[str, object]:
    """A person with as many traits as 4 KB hold."""
    traits: dict[str, object] = {}
    person: dict[str, object] = {"person": "p_1", "version": 7, "traits": traits}
    while len(json.dumps(person)) < PROFILE_BYTES:
        traits[f"trait_{len(traits)}"] = {
            "value": f"value {len(traits)}",
            "source": "crm",
            "observed_at": 1763800000.5,
            "certainty": 0.95,
        }
    return person


def answers() -> dict[str, bytes]:
    """What the services say, by operation and partition key, by operation, or by path."""
    item = {
        "pk": {"S": "P#u1"},
        "sk": {"S": "A"},
        "version": {"N": "7"},
        "body": {"S": json.dumps(profile())},
    }
    return {
        "DynamoDB_20120810.GetItem P#u1": json.dumps({"Item": item}).encode(),
        "DynamoDB_20120810.GetItem": b"{}",
        "AWSEvents.PutEvents": b'{"FailedEntryCount":0,"Entries":[{"EventId":"e1"}]}',
    }


def event() -> bytes:
    """`POST /v1/personalise` as the HTTP API of API Gateway hands it over (payload 2.0)."""
    return json.dumps(
        {
            "version": "2.0",
            "routeKey": "POST /v1/personalise",
            "rawPath": "/v1/personalise",
            "rawQueryString": "",
            "headers": {
                "content-type": "application/json",
                "origin": "https://trails.example",
                "x-rapport-key": "pk_1",
            },
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "api",
                "domainName": "api.example.com",
                "http": {
                    "method": "POST",
                    "path": "/v1/personalise",
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "Mozilla/5.0",
                },
                "requestId": "id=",
                "routeKey": "POST /v1/personalise",
                "stage": "$default",
                "time": "22/Nov/2026:08:00:00 +0000",
                "timeEpoch": 1795334400000,
            },
            "body": json.dumps(BODY),
            "isBase64Encoded": False,
        }
    ).encode()
