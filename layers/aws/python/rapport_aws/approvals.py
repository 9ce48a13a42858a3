"""What waits for a person's approval: a row each, written with the message, dropped once it waits no more."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapport.domain.message import Message
from rapport.domain.moment import DAY, Moment
from rapport.domain.reason import Reason
from rapport.errors import NotFound
from rapport.ports import Profiles

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = 90 * DAY


def approval_row(message: Message, person: str, now: Moment) -> dynamo.Item:
    """The row that says where a message waits."""
    return {**tables.APPROVAL.key(id=message.id), "profile": person, "ttl": int(now + KEPT)}


@dataclass(frozen=True)
class Approvals:
    """Rows in the table `ledger`, read with the messages they are about."""

    client: "DynamoDBClient"
    table: str
    profiles: Profiles

    def waiting(self) -> Iterator[Message]:
        """Every message that waits for approval; rows of those that do not any more are dropped."""
        for row in dynamo.query(self.client, self.table, tables.APPROVAL.partition()):
            message = self.profiles.message(str(row["profile"]), str(row["sk"]))
            if message is not None and message.settled_at is None and message.reason is Reason.NEEDS_APPROVAL:
                yield message
            else:
                dynamo.delete_all(self.client, self.table, [tables.APPROVAL.key(id=str(row["sk"]))])

    def profile_of(self, message_id: str) -> str:
        """Whose message waits under this id. Raises NotFound."""
        row = dynamo.get(self.client, self.table, tables.APPROVAL.key(id=message_id))
        if not row:
            raise NotFound("no message waits for approval under this id")
        return str(row["profile"])
