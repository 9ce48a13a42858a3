"""The rows of hand-overs in the table `ledger`: how a send is stored, claimed, and checked not to have begun. Pure."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import structs
from rapport.domain.moment import DAY
from rapport.domain.quota import Quota
from rapport.ports import BEGUN, Send, SendState

from rapport_aws import dynamo, tables
from rapport_aws.quotas import written

KEPT = 800 * DAY
NAMES = {"#owner": "owner", "#state": "state"}


def unbegun(table: str, send_id: str) -> dict[str, Any]:
    """The part of a transaction that fails once somebody has begun a send."""
    check: dict[str, Any] = {
        "TableName": table,
        "Key": dynamo.stored(key_of(send_id)),
        "ConditionExpression": "attribute_not_exists(pk) OR NOT (#state IN (:open, :in_doubt, :sent))",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": dynamo.values(**{state.name.lower(): str(state) for state in BEGUN}),
    }
    return {"ConditionCheck": check}


def key_of(send_id: str) -> dict[str, str]:
    """The key of a send's row."""
    return tables.SEND.key(message=send_id)


def claiming(table: str, send: Send, quotas: Sequence[Quota], condition: str, owner: str = "") -> dict[str, Any]:
    """The part of a transaction that claims a send on a condition; `owner`: whoever has it until now."""
    item = {
        **key_of(send.id),
        **{name: getattr(send, name) for name in ("profile", "message_id", "channel", "owner", "at")},
        "offers": msgspec.json.encode(send.offers).decode(),
        "capped": written(quotas, send.at),
        "state": "CLAIMED",
        "ttl": int(send.at + KEPT),
    }
    put: dict[str, Any] = {
        "TableName": table,
        "Item": dynamo.stored(item),
        "ConditionExpression": condition,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }
    if owner:
        put["ExpressionAttributeNames"] = NAMES
        put["ExpressionAttributeValues"] = dynamo.values(owner=owner, claimed="CLAIMED")
    return {"Put": put}


def send_of(row: dynamo.Item) -> Send:
    """The send of a stored row."""
    known = {name: row[name] for name in Send.__struct_fields__ if name in row}
    send_id = str(row["pk"]).partition("#")[2]
    offers = msgspec.json.decode(row["offers"], type=tuple[tuple[str, str], ...])
    return structs.replace(Send(**{**known, "id": send_id, "offers": offers}), state=SendState(row["state"]))
