"""Quotas on DynamoDB: one row each, whose whole is always the sum of its stretches of time, changed by additions only.

Nothing is read before it is counted, so a claim and many people who look at once do not wait for each other. What was
too long ago makes a row count too much, never too little; it is taken off when a claim is refused, and each minute.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from rapport.domain.moment import DAY, Moment
from rapport.domain.quota import Quota

from rapport_aws import dynamo, tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

EVER = "ever"
"""The sort key of a quota's one row."""
STRETCH = "m"
"""What the attribute of a stretch begins with; its number follows."""
LATE = 30 * DAY
"""How late a view may be told of before its row may be gone."""
AT_ONCE = 50
"""Stretches that one write takes off."""

Places: TypeAlias = Mapping[str, int | None]
"""Where something was counted: name of the quota -> stretch."""


@dataclass(frozen=True)
class QuotaRows:
    """The rows of quotas in the table `ledger`."""

    client: "DynamoDBClient"
    table: str

    def use(self, quotas: Iterable[Quota], at: Moment) -> Iterator[dict[str, Any]]:
        """The parts of a transaction that uses up one of each, and fails where there is none left."""
        for quota in quotas:
            update = self._more(quota, at)
            update["ConditionExpression"] = "attribute_not_exists(used_up) OR used_up < :most"
            update["ExpressionAttributeValues"] |= dynamo.values(most=quota.at_most)
            yield {"Update": update}

    def give_back(self, taken: Places) -> Iterator[dict[str, Any]]:
        """The parts of a transaction that takes back what was used up."""
        for name, stretch in taken.items():
            yield {"Update": self._add(name, {stretch: -1})}

    def again(self, taken: Places) -> Iterator[dict[str, Any]]:
        """The parts of a transaction that uses up again what was given back, whatever the limit: it has happened."""
        for name, stretch in taken.items():
            yield {"Update": self._add(name, {stretch: 1})}

    def swap(self, taken: Places, quotas: Sequence[Quota], at: Moment) -> Iterator[dict[str, Any]]:
        """The parts of a transaction that gives back what was used up before, and uses up these."""
        kept = {quota.name for quota in quotas if quota.name in taken}
        yield from self.use((quota for quota in quotas if quota.name not in kept), at)
        yield from self.give_back({name: stretch for name, stretch in taken.items() if name not in kept})
        for quota in quotas:
            # One row takes part in a transaction once.
            before, now = taken.get(quota.name), quota.stretch(at)
            if quota.name in kept and before != now:
                yield {"Update": self._add(quota.name, {before: -1, now: 1})}

    def count(self, quotas: Iterable[Quota], at: Moment) -> None:
        """Count one more of each: one small write, so that many people may look at one offer at once."""
        for quota in quotas:
            with dynamo.reaching(self.table):
                self.client.update_item(**self._more(quota, at))

    def counted(self, quotas: Iterable[Quota], now: Moment) -> dict[str, int]:
        """How much of each is used, by name; what has been too long ago is taken off its row on the way."""
        named = {quota.name: quota for quota in quotas}
        rows = dynamo.get_all(self.client, self.table, [_key(name) for name in named])
        return {(name := str(row["pk"]).partition("#")[2]): self._standing(row, named[name], now) for row in rows}

    def have_room(self, quotas: Sequence[Quota], now: Moment) -> bool:
        """Whether one more of each would fit, now that what was too long ago no longer counts."""
        used = self.counted(quotas, now)
        return all(used.get(quota.name, 0) < quota.at_most for quota in quotas)

    def _standing(self, row: dynamo.Item, quota: Quota, now: Moment) -> int:
        over = {name: number for name, number in row.items() if _is_over(name, quota, now)}
        names = iter(over)
        while some := list(islice(names, AT_ONCE)):
            self._take_off(quota, {name: over[name] for name in some})
        return int(row["used_up"] - sum(over.values()))

    def _take_off(self, quota: Quota, over: Mapping[str, float]) -> None:
        """Take stretches off their row, unless somebody else just did."""
        numbers = {f"n{place}": number for place, number in enumerate(over.values())}
        update: dict[str, Any] = {
            "TableName": self.table,
            "Key": dynamo.stored(_key(quota.name)),
            "UpdateExpression": f"ADD used_up :less REMOVE {', '.join(f'#{name}' for name in numbers)}",
            "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in numbers),
            "ExpressionAttributeNames": {f"#{name}": attribute for name, attribute in zip(numbers, over, strict=True)},
            "ExpressionAttributeValues": dynamo.values(less=-sum(over.values()), **numbers),
        }
        dynamo.held(self.table, lambda: self.client.update_item(**update))

    def _more(self, quota: Quota, at: Moment) -> dict[str, Any]:
        """One more; a row in which nothing counts any more goes by itself."""
        update = self._add(quota.name, {quota.stretch(at): 1})
        if quota.days is not None:
            update["UpdateExpression"] += " SET #ttl = :ttl"
            update["ExpressionAttributeNames"] = {"#ttl": tables.TTL}
            update["ExpressionAttributeValues"] |= dynamo.values(ttl=int(at + quota.days * DAY + LATE))
        return update

    def _add(self, name: str, numbers: Mapping[int | None, int]) -> dict[str, Any]:
        whole = sum(numbers.values())
        added = {f"{STRETCH}{stretch}": number for stretch, number in numbers.items() if stretch is not None}
        added |= {"used_up": whole} if whole else {}
        return {
            "TableName": self.table,
            "Key": dynamo.stored(_key(name)),
            "UpdateExpression": "ADD " + ", ".join(f"{attribute} :{attribute}" for attribute in added),
            "ExpressionAttributeValues": dynamo.values(**added),
        }


def written(quotas: Iterable[Quota], at: Moment) -> frozenset[str]:
    """Where a claim uses up its quotas, as its row keeps it."""
    found = ((quota.name, quota.stretch(at)) for quota in quotas)
    return frozenset(name if stretch is None else f"{name}#{stretch}" for name, stretch in found)


def places(row: dynamo.Item) -> Places:
    """Where a claim that was written used up its quotas."""
    told = (place.partition("#") for place in sorted(row.get("capped", ())))
    return {name: int(stretch) if stretch else None for name, _, stretch in told}


def _key(name: str) -> dict[str, str]:
    return tables.CAP.key(scope=name, window=EVER)


def _is_over(attribute: str, quota: Quota, now: Moment) -> bool:
    label = attribute.removeprefix(STRETCH)
    return label != attribute and label.isdigit() and quota.is_over(int(label), now)
