"""DynamoDB as the adapters speak it: attribute maps, pages, and which errors mean that the store did not answer."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from rapport.errors import StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
"""A row in Python's types: str, int, float, bool, bytes, frozenset of str."""

UNAVAILABLE = frozenset(
    {
        "InternalServerError",
        "InternalFailure",
        "ItemCollectionSizeLimitExceededException",
        "LimitExceededException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "Throttling",
        "TransactionInProgressException",
    }
)
AT_ONCE = 100
"""Rows that one call may ask for."""
WRITTEN_AT_ONCE = 25
CONDITION = "ConditionalCheckFailed"
THROTTLED = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})


@contextmanager
def reaching(store: str) -> Iterator[None]:
    """Turn "did not answer" into StoreUnavailable; every other answer of AWS passes through."""
    try:
        yield
    except BotoCoreError as error:
        raise StoreUnavailable(f"{store}: {type(error).__name__}") from error
    except ClientError as error:
        if code_of(error) in UNAVAILABLE:
            raise StoreUnavailable(f"{store}: {code_of(error)}") from error
        raise


def code_of(error: ClientError) -> str:
    """The code that AWS gave the error."""
    return str(error.response.get("Error", {}).get("Code", ""))


_KINDS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    str: lambda value: {"S": value},
    bool: lambda value: {"BOOL": value},
    int: lambda value: {"N": str(value)},
    float: lambda value: {"N": repr(value)},
    bytes: lambda value: {"B": value},
    frozenset: lambda value: {"SS": sorted(value)},
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "S": str,
    "BOOL": bool,
    "N": float,
    "B": bytes,
    "SS": frozenset,
}


def stored(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row as DynamoDB takes it; None and empty sets are left out."""
    return {
        name: _KINDS[type(value)](value) for name, value in item.items() if value is not None and value != frozenset()
    }


def plain(item: Mapping[str, Any] | None) -> Item:
    """A row as Python has it; numbers are floats. Nothing stored, nothing in it."""
    return {name: _READ[kind](held) for name, value in (item or {}).items() for kind, held in value.items()}


def values(**named: Any) -> dict[str, Any]:  # noqa: ANN401  # what `stored` takes
    """Expression values: `values(v=1)` is `{":v": {"N": "1"}}`."""
    return {f":{name}": value for name, value in stored(named).items()}


def get(client: "DynamoDBClient", table: str, key: Mapping[str, str]) -> Item:
    """One row, read consistently; empty when there is none."""
    with reaching(table):
        return plain(client.get_item(TableName=table, Key=stored(key), ConsistentRead=True).get("Item"))


def get_all(client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, str]]) -> Iterator[Item]:
    """Rows by their keys, in no order, read consistently; those that are not there are left out."""
    left = [stored(key) for key in keys]
    while left:
        asked, left = left[:AT_ONCE], left[AT_ONCE:]
        with reaching(table):
            answer = client.batch_get_item(RequestItems={table: {"Keys": cast("Any", asked), "ConsistentRead": True}})
        yield from (plain(item) for item in answer["Responses"].get(table, []))
        left += cast("Any", answer["UnprocessedKeys"].get(table, {"Keys": []}))["Keys"]


def query(client: "DynamoDBClient", table: str, pk: str, begins: str = "", at_once: int = 0) -> Iterator[Item]:
    """Every row of a partition whose sort key begins so, in order, page by page; pages of `at_once` rows at most."""
    condition = "pk = :pk AND begins_with(sk, :sk)" if begins else "pk = :pk"
    named = values(pk=pk, sk=begins) if begins else values(pk=pk)
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=named,
        ConsistentRead=True,
        PaginationConfig={"PageSize": at_once} if at_once else {},
    )
    with reaching(table):
        for page in pages:
            yield from (plain(item) for item in page["Items"])


def delete_all(client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, str]]) -> None:
    """Delete rows, many in a call: deleting twice is harmless, and a failure is told."""
    left: list[Any] = [{"DeleteRequest": {"Key": key}} for key in _once(keys)]
    while left:
        asked, left = left[:WRITTEN_AT_ONCE], left[WRITTEN_AT_ONCE:]
        with reaching(table):
            answer = client.batch_write_item(RequestItems={table: asked})
        left += answer["UnprocessedItems"].get(table, [])


def _once(keys: Sequence[Mapping[str, str]]) -> Iterator[dict[str, Any]]:
    """Keys as stored, each once: a call that names one twice is refused whole."""
    return map(stored, {tuple(key.items()): key for key in keys}.values())


def held(table: str, write: Callable[[], object]) -> bool:
    """Make a write that has a condition; whether the condition held."""
    try:
        with reaching(table):
            write()
    except ClientError as error:
        if code_of(error) != "ConditionalCheckFailedException":
            raise
        return False
    return True


def transact(client: "DynamoDBClient", table: str, parts: Sequence[dict[str, Any]]) -> None:
    """Write all parts or none. Raises ClientError for `rivals` to read."""
    with reaching(table):
        client.transact_write_items(TransactItems=cast("Any", parts))


def rivals(error: ClientError) -> list[tuple[str, Item]]:
    """Who came first, part by part: a code (`None` for parts that would have gone) and the row in the way, if told.

    Raises StoreUnavailable for parts that were throttled, and the error again when it is about anything else.
    """
    code = code_of(error)
    if code == "ConditionalCheckFailedException":
        return [(CONDITION, plain(cast("Any", error.response.get("Item"))))]
    if code == "TransactionConflictException":
        return [("TransactionConflict", {})]
    reasons: Sequence[Mapping[str, Any]] = cast("Any", error.response.get("CancellationReasons", []))
    codes = {str(reason.get("Code", "")) for reason in reasons}
    if codes & THROTTLED:
        raise StoreUnavailable("a transaction was throttled") from error
    if not codes or codes - {CONDITION, "TransactionConflict", "None"}:
        raise error
    return [(str(reason.get("Code", "")), plain(reason.get("Item"))) for reason in reasons]
