"""A batch from a queue: each record fails on its own, and only those that failed come back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from msgspec import Struct
from rapport.errors import Conflict, StoreUnavailable

logger = Logger(service="rapport")


class Told(BatchProcessor):
    """Powertools' processor; what failed is logged by message id and error, never by what it held."""

    def failure_handler(self, record: Any, exception: Any) -> Any:  # noqa: ANN401  # Powertools' own types
        """Note the failure and go on with the others."""
        _log(record.message_id, exception[0])
        return super().failure_handler(record, exception)


def each(event: Mapping[str, Any], take: Callable[[str], None]) -> dict[str, Any]:
    """Take the body of every record; answer which failed, to be delivered again and in the end set aside."""

    def take_record(record: SQSRecord) -> None:
        take(record.body)

    processor = Told(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(event), take_record, processor))


class Record(Struct, frozen=True):
    """One record of a batch: the queue's name for it, and what was read from it."""

    id: str
    value: Any


class Batch:
    """A batch that is taken in parts, each of records that belong together; it knows which of them failed."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._told, self._failed = event["Records"], list[str]()

    def read(self, read: Callable[[str], Any]) -> list[Record]:
        """The records that can be read and are not None; of those that cannot be each fails on its own."""
        found: list[Record] = []
        for told in self._told:
            value, error = _tried(partial(read, told["body"]))
            record = Record(told["messageId"], value)
            if error is not None:
                self.fail([record], error)
            elif value is not None:
                found.append(record)
        return found

    def take(self, part: Sequence[Record], take: Callable[[list[Any]], object]) -> None:
        """Take a part at once; where one of its records spoils that, each by itself, so that it fails alone."""
        _, error = _tried(partial(take, [record.value for record in part]))
        if error is None:
            return
        if len(part) == 1 or isinstance(error, StoreUnavailable | Conflict):
            self.fail(part, error)
            return
        for record in part:
            self.take([record], take)

    def fail(self, part: Iterable[Record], error: Exception) -> None:
        """Have records delivered again, and in the end set aside."""
        for record in part:
            _log(record.id, type(error))
            self._failed.append(record.id)

    def answer(self) -> dict[str, Any]:
        """Which records failed, as the queue wants to know it."""
        return {"batchItemFailures": [{"itemIdentifier": name} for name in self._failed]}


def parts(records: Sequence[Record], names: Callable[[Any], Iterable[str]]) -> list[list[Record]]:
    """Records that share a name, be it by way of others, each in the order they came; a nameless one is by itself."""
    found: list[tuple[set[str], list[int]]] = []
    for place, record in enumerate(records):
        mine, places = set(names(record.value)), [place]
        for other in [part for part in found if part[0] & mine]:
            found.remove(other)
            mine, places = mine | other[0], places + other[1]
        found.append((mine, sorted(places)))
    return [[records[place] for place in places] for _, places in found]


def _tried(do: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What it gave, or why it failed."""
    try:
        return do(), None
    except Exception as error:  # noqa: BLE001  # whatever one record does, the others of its batch go on
        return None, error


def _log(name: str, error: type[BaseException]) -> None:
    logger.warning("record failed", extra={"record": name, "error": error.__name__})
