"""Events of one person that come together: what they come to is what each alone would, in one read and one write."""

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from rapport.domain.consent import Consents, Receipt, by_channel, fold
from rapport.domain.event import Event
from rapport.domain.normalise import normalise
from rapport.domain.profile import Profile, profile_id
from rapport.memory import (
    MemoryBus,
    MemoryLedger,
    MemoryProfiles,
    MemoryPublications,
    MemorySchedule,
    MemorySealer,
    MemorySender,
)
from rapport.ports import Change, Ports
from rapport.use_cases.take_event import Heard, take_event, take_events

from tests.scenarios.test_scenarios import catalogue_of

NOW = 1_800_000_000.0
COMMON = {"purpose": "service", "kind": "relationship", "channels": ["email"], "template": "note.j2"}
CATALOGUE = catalogue_of(
    {
        "catalogue": {
            "segments/more.yaml": {"id": "buyers", "when": "traits.orders > 1"},
            "campaigns/all.yaml": [
                {**COMMON, "id": "thanks", "trigger": {"event": "Order Completed", "key": "order_id"}, "after": "2h",
                 "cancel_on": [{"event": "Order Refunded", "key": "order_id"}]},
                {**COMMON, "id": "hello", "trigger": {"event": "Door Opened"}, "after": "1h"},
                {**COMMON, "id": "buyer", "trigger": {"segment": "buyers"}, "after": "1h"},
                {**COMMON, "id": "sorry", "trigger": {"event": "Complaint Reported", "key": "case_id"}, "after": "1h"},
                {**COMMON, "id": "birthday", "trigger": {"date": "birthday"}},
            ],
        }
    }
)  # fmt: skip


class Counting(MemoryProfiles):
    """People in memory, with a count of how often they are read and written."""

    def __init__(self) -> None:
        super().__init__(MemorySchedule(), MemoryBus())
        self.reads, self.written = list[str](), list[Change]()

    def load(self, profile_id: str) -> Profile:
        self.reads.append(profile_id)
        return super().load(profile_id)

    def write(self, change: Change) -> None:
        super().write(change)
        self.written.append(change)


def house() -> tuple[Counting, Ports]:
    profiles = Counting()
    publications = MemoryPublications(CATALOGUE)
    ledger, bus = MemoryLedger(profiles), MemoryBus()
    return profiles, Ports(profiles, publications, ledger, MemorySender(), bus, MemorySealer())


def event(number: int, **said: Any) -> Event:
    found = normalise({"type": "track", "messageId": f"m{number}", **said}, NOW, trusted=said.pop("trusted", True))
    assert isinstance(found, Event), found
    return found


ORDERS = [event(n, userId="u1", event="Order Completed", properties={"order_id": f"o{n}"}) for n in range(5)]


def state(profiles: MemoryProfiles, ids: Sequence[str]) -> list[Any]:
    """All that is kept of some people, but for how often they were written."""
    return [
        (
            msgspec.json.encode(structs.replace(profiles.load(name), version=0), order="deterministic"),
            sorted(msgspec.json.encode(message) for message in profiles.messages(name)),
            sorted({msgspec.json.encode(record) for record in profiles.records(name)}),
            fold(profiles.receipts(name)),
        )
        for name in ids
    ]


KINDS: tuple[dict[str, Any], ...] = (
    {"event": "Order Completed", "properties": {"order_id": "o1", "sku": "ski"}},
    {"event": "Order Completed", "properties": {"order_id": "o2"}},
    {"event": "Order Refunded", "properties": {"order_id": "o1"}},
    {"event": "Door Opened"},
    {"event": "Complaint Reported", "properties": {"case_id": "c1"}},
    {"event": "Complaint Resolved", "properties": {"case_id": "c1"}},
    {"type": "identify", "traits": {"firstName": "Ann", "birthday": "1990-01-15"}},
    {"type": "identify", "traits": {"tier": "gold"}, "context": {"source": "crm"}},
    {"type": "identify", "traits": {"tier": "tin", "shoe": 43}},
    {"type": "identify", "context": {"consent": {"categoryPreferences": {"personalisation": True}}}},
    {"type": "identify", "context": {"consent": {"categoryPreferences": {"personalisation": False}}}},
    {"type": "identify", "context": {"source": "gossip"}},
)
WHO: tuple[dict[str, str], ...] = ({"userId": "u1"}, {"anonymousId": "a1"}, {"userId": "u1", "anonymousId": "a1"})
IDS = [profile_id("user", "u1"), profile_id("anonymous", "a1")]


