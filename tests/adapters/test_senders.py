"""What is handed to providers, and what their answers come to."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.stub import ANY, Stubber
from msgspec import structs
from rapport.ports import Handover, Outcome, Outgoing
from rapport_aws.assemble import PROVIDERS
from rapport_aws.outcomes import handover_of
from rapport_aws.senders import Channels, Email, HandOff, Push, Sms, TextMessages
from rapport_aws.whatsapp import WhatsApp, thread

from tests.adapters.cloud import BUCKET, Cloud

MAIL = Outgoing(
    send_id="m_1:email",
    message_id="m_1",
    profile="p_ann",
    campaign="welcome-home",
    channel="email",
    to="ann@example.com",
    content={"subject": "Welcome\u00a0home \U0001f600", "html": "<p>Hello</p>", "text": "Hello"},
    sender="Trails <hello@trails.example>",
    reply_to="care@trails.example",
    headers={"List-Unsubscribe": "<https://r.example/u/t>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
)
TEXT = structs.replace(
    MAIL, send_id="m_1:sms", channel="sms", to="+33123456789", content={"text": "Hi"}, sender="TRAILS"
)


class Recording:
    """A provider that takes everything and remembers what it was given."""

    def __init__(self) -> None:
        self.given: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        def call(**given: Any) -> Any:
            self.given = given
            return {"MessageId": "provider-1", "EndpointArn": "arn:aws:sns:x:1:endpoint/1"}

        return call


class Answering:
    """A provider that answers every attempt in the same bad way, and counts them."""

    def __init__(self, error: Exception) -> None:
        self.error, self.attempts = error, 0

    def send_email(self, **_given: Any) -> Any:
        self.attempts += 1
        raise self.error


def mailed(outgoing: Outgoing = MAIL) -> dict[str, Any]:
    client = Recording()
    assert Email(client, "plain", "tracking").send(outgoing) == Handover(Outcome.SENT, "provider-1")  # type: ignore[arg-type]  # a stand-in
    return client.given


def test_a_mail_carries_its_headers() -> None:
    headers = {header["Name"]: header["Value"] for header in mailed()["Content"]["Simple"]["Headers"]}
    assert headers == MAIL.headers


def test_a_mail_is_tagged_with_ids_that_ses_takes() -> None:
    tags = {tag["Name"]: tag["Value"] for tag in mailed()["EmailTags"]}
    assert tags == {"message": "m_1", "profile": "p_ann", "channel": "email"}


@pytest.mark.parametrize(("tracking", "config_set"), [(False, "plain"), (True, "tracking")])
def test_opens_are_tracked_only_where_granted(tracking: bool, config_set: str) -> None:
    assert mailed(structs.replace(MAIL, tracking=tracking))["ConfigurationSetName"] == config_set


def test_a_mail_without_html_goes_as_text() -> None:
    body = mailed(structs.replace(MAIL, content={"subject": "Hi", "text": "Hello"}))["Content"]["Simple"]["Body"]
    assert list(body) == ["Text"]


def test_ses_takes_what_we_send(account: Cloud) -> None:
    client = boto3.client("sesv2", config=PROVIDERS)
    client.create_email_identity(EmailIdentity="hello@trails.example")
    assert Email(client, "", "").send(MAIL).outcome is Outcome.SENT


@pytest.mark.parametrize(
    ("change", "value"),
    [
        ("to", "ann@example.com\r\nBcc: eve@example.com"),
        ("sender", "Trails\n<hello@trails.example>"),
        ("reply_to", "a@b.example\x00"),
        ("content", {"subject": "Hi\r\nBcc: eve@example.com", "text": "x"}),
        ("content", {"subject": "=?utf-8?q?Hi=0D=0ABcc:_eve?=", "text": "x"}),
        ("headers", {"List-Unsubscribe": "<https://r.example>\r\nBcc: eve@example.com"}),
        ("headers", {"X\r\nBcc": "eve@example.com"}),
    ],
    ids=str,
)
def test_nothing_breaks_out_of_a_header(change: str, value: Any) -> None:
    client = Recording()
    sender = Channels({"email": Email(client, "", "")})  # type: ignore[arg-type]  # a stand-in
    refused = sender.send(structs.replace(MAIL, **{change: value}))
    assert (refused.outcome, client.given) == (Outcome.REFUSED, {})


def test_a_channel_without_a_provider_is_refused() -> None:
    assert Channels({}).send(structs.replace(MAIL, channel="whatsapp")).outcome is Outcome.REFUSED


SENDERS = {"TRAILS": "AWS.SNS.SMS.SenderID", "+33100000000": "AWS.MM.SMS.OriginationNumber"}


@pytest.mark.parametrize(("sender", "attribute"), SENDERS.items())
def test_a_text_names_its_sender_and_its_price(sender: str, attribute: str) -> None:
    client = Recording()
    Sms(client).send(structs.replace(TEXT, sender=sender, transactional=True))  # type: ignore[arg-type]  # a stand-in
    attributes = {name: value["StringValue"] for name, value in client.given["MessageAttributes"].items()}
    assert attributes == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.MaxPrice": "0.50", attribute: sender}


def test_end_user_messaging_gets_our_ids_for_its_receipts() -> None:
    client = Recording()
    TextMessages(client, "pool-1").send(TEXT)
    assert (client.given["MessageType"], client.given["Context"]["message"]) == ("PROMOTIONAL", "m_1")


def test_a_device_s_token_becomes_an_endpoint() -> None:
    client = Recording()
    push = structs.replace(MAIL, channel="push", to="device-token", content={"title": "Hi", "text": "Hello"})
    Push(client, "arn:aws:sns:x:1:app/GCM/trails").send(push)  # type: ignore[arg-type]  # a stand-in
    assert json.loads(json.loads(client.given["Message"])["GCM"])["notification"] == {"title": "Hi", "body": "Hello"}


def test_push_without_an_application_is_refused() -> None:
    push = structs.replace(MAIL, channel="push", to="device-token", content={"title": "Hi", "text": "Hello"})
    assert Push(Recording(), "").send(push).outcome is Outcome.REFUSED  # type: ignore[arg-type]  # a stand-in


def test_work_for_people_is_filtered_by_its_attributes_c20(account: Cloud) -> None:
    client = Recording()
    note = structs.replace(MAIL, channel="note", effort="high", content={"text": "Thank you"})
    HandOff(client, account.s3, account.topic, BUCKET).send(note)  # type: ignore[arg-type]  # a stand-in
    attributes = {name: value["StringValue"] for name, value in client.given["MessageAttributes"].items()}
    assert attributes == {"channel": "note", "campaign": "welcome-home", "effort": "high"}


def test_what_is_to_be_printed_lies_in_the_bucket_d34(account: Cloud) -> None:
    client = Recording()
    letter = structs.replace(MAIL, channel="print", content={"text": "Dear"}, attachment=b"%PDF-")
    HandOff(client, account.s3, account.topic, BUCKET).send(letter)  # type: ignore[arg-type]  # a stand-in
    place = json.loads(client.given["Message"])["document"]
    assert account.s3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"].read() == b"%PDF-"


def refused(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}, "SendEmail")  # type: ignore[typeddict-item]  # what matters of it


OUTCOMES: list[tuple[BotoCoreError | ClientError, Outcome]] = [
    (refused("MessageRejected"), Outcome.REFUSED),
    (refused("MailFromDomainNotVerifiedException"), Outcome.LATER),
    (refused("BadRequestException"), Outcome.REFUSED),
    (refused("InvalidParameter"), Outcome.REFUSED),
    (refused("EndpointDisabled"), Outcome.REFUSED),
    (refused("SomethingNew"), Outcome.REFUSED),
    (refused("TooManyRequestsException", 429), Outcome.LATER),
    (refused("Throttling"), Outcome.LATER),
    (refused("SendingPausedException"), Outcome.LATER),
    (refused("AccountSuspendedException"), Outcome.LATER),
    (refused("NotFoundException", 404), Outcome.LATER),
    (refused("AccessDeniedException", 403), Outcome.LATER),
    (refused("ServiceUnavailable", 503), Outcome.LATER),
    (refused("InternalFailure", 500), Outcome.IN_DOUBT),
    (refused("SomethingNew", 500), Outcome.IN_DOUBT),
    (refused("SomethingNew", 502), Outcome.IN_DOUBT),
    (ReadTimeoutError(endpoint_url="https://ses"), Outcome.IN_DOUBT),
    (ConnectionClosedError(endpoint_url="https://ses"), Outcome.IN_DOUBT),
    (ConnectTimeoutError(endpoint_url="https://ses"), Outcome.LATER),
    (EndpointConnectionError(endpoint_url="https://ses"), Outcome.LATER),
    (NoCredentialsError(), Outcome.LATER),
    (ParamValidationError(report="x"), Outcome.REFUSED),
]


@pytest.mark.parametrize(("error", "outcome"), OUTCOMES, ids=[f"{type(e).__name__} {e}"[:60] for e, _ in OUTCOMES])
def test_an_attempt_comes_to_what_its_answer_means(error: BotoCoreError | ClientError, outcome: Outcome) -> None:
    assert handover_of(error).outcome is outcome


def test_an_attempt_is_one_attempt() -> None:
    client = Answering(ReadTimeoutError(endpoint_url="https://ses"))
    Email(client, "", "").send(MAIL)  # type: ignore[arg-type]  # a stand-in
    assert client.attempts == 1


def test_the_sdk_tries_no_send_a_second_time(account: Cloud) -> None:
    attempts: list[str] = []

    def lose(request: Any, **_given: Any) -> None:
        attempts.append(request.url)
        raise ReadTimeoutError(endpoint_url=request.url)

    client = boto3.client("sesv2", config=PROVIDERS)
    client.meta.events.register_first("before-send.sesv2.SendEmail", lose)
    assert (Email(client, "", "").send(MAIL).outcome, len(attempts)) == (Outcome.IN_DOUBT, 1)


def test_what_is_told_of_a_failure_names_nobody() -> None:
    error = ClientError({"Error": {"Code": "MessageRejected", "Message": "ann@example.com"}}, "SendEmail")
    assert "ann@" not in handover_of(error).detail


NUMBER = "phone-number-id-0123456789abcdef"
WROTE = structs.replace(
    TEXT, send_id="m_1:whatsapp", channel="whatsapp", content={"text": "Hi.\n\nHow is it?"}, locale="en-GB"
)


class Stubbed:
    """End User Messaging Social, which takes exactly one request and refuses any other."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.client = boto3.client("socialmessaging", "eu-west-1", config=PROVIDERS)
        asked = {
            "originationPhoneNumberId": NUMBER,
            "message": ANY,
            "metaApiVersion": "v20.0",
        }
        self.stub = Stubber(self.client)
        self.stub.add_response("send_whatsapp_message", {"messageId": "aws-1"}, asked)
        self.message = message
        self.client.meta.events.register("provide-client-params.socialmessaging.SendWhatsAppMessage", self.look)

    def look(self, params: dict[str, Any], **_given: Any) -> None:
        assert json.loads(params["message"]) == ENVELOPE | self.message

    def send(self, outgoing: Outgoing, template: str = "") -> Outcome:
        with self.stub:
            outcome = WhatsApp(self.client, NUMBER, template).send(outgoing).outcome
            self.stub.assert_no_pending_responses()
        return outcome


