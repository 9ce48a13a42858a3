"""Jobs: work that takes longer than an answer may, its state in the ledger where `GET /v1/jobs/{id}` finds it."""

from collections.abc import Callable, Mapping
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


def shown(job: Job) -> dict[str, Any]:
    """A job as its route answers it."""
    return {"id": job.id, "state": job.state, "progress": job.progress, "result": job.result}


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
        """A job by its id. Raises NotFound."""
        row = dynamo.get(self.client, self.table, tables.JOB.key(id=job_id))
        if not row:
            raise NotFound("there is no such job")
        return value_of(row["body"], Job)

    def keep(self, job: Job) -> Job:
        """Write a job as it is."""
        item = {**tables.JOB.key(id=job.id), "body": body_of(job), "ttl": int(self.clock() + KEPT)}
        with dynamo.reaching(self.table):
            self.client.put_item(TableName=self.table, Item=dynamo.stored(item))
        return job
