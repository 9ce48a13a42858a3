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
        **{name: getattr(send, name) for name in ("profile", "message_id", "channel", "owner", "at", "mark")},
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


def ending(
    table: str, row: dynamo.Item, state: SendState, *, given_back: bool, provider_id: str | None
) -> dict[str, Any]:
    """The part of a transaction that ends a send as it was read; `given_back`: its quotas are used up no longer."""
    update: dict[str, Any] = {
        "TableName": table,
        "Key": {name: dynamo.stored(row)[name] for name in (tables.PARTITION, tables.SORT)},
        "UpdateExpression": f"SET #state = :state{', provider_id = :provider_id' if provider_id else ''}",
        "ConditionExpression": "#owner = :owner AND #state = :was",
        "ExpressionAttributeNames": NAMES,
        "ExpressionAttributeValues": dynamo.values(
            owner=row["owner"], was=row["state"], state=str(state), provider_id=provider_id
        ),
    }
    if given_back:
        update["UpdateExpression"] += ", given_back = :given_back"
        update["ExpressionAttributeValues"] |= dynamo.values(given_back=True)
    else:
        update["UpdateExpression"] += " REMOVE given_back"
    return {"Update": update}


def send_of(row: dynamo.Item) -> Send:
    """The send of a stored row."""
    known = {name: row[name] for name in Send.__struct_fields__ if name in row}
    send_id = str(row["pk"]).partition("#")[2]
    offers = msgspec.json.decode(row["offers"], type=tuple[tuple[str, str], ...])
    return structs.replace(Send(**{**known, "id": send_id, "offers": offers}), state=SendState(row["state"]))
