"""The door of every event: a raw message of Segment's kinds, or an event of the bus, becomes an Event or a refusal."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

from rapport.domain.event import Event
from rapport.domain.moment import Moment, by_any_clock
from rapport.domain.wire import Fault, UnfitError, fault, faults_of, name_of

__all__ = ["Fault", "from_bus", "normalise"]

CALLS: Final = frozenset({"identify", "track", "page", "screen", "group", "alias"})
VISITS: Final = {"page": "Page Viewed", "screen": "Screen Viewed"}
_NEEDS: Final = {"track": "event", "group": "groupId", "alias": "previousId"}
_NAMES: Final = ("userId", "anonymousId", "messageId", "event", "name", "groupId", "previousId")
_OBJECTS: Final = ("properties", "traits", "context")
_TIMES: Final = ("timestamp", "originalTimestamp", "sentAt")
_ENVELOPE: Final = frozenset({"userId", "anonymousId", "messageId", "timestamp", "sentAt", "context", "traits"})
_UNTOLD: Final = frozenset({"sentAt", "receivedAt", "writeKey", "integrations", "_metadata", "channel", "version"})
"""Keys of the envelope that differ between deliveries of the same message."""


def normalise(
    raw: Mapping[str, Any], received_at: Moment, *, trusted: bool, default_source: str | None = None
) -> Event | list[Fault]:
    """The event that a message of Segment's spec stands for, or everything that is wrong with it. Never raises.

    `default_source` is the source of the data where `context.source` of a trusted message names none. An event cannot
    have happened after it came in, nor before 1970: such a time becomes the nearest that can be. Keys of Segment's
    envelope that mean nothing here are let through. Without a `messageId` the content gives one (and without a
    `timestamp` the moment besides).
    """
    if not isinstance(raw, Mapping):
        return [fault("", "must be an object")]
    faults = list(faults_of(raw))
    if faults:
        return faults[:20]
    read = _Reading(raw)
    call = read.call()
    names, objects = read.each(_NAMES, name_of), read.each(_OBJECTS, _object)
    times = read.each(_TIMES, _time)
    read.check_ids(call, names, trusted)
    if read.faults:
        return read.faults
    context = objects["context"] or {}
    return Event(
        call=call,
        message_id=names["messageId"] or _content_id(raw, received_at, times),
        at=_happened(times, received_at),
        received_at=received_at,
        name=VISITS.get(call) or (names["event"] if call == "track" else None) or "",
        user_id=names["userId"],
        anonymous_id=names["anonymousId"],
        properties=_properties(call, names["name"], objects["properties"] or {}),
        traits=_traits(call, objects["traits"], context),
        context=context,
        trusted=trusted,
        source=_source(context, default_source, trusted=trusted),
        group_id=names["groupId"],
        previous_id=names["previousId"],
    )


def from_bus(detail_type: str, detail: object, source: str, delivery: tuple[str, Moment]) -> Event | list[Fault] | None:
    """The event of an EventBridge delivery (its id and time); None for our own events, which mean nothing here.

    `detail` is a Segment message, or any object: its `properties`, or else all its keys that are no envelope, are then
    the properties of an event named `detail_type`; without `userId` and `anonymousId` it is about nobody.
    """
    if source == "rapport":
        return None
    if not isinstance(detail, Mapping):
        return [fault("detail", "must be an object")]
    named = detail.get("messageId")
    message = {**_message(detail_type, detail), "messageId": delivery[0] if named is None else named}
    return normalise(message, delivery[1], trusted=True)


def _message(detail_type: str, detail: Mapping[str, Any]) -> dict[str, Any]:
    kind = detail.get("type")
    if isinstance(kind, str) and kind in CALLS:
        return dict(detail)
    if detail_type in CALLS:
        return {**detail, "type": detail_type}
    rest = {key: value for key, value in detail.items() if key not in _ENVELOPE}
    properties = detail["properties"] if isinstance(detail.get("properties"), Mapping) else rest
    envelope = {key: value for key, value in detail.items() if key in _ENVELOPE}
    return {**envelope, "type": "track", "event": detail_type, "properties": properties}


class _Reading:
    """One message while it is read: what is wrong with it is gathered, so that a caller is told all at once."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw, self.faults = raw, list[Fault]()

    def call(self) -> Any:  # noqa: ANN401  # one of CALLS, or a fault was gathered
        kind = self.raw.get("type")
        if not isinstance(kind, str) or kind not in CALLS:
            self.faults.append(fault("type", f"must be one of {', '.join(sorted(CALLS))}"))
            return "track"
        return kind

    def each(self, keys: tuple[str, ...], reader: Callable[[Any], Any]) -> dict[str, Any]:
        return {key: self._one(key, reader) for key in keys}

    def _one(self, key: str, reader: Callable[[Any], Any]) -> Any:  # noqa: ANN401  # whatever the reader reads
        try:
            return reader(self.raw.get(key))
        except UnfitError as wrong:
            self.faults.append(fault(key, str(wrong)))
            return None

    def check_ids(self, call: str, names: Mapping[str, str | None], trusted: bool) -> None:
        needed = _NEEDS.get(call)
        if needed is not None and names[needed] is None and not self._told(needed):
            self.faults.append(fault(needed, f"is needed by {call}"))
        if not trusted and names["anonymousId"] is None and not self._told("anonymousId"):
            self.faults.append(fault("anonymousId", "is needed by a caller who is not known"))
        # Only a trusted track may be about nobody: an event for everybody in a segment.
        elif call != "track" and names["userId"] is None and names["anonymousId"] is None and not self._told("userId"):
            self.faults.append(fault("userId", "is needed, or an anonymousId"))
        if call == "alias" and trusted and names["userId"] is None and not self._told("userId"):
            self.faults.append(fault("userId", "is needed by alias"))

    def _told(self, path: str) -> bool:
        return any(told["path"] == path for told in self.faults)


def _object(value: object) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise UnfitError("must be an object")
    return dict(value)


def _time(value: object) -> Moment | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnfitError("must be a time as RFC 3339 has it")
    try:
        return by_any_clock(value)
    except (ValueError, OverflowError):
        raise UnfitError("must be a time as RFC 3339 has it") from None


def _happened(times: Mapping[str, Moment | None], received_at: Moment) -> Moment:
    """Its own time by our clock: receivedAt - (sentAt - timestamp), which takes out the skew of the sender's."""
    told = times["timestamp"] if times["timestamp"] is not None else times["originalTimestamp"]
    if told is None:
        return received_at
    sent = times["sentAt"]
    return max(0.0, min(received_at, told if sent is None else received_at - (sent - told)))


def _properties(call: str, name: str | None, properties: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, **properties} if call in VISITS and name is not None else properties


def _traits(call: str, traits: dict[str, Any] | None, context: Mapping[str, Any]) -> dict[str, Any]:
    """An identify's traits; some clients send them in the context."""
    if call != "identify":
        return {}
    found = traits or context.get("traits") or {}
    return dict(found) if isinstance(found, Mapping) else {}


def _source(context: Mapping[str, Any], default: str | None, *, trusted: bool) -> str | None:
    named = context.get("source")
    return named[:64] if trusted and isinstance(named, str) and named else default


def _content_id(raw: Mapping[str, Any], received_at: Moment, times: Mapping[str, Moment | None]) -> str:
    """Without a time of its own the same content twice is two events."""
    told = {key: value for key, value in raw.items() if key not in _UNTOLD}
    if times["timestamp"] is None and times["originalTimestamp"] is None:
        told["receivedAt"] = received_at
    return "c_" + blake2b(msgspec.json.encode(told, order="deterministic"), digest_size=12).hexdigest()
