"""Sending: two SES configuration sets, what SES and SNS tell of each message, and the topic for hand-offs."""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_ses as ses
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.capabilities.queue import Queue

FATES = (
    ses.EmailSendingEvent.SEND,
    ses.EmailSendingEvent.DELIVERY,
    ses.EmailSendingEvent.DELIVERY_DELAY,
    ses.EmailSendingEvent.BOUNCE,
    ses.EmailSendingEvent.COMPLAINT,
    ses.EmailSendingEvent.REJECT,
    ses.EmailSendingEvent.RENDERING_FAILURE,
)


class Mail(Construct):
    """Two sets, since SES tracks opens by the set: the tracking one is only for people who granted it."""

    def __init__(self, scope: Construct, id_: str, *, name: str, feedback: Queue) -> None:
        super().__init__(scope, id_)
        self.topic = sns.Topic(self, "Feedback", display_name="What became of a message", enforce_ssl=True)
        self.topic.add_subscription(
            subscriptions.SqsSubscription(feedback.live, raw_message_delivery=True, dead_letter_queue=feedback.dead)
        )
        self._hear("sms-voice", "social-messaging")
        self.plain = self._set("Plain", f"{name}-plain", FATES)
        self.tracking = self._set("Tracking", f"{name}-tracking", (*FATES, ses.EmailSendingEvent.OPEN))

    def may_send(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` mail from this account's verified senders, and text, push and write to single people."""
        stack = Stack.of(self)
        sets = [
            stack.format_arn(service="ses", resource="configuration-set", resource_name=chosen.configuration_set_name)
            for chosen in (self.plain, self.tracking)
        ]
        senders = stack.format_arn(service="ses", resource="identity", resource_name="*")
        _grant(grantee, ("ses:SendEmail", "ses:SendRawEmail"), senders, *sets)
        _grant(grantee, ("sns:Publish",), stack.format_arn(service="sns", resource="endpoint", resource_name="*"))
        _grant(
            grantee,
            ("sms-voice:SendTextMessage",),
            *(
                stack.format_arn(service="sms-voice", resource=kind, resource_name="*")
                for kind in ("phone-number", "sender-id", "pool")
            ),
        )
        _grant(
            grantee,
            ("social-messaging:SendWhatsAppMessage",),
            stack.format_arn(service="social-messaging", resource="phone-number-id", resource_name="*"),
        )
        # A text message goes to a number, which is no resource: everything but topics and endpoints.
        topics = stack.format_arn(service="sns", region="*", account="*", resource="*")
        numbers = iam.PolicyStatement(actions=["sns:Publish"], not_resources=[topics])
        grantee.grant_principal.add_to_principal_policy(numbers)

    def _hear(self, *services: str) -> None:
        """Let the team point receipts and replies of these services, in this account, at the topic."""
        told = iam.PolicyStatement(
            principals=[iam.ServicePrincipal(f"{service}.amazonaws.com") for service in services],
            actions=["sns:Publish"],
            resources=[self.topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )
        self.topic.add_to_resource_policy(told)

    def may_ask(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` ask what the account may send: an action that knows no resource."""
        _grant(grantee, ("ses:GetAccount",), "*")

    def _set(self, id_: str, name: str, fates: tuple[ses.EmailSendingEvent, ...]) -> ses.ConfigurationSet:
        chosen = ses.ConfigurationSet(
            self,
            id_,
            configuration_set_name=name,
            reputation_metrics=True,
            suppression_reasons=ses.SuppressionReasons.BOUNCES_AND_COMPLAINTS,
        )
        chosen.add_event_destination("Fates", destination=ses.EventDestination.sns_topic(self.topic), events=[*fates])
        return chosen


class Handoff(Construct):
    """One topic for work that people and printers do; each subscribes with a filter on `channel`."""

    def __init__(self, scope: Construct, id_: str) -> None:
        super().__init__(scope, id_)
        key = kms.Alias.from_alias_name(self, "Key", "alias/aws/sns")
        self.topic = sns.Topic(self, "Topic", display_name="Rapport: work for people", enforce_ssl=True, master_key=key)


def _grant(grantee: iam.IGrantable, actions: tuple[str, ...], *resources: str) -> None:
    iam.Grant.add_to_principal(grantee=grantee, actions=[*actions], resource_arns=[*resources])
