"""The queues as the functions use them: work by its lane, how much waits, and dead letters sent back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import msgspec
from rapport.domain.moment import Moment
from rapport.errors import StoreUnavailable
from rapport.ports import Due

from rapport_aws.dynamo import reaching

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

AT_ONCE = 10
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True)
class Queues:
    """The queues by their names: intake, dispatch (service), bulk, feedback."""

    client: "SQSClient"
    urls: Mapping[str, str]

    def put(self, queue: str, body: str, after: int = 0) -> None:
        """Put one piece of work on a queue, to be taken after so many seconds. Raises StoreUnavailable."""
        with reaching(f"queue {queue}"):
            self.client.send_message(QueueUrl=self.urls[queue], MessageBody=body, DelaySeconds=after)

    def enqueue(self, rows: Sequence[Due]) -> None:
        """Put rows on the queues of their lanes. Raises StoreUnavailable when one was not taken."""
        for queue in ("dispatch", "bulk"):
            bodies = [msgspec.json.encode(row).decode() for row in rows if _queue_of(row) == queue]
            for start in range(0, len(bodies), AT_ONCE):
                self._put_all(queue, bodies[start : start + AT_ONCE])

    def waiting(self, queue: str) -> int:
        """About how many messages wait on a queue, or are being worked on."""
        return self._count(self.urls[queue], WAITING)

    def dead(self, queue: str) -> int:
        """About how many dead letters a queue has."""
        return self._count(self._dead(queue), WAITING[:1])

    def redrive(self, queue: str, until: Moment, clock: Callable[[], Moment]) -> int:
        """Send dead letters back to their queue until a moment; how many. Every step bears repetition.

        A letter is deleted only after its queue has it: stopped in between, it is there twice and never lost.
        """
        dead, moved = self._dead(queue), 0
        while clock() < until:
            with reaching(f"queue {queue}"):
                told = self.client.receive_message(QueueUrl=dead, MaxNumberOfMessages=AT_ONCE)
            letters = told.get("Messages", [])
            if not letters:
                break
            self._put_all(queue, [letter["Body"] for letter in letters])
            gone = [{"Id": str(n), "ReceiptHandle": letter["ReceiptHandle"]} for n, letter in enumerate(letters)]
            with reaching(f"queue {queue}"):
                self.client.delete_message_batch(QueueUrl=dead, Entries=cast("Any", gone))
            moved += len(letters)
        return moved

    def _put_all(self, queue: str, bodies: Sequence[str]) -> None:
        entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]
        with reaching(f"queue {queue}"):
            answer = self.client.send_message_batch(QueueUrl=self.urls[queue], Entries=cast("Any", entries))
        if answer.get("Failed"):
            raise StoreUnavailable(f"queue {queue}: {len(answer['Failed'])} of {len(entries)} were not taken")

    def _dead(self, queue: str) -> str:
        """Where a queue's dead letters are, as the queue itself says."""
        with reaching(f"queue {queue}"):
            told = self.client.get_queue_attributes(QueueUrl=self.urls[queue], AttributeNames=["RedrivePolicy"])
            policy = msgspec.json.decode(told["Attributes"]["RedrivePolicy"], type=dict[str, Any])
            name = str(policy["deadLetterTargetArn"]).rpartition(":")[2]
            return self.client.get_queue_url(QueueName=name)["QueueUrl"]

    def _count(self, url: str, names: Sequence[str]) -> int:
        with reaching("queue"):
            told = self.client.get_queue_attributes(QueueUrl=url, AttributeNames=cast("Any", [*names]))
        counts = cast("dict[str, str]", told.get("Attributes", {}))
        return sum(int(counts.get(name, "0")) for name in names)


def _queue_of(row: Due) -> str:
    """The queue of a row's lane; telling what was not told holds up no message."""
    return "bulk" if row.bulk or row.kind == "announcement" else "dispatch"
