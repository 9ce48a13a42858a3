"""Intake, due, dispatch and feedback: an event becomes a message that goes out once, and what came back is noted."""

import json
from typing import Any

import pytest
from msgspec import json as wire
from msgspec import structs
from rapport.domain.announcement import of_record
from rapport.domain.event import Event
from rapport.domain.message import Message
from rapport.domain.profile import profile_id
from rapport.domain.reach import in_conversation
from rapport.domain.reason import MessageStatus
from rapport.errors import StoreUnavailable
from rapport.memory import MemorySender
from rapport.ports import Change, Due, Send, SendState
from rapport_aws.entries import collected
from rapport_aws.telling import AFTER
from rapport_aws.whatsapp import thread

from functions.dispatch.handler import handle as dispatch
from functions.due.handler import handle as due
from functions.feedback.handler import handle as feedback
from functions.intake.handler import handle as intake
from tests.functions.calls import Context, envelope, failed, records
from tests.functions.deployment import Deployment


def trip(user_id: str, booking: str = "b1", message_id: str = "m1") -> dict[str, Any]:
    detail = {"userId": user_id, "properties": {"booking_id": booking}, "messageId": message_id}
    return envelope("Trip Completed", detail)


def came_home(world: Deployment, user_id: str) -> list[Message]:
    world.person(user_id, email=f"{user_id}@example.com")
    assert not failed(intake(records(trip(user_id)), Context()))
    return world.house.profiles.messages(world.profile(user_id).id)


def dispatched(world: Deployment) -> None:
    assert not failed(dispatch(records(*world.queued()), Context()))


def notice(message: Message, kind: str, **about: Any) -> dict[str, Any]:
    """What SES publishes of a mail, by way of the configuration set's topic."""
    return {
        "eventType": kind,
        "mail": {
            "timestamp": "2027-01-15T08:01:00.000Z",
            "destination": ["ann@example.com"],
            "tags": {"message": [message.id], "profile": [message.profile], "channel": ["email"]},
        },
        kind.lower(): {"timestamp": "2027-01-15T08:02:00.000Z", **about},
    }


def test_events_of_one_person_in_a_batch_are_written_once(world: Deployment) -> None:
    batch = [trip("together", f"b{number}", f"m{number}") for number in range(5)]
    assert not failed(intake(records(*batch, trip("alone")), Context()))
    assert (world.profile("together").version, world.profile("alone").version) == (1, 1)


def test_a_poisonous_record_fails_alone_though_it_is_of_the_same_person(world: Deployment) -> None:
    poison = envelope("identify", {"type": "identify", "userId": "patient", "traits": 7})
    batch = records(trip("patient", "b1", "m1"), poison, "no event at all", trip("patient", "b2", "m2"))
    assert failed(intake(batch, Context())) == ["r1", "r2"]
    assert len(world.profile("patient").seen) == 2


def test_a_key_that_comes_three_times_in_a_batch_starts_one_run_and_loses_no_event(world: Deployment) -> None:
    batch = [trip("thrice", "b1", f"m{number}") for number in range(3)]
    assert not failed(intake(records(*batch), Context()))
    stored = world.profile("thrice")
    assert (len(stored.seen), len(world.house.profiles.messages(stored.id))) == (3, 1)


def test_a_stretch_joins_within_a_batch_and_what_follows_on_that_browser_starts_a_new_one(world: Deployment) -> None:
    page = {"type": "page", "name": "home", "anonymousId": "shared", "context": {"locale": "fr-BE"}}
    who = {"type": "identify", "userId": "joins", "anonymousId": "shared"}
    batch = [envelope(one["type"], {**one, "messageId": f"m{n}"}) for n, one in enumerate((page, who, page, page))]
    assert not failed(intake(records(*batch), Context()))
    stretch = world.house.ports.profiles.load(profile_id("anonymous", "shared", world.house.ports.secret))
    assert (world.profile("joins").traits["locale"].value, len(stretch.seen), len(stretch.visits)) == ("fr-BE", 3, 1)


