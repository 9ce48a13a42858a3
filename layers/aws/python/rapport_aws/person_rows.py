"""The rows of a person in the table `profiles`, and what a change writes beside them, as DynamoDB takes it. Pure."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec import structs
from rapport.domain.consent import Receipt
from rapport.domain.house import Retention
from rapport.domain.keeping import ends_at
from rapport.domain.message import Message, Record
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.ports import Change, Due

from rapport_aws import dynamo, tables
from rapport_aws.approvals import approval_row
from rapport_aws.outcome_log import outcome_row, standing_row
from rapport_aws.records import body_of, sortable
from rapport_aws.schedule import due_row


@dataclass(frozen=True)
class PersonRows:
    """What is written of a person at a moment, as parts of one transaction."""

    table: str
    ledger: str
    now: Moment
    retention: Retention

    def people(self, change: Change, nonce: str) -> Iterable[dict[str, Any]]:
        """Those whom a change writes."""
        yield self.person(change.profile, nonce)
        if change.emptied is not None:
            yield self.person(change.emptied, nonce)

    def person(self, profile: Profile, nonce: str) -> dict[str, Any]:
        """The conditional put of one person: only over the version it was read at."""
        stored = structs.replace(profile, version=profile.version + 1)
        item = {
            **tables.PERSON.key(person=profile.id),
            "v": stored.version,
            "nonce": nonce,
            "body": body_of(stored),
            "ttl": self.end_of(profile),
        }
        if profile.erased_at is None and profile.merged_into is None:
            item |= {tables.PEOPLE.partition: people_shard(profile.id), tables.PEOPLE.sort: profile.id}
        put = {
            "TableName": self.table,
            "Item": dynamo.stored(item),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            **(self._unseen() if profile.version == 0 else _unmoved(profile)),
        }
        return {"Put": put}

    def _unseen(self) -> dict[str, Any]:
        """Over nothing, or over a stretch that is over and was not deleted yet."""
        return {
            "ConditionExpression": "attribute_not_exists(pk) OR #ttl <= :now",
            "ExpressionAttributeNames": {"#ttl": tables.TTL},
            "ExpressionAttributeValues": dynamo.values(now=int(self.now)),
        }

    def end_of(self, profile: Profile) -> int | None:
        """When a person's own row ends, in seconds since the epoch; None: never."""
        end = ends_at(profile, self.retention, self.now)
        return None if end is None else int(end)

    def beside(self, change: Change, due: Sequence[Due]) -> Iterable[dict[str, Any]]:
        """Rows beside the people, those whose loss would cost most first."""
        person, now = change.profile.id, self.now
        if change.norms:
            yield put(self.table, standing_row(change.norms, person, now, f"{change.profile.version}"))
        messages_end = int(now + self.retention.messages_days * DAY)
        yield from (put(self.ledger, due_row(row, now)) for row in due)
        for message in change.messages:
            key = tables.PLANNED.key(person=person, message=message.id)
            yield put(self.table, {**key, "body": body_of(message), "ttl": messages_end, **marks(message)})
            if message.reason is Reason.NEEDS_APPROVAL:
                yield put(self.ledger, approval_row(message, person, now))
        for receipt in change.receipts:
            # Of a known person a receipt is kept as long as they are; a stretch takes its own along.
            key = receipt_key(person, receipt)
            yield put(self.table, {**key, "body": body_of(receipt), "ttl": self.end_of(change.profile)})
        for record in change.records:
            yield put(self.table, {**_record_key(person, record), "body": body_of(record), "ttl": messages_end})
        end = self.end_of(change.profile) or int(now + self.retention.events_days * DAY)
        for entry in change.log:
            yield put(self.table, outcome_row(entry, person, now) | {"ttl": end})


def people_shard(profile_id: str) -> str:
    """In which shard of the index over all people somebody is."""
    return str(zlib.crc32(profile_id.encode()) % tables.PEOPLE_SHARDS)


def _unmoved(profile: Profile) -> dict[str, Any]:
    return {"ConditionExpression": "v = :v", "ExpressionAttributeValues": dynamo.values(v=profile.version)}


def receipt_key(person: str, receipt: Receipt) -> dict[str, str]:
    """The key of a consent receipt."""
    # A grant and a withdrawal of the same moment are two receipts.
    channel = f"{receipt.channel}#{receipt.status}{'#again' if receipt.again else ''}"
    return tables.RECEIPT.key(person=person, at=sortable(receipt.at), purpose=receipt.purpose, channel=channel)


def _record_key(person: str, record: Record) -> dict[str, str]:
    told = f"{record.message_id}#{record.channel or ''}#{record.status}#{record.reason or ''}"
    return tables.RECORD.key(person=person, at=sortable(record.at), message=told)


def marks(message: Message) -> dict[str, str]:
    """What puts a message into the index of those that somebody may have to see to: held, or in doubt."""
    if message.settled_at is not None or message.status not in (MessageStatus.HELD, MessageStatus.IN_DOUBT):
        return {}
    kind, shard = f"{message.status} {message.reason or ''}".strip(), people_shard(message.profile)
    return {tables.UNSETTLED.partition: f"{kind}#{shard}", tables.UNSETTLED.sort: sortable(message.planned_at)}


def put(table: str, item: dynamo.Item) -> dict[str, Any]:
    """The part of a transaction that puts a row, whatever is there."""
    return {"Put": {"TableName": table, "Item": dynamo.stored(item)}}
