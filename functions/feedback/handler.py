"""The door of the feedback queue: what became of a message, noted on the person it went to."""

from functools import partial
from typing import Any

from msgspec import json, structs
from rapport.domain.delivery import Feedback
from rapport.domain.message import send_id
from rapport.domain.replies import Wish, wish_of
from rapport.use_cases.take_feedback import take_feedback
from rapport_aws.assemble import House, house
from rapport_aws.batches import each
from rapport_aws.notices import Notice, Reply, Told, notices_of


def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take every notice of the batch; those that fail are delivered again, and in the end set aside."""
    here = house()
    with here.gathering():
        return each(event, partial(take, here))


def take(here: House, body: str) -> None:
    """Take a record's notices; one not about a message of ours means nothing. Raises BadRequest where there is none."""
    for told in notices_of(body):
        take_one(here, told)


def take_one(here: House, told: Told) -> None:
    """Take one notice, or the one that a reply is."""
    notice = answering(told, here) if isinstance(told, Reply) else told
    if notice is None:
        return
    message = here.profiles.message(notice.profile, notice.feedback.message_id)
    campaign = message.campaign if message is not None else ""
    feedback = structs.replace(notice.feedback, campaign=campaign)
    if isinstance(told, Reply) and wish_of(told.text) is Wish.HELP:
        here.queues.put(
            "dispatch", json.encode({"kind": "help", "ref": send_id(feedback.message_id, feedback.channel)}).decode()
        )
    if take_feedback(notice.profile, feedback, here.ports, here.clock()):
        here.health.note(feedback.channel, feedback.status)


def answering(reply: Reply, here: House) -> Notice | None:
    """The notice that a reply is, to the message it answers; None when that is none of ours."""
    send = here.ledger.replied_to(reply.reference)
    if send is None:
        return None
    feedback = Feedback(send.message_id, "replied", send.channel, here.clock(), text=reply.text, id=reply.id)
    return Notice(send.profile, feedback)
