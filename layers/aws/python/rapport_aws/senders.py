"""The port Sender on SES, SNS and the hand-off topic: one attempt each, and what came of it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import BotoCoreError, ClientError
from rapport.ports import Handover, Outcome, Outgoing, Sender

from rapport_aws.outcomes import handover_of
from rapport_aws.whatsapp import thread

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sns import SNSClient

HANDED_OFF = ("print", "note", "call", "social")
MAX_PRICE = "0.50"
"""US dollars that one text message may cost."""
CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
FAILURES = (BotoCoreError, ClientError)


@dataclass(frozen=True)
class Channels:
    """Each channel's own sender; a channel without one is refused, so that the next one may be tried."""

    senders: Mapping[str, Sender]

    def send(self, outgoing: Outgoing) -> Handover:
        """One attempt on the channel of the message, after a last look for what could break out of a header."""
        sender = self.senders.get(outgoing.channel)
        if sender is None:
            return Handover(Outcome.REFUSED, detail="no provider for this channel")
        if breaks_out(outgoing):
            return Handover(Outcome.REFUSED, detail="a control character in an address or a header")
        return sender.send(outgoing)


def breaks_out(outgoing: Outgoing) -> bool:
    """Whether an address, subject or header holds a control character, or an encoded word that could hide one."""
    subject = str(outgoing.content.get("subject", ""))
    lines = (outgoing.to, outgoing.sender, outgoing.reply_to, subject, *outgoing.headers, *outgoing.headers.values())
    return any("=?" in line or CONTROL.search(line) for line in lines)


@dataclass(frozen=True)
class Email:
    """SES v2. The configuration set decides whether opens are tracked."""

    client: "SESV2Client"
    config_set: str
    config_set_tracking: str

    def send(self, outgoing: Outgoing) -> Handover:
        """Send Simple content: SES holds no template of ours."""
        try:
            answer = self.client.send_email(**cast("Any", self._call(outgoing)))
        except FAILURES as error:
            return handover_of(error)
        return Handover(Outcome.SENT, answer["MessageId"])

    def _call(self, outgoing: Outgoing) -> dict[str, Any]:
        reply_to = {"ReplyToAddresses": [outgoing.reply_to]} if outgoing.reply_to else {}
        config_set = self.config_set_tracking if outgoing.tracking else self.config_set
        return {
            "FromEmailAddress": outgoing.sender,
            "Destination": {"ToAddresses": [outgoing.to]},
            "Content": {"Simple": _simple(outgoing)},
            "EmailTags": [{"Name": name, "Value": value} for name, value in tags_of(outgoing).items()],
            **reply_to,
            **({"ConfigurationSetName": config_set} if config_set else {}),
        }


def tags_of(outgoing: Outgoing) -> dict[str, str]:
    """What a provider gives back with its feedback; ids only, so it may go anywhere."""
    return {"message": outgoing.message_id, "profile": outgoing.profile, "channel": outgoing.channel}


def _simple(outgoing: Outgoing) -> dict[str, Any]:
    content = outgoing.content
    parts = {"Html": content.get("html"), "Text": content.get("text")}
    return {
        "Subject": _utf8(content["subject"]),
        "Body": {name: _utf8(part) for name, part in parts.items() if part},
        "Headers": [{"Name": name, "Value": value} for name, value in outgoing.headers.items()],
    }


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


@dataclass(frozen=True)
class Sms:
    """SNS, straight to a phone number."""

    client: "SNSClient"

    def send(self, outgoing: Outgoing) -> Handover:
        """Publish one text message."""
        attributes = {
            "AWS.SNS.SMS.SMSType": "Transactional" if outgoing.transactional else "Promotional",
            "AWS.SNS.SMS.MaxPrice": MAX_PRICE,
            **_originator(outgoing.sender),
        }
        typed = {name: {"DataType": _sms_type(name), "StringValue": value} for name, value in attributes.items()}
        try:
            answer = self.client.publish(
                PhoneNumber=outgoing.to, Message=outgoing.content["text"], MessageAttributes=cast("Any", typed)
            )
        except FAILURES as error:
            return handover_of(error)
        return Handover(Outcome.SENT, answer["MessageId"])


