import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport.domain.event import Event
from rapport.domain.moment import parse, text
from rapport.domain.normalise import from_bus, normalise

from tests.domain.intake_house import T0, message

TRACK = {"type": "track", "event": "Product Viewed", "userId": "u1"}


def paths(raw: Any, *, trusted: bool = True) -> set[str]:
    found = normalise(raw, T0, trusted=trusted)
    assert isinstance(found, list), found
    return {fault["path"] for fault in found}


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth else {}


def test_a_page_call_is_the_event_page_viewed_with_its_name() -> None:
    event = message({"type": "page", "name": "Home", "properties": {"path": "/"}})
    assert (event.name, event.properties) == ("Page Viewed", {"name": "Home", "path": "/"})


def test_a_screen_call_is_the_event_screen_viewed() -> None:
    assert message({"type": "screen", "name": "Basket"}).name == "Screen Viewed"


def test_the_skew_of_the_senders_clock_is_taken_out() -> None:
    sent = {"timestamp": "2026-11-22T05:00:00Z", "sentAt": "2026-11-22T05:00:10Z"}
    assert message({**TRACK, **sent}).at == T0 - 10


def test_a_timestamp_alone_is_the_events_own_time() -> None:
    assert message({**TRACK, "timestamp": "2026-11-21T05:00:00Z"}).at == parse("2026-11-21T05:00:00Z")


def test_nothing_happens_after_it_came_in() -> None:
    assert message({**TRACK, "timestamp": "2036-11-21T05:00:00Z"}).at == T0


def test_clocks_that_are_wildly_wrong_give_a_time_that_can_be_written() -> None:
    sent = {"timestamp": "0001-01-01T00:00:00+14:00", "sentAt": "9999-12-31T23:59:59-14:00"}
    assert text(message({**TRACK, **sent}).at) == "1970-01-01T00:00:00Z"


def test_rudderstacks_original_timestamp_is_taken() -> None:
    assert message({**TRACK, "originalTimestamp": "2026-11-21T05:00:00Z"}).at == parse("2026-11-21T05:00:00Z")


def test_rudderstacks_identify_carries_its_traits_in_the_context() -> None:
    assert message({"type": "identify", "context": {"traits": {"tier": "gold"}}}).traits == {"tier": "gold"}


def test_segments_envelope_is_let_through() -> None:
    envelope = {"writeKey": "k", "integrations": {"All": True}, "channel": "browser", "version": 2, "_metadata": {}}
    assert isinstance(normalise({**TRACK, **envelope}, T0, trusted=True), Event)


def test_a_source_counts_from_a_trusted_caller_only() -> None:
    raw = {**TRACK, "anonymousId": "a", "context": {"source": "crm"}}
    sources = [normalise(raw, T0, trusted=trusted) for trusted in (True, False)]
    assert [event.source for event in sources if isinstance(event, Event)] == ["crm", None]


def test_the_same_content_with_its_own_time_has_the_same_message_id() -> None:
    raw = {**TRACK, "timestamp": "2026-11-21T05:00:00Z"}
    assert message({**raw, "sentAt": "2026-11-21T05:00:00Z"}).message_id == message(raw, T0 + 60).message_id


def test_the_same_content_without_a_time_is_another_event_later() -> None:
    assert message(TRACK).message_id != message(TRACK, T0 + 60).message_id


def test_a_caller_who_is_not_known_needs_an_anonymous_id() -> None:
    assert paths(TRACK, trusted=False) == {"anonymousId"}


