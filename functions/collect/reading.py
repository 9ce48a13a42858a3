"""Reading Segment's messages: each on its own, with what intake would leave out of it told at once."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from rapport.domain.event import Event
from rapport.domain.normalise import Fault, normalise
from rapport.errors import BadRequest, NotFound
from rapport.use_cases.asked import Caller, spoken
from rapport.use_cases.foreseen import foreseen
from rapport_aws.assemble import House
from rapport_aws.http import BODY
from rapport_aws.strict import parse


class Unread(Struct, frozen=True):
    """A message of a batch that is no JSON two parsers would agree on."""

    message: str


class Read(Struct, frozen=True):
    """One message: its event, None for one that is not taken, and what is wrong with it or left out of it."""

    event: Event | None = None
    faults: Sequence[Fault] = ()


def batch_in(body: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    """The body of a batch. Of one that cannot be read as a whole, each message on its own, if any of them can be.

    Raises BadRequest.
    """
    try:
        return parse(body)
    except BadRequest:
        found = _one_by_one(body)
        if found is None:
            raise
        return found


def _one_by_one(body: bytes) -> dict[str, Any] | None:
    """A batch with each of its messages read on its own; None when nothing can be made of it."""
    try:
        raw = bytes(msgspec.json.decode(body, type=dict[str, msgspec.Raw])["batch"])
        messages = [_alone(bytes(one)) for one in msgspec.json.decode(raw, type=list[msgspec.Raw])]
        rest = parse(body.replace(raw, b"[]", 1))
    except (msgspec.DecodeError, RecursionError, KeyError, BadRequest):
        return None
    is_any_read = any(not isinstance(message, Unread) for message in messages)
    return {**rest, "batch": messages} if is_any_read else None


def _alone(raw: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    try:
        return parse(raw)
    except BadRequest as error:
        return Unread(str(error))


def read(raw: Any, who: Caller, here: House) -> Read:  # noqa: ANN401  # whatever JSON holds
    """The event of a message, or what is wrong with it. Raises Forbidden when a person speaks for another."""
    if isinstance(raw, Unread):
        return Read(faults=[{"path": "", "message": raw.message}])
    if len(msgspec.json.encode(raw)) > BODY:
        return Read(faults=[{"path": "", "message": f"the message has more than {BODY} bytes"}])
    said = spoken(raw, who) if isinstance(raw, dict) else raw
    event = normalise(said, here.clock(), trusted=who.trusted, default_source=_source_of(raw))
    return Read(faults=event) if isinstance(event, list) else _looked_at(event, here)


def _source_of(raw: Any) -> str | None:  # noqa: ANN401  # whatever JSON holds
    """Where a message's data comes from unless it says so: what somebody tells of themselves is declared."""
    return "declared" if isinstance(raw, dict) and raw.get("type") == "identify" else None


def _looked_at(event: Event, here: House) -> Read:
    """The event with what intake will leave out of it; nothing can be said before the first publication."""
    try:
        found = foreseen(event, here.publications.current().catalogue)
    except NotFound:
        return Read(event)
    return Read(event if found.is_taken else None, found.faults)


def result(raw: Any, taken: Read) -> dict[str, Any]:  # noqa: ANN401  # whatever JSON holds
    """What became of one message of a batch; an accepted one is taken but for what its errors name."""
    if taken.event is not None:
        return {"messageId": taken.event.message_id, "status": "accepted", "errors": taken.faults}
    named = raw.get("messageId") if isinstance(raw, dict) else None
    return {"messageId": named if isinstance(named, str) else None, "status": "rejected", "errors": taken.faults}
