"""A batch from a queue: each record on its own, and only those that failed come back."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

logger = Logger(service="rapport")


class Told(BatchProcessor):
    """Powertools' processor; what failed is logged by message id and error, never by what it held."""

    def failure_handler(self, record: Any, exception: Any) -> Any:  # noqa: ANN401  # Powertools' own types
        """Note the failure and go on with the others."""
        logger.warning("record failed", extra={"record": record.message_id, "error": exception[0].__name__})
        return super().failure_handler(record, exception)


def each(event: Mapping[str, Any], take: Callable[[str], None]) -> dict[str, Any]:
    """Take the body of every record; answer which failed, to be delivered again and in the end set aside."""

    def take_record(record: SQSRecord) -> None:
        take(record.body)

    processor = Told(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return dict(process_partial_response(dict(event), take_record, processor))