def test_an_event_of_the_bus_plans_a_message(world: Deployment) -> None:
    assert [message.campaign for message in came_home(world, "planned")] == ["welcome-home"]


def test_what_is_due_at_once_goes_to_the_dispatch_queue(world: Deployment) -> None:
    [message] = came_home(world, "prompt")
    rows = [wire.decode(body, type=Due) for body in world.queued()]
    assert [(row.kind, row.ref) for row in rows if row.kind == "message"] == [("message", message.id)]


def test_an_event_delivered_twice_plans_one_message(world: Deployment) -> None:
    world.person("twice", email="twice@example.com")
    intake(records(trip("twice"), trip("twice")), Context())
    assert len(world.house.profiles.messages(world.profile("twice").id)) == 1


def test_a_collected_event_keeps_the_trust_of_its_door(world: Deployment) -> None:
    entry = collected(Event("track", "m9", 1.0, 2.0, "Trip Completed", anonymous_id="stretch", trusted=False))
    told = envelope(entry["DetailType"], json.loads(entry["Detail"]), entry["Source"])
    assert not failed(intake(records(told), Context()))


def test_our_own_events_mean_nothing_here(world: Deployment) -> None:
    assert not failed(intake(records(envelope("Message Sent", {"profile": "p_1"}, source="rapport")), Context()))


POISON = {
    "not JSON": "{",
    "no envelope": "{}",
    "no person": envelope("Trip Completed", {"userId": {"$ne": None}}),
    "a list": envelope("Trip Completed", []),
    "not ours": envelope("x", {"call": "nonsense"}, source="rapport.collect"),
}


@pytest.mark.slow
@pytest.mark.parametrize("poison", POISON.values(), ids=POISON.keys())
def test_a_poisonous_record_leaves_the_other_nine_taken(world: Deployment, poison: Any) -> None:
    names = [f"healthy-{number}-{len(json.dumps(poison))}" for number in range(9)]
    batch = [trip(name) for name in names]
    batch.insert(4, poison)
    answer = intake(records(*batch), Context())
    assert (failed(answer), [world.profile(name).version for name in names]) == (["r4"], [1] * 9)


def test_a_planned_message_goes_out(world: Deployment) -> None:
    [message] = came_home(world, "out")
    dispatched(world)
    sent = world.house.profiles.message(message.profile, message.id)
    assert sent is not None
    assert (sent.status, sent.channel) == (MessageStatus.SENT, "email")


def test_a_dispatch_delivered_twice_sends_once(world: Deployment) -> None:
    came_home(world, "once")
    rows = world.queued()
    dispatch(records(*rows, *rows), Context())
    dispatch(records(*rows), Context())
    recorded = world.house.profiles.records(world.profile("once").id)
    assert [record.status for record in recorded] == [MessageStatus.SENT]


@pytest.mark.parametrize("body", ["{", "{}", "[]", '{"at": 1, "profile": "p", "kind": "nonsense"}'])
def test_a_row_that_is_none_comes_back_alone(world: Deployment, body: str) -> None:
    good = wire.encode(Due(1.0, "p_nobody", "wake")).decode()
    assert failed(dispatch(records(good, body, good), Context())) == ["r1"]


@pytest.mark.slow
def test_the_tick_hands_over_what_fell_due_and_forgets_it(world: Deployment) -> None:
    came_home(world, "tick")
    due({}, Context())
    world.queued()
    assert due({}, Context()) == {"due": 0}


@pytest.mark.slow
def test_the_tick_finds_what_no_prompt_told(world: Deployment) -> None:
    due({}, Context())
    [message] = came_home(world, "unprompted")
    world.queued()
    due({}, Context())
    refs = [wire.decode(body, type=Due).ref for body in world.queued()]
    assert message.id in refs