@st.composite
def batches(draw: st.DrawFn) -> list[Event]:
    picked = draw(st.lists(st.tuples(st.sampled_from(KINDS), st.sampled_from(WHO), st.integers(0, 5)), max_size=8))
    return [event(number, **kind, **who) for kind, who, number in picked]


@given(batches())
@settings(max_examples=60, deadline=None)
def test_events_taken_together_come_to_the_same_as_one_by_one(events: list[Event]) -> None:
    (one_by_one, ports), (together, others) = house(), house()
    each = [take_event(one, ports, NOW) for one in events]
    assert take_events([Heard(one) for one in events], others, NOW) == each
    assert state(together, IDS) == state(one_by_one, IDS)


@given(batches())
@settings(max_examples=60, deadline=None)
def test_what_holds_is_the_fold_of_the_receipts_for_people_and_for_browsers_they_left(events: list[Event]) -> None:
    profiles, ports = house()
    take_events([Heard(one) for one in events], ports, NOW)
    for name in IDS:
        assert holding(profiles.load(name).consents) == holding(fold(profiles.receipts(name)))


def holding(consents: Consents) -> dict[str, dict[str, str]]:
    return {
        purpose: {channel: said.status for channel, said in channels.items()}
        for purpose, channels in by_channel(consents).items()
    }


def test_all_events_of_a_person_are_one_read_and_one_write() -> None:
    profiles, ports = house()
    take_events([Heard(one) for one in ORDERS], ports, NOW)
    assert (len(profiles.reads), len(profiles.written)) == (1 + 1, 1)  # the write looks for a rival itself


def test_a_visitor_and_their_stretch_are_read_once_each() -> None:
    profiles, ports = house()
    told = [structs.replace(one, anonymous_id="a1") for one in ORDERS]
    take_events([Heard(one) for one in told], ports, NOW)
    assert sorted(profiles.reads[:2]) == sorted(IDS)
    assert len(profiles.written) == 1


def test_nothing_is_written_when_nothing_changed() -> None:
    profiles, ports = house()
    take_events([Heard(one) for one in ORDERS], ports, NOW)
    profiles.written.clear()
    take_events([Heard(one) for one in ORDERS], ports, NOW)
    assert profiles.written == []


def test_what_is_planned_and_cancelled_in_one_batch_is_written_as_it_ended() -> None:
    profiles, ports = house()
    refund = event(9, userId="u1", event="Order Refunded", properties={"order_id": "o1"})
    take_events([Heard(ORDERS[1]), Heard(refund)], ports, NOW)
    [message] = [one for one in profiles.messages(IDS[0]) if one.campaign == "thanks"]
    assert (message.reason, profiles.load(IDS[0]).pending) == ("CANCELLED", ())


@pytest.mark.parametrize("outcome", ["accepted", "duplicate"])
def test_consents_given_along_are_kept_with_an_event_that_is_taken(outcome: str) -> None:
    profiles, ports = house()
    granted = Receipt("marketing", "email", "granted", NOW)
    if outcome == "duplicate":
        take_event(ORDERS[0], ports, NOW)
    [taken] = take_events([Heard(ORDERS[0], receipts=(granted,))], ports, NOW)
    kept = profiles.receipts(IDS[0])
    assert (str(taken.outcome), kept) == (outcome, [granted] if outcome == "accepted" else [])
