"""A tick each minute: what must happen when only time passes. One schedule for all, never one a person."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from constructs import Construct


class Tick(Construct):
    """Calls a function each minute; a tick that cannot be delivered is dropped, the next one does its work."""

    def __init__(
        self, scope: Construct, id_: str, *, group: scheduler.ScheduleGroup, calls: awslambda.IFunction
    ) -> None:
        super().__init__(scope, id_)
        # Nothing is said: the function reads its own clock, so a late tick does what is due by then.
        nothing = scheduler.ScheduleTargetInput.from_object({})
        target = targets.LambdaInvoke(calls, input=nothing, max_event_age=Duration.minutes(1), retry_attempts=0)
        scheduler.Schedule(
            self,
            "Schedule",
            schedule_group=group,
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(1)),
            target=target,
        )