def test_a_hard_bounce_suppresses_the_address(world: Deployment) -> None:
    [message] = came_home(world, "bounce")
    dispatched(world)
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "bounce@example.com"}]}
    assert not failed(feedback(records(notice(message, "Bounce", **bounced)), Context()))
    assert world.profile("bounce").addresses["email"].suppressed == ("bounce@example.com",)


def test_a_soft_bounce_is_counted_once_and_suppresses_nothing(world: Deployment) -> None:
    [message] = came_home(world, "soft")
    dispatched(world)
    before = world.profile("soft")
    told = notice(message, "Bounce", bounceType="Transient")
    assert not failed(feedback(records(told, told), Context()))
    after = world.profile("soft")
    assert (after.addresses["email"].soft_bounces, after.addresses["email"].suppressed) == (1, ())
    assert (after.contacts, after.addresses["email"].last_response) == (before.contacts, None)


def test_a_mail_that_ses_took_and_refused_has_failed_and_is_counted_so(world: Deployment) -> None:
    [message] = came_home(world, "taken-and-refused")
    dispatched(world)
    before = world.house.tally.days(1)[0].counts
    assert not failed(feedback(records(notice(message, "Reject", reason="Bad content")), Context()))
    ended = world.house.profiles.message(message.profile, message.id)
    assert ended is not None
    assert (ended.status, world.profile("taken-and-refused").contacts) == (MessageStatus.FAILED, ())
    after = world.house.tally.days(1)[0].counts
    assert (after["SENT"], after["FAILED REJECTED"]) == (before["SENT"] - 1, before.get("FAILED REJECTED", 0) + 1)


def test_a_complaint_withdraws_marketing_on_the_channel(world: Deployment) -> None:
    [message] = came_home(world, "complaint")
    dispatched(world)
    feedback(records(notice(message, "Complaint")), Context())
    assert world.profile("complaint").consents["marketing"]["email"].status == "withdrawn"


def test_a_delivery_is_noted_with_its_campaign(world: Deployment) -> None:
    [message] = came_home(world, "delivered")
    dispatched(world)
    feedback(records(notice(message, "Delivery")), Context())
    response = world.profile("delivered").addresses["email"].last_response
    assert response is not None
    assert (response["status"], response["campaign"]) == ("delivered", "welcome-home")


def test_a_notice_about_somebody_else_s_mail_means_nothing(world: Deployment) -> None:
    other = {"eventType": "Delivery", "mail": {"timestamp": "2027-01-15T08:01:00.000Z", "tags": {}}, "delivery": {}}
    assert not failed(feedback(records(other), Context()))


@pytest.mark.parametrize("body", ["{", "[]", '{"eventType": "Bounce"}', '{"mail": {}}'])
def test_a_notice_that_is_none_comes_back_alone(world: Deployment, body: str) -> None:
    ours = {"eventType": "Send", "mail": {"timestamp": "2027-01-15T08:01:00.000Z"}}
    assert failed(feedback(records(ours, body, ours), Context())) == ["r1"]


def test_a_message_skipped_tells_the_bus_why(world: Deployment) -> None:
    came_home(world, "skipped")
    nowhere = world.profile("skipped")
    world.house.profiles.write(Change(structs.replace(nowhere, traits={})))
    dispatched(world)
    mine = [heard for heard in world.told() if heard["detail"]["profile"] == nowhere.id]
    assert ("Message Skipped", "NO_ADDRESS") in [
        (heard["detail-type"], heard["detail"].get("reason")) for heard in mine
    ]


def test_a_stop_texted_back_withdraws_marketing_on_sms_b11(world: Deployment) -> None:
    profile = world.person("stop", phone="+33612345678")
    send = Send("m_text:sms", profile.id, "m_text", "sms", "attempt", world.clock.now)
    world.house.ledger.claim(send, [])
    world.house.ledger.settle(send, SendState.SENT, "provider-7")
    reply = {"originationNumber": "+33612345678", "messageBody": "STOP", "previousPublishedMessageId": "provider-7"}
    assert not failed(feedback(records(reply), Context()))
    assert world.profile("stop").consents["marketing"]["sms"].status == "withdrawn"