def test_an_event_about_nobody_is_taken_from_a_trusted_caller() -> None:
    event = normalise({"type": "track", "event": "Article Published"}, T0, trusted=True)
    assert isinstance(event, Event)


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({**TRACK, "userId": ["u1"]}, "userId"),
        ({**TRACK, "userId": 7}, "userId"),
        ({**TRACK, "userId": "x" * 256}, "userId"),
        ({**TRACK, "userId": "a\x00b"}, "userId"),
        ({**TRACK, "event": {"name": "x"}}, "event"),
        ({**TRACK, "event": None}, "event"),
        ({**TRACK, "type": "delete"}, "type"),
        ({**TRACK, "type": ["track"]}, "type"),
        ({**TRACK, "properties": ["a"]}, "properties"),
        ({**TRACK, "properties": {"n": 2**53 + 1}}, "properties.n"),
        ({**TRACK, "properties": {"n": 10**4999}}, "properties.n"),
        ({**TRACK, "properties": {"n": math.nan}}, "properties.n"),
        ({**TRACK, "properties": {"n": [1, math.inf]}}, "properties.n[1]"),
        ({**TRACK, "properties": {"n": "\ud800"}}, "properties.n"),
        ({**TRACK, "properties": {"n": b"raw"}}, "properties.n"),
        ({**TRACK, "timestamp": "yesterday"}, "timestamp"),
        ({**TRACK, "timestamp": 1763800000}, "timestamp"),
        ({"type": "identify"}, "userId"),
        ({"type": "group", "userId": "u1"}, "groupId"),
        ({"type": "alias", "userId": "u1"}, "previousId"),
    ],
)
def test_what_is_wrong_is_named(raw: dict[str, Any], path: str) -> None:
    assert path in paths(raw)


def test_nesting_has_a_bound() -> None:
    assert isinstance(normalise({**TRACK, "properties": nested(14)}, T0, trusted=True), Event)
    assert normalise({**TRACK, "properties": nested(5000 // 10)}, T0, trusted=True) != []


def test_a_fault_repeats_nothing_of_the_data() -> None:
    found = normalise({**TRACK, "userId": ["secret-value"]}, T0, trusted=True)
    assert "secret-value" not in str(found)


def test_names_of_pythons_own_are_only_names() -> None:
    event = message({**TRACK, "properties": {"__class__": "x", "__dict__": {"__init__": 1}}})
    assert event.properties["__class__"] == "x"


def test_the_bus_brings_segment_messages() -> None:
    event = from_bus("Order Completed", {**TRACK, "messageId": "m1"}, "shop", ("e1", T0))
    assert isinstance(event, Event)
    assert (event.name, event.message_id, event.trusted) == ("Product Viewed", "m1", True)


def test_the_bus_brings_any_object_with_a_user_id() -> None:
    event = from_bus("Flight Booked", {"userId": "u1", "destination": "oslo", "type": "return"}, "booking", ("e1", T0))
    assert isinstance(event, Event)
    assert (event.name, event.message_id, event.user_id) == ("Flight Booked", "e1", "u1")
    assert event.properties == {"destination": "oslo", "type": "return"}


def test_the_detail_type_may_be_the_call() -> None:
    event = from_bus("identify", {"userId": "u1", "traits": {"tier": "gold"}}, "crm", ("e1", T0))
    assert isinstance(event, Event)
    assert (event.call, event.traits) == ("identify", {"tier": "gold"})


def test_our_own_events_on_the_bus_mean_nothing() -> None:
    assert from_bus("Message Sent", {"userId": "u1"}, "rapport", ("e1", T0)) is None


@pytest.mark.parametrize("detail", [None, "text", [1], 7])
def test_a_detail_that_is_no_object_is_refused(detail: Any) -> None:
    assert isinstance(from_bus("Order Completed", detail, "shop", ("e1", T0)), list)


JSONISH = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)
KEYS = st.sampled_from(
    ["type", "event", "userId", "anonymousId", "traits", "properties", "context", "timestamp", "sentAt", "messageId"]
)


@given(st.dictionaries(KEYS, JSONISH), st.booleans())
def test_nothing_hostile_raises(raw: dict[str, Any], trusted: bool) -> None:
    assert normalise({"type": "track", "event": "E", **raw}, T0, trusted=trusted) is not None
