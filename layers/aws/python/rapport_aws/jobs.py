"""Jobs: work that takes longer than an answer may, its state in the ledger where `GET /v1/jobs/{id}` finds it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from uuid import uuid4

from msgspec import Struct, structs
from rapport.domain.moment import DAY, Moment
from rapport.errors import NotFound

from rapport_aws import dynamo, tables
from rapport_aws.records import body_of, value_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

KEPT = 30 * DAY

State = Literal["waiting", "running", "done", "failed"]


class Job(Struct, frozen=True, omit_defaults=True):
    """One job. `input` says what is to be done, `position` how much of it was; `result` is for whoever asked."""

    id: str
    kind: str
    state: State = "waiting"
    progress: float = 0.0
    position: int = 0
    tries: int = 0
    input: dict[str, Any] = {}
    result: dict[str, Any] | None = None
    parts: int = 0
    """How many parts do it side by side, each at its own place; 0: it goes step by step."""


class Part(Struct, frozen=True, omit_defaults=True):
    """One part of a job: where it goes on, how much of it was done, and what came of that.

    `turn` counts the steps, so that a step that two workers take counts once.
    """

    shard: str
    after: str | None = None
    turn: int = 0
    progress: float = 0.0
    waits: bool = False
    counts: dict[str, int] = {}


def shown(job: Job) -> dict[str, Any]:
    """A job as its route answers it."""
    return {"id": job.id, "state": job.state, "progress": job.progress, "result": job.result}


def together(job: Job, parts: Sequence[Part]) -> Job:
    """A job as its parts stand: done when all are, waiting when what is left of them waits."""
    left = [part for part in parts if part.progress < 1.0]
    over = not left and len(parts) == job.parts
    state: State = "done" if over else "waiting" if all(part.waits for part in left or parts) else "running"
    counts = sum((Counter(part.counts) for part in parts), Counter[str]())
    progress = sum(part.progress for part in parts) / job.parts
    return structs.replace(job, state=state, progress=round(progress, 4), result=dict(counts) if parts else None)


@dataclass(frozen=True)
class Jobs:
    """Jobs in the table `ledger`, forgotten after thirty days."""

    client: "DynamoDBClient"
    table: str
    clock: Callable[[], Moment]

    def start(self, kind: str, about: Mapping[str, Any]) -> Job:
        """A new job that waits."""
        return self.keep(Job(f"j_{uuid4().hex}", kind, input=dict(about)))

    def done(self, kind: str, result: Mapping[str, Any]) -> Job:
        """A job that was over when it was asked for."""
        return self.keep(Job(f"j_{uuid4().hex}", kind, "done", 1.0, result=dict(result)))

    def end(self, job: Job, state: State, result: Mapping[str, Any]) -> Job:
        """Write how a job ended."""
        return self.keep(structs.replace(job, state=state, progress=1.0, result=dict(result)))

    def find(self, job_id: str) -> Job:
        """A job by its id, as its parts stand. Raises NotFound."""
        row = dynamo.get(self.client, self.table, tables.JOB.key(id=job_id))
        if not row:
            raise NotFound("there is no such job")
        job = value_of(row["body"], Job)
        return together(job, self.parts(job)) if job.parts and job.state not in ("done", "failed") else job

    def parts(self, job: Job) -> list[Part]:
        """The parts that have begun."""
        beginning = tables.JOB_PART.beginning(id=job.id)
        rows = dynamo.query(self.client, self.table, tables.JOB_PART.partition(id=job.id), beginning)
        return [value_of(row["body"], Part) for row in rows]

    def part(self, job: Job, shard: str) -> Part:
        """One part, from its beginning where it has not begun."""
        row = dynamo.get(self.client, self.table, tables.JOB_PART.key(id=job.id, shard=shard))
        return value_of(row["body"], Part) if row else Part(shard)

    def keep_part(self, job: Job, part: Part, seen: int) -> bool:
        """Write a part that was at the turn `seen`; whether nobody else was faster."""
        item = {**tables.JOB_PART.key(id=job.id, shard=part.shard), "body": body_of(part), "turn": part.turn}
        put: dict[str, Any] = {
            "TableName": self.table,
            "Item": dynamo.stored({**item, "ttl": int(self.clock() + KEPT)}),
            "ConditionExpression": "attribute_not_exists(turn) OR turn = :seen",
            "ExpressionAttributeValues": dynamo.values(seen=seen),
        }
        return dynamo.held(self.table, lambda: self.client.put_item(**put))

    def keep(self, job: Job) -> Job:
        """Write a job as it is."""
        item = {**tables.JOB.key(id=job.id), "body": body_of(job), "ttl": int(self.clock() + KEPT)}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(item))
        return job