def texted(world: Deployment, user_id: str, phone: str, *told: str) -> None:
    """Somebody who was sent a text, as the provider took it."""
    profile = world.person(user_id, phone=phone, locale="fr-FR")
    send = Send(f"m_{user_id}:sms", profile.id, f"m_{user_id}", "sms", "attempt", world.clock.now)
    world.house.ledger.claim(send, ())
    world.house.ledger.settle(send, SendState.SENT, " ".join((f"id-{user_id}", thread(phone, "sms"), *told)))


def test_a_stop_that_names_no_message_is_of_who_wrote_it_b11(world: Deployment) -> None:
    texted(world, "stop-anew", "+33612340001")
    assert not failed(feedback(records({"originationNumber": "+33612340001", "messageBody": "Arrêt"}), Context()))
    assert world.profile("stop-anew").consents["marketing"]["sms"].status == "withdrawn"


def test_a_reply_that_is_delivered_twice_is_told_once_and_the_next_one_again(world: Deployment) -> None:
    texted(world, "replies", "+33612340009")
    world.told()
    said = {"originationNumber": "+33612340009", "messageBody": "Yes"}
    for name in ("in-1", "in-1", "in-2"):
        assert not failed(feedback(records({**said, "inboundMessageId": name}), Context()))
    person = world.profile("replies").id
    names = [heard["detail-type"] for heard in world.told() if heard["detail"].get("profile") == person]
    assert names == ["Message Replied"] * 2


class Deaf:
    """A bus that takes nothing, until it does."""

    def __init__(self, bus: Any) -> None:
        self.bus, self.hears = bus, False

    def announce(self, told: Any) -> None:
        if not self.hears:
            raise StoreUnavailable("bus")
        self.bus.announce(told)


class AtOnce:
    """Queues that put nothing off: the test has no time to wait."""

    def __init__(self, queues: Any) -> None:
        self._queues = queues

    def put(self, queue: str, body: str, _after: int = 0) -> None:
        self._queues.put(queue, body)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queues, name)


