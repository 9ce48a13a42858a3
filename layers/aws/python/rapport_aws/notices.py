"""What providers tell of messages (SES, End User Messaging), as the core's feedback. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct
from rapport.domain.delivery import Feedback, FeedbackStatus
from rapport.domain.moment import parse
from rapport.errors import BadRequest

MAIL: Final[Mapping[str, FeedbackStatus]] = {
    "Bounce": "bounced",
    "Click": "clicked",
    "Complaint": "complained",
    "Delivery": "delivered",
    "Open": "opened",
}
TEXT: Final[Mapping[str, FeedbackStatus]] = {"TEXT_DELIVERED": "delivered", "TEXT_INVALID": "bounced"}


class Notice(Struct, frozen=True):
    """Feedback, and whose message it is about."""

    profile: str
    feedback: Feedback


class Reply(Struct, frozen=True):
    """What somebody texted back; `reference` is the provider's id of the message they answer."""

    reference: str
    text: str


def notice_of(text: str) -> Notice | Reply | None:
    """The notice in a record of the feedback queue; None for what means nothing here, or is not about ours.

    Raises BadRequest for a record that is no notice at all.
    """
    try:
        told = msgspec.json.decode(text, type=dict[str, Any])
        return next(read(told) for mark, read in _KINDS.items() if mark in told)
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, IndexError, StopIteration) as error:
        raise BadRequest(f"not a notice: {type(error).__name__}") from None


def _mail_notice(told: Mapping[str, Any]) -> Notice | None:
    kind = told["eventType"] if "eventType" in told else told["notificationType"]
    status = MAIL.get(kind)
    about = told.get(str(kind).lower(), {})
    tags = {name: values[0] for name, values in told["mail"].get("tags", {}).items()}
    # A soft bounce is SES's to try again; only a hard one says that the address is none.
    soft = kind == "Bounce" and about.get("bounceType") != "Permanent"
    if status is None or soft or not {"message", "profile"} <= tags.keys():
        return None
    feedback = Feedback(
        message_id=tags["message"],
        status=status,
        channel="email",
        at=parse(about.get("timestamp") or told["mail"]["timestamp"]),
        address=_address(kind, about, told["mail"]),
    )
    return Notice(tags["profile"], feedback)


def _address(kind: str, about: Mapping[str, Any], mail: Mapping[str, Any]) -> str | None:
    named = about.get("bouncedRecipients" if kind == "Bounce" else "complainedRecipients") or []
    addresses = [recipient["emailAddress"] for recipient in named] or mail.get("destination", [])
    return addresses[0] if addresses else None


def _text_notice(told: Mapping[str, Any]) -> Notice | None:
    status, tags = TEXT.get(told["eventType"]), told.get("context") or {}
    if status is None or not {"message", "profile"} <= tags.keys():
        return None
    feedback = Feedback(
        message_id=tags["message"],
        status=status,
        channel="sms",
        at=told["eventTimestamp"] / 1000,
        address=told.get("destinationPhoneNumber"),
    )
    return Notice(tags["profile"], feedback)


def _reply(told: Mapping[str, Any]) -> Reply | None:
    reference = told.get("previousPublishedMessageId")
    return Reply(str(reference), str(told["messageBody"])[:1600]) if reference else None


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any]], Notice | Reply | None]]] = {
    "eventVersion": _text_notice,
    "messageBody": _reply,
    "eventType": _mail_notice,
    "notificationType": _mail_notice,
}
"""By a key that only this kind has; texts first, as their receipts have a type of event as well."""
