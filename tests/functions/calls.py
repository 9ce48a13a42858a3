"""Events as API Gateway, SQS and the bus deliver them."""

import base64
import json
from typing import Any


def call(
    method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
) -> dict[str, Any]:
    """A call as an HTTP API hands it over (payload 2.0): bytes come in base64."""
    text = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    packed = isinstance(text, bytes)
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "&".join(f"{name}={value}" for name, value in query.items()),
        "headers": {"content-type": "application/json", **(headers or {})},
        **({"queryStringParameters": query} if query else {}),
        "requestContext": {
            "stage": "$default",
            "http": {"method": method, "path": path, "sourceIp": "192.0.2.7", "userAgent": "test"},
        },
        "body": base64.b64encode(text).decode() if packed else text,
        "isBase64Encoded": packed,
    }


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def records(*bodies: Any) -> dict[str, Any]:
    """A batch as SQS hands it over."""
    made = [
        {
            "messageId": f"r{number}",
            "receiptHandle": "handle",
            "body": body if isinstance(body, str) else json.dumps(body),
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {},
            "md5OfBody": "",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:intake",
            "awsRegion": "eu-west-1",
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": made}


def envelope(detail_type: str, detail: Any, source: str = "shop", id_: str = "e1") -> dict[str, Any]:
    """An event as a rule of the bus puts it on a queue."""
    return {
        "version": "0",
        "id": id_,
        "detail-type": detail_type,
        "source": source,
        "account": "123456789012",
        "time": "2027-01-15T08:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": detail,
    }


def failed(answer: dict[str, Any]) -> list[str]:
    """Which records of a batch come back."""
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def told(answer: dict[str, Any]) -> Any:
    """The body of an answer, as the caller reads it."""
    return json.loads(answer["body"])


class Context:
    """Lambda's context, with time left."""

    function_name = "test"
    memory_limit_in_mb = 128
    invoked_function_arn = "arn"
    aws_request_id = "id"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000
