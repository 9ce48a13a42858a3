"""The port Ledger on DynamoDB: claims, caps for all and hand-overs, so that nothing is lost and nothing sent twice."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import ClientError
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import Profile
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import Send, SendState

from rapport_aws import dynamo, tables
from rapport_aws.quotas import QuotaRows, places, written
from rapport_aws.sends import NAMES, claiming, ending, key_of, send_of, unbegun

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

REPLIES_KEPT = 90 * DAY
TEXTS = "sms"
ANSWERED = frozenset({TEXTS, "whatsapp"})
"""Channels whose replies name the message they answer by the provider's id, or the conversation that it was part of."""
FREE = "attribute_not_exists(pk)"
OURS = "#owner = :owner AND #state = :claimed"
SURER: dict[SendState, tuple[SendState, ...]] = {
    SendState.SENT: (),
    SendState.FAILED: (SendState.SENT,),
    SendState.DROPPED: (SendState.SENT, SendState.FAILED),
    SendState.IN_DOUBT: (SendState.SENT, SendState.FAILED, SendState.DROPPED),
}
"""What an ending does not replace."""
UNSENT = (SendState.FAILED, SendState.DROPPED)
"""Endings that use up no quota."""
OVER = (SendState.SENT, *UNSENT)
T = TypeVar("T")
MOST_RIVALS = 8
STEP = 0.005
"""Seconds that one waits at most for others at the same rows, twice as long each time."""
MOST_BESIDE = 90
"""Sends that one opening checks; a transaction has a hundred parts."""


