"""The yardstick: a handler that imports and does nothing."""


def handle(_event: dict[str, object], _context: object) -> dict[str, object]:
    """Answer."""
    return {"statusCode": 200, "body": "{}"}
