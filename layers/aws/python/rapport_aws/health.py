"""The health of sending: what came back by hour, what the account may send, and since when the past is forgiven."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs
from rapport.domain.breaker import Strain, Toll, strain
from rapport.domain.moment import DAY, HOUR, MINUTE, Moment
from rapport.ports import Handover, Outgoing, Sender

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

WATCHED = ("email", "sms")
"""The channels whose providers tell what became of a message, and stop accounts."""
BACK = DAY
KEPT = 3 * DAY
PAUSED_FOR = 10 * MINUTE
"""How long a provider's word that sending is paused is believed, where nothing newer says so."""
COUNTED = ("delivered", "bounced", "complained", "delayed")
PAUSED = frozenset({"AccountSuspendedException", "SendingPausedException"})
"""Answers of a provider that stand for the whole account."""


class Account(Struct, frozen=True):
    """What the provider of email said of the account when last asked."""

    rate: float = 0.0
    """Mails a second; 0: not known yet."""
    paused: bool = False


@dataclass(frozen=True)
class Health:
    """Counts in the table `ledger`."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], Moment]

    def note(self, channel: str, status: str) -> None:
        """Count one more message of a channel that ended so; what nobody watches is not counted."""
        if channel not in WATCHED or status not in COUNTED:
            return
        now = self.clock()
        key = tables.HEALTH.key(channel=channel, hour=_hour(now))
        self._set(key, f"ADD {status} :one SET #ttl = :ttl", {"#ttl": tables.TTL}, one=1, ttl=int(now + KEPT))

    def toll(self, channel: str) -> Toll:
        """What came back within a day, or since the past was forgiven."""
        recent = [row for row in self._hours(channel) if row["sk"] >= _hour(self.clock() - BACK)]
        return Toll(**{name: sum(int(row.get(name, 0)) for row in recent) for name in Toll.__struct_fields__})

    def strain(self, channel: str, account: Account) -> Strain | None:
        """Why bulk on a channel must stop now."""
        refused = float(self._row().get(f"paused_{channel}", 0.0))
        paused = refused > self.clock() - PAUSED_FOR or (channel == "email" and account.paused)
        return strain(self.toll(channel), paused=paused)

    def forgive(self, channel: str) -> None:
        """Begin to count anew: somebody of the team looked into it."""
        keys = [{name: row[name] for name in (tables.PARTITION, tables.SORT)} for row in self._hours(channel)]
        dynamo.delete_all(self.client, self.table, keys)
        self._row_says(f"paused_{channel}", 0.0)

    def refused(self, channel: str) -> None:
        """The provider refused a message since sending is paused."""
        self._row_says(f"paused_{channel}", self.clock())

    def account(self) -> Account:
        """The account as it was last seen."""
        row = self._row()
        return Account(**{name: row[name] for name in Account.__struct_fields__ if name in row})

    def seen(self, account: Account) -> None:
        """Keep what the account says."""
        for name, value in structs.asdict(account).items():
            self._row_says(name, value)

    def _hours(self, channel: str) -> list[dynamo.Item]:
        return list(dynamo.query(self.client, self.table, tables.HEALTH.partition(channel=channel)))

    def _row(self) -> dynamo.Item:
        return dynamo.get(self.client, self.table, tables.ACCOUNT.key())

    def _row_says(self, name: str, value: float | bool) -> None:
        self._set(tables.ACCOUNT.key(), "SET #name = :value", {"#name": name}, value=value)

    def _set(self, key: dict[str, str], change: str, names: dict[str, str], **named: Any) -> None:  # noqa: ANN401  # what a row may hold
        with dynamo.reaching(self.table):
            self.client.update_item(
                TableName=self.table,
                Key=dynamo.stored(key),
                UpdateExpression=change,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=dynamo.values(**named),
            )


@dataclass(frozen=True)
class Watched:
    """A sender that keeps a provider's word that sending is paused."""

    sender: Sender
    health: Health

    def send(self, outgoing: Outgoing) -> Handover:
        """One attempt of the sender within."""
        answer = self.sender.send(outgoing)
        if answer.detail in PAUSED:
            self.health.refused(outgoing.channel)
        return answer


def _hour(at: Moment) -> str:
    return f"{int(at // HOUR):08d}"