def _originator(sender: str) -> dict[str, str]:
    if not sender:
        return {}
    name = "AWS.MM.SMS.OriginationNumber" if sender.startswith("+") else "AWS.SNS.SMS.SenderID"
    return {name: sender}


def _sms_type(name: str) -> str:
    return "Number" if name.endswith("MaxPrice") else "String"


@dataclass(frozen=True)
class TextMessages:
    """End User Messaging, where a team has configured it: it alone gives receipts and STOP."""

    client: Any
    """A `pinpoint-sms-voice-v2` client."""
    identity: str

    def send(self, outgoing: Outgoing) -> Handover:
        """Send one text message; its context comes back with the receipt, its id or the number with a reply."""
        try:
            answer = self.client.send_text_message(
                DestinationPhoneNumber=outgoing.to,
                OriginationIdentity=self.identity,
                MessageBody=outgoing.content["text"],
                MessageType="TRANSACTIONAL" if outgoing.transactional else "PROMOTIONAL",
                Context=tags_of(outgoing),
            )
        except FAILURES as error:
            return handover_of(error)
        return Handover(Outcome.SENT, f"{answer['MessageId']} {thread(outgoing.to, 'sms')}")


@dataclass(frozen=True)
class Push:
    """SNS platform endpoints; a device's token becomes one in the configured application."""

    client: "SNSClient"
    application: str

    def send(self, outgoing: Outgoing) -> Handover:
        """Publish to the device."""
        if not outgoing.to.startswith("arn:") and not self.application:
            return Handover(Outcome.REFUSED, detail="no push application")
        try:
            answer = self.client.publish(
                TargetArn=self._endpoint(outgoing.to), Message=_notification(outgoing), MessageStructure="json"
            )
        except FAILURES as error:
            return handover_of(error)
        return Handover(Outcome.SENT, answer["MessageId"])

    def _endpoint(self, device: str) -> str:
        if device.startswith("arn:"):
            return device
        made = self.client.create_platform_endpoint(PlatformApplicationArn=self.application, Token=device)
        return made["EndpointArn"]


def _notification(outgoing: Outgoing) -> str:
    title, text = outgoing.content.get("title", ""), outgoing.content.get("text", "")
    google = {"notification": {"title": title, "body": text}, "data": {"message": outgoing.message_id}}
    apple = {"aps": {"alert": {"title": title, "body": text}}, "message": outgoing.message_id}
    payload = {"default": text, "GCM": json.dumps(google), "APNS": json.dumps(apple), "APNS_SANDBOX": json.dumps(apple)}
    return json.dumps(payload)


@dataclass(frozen=True)
class HandOff:
    """One topic for work that people, printers and other tools do; they subscribe with a filter on its attributes."""

    sns: "SNSClient"
    s3: "S3Client"
    topic: str
    bucket: str

    def send(self, outgoing: Outgoing) -> Handover:
        """Publish a piece of work; what is to be printed lies in the bucket."""
        try:
            attached = self._attached(outgoing)
        except FAILURES as error:
            return Handover(Outcome.LATER, detail=type(error).__name__)
        attributes = {name: getattr(outgoing, name) for name in ("channel", "campaign", "effort")}
        typed = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        try:
            answer = self.sns.publish(
                TopicArn=self.topic,
                Message=json.dumps({**_work(outgoing), **attached}),
                MessageAttributes=cast("Any", typed),
            )
        except FAILURES as error:
            return handover_of(error)
        return Handover(Outcome.SENT, answer["MessageId"])

    def _attached(self, outgoing: Outgoing) -> dict[str, Any]:
        if not outgoing.attachment:
            return {}
        place = {"bucket": self.bucket, "key": f"handoff/{outgoing.profile}/{outgoing.send_id}.pdf"}
        self.s3.put_object(
            Bucket=self.bucket, Key=place["key"], Body=outgoing.attachment, ContentType="application/pdf"
        )
        return {"document": place}


def _work(outgoing: Outgoing) -> dict[str, Any]:
    told = ("send_id", "message_id", "profile", "campaign", "channel", "effort", "to", "content")
    return {name: getattr(outgoing, name) for name in told}