def test_what_the_bus_does_not_take_is_told_when_it_does(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    came_home(world, "untold")
    bus = Deaf(world.house.bus)
    monkeypatch.setattr(world.house, "bus", bus)
    monkeypatch.setattr(world.house.teller, "bus", bus)
    monkeypatch.setattr(world.house, "queues", AtOnce(world.house.queues))
    dispatched(world)
    world.clock.now += AFTER + 60
    due({}, Context())
    waiting = world.waiting("bulk")
    for bus.hears in (False, False, True):
        assert "announcement" in "".join(waiting)
        assert not failed(dispatch(records(*waiting), Context()))
        waiting = [body for body in world.waiting("bulk") if "announcement" in body]
    person = world.profile("untold").id
    mine = [heard for heard in world.told() if heard["detail"].get("profile") == person]
    assert (waiting, [heard["detail-type"] for heard in mine]) == ([], ["Message Sent"])
    [record] = world.house.profiles.records(person)
    assert mine[0]["detail"] == of_record(record)


def test_help_is_answered_in_the_person_s_language(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    texted(world, "asks", "+33612340002")
    asked = {"originationNumber": "+33612340002", "messageBody": "Aide", "previousPublishedMessageId": "id-asks"}
    assert not failed(feedback(records(asked), Context()))
    kept = MemorySender()
    monkeypatch.setattr(world.house, "sender", kept)
    assert not failed(dispatch(records(*world.queued()), Context()))
    [said] = kept.sent
    assert (said.channel, said.to, "STOP" in said.content["text"], "commandes" in said.content["text"]) == (
        "sms",
        "+33612340002",
        True,
        True,
    )
    assert world.profile("asks").consents["marketing"]["*"].status == "granted"


def test_the_kill_switch_holds_back_what_is_no_planned_message_too(world: Deployment) -> None:
    texted(world, "paused-help", "+33612340004")
    world.house.curation.lay("paused", "*")
    world.house.publications.refresh()
    answer = dispatch(records({"kind": "help", "ref": "m_paused-help:sms"}), Context())
    world.house.curation.lift("paused", "*")
    world.house.publications.refresh()
    assert failed(answer) == ["r0"]


def test_help_is_not_answered_for_ever(world: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    texted(world, "machine", "+33612340003")
    kept = MemorySender()
    monkeypatch.setattr(world.house, "sender", kept)
    work = {"kind": "help", "ref": "m_machine:sms"}
    assert not failed(dispatch(records(*[work] * 9), Context()))
    assert len(kept.sent) == 3


def test_a_reply_to_nothing_of_ours_means_nothing(world: Deployment) -> None:
    replies = [{"messageBody": "STOP", "previousPublishedMessageId": "nothing"}, {"messageBody": "hello"}]
    assert not failed(feedback(records(*replies), Context()))


@pytest.mark.slow
def test_an_event_about_nobody_reaches_everybody_as_a_job_a14(world: Deployment) -> None:
    world.person("reader", email="reader@example.com")
    world.queued()
    article = envelope("Article Published", {"properties": {"title": "Snow"}, "messageId": "a1"})
    assert not failed(intake(records(article), Context()))
    jobs = [body for body in world.queued() if json.loads(body).get("kind") == "job"]
    assert len(jobs) == 1
    while jobs:
        assert not failed(dispatch(records(*jobs), Context()))
        jobs = [body for body in world.queued() if json.loads(body).get("kind") == "job"]
    planned = world.house.profiles.messages(world.profile("reader").id)
    assert "new-article" in [message.campaign for message in planned]


WHATSAPP = "33612345678"


def whatsapp(**value: Any) -> dict[str, Any]:
    """What End User Messaging Social publishes of Meta's webhook."""
    return {"whatsAppWebhookEntry": json.dumps({"id": "1", "changes": [{"field": "messages", "value": value}]})}


def written_to(world: Deployment, name: str) -> Send:
    """A person to whom a WhatsApp message went."""
    profile = world.person(name, phone=f"+{WHATSAPP}")
    send = Send(f"m_{name}:whatsapp", profile.id, f"m_{name}", "whatsapp", "attempt", world.clock.now)
    world.house.ledger.claim(send, {})
    world.house.ledger.settle(send, SendState.SENT, thread(WHATSAPP))
    return send


def test_a_reply_on_whatsapp_answers_the_last_message_to_that_number_c3(world: Deployment) -> None:
    written_to(world, "earlier")
    written_to(world, "chat")
    answer = {"from": WHATSAPP, "id": "wamid.x", "timestamp": "1", "type": "text", "text": {"body": "4"}}
    assert not failed(feedback(records(whatsapp(messages=[answer])), Context()))
    profile = world.profile("chat")
    last = profile.addresses["whatsapp"].last_response
    assert last is not None
    assert (last["status"], in_conversation("whatsapp", profile, world.clock.now + 3600)) == ("replied", True)


def test_a_number_that_whatsapp_cannot_reach_is_suppressed_there_alone(world: Deployment) -> None:
    send = written_to(world, "nowhere")
    told = {"status": "failed", "timestamp": "1", "recipient_id": WHATSAPP, "errors": [{"code": 131026}]}
    told["biz_opaque_callback_data"] = f"{send.message_id} {send.profile}"
    assert not failed(feedback(records(whatsapp(statuses=[told])), Context()))
    suppressed = {channel: known.suppressed for channel, known in world.profile("nowhere").addresses.items()}
    assert suppressed == {"whatsapp": (f"+{WHATSAPP}",)}


def test_without_a_number_of_ours_nobody_has_an_address_on_whatsapp(world: Deployment) -> None:
    assert world.house.ports.unserved == {"whatsapp"}
