"""What providers tell of messages (SES, End User Messaging), as the core's feedback. Pure."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from rapport.domain.delivery import Feedback, FeedbackStatus
from rapport.domain.moment import parse
from rapport.errors import BadRequest

from rapport_aws.whatsapp import callback_ids, thread

MAIL: Final[Mapping[str, FeedbackStatus]] = {
    "Bounce": "bounced",
    "Click": "clicked",
    "Complaint": "complained",
    "Delivery": "delivered",
    "DeliveryDelay": "delayed",
    "Open": "opened",
    "Reject": "refused",
    "Rendering Failure": "refused",
    "Send": "sent",
}
TEXT: Final[Mapping[str, FeedbackStatus]] = {
    "TEXT_DELIVERED": "delivered",
    "TEXT_INVALID": "bounced",
    **dict.fromkeys(("TEXT_QUEUED", "TEXT_PENDING", "TEXT_SENT", "TEXT_SUCCESSFUL"), "sent"),
    # Not there for now: counted, and says nothing of the number.
    **dict.fromkeys(("TEXT_UNREACHABLE", "TEXT_CARRIER_UNREACHABLE", "TEXT_TTL_EXPIRED", "TEXT_UNKNOWN"), "delayed"),
    # Stopped on the way for what it says or where it goes: another channel may do.
    **dict.fromkeys(("TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_PROTECT_BLOCKED"), "refused"),
}

WHATSAPP: Final[Mapping[str, FeedbackStatus]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "played": "opened",
    "failed": "refused",
}
"""Of a message that failed nobody got anything, whatever the reason: another channel is tried."""
WHY_FAILED: Final[Mapping[int, FeedbackStatus]] = {131026: "bounced", 131050: "stopped"}
"""Meta's words for what a failure says besides: WhatsApp cannot reach the number; the person wants no marketing there.

All others are about the message, the template, the account or the moment, and say nothing of the number.
"""
LONGEST_REPLY: Final = 1600


class Notice(Struct, frozen=True):
    """Feedback, and whose message it is about."""

    profile: str
    feedback: Feedback


class Reply(Struct, frozen=True):
    """What somebody wrote back; `reference` is the provider's id of the message they answer, or the conversation's.

    `id` is the provider's name for the reply itself: the same reply may be told twice.
    """

    reference: str
    text: str
    id: str = ""


Told = Notice | Reply


def notices_of(text: str) -> tuple[Told, ...]:
    """The notices in a record of the feedback queue; none for what means nothing here, or is not about ours.

    Raises BadRequest for a record that is no notice at all.
    """
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
        read = next(read for mark, read in _KINDS.items() if mark in told)
        return tuple(notice for notice in read(told) if notice is not None)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, IndexError, StopIteration) as error:
        raise BadRequest(f"not a notice: {type(error).__name__}") from None


def _mail_notice(told: Mapping[str, Any]) -> Iterator[Notice | None]:
    yield _mail(told)


def _mail(told: Mapping[str, Any]) -> Notice | None:
    kind = told["eventType"] if "eventType" in told else told["notificationType"]
    status = MAIL.get(kind)
    about = told.get(f"{kind[:1].lower()}{kind[1:]}", {})
    tags = {name: values[0] for name, values in told["mail"].get("tags", {}).items()}
    # A soft bounce is SES's to try again; only a hard one says that the address is none.
    if kind == "Bounce" and about.get("bounceType") != "Permanent":
        status = "delayed"
    if status is None or not {"message", "profile"} <= tags.keys():
        return None
    feedback = Feedback(
        message_id=tags["message"],
        status=status,
        channel="email",
        at=parse(about.get("timestamp") or told["mail"]["timestamp"]),
        address=_address(kind, about, told["mail"]),
        reference=told["mail"].get("messageId"),
    )
    return Notice(tags["profile"], feedback)


def _address(kind: str, about: Mapping[str, Any], mail: Mapping[str, Any]) -> str | None:
    named = about.get("bouncedRecipients" if kind == "Bounce" else "complainedRecipients") or []
    addresses = [recipient["emailAddress"] for recipient in named] or mail.get("destination", [])
    return addresses[0] if addresses else None


def _text_notice(told: Mapping[str, Any]) -> Iterator[Notice | None]:
    yield _text(told)


def _text(told: Mapping[str, Any]) -> Notice | None:
    status, tags = TEXT.get(told["eventType"]), told.get("context") or {}
    if status is None or not {"message", "profile"} <= tags.keys():
        return None
    feedback = Feedback(
        message_id=tags["message"],
        status=status,
        channel="sms",
        at=told["eventTimestamp"] / 1000,
        address=told.get("destinationPhoneNumber"),
        reference=told.get("messageId"),
    )
    return Notice(tags["profile"], feedback)


def _reply(told: Mapping[str, Any]) -> Iterator[Reply]:
    # Somebody who writes first, or long after, answers the last message that went to their number.
    number = told.get("originationNumber")
    reference = told.get("previousPublishedMessageId") or (thread(str(number), "sms") if number else None)
    if reference:
        yield Reply(str(reference), str(told["messageBody"])[:LONGEST_REPLY], str(told.get("inboundMessageId", "")))


def _whatsapp(told: Mapping[str, Any]) -> Iterator[Told | None]:
    """Yield what Meta's webhook said, which End User Messaging Social passes on as text."""
    entry = json.loads(told["whatsAppWebhookEntry"])
    for change in entry.get("changes", []):
        value = change["value"]
        for status in value.get("statuses", []):
            yield from _whatsapp_status(status)
        yield from (_whatsapp_reply(message) for message in value.get("messages", []))


def _whatsapp_status(said: Mapping[str, Any]) -> Iterator[Notice]:
    status, ids = WHATSAPP.get(said["status"]), callback_ids(str(said.get("biz_opaque_callback_data", "")))
    if status is None or not ids:
        return
    codes = [error.get("code") for error in said.get("errors", [])] if status == "refused" else []
    for told in (status, *(WHY_FAILED[code] for code in codes if code in WHY_FAILED)):
        feedback = Feedback(
            message_id=ids["message"],
            status=told,
            channel="whatsapp",
            at=float(said["timestamp"]),
            address=f"+{str(said['recipient_id']).lstrip('+')}",
        )
        yield Notice(ids["profile"], feedback)


def _whatsapp_reply(message: Mapping[str, Any]) -> Reply:
    said = message.get("text", {}).get("body") or message.get("button", {}).get("text") or ""
    return Reply(thread(str(message["from"])), str(said)[:LONGEST_REPLY], str(message.get("id", "")))


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Iterator[Told | None]]]] = {
    "whatsAppWebhookEntry": _whatsapp,
    "eventVersion": _text_notice,
    "messageBody": _reply,
    "eventType": _mail_notice,
    "notificationType": _mail_notice,
}
"""By a key that only this kind has; texts first, as their receipts have a type of event as well."""