@dataclass(frozen=True)
class DynamoLedger:
    """Send records and caps in the table `ledger`; the people they are about in `profiles`."""

    client: "DynamoDBClient"
    table: str
    profiles: str
    pause: Callable[[float], None] = time.sleep

    def claim(self, send: Send, quotas: Sequence[Quota]) -> SendState:
        """Claim a send and use up its quotas in one transaction.

        A claim that somebody left without opening it is taken over: its owner can no longer open it. What is over is
        never claimed again.
        """
        if any(quota.at_most < 1 for quota in quotas):
            return SendState.CAPPED
        state = self._patiently(lambda: self._claim(send, quotas))
        if state is SendState.CAPPED and self._quotas.have_room(quotas, send.at):
            return self._patiently(lambda: self._claim(send, quotas))
        return state

    def open(self, send: Send, profile: Profile, beside: Sequence[str] = ()) -> bool:
        """Begin the hand-over while the claim is ours, the profile exactly as it was read, and nothing beside begun."""
        begin = {
            "TableName": self.table,
            "Key": dynamo.stored(key_of(send.id)),
            "UpdateExpression": "SET #state = :open",
            "ConditionExpression": OURS,
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": dynamo.values(owner=send.owner, claimed="CLAIMED", open="OPEN"),
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            checks = [unbegun(self.table, name) for name in beside[:MOST_BESIDE]]
            dynamo.transact(self.client, self.table, [{"Update": begin}, self._unmoved(profile), *checks])
        except ClientError as error:
            reasons = dynamo.rivals(error)
            # Owners are never used twice, so an open row with our name on it is our own lost answer.
            return bool(reasons) and (reasons[0][1].get("owner"), reasons[0][1].get("state")) == (send.owner, "OPEN")
        return True

    def settle(self, send: Send, state: SendState, provider_id: str | None = None) -> None:
        """Write how the hand-over ended; what is surer stays: sent is sent, and an end is not made a doubt again."""
        if provider_id and send.channel in ANSWERED:
            self._remember(send, provider_id)
        if state in UNSENT or not self._settled(send, state, provider_id):
            self._patiently(lambda: self._ended(send, state, SURER[state], provider_id))

    def refuse(self, send: Send) -> None:
        """Write that the provider did not hand over what it took, whatever was thought before."""
        self._patiently(lambda: self._ended(send, SendState.FAILED, ()))

    def _settled(self, send: Send, state: SendState, provider_id: str | None) -> bool:
        """Whether one small write was enough: there is nothing surer, and no quota was given back before."""
        surer = {f"s{place}": str(known) for place, known in enumerate(SURER[state])}
        unless = f" AND NOT (#state IN ({', '.join(f':{name}' for name in surer)}))" if surer else ""
        update: dict[str, Any] = {
            "TableName": self.table,
            "Key": dynamo.stored(key_of(send.id)),
            "UpdateExpression": "SET #state = :state" + (", provider_id = :provider_id" if provider_id else ""),
            "ExpressionAttributeNames": {"#state": "state"},
            "ConditionExpression": f"attribute_exists(pk) AND attribute_not_exists(given_back){unless}",
            "ExpressionAttributeValues": dynamo.values(state=str(state), provider_id=provider_id, **surer),
        }
        return dynamo.held(self.table, lambda: self.client.update_item(**update))

    def _ended(
        self, send: Send, state: SendState, surer: Sequence[SendState], provider_id: str | None = None
    ) -> bool | None:
        """Write an ending with what it does to quotas; False where something surer stays, None: a rival was faster."""
        row = dynamo.get(self.client, self.table, key_of(send.id))
        if not row or SendState(row["state"]) in surer:
            return False
        was_back, is_back = bool(row.get("given_back")), state in UNSENT
        quotas = self._quotas.again(places(row)) if was_back else self._quotas.give_back(places(row))
        update = ending(self.table, row, state, given_back=is_back, provider_id=provider_id)
        try:
            dynamo.transact(self.client, self.table, [update, *(quotas if was_back != is_back else ())])
        except ClientError as error:
            dynamo.rivals(error)
            return None
        return True

    def replied_to(self, reference: str) -> Send | None:
        """The send that a provider knows by this id, where replies come back by it (texts)."""
        row = dynamo.get(self.client, self.table, tables.HANDOVER.key(provider=TEXTS, reference=reference))
        return self.find(str(row["send"])) if row else None

    def release(self, send: Send) -> None:
        """Give back a claim whose hand-over is taken not to have happened, caps included; somebody else's stays."""
        self._patiently(lambda: self._released(send))

    def _released(self, send: Send) -> bool | None:
        """Whether it was given back; None: a rival was at the same rows just now."""
        row = dynamo.get(self.client, self.table, key_of(send.id))
        if row.get("owner") != send.owner or row.get("state") in OVER:
            return False
        remove = {
            "TableName": self.table,
            "Key": dynamo.stored(key_of(send.id)),
            "ConditionExpression": "#owner = :owner AND #state = :state",
            "ExpressionAttributeNames": NAMES,
            "ExpressionAttributeValues": dynamo.values(owner=send.owner, state=row["state"]),
        }
        try:
            dynamo.transact(self.client, self.table, [{"Delete": remove}, *self._quotas.give_back(places(row))])
        except ClientError as error:
            dynamo.rivals(error)
            return None
        return True

    def find(self, send_id: str) -> Send | None:
        """A send by its id."""
        row = dynamo.get(self.client, self.table, key_of(send_id))
        return send_of(row) if row else None

    def find_all(self, send_ids: Sequence[str]) -> list[Send]:
        """Those of these sends that there are, in the order asked."""
        rows = dynamo.get_all(self.client, self.table, [key_of(name) for name in send_ids])
        found = {send.id: send for send in map(send_of, rows)}
        return [found[name] for name in send_ids if name in found]

    def forget(self, send_ids: Sequence[str]) -> None:
        """Delete sends, and what leads to them: the ids and numbers by which replies to them come back."""
        sends = self.find_all(send_ids)
        answered = [send.provider_id for send in sends if send.provider_id and send.channel in ANSWERED]
        references = [reference for name in answered for reference in name.split()]
        led = [tables.HANDOVER.key(provider=TEXTS, reference=reference) for reference in references]
        dynamo.delete_all(self.client, self.table, [*map(key_of, send_ids), *led])

    def count(self, quotas: Iterable[Quota], at: Moment) -> None:
        """Count one more of each."""
        self._quotas.count(quotas, at)

    def counted(self, quotas: Sequence[Quota], now: Moment) -> dict[str, int]:
        """How much of each quota is used."""
        return self._quotas.counted(quotas, now)

    @property
    def _quotas(self) -> QuotaRows:
        return QuotaRows(self.client, self.table)

    def _patiently(self, attempt: Callable[[], T | None]) -> T:
        """Do it again while somebody else is at the same rows. Raises Conflict when they always are."""
        for number in range(MOST_RIVALS):
            found = attempt()
            if found is not None:
                return found
            self.pause(random.uniform(0, STEP * 2**number))  # noqa: S311  # no secret
        raise Conflict("others are at the same rows of the ledger")

    def _claim(self, send: Send, quotas: Sequence[Quota]) -> SendState | None:
        parts = [claiming(self.table, send, quotas, FREE), *self._quotas.use(quotas, send.at)]
        try:
            dynamo.transact(self.client, self.table, parts)
        except ClientError as error:
            return self._refused(send, quotas, dynamo.rivals(error))
        return SendState.CLAIMED

    def _refused(self, send: Send, quotas: Sequence[Quota], reasons: list[tuple[str, dynamo.Item]]) -> SendState | None:
        """What a refused claim means; None: a rival was at it just now."""
        row = reasons[0][1] if reasons else {}
        same = row.get("capped", frozenset()) == written(quotas, send.at)
        if row.get("owner") == send.owner and row.get("state") == "CLAIMED" and same:
            return SendState.CLAIMED
        if row.get("state") == "CLAIMED":
            return self._take_over(send, quotas, row)
        if row:
            return SendState(row["state"])
        if any(code == dynamo.CONDITION for code, _item in reasons[1:]):
            return SendState.CAPPED
        return None

    def _take_over(self, send: Send, quotas: Sequence[Quota], row: dynamo.Item) -> SendState | None:
        """Claim what another attempt left, or our own for other offers: its quotas are given back, ours used up."""
        parts = [
            claiming(self.table, send, quotas, OURS, owner=str(row["owner"])),
            *self._quotas.swap(places(row), quotas, send.at),
        ]
        try:
            dynamo.transact(self.client, self.table, parts)
        except ClientError as error:
            reasons = dynamo.rivals(error)
            capped = reasons[0][0] != dynamo.CONDITION and dynamo.CONDITION in [code for code, _item in reasons[1:]]
            return SendState.CAPPED if capped else None
        return SendState.CLAIMED

    def _remember(self, send: Send, provider_id: str) -> None:
        """Keep which send a reply answers, by everything it may name: the provider's id, the conversation."""
        for reference in provider_id.split():
            key = tables.HANDOVER.key(provider=TEXTS, reference=reference)
            item = {**key, "send": send.id, "ttl": int(send.at + REPLIES_KEPT)}
            with dynamo.reaching(self.table):
                self.client.put_item(TableName=self.table, Item=dynamo.stored(item))

    def _unmoved(self, profile: Profile) -> dict[str, Any]:
        check: dict[str, Any] = {
            "TableName": self.profiles,
            "Key": dynamo.stored(tables.PERSON.key(person=profile.id)),
            "ConditionExpression": "v = :v" if profile.version else FREE,
        }
        if profile.version:
            check["ExpressionAttributeValues"] = dynamo.values(v=profile.version)
        return {"ConditionCheck": check}
