"""Watching: alarms on what must not happen, and one page that shows how it goes. No number here names a person."""

from collections.abc import Iterable, Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as awslambda
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.capabilities.queue import Queue

FIVE_MINUTES = Duration.minutes(5)
MANY_DOUBTS = 10
MANY_UNTOLD = 100
WATCHED = ("email", "sms")  # the channels that have a breaker
LATE = Duration.minutes(15)  # how old the oldest waiting message may get


class Watch(Construct):
    """Alarms and a dashboard; `alarms_to` is mailed, or nobody when it is empty."""

    def __init__(self, scope: Construct, id_: str, *, name: str, alarms_to: str) -> None:
        super().__init__(scope, id_)
        self.topic = sns.Topic(self, "Alarms", display_name=f"{name} alarms", enforce_ssl=True)
        # A topic that has a policy of its own no longer lets the account's alarms in by default.
        self.topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=_of_this_account(self)))
        if alarms_to:
            self.topic.add_subscription(subscriptions.EmailSubscription(alarms_to))
        self.page = cloudwatch.Dashboard(self, "Page", dashboard_name=name)

    def functions(self, functions: Mapping[str, awslambda.Function]) -> None:
        """Alarm on errors and throttles of each function, and draw calls, errors and time."""
        for name, function in functions.items():
            self._alarm(f"{name.title()}Errors", function.metric_errors(period=FIVE_MINUTES), 1, f"{name} fails")
            throttles = function.metric_throttles(period=FIVE_MINUTES)
            self._alarm(f"{name.title()}Throttles", throttles, 10, f"{name} is throttled: raise the account's limit")
        self._draw("Calls", [function.metric_invocations() for function in functions.values()])
        self._draw("Errors", [function.metric_errors() for function in functions.values()])
        self._draw("Time, p99", [function.metric_duration(statistic="p99") for function in functions.values()])

    def answers(self) -> None:
        """Alarm on, and draw, answers that had to do without the store or the bus."""
        for missing in ("store", "bus"):
            degraded = cloudwatch.Metric(
                namespace="Rapport",
                metric_name="Degraded",
                dimensions_map={"missing": missing},
                statistic="sum",
                period=FIVE_MINUTES,
            )
            self._alarm(f"Without{missing.title()}", degraded, 10, f"visits are answered without the {missing}")
            self._draw(f"Answers without the {missing}", [degraded])

    def learning(self) -> None:
        """Alarm on, and draw, ticks that met rows of the outcome log which nothing is learned from."""
        metric = cloudwatch.Metric(namespace="Rapport", metric_name="Unbelieved", statistic="sum", period=FIVE_MINUTES)
        self._alarm("Unbelieved", metric, 3, "the outcome log has rows that cannot be true, or too many of one person")
        self._draw("Ticks with rows that taught nothing", [metric])

    def queues(self, queues: Mapping[str, Queue]) -> None:
        """Alarm on anything dead and on anything that waits too long, and draw what waits."""
        for name, queue in queues.items():
            dead = queue.dead.metric_approximate_number_of_messages_visible(statistic="max")
            self._alarm(f"{name.title()}Dead", dead, 1, f"{name}: given up after five tries, look at the dead letters")
            age = queue.live.metric_approximate_age_of_oldest_message(statistic="max")
            self._alarm(f"{name.title()}Late", age, LATE.to_seconds(), f"{name}: the oldest waits too long")
        self._draw("Waiting", [queue.live.metric_approximate_number_of_messages_visible() for queue in queues.values()])
        self._draw("Oldest", [queue.live.metric_approximate_age_of_oldest_message() for queue in queues.values()])

    def sending(self) -> None:
        """Alarm on a breaker that opened and on doubts that stay, and draw what became of messages and what waits."""
        for channel in WATCHED:
            opened = _told("BreakerOpen", channel=channel)
            self._alarm(f"{channel.title()}Breaker", opened, 1, f"bulk on {channel} is stopped: bounces or complaints")
        doubts = _told("InDoubt")
        self._alarm("Doubts", doubts, MANY_DOUBTS, "hand-overs whose answer was lost, and nothing settles them")
        late = _told("OldestDue", lane="service")
        self._alarm("ServiceLate", late, FIVE_MINUTES.to_seconds(), "service messages fall due and are not handed over")
        ended = "SEARCH('{Rapport,reason,status} MetricName=\"Messages\"', 'Sum', 300)"
        found = cloudwatch.MathExpression(expression=ended, label="", using_metrics={}, period=FIVE_MINUTES)
        self._draw("Messages, by how they ended", [found])
        held = [_told("Held", reason=reason) for reason in ("MISSING_DATA", "NEEDS_APPROVAL")]
        self._draw("Held and in doubt", [*held, doubts])
        self._draw("Oldest due, seconds", [late, _told("OldestDue", lane="bulk")])
        untold = cloudwatch.Metric(namespace="Rapport", metric_name="Untold", statistic="sum", period=FIVE_MINUTES)
        self._alarm("Untold", untold, MANY_UNTOLD, "the bus does not take our own events, or many workers are stopped")
        self._draw("Our own events that the tick had to tell", [untold])
        missing = _told("AccountDifference")
        self._alarm("Account", missing, 1, "messages were planned that stand nowhere: rapport status")
        self._draw("Breakers", [_told("BreakerOpen", channel=channel) for channel in WATCHED])

    def _alarm(self, id_: str, metric: cloudwatch.IMetric, threshold: float, says: str) -> None:
        alarm = cloudwatch.Alarm(
            self,
            id_,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=says,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))

    def _draw(self, title: str, metrics: Iterable[cloudwatch.IMetric]) -> None:
        self.page.add_widgets(cloudwatch.GraphWidget(title=title, left=[*metrics], width=12))


def _told(name: str, **dimensions: str) -> cloudwatch.Metric:
    """A number that the tick tells each minute."""
    return cloudwatch.Metric(
        namespace="Rapport", metric_name=name, dimensions_map=dimensions, statistic="max", period=FIVE_MINUTES
    )


def _of_this_account(scope: Construct) -> dict[str, dict[str, str]]:
    return {"StringEquals": {"aws:SourceAccount": Stack.of(scope).account}}