ENVELOPE = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "+33123456789",
    "biz_opaque_callback_data": "m_1 p_ann",
}


def test_whatsapp_speaks_freely_while_the_person_talks_to_us_c3(account: Cloud) -> None:
    words = {"type": "text", "text": {"body": "Hi.\n\nHow is it?"}}
    assert Stubbed(words).send(structs.replace(WROTE, in_conversation=True)) is Outcome.SENT


def test_whatsapp_uses_the_campaign_s_approved_template_outside_of_a_conversation_c24(account: Cloud) -> None:
    parameters = [{"type": "text", "text": "Hi. How is it?"}]
    template = {
        "name": "welcome_home",
        "language": {"code": "en_GB"},
        "components": [{"type": "body", "parameters": parameters}],
    }
    assert Stubbed({"type": "template", "template": template}).send(WROTE, "{campaign}") is Outcome.SENT


@pytest.mark.parametrize(
    ("outgoing", "template"),
    [
        (WROTE, ""),
        (structs.replace(WROTE, content={"text": "x" * 1025}), "news"),
        (structs.replace(WROTE, content={"text": "x" * 4097}, in_conversation=True), "news"),
    ],
)
def test_what_whatsapp_would_not_take_is_left_to_the_next_channel(outgoing: Outgoing, template: str) -> None:
    client = Recording()
    refused = WhatsApp(client, "n", template).send(outgoing)
    assert (refused.outcome, client.given) == (Outcome.REFUSED, {})


def test_a_whatsapp_message_is_known_by_its_conversation_and_keeps_no_number() -> None:
    handover = WhatsApp(Recording(), "n", "news").send(WROTE)
    assert handover.provider_id == thread("33 1 23 45 67 89")
    assert "123456789" not in str(handover.provider_id)
