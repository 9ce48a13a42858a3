"""A queue with its dead-letter queue, and an alarm on each: how anything waits here."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

TRIES = 5
TOGETHER_AT_ONCE = 10  # messages that SQS hands over without gathering


class Queue(Construct):
    """Messages wait up to four days, are tried five times, and then wait two weeks for somebody to look."""

    def __init__(self, scope: Construct, id_: str, *, handling: Duration) -> None:
        super().__init__(scope, id_)
        self.dead = self._queue("Dead", retention_period=Duration.days(14))
        self.live = self._queue(
            "Live",
            # Six times the function's timeout, as its event source asks for.
            visibility_timeout=Duration.seconds(6 * handling.to_seconds()),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead, max_receive_count=TRIES),
        )

    def feed(self, function: awslambda.Function, *, at_once: int, together: int) -> None:
        """Let `function` take `together` messages a call, in at most `at_once` calls at a time.

        More than ten together make the first of them wait for others, a second at most.
        """
        function.add_event_source(
            sources.SqsEventSource(
                self.live,
                batch_size=together,
                max_batching_window=Duration.seconds(1 if together > TOGETHER_AT_ONCE else 0),
                max_concurrency=at_once,
                report_batch_item_failures=True,
            )
        )

    def may_count(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` ask how much waits."""
        self.live.grant(grantee, "sqs:GetQueueAttributes")

    def may_redrive(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` ask how much waits and how much is dead, and send what is dead back."""
        self.may_count(grantee)
        self.live.grant_send_messages(grantee)
        self.dead.grant_consume_messages(grantee)

    def _queue(self, id_: str, **options: object) -> sqs.Queue:
        return sqs.Queue(self, id_, encryption=sqs.QueueEncryption.SQS_MANAGED, enforce_ssl=True, **options)
