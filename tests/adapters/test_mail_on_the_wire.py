"""An email on the wire: what SES makes of our request, folded and signed with DKIM, as a mailbox receives it."""

import re
import smtplib
import socket
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.header import Header
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import dkim
import pytest
from aiosmtpd.controller import Controller
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import structs
from rapport.memory import MemorySender
from rapport.ports import Outgoing
from rapport_aws.senders import Email
from rapport_aws.tokens import KeyRing

from tests.adapters.test_senders import Recording
from tests.use_cases.test_hand_over import Stage

PAGES = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/production"
SES_LONGEST_VALUE = 870
"""Characters that SES takes in a header's value; printable ASCII only."""
LONGEST_LINE = 998
"""Octets of one line by RFC 5322."""
FOLD_AT = 76
SIGNED = [b"from", b"to", b"reply-to", b"subject", b"mime-version", b"list-unsubscribe", b"list-unsubscribe-post"]
ONE_CLICK = ("List-Unsubscribe", "List-Unsubscribe-Post")


def folded(name: str, value: str) -> str:
    """A header as SES writes it: broken only where there is a blank, never inside a word, never encoded."""
    lines = [f"{name}:"]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > FOLD_AT:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def on_the_wire(request: Mapping[str, Any]) -> bytes:
    """The message that SES makes of a SendEmail request with Simple content."""
    simple = request["Content"]["Simple"]
    body = MIMEMultipart("alternative")
    for part, kind in (("Text", "plain"), ("Html", "html")):
        body.attach(MIMEText(simple["Body"][part]["Data"], kind, "utf-8"))
    headers = [
        folded("From", request["FromEmailAddress"]),
        folded("To", ", ".join(request["Destination"]["ToAddresses"])),
        folded("Reply-To", ", ".join(request.get("ReplyToAddresses", ["care@trails.example"]))),
        f"Subject: {Header(simple['Subject']['Data'], 'utf-8').encode(linesep=chr(13) + chr(10))}",
        *(folded(header["Name"], header["Value"]) for header in simple["Headers"]),
    ]
    return "\r\n".join(headers).encode() + b"\r\n" + body.as_bytes(policy=policy.SMTP)


@dataclass
class Mailbox:
    """An SMTP server that keeps what comes, octet for octet."""

    port: int
    received: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        self.received.append(envelope.original_content)
        return "250 OK"


@dataclass(frozen=True)
class Signer:
    """A domain's DKIM key, as SES holds one for it."""

    key: rsa.RSAPrivateKey

    def signed(self, mail: bytes) -> bytes:
        pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        signature = dkim.sign(mail, b"ses", b"trails.example", pem, include_headers=SIGNED)
        return bytes(signature) + mail

    def record(self, _name: bytes, timeout: int = 5) -> bytes:
        der = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b"v=DKIM1; k=rsa; p=" + b"".join(der.splitlines()[1:-1])


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture(scope="module")
def mailbox() -> Iterator[Mailbox]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        box = Mailbox(free.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=20.0)
    controller.start()
    yield box
    controller.stop()


def handed_over() -> Outgoing:
    """A message of a campaign as dispatch hands it over, with tokens sealed as in a deployment."""
    stage = Stage(provider := MemorySender())
    sealer = KeyRing({"k1": b"k" * 32})
    stage.ports = structs.replace(stage.ports, sealer=sealer, public_url=PAGES)
    assert stage.dispatch() == "SENT"
    return structs.replace(provider.sent[0], sender="Trails <hello@trails.example>", reply_to="care@trails.example")


def requested(outgoing: Outgoing) -> Mapping[str, Any]:
    """The call of SES that an outgoing email becomes."""
    Email(client := Recording(), "plain", "tracking").send(outgoing)
    return client.given


@pytest.fixture(scope="module")
def outgoing() -> Outgoing:
    return handed_over()


@pytest.fixture(scope="module")
def received(outgoing: Outgoing, mailbox: Mailbox, signer: Signer) -> bytes:
    mail = signer.signed(on_the_wire(requested(outgoing)))
    with smtplib.SMTP("127.0.0.1", mailbox.port) as smtp:
        smtp.sendmail("bounce@trails.example", ["ann@example.com"], mail)
    return bytes(mailbox.received[-1])


def read(received: bytes) -> EmailMessage:
    message = message_from_bytes(received, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_ses_takes_the_values_of_our_headers(outgoing: Outgoing) -> None:
    values = [header["Value"] for header in requested(outgoing)["Content"]["Simple"]["Headers"]]
    assert all(value.isascii() and value.isprintable() and len(value) < SES_LONGEST_VALUE for value in values)


@pytest.mark.parametrize("name", ONE_CLICK)
def test_one_click_unsubscription_arrives_as_it_was_written(received: bytes, outgoing: Outgoing, name: str) -> None:
    assert [value.strip() for value in read(received).get_all(name, [])] == [outgoing.headers[name]]


def test_the_address_to_unsubscribe_at_is_not_encoded_and_not_broken(received: bytes, outgoing: Outgoing) -> None:
    assert outgoing.headers["List-Unsubscribe"].encode() in received


def test_no_line_is_longer_than_mail_allows(received: bytes) -> None:
    assert max(map(len, received.split(b"\r\n"))) <= LONGEST_LINE


def test_the_signature_holds(received: bytes, signer: Signer) -> None:
    assert dkim.verify(received, dnsfunc=signer.record)


def test_the_signature_covers_both_headers(received: bytes) -> None:
    signature = re.sub(r"\s", "", str(read(received)["DKIM-Signature"]))
    covered = re.search(r";h=([^;]*);", signature)
    assert covered is not None
    assert {name.lower() for name in ONE_CLICK} <= set(covered[1].lower().split(":"))


@pytest.mark.parametrize("name", ONE_CLICK)
def test_a_header_changed_on_the_way_breaks_the_signature(received: bytes, signer: Signer, name: str) -> None:
    start = received.index(f"{name}:".encode())
    changed = received[:start] + received[start:].replace(b"=One-Click", b"=No", 1).replace(b"/u/", b"/x/", 1)
    assert changed != received
    assert not dkim.verify(changed, dnsfunc=signer.record)


SUBJECTS = [
    "Bon retour, Zoë \u2603", "مرحبا بعودتك يا ليلى", "\U0001f3d4\ufe0f Ready?", "long " * 38 + "end",
    "Anna =? utf-8?q?Hi=0D=0ABcc:_x@y?=",
]  # fmt: skip


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_arrives_as_it_was_written_and_makes_no_header(
    subject: str, outgoing: Outgoing, mailbox: Mailbox, signer: Signer
) -> None:
    mail = structs.replace(outgoing, content={**outgoing.content, "subject": subject})
    with smtplib.SMTP("127.0.0.1", mailbox.port) as smtp:
        smtp.sendmail("bounce@trails.example", ["ann@example.com"], signer.signed(on_the_wire(requested(mail))))
    arrived = read(mailbox.received[-1])
    assert (str(arrived["Subject"]), arrived["Bcc"]) == (subject, None)
    assert dkim.verify(mailbox.received[-1], dnsfunc=signer.record)


def test_html_and_text_both_arrive(received: bytes, outgoing: Outgoing) -> None:
    parts = {part.get_content_type(): part for part in read(received).walk()}
    text = b64decode(str(parts["text/plain"].get_payload())).decode()
    assert text == outgoing.content["text"]
    assert PAGES in b64decode(str(parts["text/html"].get_payload())).decode()
