"""The port Profiles on DynamoDB: one item a person, rows beside it, and changes that happen whole or not at all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import ClientError
from rapport.domain.consent import Receipt
from rapport.domain.house import Retention
from rapport.domain.message import Message, Record
from rapport.domain.moment import Moment
from rapport.domain.norms import difference
from rapport.domain.outcome_log import Entry, decoded, in_order
from rapport.domain.profile import Profile
from rapport.errors import Conflict
from rapport.ports import BEGUN, Change, Due, SendState

from rapport_aws import dynamo, tables
from rapport_aws.outcome_log import standing_row
from rapport_aws.person_rows import PersonRows, put, receipt_key
from rapport_aws.records import is_kept, value_of
from rapport_aws.schedule import due_row, spread_out
from rapport_aws.sends import unbegun
from rapport_aws.telling import MOST_MARKS, marks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MOST_AT_ONCE = 100
"""Parts that one transaction may have."""
MOST_CHECKS = 40
"""Of them, checks that a send has not begun."""
PEOPLE_PAGE = 100

NOBODY = "nobody"
"""Whose rows tell what the erased take away with them; no id of a person is so short."""


def _nobody(_told: Any) -> None:  # noqa: ANN401  # whatever is told
    """Nobody wants to know."""


@dataclass(frozen=True)
class DynamoProfiles:
    """People in the table `profiles`; due rows of a change go to `ledger` in the same transaction.

    `clock` dates the ends of rows' lives; `retention` is the house's; `prompt` is told of rows due at once, after the
    write, so that nobody waits for the next tick (losing it loses nothing); `tell` of our own events, which are marked
    with the write until they are told (`telling.py`). None: nobody is told. `forget` is told what was told of somebody
    who is erased, before that goes.
    """

    client: "DynamoDBClient"
    table: str
    ledger: str
    clock: Callable[[], Moment]
    retention: Callable[[], Retention] = Retention
    prompt: Callable[[Sequence[Due]], None] = _nobody
    tell: Callable[[Sequence[Due]], None] | None = None
    count: Callable[[Change], None] = _nobody
    forget: Callable[[Sequence[Record]], None] = _nobody

    def load(self, profile_id: str) -> Profile:
        """The stored profile, or an empty one with version 0. Raises StoreUnavailable."""
        return self._read(profile_id, dynamo.get(self.client, self.table, tables.PERSON.key(person=profile_id)))

    def ahead(self, ids: Iterable[str]) -> "ReadAhead":
        """The same port, with these people read at once, a hundred a call. Raises StoreUnavailable."""
        keys = {name: tables.PERSON.key(person=name) for name in ids}
        rows = {item[tables.PARTITION]: item for item in dynamo.get_all(self.client, self.table, [*keys.values()])}
        found = {name: rows.get(key[tables.PARTITION], {}) for name, key in keys.items()}
        known = {field.name: getattr(self, field.name) for field in fields(self)}
        return ReadAhead(**known, found=found)

    def _read(self, profile_id: str, item: dynamo.Item) -> Profile:
        return value_of(item["body"], Profile) if is_kept(item, self.clock()) else Profile(profile_id)

    def write(self, change: Change) -> None:
        """Write a change: wake-ups first (needless ones are harmless), then the rest at once.

        Raises Conflict when a profile in it has moved on, or when a send that must not have begun has.
        """
        at_once = [spread_out(row, self.clock()) for row in change.due if row.kind == "message"]
        for row in change.due:
            if row.kind == "wake":
                self._put(self.ledger, due_row(row, self.clock()))
        nonce = uuid4().hex
        names = tuple(dict.fromkeys(change.unbegun))
        checks = [unbegun(self.ledger, name) for name in names[:MOST_CHECKS]]
        self._refuse_begun(names[MOST_CHECKS:])
        rows, marked = self._rows_now(), self._marked(change.profile, change.announcements)
        due = [*marked[:MOST_MARKS], *at_once]
        parts = [*rows.people(change, nonce), *checks, *_once_each(rows.beside(change, due))]
        # What does not fit goes ahead of the profile: its keys are the same when the change is tried again.
        for part in parts[MOST_AT_ONCE:]:
            self._put(part["Put"]["TableName"], dynamo.plain(part["Put"]["Item"]))
        gone = [receipt_key(change.emptied.id, one) for one in change.left] if change.emptied is not None else []
        room = max(0, MOST_AT_ONCE - len(parts))
        self._commit([*parts[:MOST_AT_ONCE], *(_delete(self.table, key) for key in gone[:room])], nonce)
        dynamo.delete_all(self.client, self.table, gone[room:])
        now = self.clock()
        self.prompt([row for row in change.due if row.at <= now])
        self._tell(marked)
        self.count(change)

    def message(self, profile_id: str, message_id: str) -> Message | None:
        """One planned or settled message of a person."""
        item = dynamo.get(self.client, self.table, tables.PLANNED.key(person=profile_id, message=message_id))
        return value_of(item["body"], Message) if is_kept(item, self.clock()) else None

    def messages(self, profile_id: str) -> list[Message]:
        """All messages of a person that are kept, oldest first."""
        found = [value_of(item["body"], Message) for item in self._rows(tables.PLANNED, profile_id)]
        return sorted(found, key=lambda message: (message.planned_at, message.id))

    def records(self, profile_id: str) -> list[Record]:
        """What was told of the person's messages, oldest first."""
        return [value_of(item["body"], Record) for item in self._rows(tables.RECORD, profile_id)]

    def receipts(self, profile_id: str) -> list[Receipt]:
        """Every consent receipt of a person, oldest first."""
        return [value_of(item["body"], Receipt) for item in self._rows(tables.RECEIPT, profile_id)]

    def log(self, profile_id: str) -> list[Entry]:
        """The person's rows of the outcome log, oldest first."""
        return in_order(decoded(item["body"]) for item in self._rows(tables.OUTCOME, profile_id))

    def members(self, after: str | None, limit: int) -> tuple[list[Profile], str | None]:
        """A page of all people, shard by shard, and where the next one starts (`shard#person`)."""
        ids, following = self.ids(after, limit)
        return [person for name in ids if (person := self.load(name)).version], following

    def ids(self, after: str | None, limit: int) -> tuple[list[str], str | None]:
        """The ids of a page of all people, erased and merged ones left out, and where the next one starts."""
        shard, _, last = (after or "0#").partition("#")
        ids, more = self._page(shard, last, min(limit, PEOPLE_PAGE))
        if more:
            return ids, f"{shard}#{ids[-1]}"
        following = int(shard) + 1
        return ids, f"{following}#" if following < tables.PEOPLE_SHARDS else None

    def erase(self, profile: Profile, at: Moment, announcements: tuple[dict[str, Any], ...] = ()) -> None:
        """Put the tombstone first, so that nothing comes back, then remove every row beside it. Raises Conflict."""
        nonce = uuid4().hex
        parts = [self._rows_now().person(Profile(profile.id, version=profile.version, erased_at=at), nonce)]
        if profile.standing:
            # Under nobody's name: everything under the person's own goes.
            parts.append(put(self.table, standing_row(difference({}, profile.standing), NOBODY, self.clock(), nonce)))
        marked = self._marked(profile, announcements)
        self._commit([*parts, *(put(self.ledger, due_row(mark, self.clock())) for mark in marked)], nonce)
        self.sweep(profile.id)
        self._tell(marked)

    def sweep(self, profile_id: str) -> None:
        """Remove every row beside somebody who was erased, and what elsewhere belongs to their messages."""
        self.forget(self.records(profile_id))
        rows = list(dynamo.query(self.client, self.table, tables.PERSON.partition(person=profile_id)))
        beside = [{"pk": row["pk"], "sk": row["sk"]} for row in rows if row["sk"] != tables.PERSON.sk]
        dynamo.delete_all(self.client, self.table, beside)

    def _marked(self, profile: Profile, announcements: Sequence[dict[str, Any]]) -> list[Due]:
        return [] if self.tell is None else marks(announcements, profile.id, profile.version + 1, self.clock())

    def _tell(self, marked: Sequence[Due]) -> None:
        if self.tell is not None:
            self.tell(marked)

    def _rows(self, row: tables.Row, profile_id: str) -> Iterator[dynamo.Item]:
        found, now = (
            dynamo.query(self.client, self.table, row.partition(person=profile_id), row.beginning()),
            self.clock(),
        )
        return (item for item in found if is_kept(item, now))

    def _page(self, shard: str, last: str, limit: int) -> tuple[list[str], bool]:
        with dynamo.reaching(self.table):
            page = self.client.query(
                TableName=self.table,
                IndexName=tables.PEOPLE.name,
                KeyConditionExpression="people = :people AND person > :last",
                ExpressionAttributeValues=dynamo.values(people=shard, last=last or "!"),
                Limit=limit,
            )
        ids = [str(dynamo.plain(item)["person"]) for item in page["Items"]]
        return ids, "LastEvaluatedKey" in page and bool(ids)

    def _refuse_begun(self, send_ids: Sequence[str]) -> None:
        """The same by reading ahead of the write, for the few people with more open messages than it can check."""
        keys = [tables.SEND.key(message=name) for name in send_ids]
        if any(SendState(row["state"]) in BEGUN for row in dynamo.get_all(self.client, self.ledger, keys)):
            raise Conflict("a hand-over has begun")

    def _rows_now(self) -> PersonRows:
        return PersonRows(self.table, self.ledger, self.clock(), self.retention())

    def _commit(self, parts: Sequence[dict[str, Any]], nonce: str) -> None:
        try:
            if len(parts) == 1:
                with dynamo.reaching(self.table):
                    self.client.put_item(**parts[0]["Put"])
            else:
                dynamo.transact(self.client, self.table, parts)
        except ClientError as error:
            if not _is_own(dynamo.rivals(error)[0][1], nonce):
                raise Conflict("the profile has moved on") from error

    def _put(self, table: str, item: dynamo.Item) -> None:
        with dynamo.reaching(table):
            self.client.put_item(TableName=table, Item=dynamo.stored(item))


@dataclass(frozen=True)
class ReadAhead(DynamoProfiles):
    """People read ahead, each good for one look: who looks again, after a conflict, wants to see what is there now."""

    found: dict[str, dynamo.Item] = field(default_factory=dict)

    def load(self, profile_id: str) -> Profile:
        """The profile as it was read ahead, the first time; then as it is stored. Raises StoreUnavailable."""
        item = self.found.pop(profile_id, None)
        return super().load(profile_id) if item is None else self._read(profile_id, item)


def _once_each(parts: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of parts that write the same row the last: a transaction takes no row twice."""
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for part in parts:
        item = part["Put"]["Item"]
        rows[part["Put"]["TableName"], item[tables.PARTITION]["S"], item[tables.SORT]["S"]] = part
    return list(rows.values())


def _delete(table: str, key: dict[str, str]) -> dict[str, Any]:
    return {"Delete": {"TableName": table, "Key": dynamo.stored(key)}}


def _is_own(item: dynamo.Item, nonce: str) -> bool:
    # The answer to our own write was lost, and the client's second try met it.
    return item.get("nonce") == nonce
