"""Reading from DynamoDB on the hot path: one row by its key."""

from binascii import a2b_base64
from collections.abc import Callable, Mapping
from typing import Any

from rapport_aws.hot.service import ANSWERING, Protocol, Service, World
from rapport_aws.hot.wire import Patience

DYNAMODB = Protocol("dynamodb", "DYNAMODB", "1.0")

Value = str | int | float | bytes | bool | frozenset[str]
Item = dict[str, Value]


def number(text: str) -> int | float:
    """Return a number as an integer where it is one."""
    try:
        return int(text)
    except ValueError:
        return float(text)


# Native are keys, versions and what the server filters by; the rest of a row is one JSON text (decision 0021).
DECODERS: dict[str, Callable[[Any], Value]] = {"S": str, "N": number, "B": a2b_base64, "BOOL": bool, "SS": frozenset}


def decoded(item: Mapping[str, Mapping[str, Any]]) -> Item:
    """Return plain values; an attribute of another type, of which we store none, is left out."""
    return {
        name: DECODERS[kind](value)
        for name, attribute in item.items()
        for kind, value in attribute.items()
        if kind in DECODERS
    }


def encoded(key: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return a key of strings as DynamoDB spells it."""
    return {name: {"S": value} for name, value in key.items()}


class Reader:
    """Reads; raises StoreUnavailable when DynamoDB does not answer within its patience, by default a visitor's."""

    def __init__(self, patience: Patience = ANSWERING, world: World | None = None) -> None:
        self._service = Service(DYNAMODB, patience, world)

    def get_item(
        self, table: str, key: Mapping[str, str], *, consistent: bool = False, budget: float | None = None
    ) -> Item | None:
        """Return one row, None if there is none. `consistent` sees every write that was confirmed before.

        `budget` is for how many seconds there is patience this time.
        """
        question = {"TableName": table, "Key": encoded(key), "ConsistentRead": consistent}
        answer = self._service.ask("DynamoDB_20120810.GetItem", question, budget)
        return decoded(answer["Item"]) if "Item" in answer else None

    def close(self) -> None:
        """Let go of the connection; call it after the restore of a snapshot."""
        self._service.close()
