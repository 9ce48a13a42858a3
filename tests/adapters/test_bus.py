from typing import Any

import pytest
from msgspec import structs
from rapport.domain.event import Event
from rapport.errors import BadRequest, StoreUnavailable
from rapport_aws.bus import EventBus, chunks
from rapport_aws.entries import LARGEST, collected, envelope_of, event_of, size_of

EVENT = Event("track", "m1", 1.0, 2.0, "Product Viewed", user_id="ann", properties={"sku": "ski-1"}, trusted=True)


class Scripted:
    """A bus that takes of each call what the script says; the last line is for ever."""

    def __init__(self, *script: set[int]) -> None:
        self.script, self.calls, self.taken = list(script), 0, list[str]()

    def put_events(self, *, Entries: list[Any]) -> Any:  # noqa: N803  # as AWS spells it
        refused = self.script[min(self.calls, len(self.script) - 1)]
        self.calls += 1
        self.taken += [entry["Detail"] for place, entry in enumerate(Entries) if place not in refused]
        results = [{"ErrorCode": "ThrottlingException"} if place in refused else {} for place in range(len(Entries))]
        return {"Entries": results}


def bus(client: Scripted) -> EventBus:
    return EventBus(client, "rapport", wait=lambda _seconds: None)  # type: ignore[arg-type]  # a stand-in


def test_a_long_name_is_whole_in_the_detail_and_short_enough_for_the_bus_outside() -> None:
    # EventBridge takes types of 128 characters, names have up to 255: refused, one would hold up its whole batch.
    event = structs.replace(EVENT, name="n" * 255)
    entry = collected(event)
    envelope = f'{{"source": "{entry["Source"]}", "detail-type": "x", "detail": {entry["Detail"]}}}'
    assert (len(entry["DetailType"]), event_of(envelope_of(envelope))) == (128, event)


def test_an_event_is_read_back_as_it_was_collected() -> None:
    entry = collected(EVENT)
    envelope = f'{{"source": "{entry["Source"]}", "detail-type": "x", "detail": {entry["Detail"]}}}'
    assert event_of(envelope_of(envelope)) == EVENT


@pytest.mark.parametrize("text", ["", "[]", '{"source": 1}', '{"source": "a", "detail-type": "b", "detail": []}'])
def test_what_no_bus_delivers_is_refused(text: str) -> None:
    with pytest.raises(BadRequest):
        envelope_of(text)


def test_only_what_failed_is_tried_again() -> None:
    client = Scripted({1, 3}, set())
    bus(client).publish([EVENT] * 4)
    assert (client.calls, len(client.taken)) == (2, 4)


def test_what_is_not_taken_in_the_end_is_told() -> None:
    client = Scripted({0})
    with pytest.raises(StoreUnavailable):
        bus(client).publish([EVENT])


def test_nothing_to_hand_over_calls_nobody() -> None:
    client = Scripted(set())
    bus(client).publish([])
    assert client.calls == 0


def test_a_call_has_at_most_ten_entries() -> None:
    assert [len(chunk) for chunk in chunks([collected(EVENT)] * 23)] == [10, 10, 3]


def test_a_call_has_at_most_256_kilobytes() -> None:
    large = {"Source": "s", "DetailType": "t", "Detail": "x" * 100_000}
    sizes = [sum(map(size_of, chunk)) for chunk in chunks([large] * 5)]
    assert (max(sizes) <= LARGEST, sum(sizes)) == (True, 5 * size_of(large))


def test_an_event_that_no_bus_takes_is_told() -> None:
    with pytest.raises(StoreUnavailable):
        list(chunks([{"Source": "s", "DetailType": "t", "Detail": "x" * 300_000}]))
