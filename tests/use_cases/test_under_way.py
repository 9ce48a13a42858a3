"""Hand-overs that somebody began: whatever happens meanwhile, they end as sent or failed, and never begin twice."""

from collections.abc import Callable

import pytest
from msgspec import structs
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.delivery import Feedback
from rapport.domain.message import Record, send_id
from rapport.domain.moment import DAY, HOUR, MINUTE
from rapport.domain.profile import Identity
from rapport.domain.quota import Quota
from rapport.memory import MemoryPublications, MemorySender
from rapport.ports import Handover, Outcome, Outgoing, Send, SendState
from rapport.use_cases import curate
from rapport.use_cases.compose import mark_of
from rapport.use_cases.desk import Desk
from rapport.use_cases.dispatch import dispatch
from rapport.use_cases.people import person
from rapport.use_cases.take_feedback import take_feedback
from rapport.use_cases.under_way import LEASE

from infra.functions import FUNCTIONS
from tests.use_cases.stage import ANN, FILES, NOW, SCARCE_CAR, Killed, Provider, Stage

SMS_ONLY = {"channels": ["sms"], "fresh_for": "3d"}


class Stopping(Provider):
    """Takes the message, and whoever handed it over is killed before hearing so."""

    def send(self, outgoing: Outgoing) -> Handover:
        super().send(outgoing)
        raise Killed


class Busy(Provider):
    """While this provider is at it, something else happens once."""

    def __init__(self, *outcomes: Outcome) -> None:
        super().__init__(*outcomes)
        self.meanwhile: Callable[[], object] | None = None

    def send(self, outgoing: Outgoing) -> Handover:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().send(outgoing)


def stopped(provider: MemorySender | None = None, **campaign: object) -> Stage:
    """A message that was taken, by somebody who was killed before noting so."""
    stage = Stage(provider or Stopping(), **campaign)
    with pytest.raises(Killed):
        stage.dispatch()
    stage.ports = structs.replace(stage.ports, sender=Provider())
    return stage


def ports_of(stage: Stage) -> MemorySender:
    assert isinstance(stage.ports.sender, MemorySender)
    return stage.ports.sender


# ---- what happens before anybody looks again


@pytest.mark.parametrize("rule", [{"cancel_on": [{"event": "Bought"}]}, {"goal": {"event": "Bought"}}])
def test_an_event_does_not_cancel_what_may_have_gone_out(rule: dict[str, object]) -> None:
    stage = stopped(**rule)
    stage.told(NOW + 1, "track", event="Bought", properties={})
    assert stage.dispatch(NOW + 2, "second") == "IN_DOUBT"


@pytest.mark.parametrize("rule", [{"cancel_on": [{"event": "Bought"}]}, {"goal": {"event": "Bought"}}])
def test_a_doubt_ends_as_sent_or_failed_whatever_happens_meanwhile(rule: dict[str, object]) -> None:
    stage = Stage(Provider(Outcome.IN_DOUBT), **rule)
    stage.dispatch()
    stage.told(NOW + 1, "track", event="Bought", properties={})
    assert stage.status == "IN_DOUBT"
    assert stage.dispatch(NOW + 16 * MINUTE, "second") == "FAILED REJECTED"


def test_a_withdrawal_does_not_hide_that_it_may_have_gone_out() -> None:
    stage = stopped()
    curate.consent(ANN, Receipt("marketing", EVERY_CHANNEL, "withdrawn", NOW + 1), stage.ports, NOW + 1)
    assert stage.dispatch(NOW + 2, "second") == "IN_DOUBT"


def test_a_message_that_may_have_gone_out_on_one_channel_goes_on_no_other() -> None:
    stage = stopped()
    curate.consent(ANN, Receipt("marketing", "email", "withdrawn", NOW + 1), stage.ports, NOW + 1)
    stage.dispatch(NOW + 2, "second")
    stage.dispatch(NOW + 16 * MINUTE, "third")
    assert ports_of(stage).sent == []


def test_what_went_out_is_noted_although_nobody_would_send_it_any_more() -> None:
    stage = stopped()
    stage.ports.ledger.settle(stage.ports.ledger.find_all([send_id(stage.message_id, "email")])[0], SendState.SENT)
    curate.consent(ANN, Receipt("marketing", EVERY_CHANNEL, "withdrawn", NOW + 1), stage.ports, NOW + 1)
    assert stage.dispatch(NOW + 2, "second") == "SENT"
    assert [contact.campaign for contact in stage.profile.contacts] == ["note"]


# ---- two at once


def test_whoever_looks_while_somebody_is_at_it_sends_nothing() -> None:
    stage = Stage(provider := Busy(), **SMS_ONLY, in_doubt="resend")
    provider.meanwhile = lambda: stage.dispatch(NOW + 1, "second")
    assert stage.dispatch() == "SENT"
    assert len(provider.sent) == 1


def test_nobody_lives_longer_than_a_lease() -> None:
    assert all(function.timeout < LEASE for function in FUNCTIONS if function.name == "dispatch")


def test_of_two_who_look_at_a_doubt_one_sends_it_again() -> None:
    stage = stopped(**SMS_ONLY, in_doubt="resend")
    stage.ports = structs.replace(stage.ports, sender=(provider := Busy()))
    later = NOW + LEASE
    stage.dispatch(NOW + 1, "second")
    provider.meanwhile = lambda: stage.dispatch(later, "third")
    assert stage.dispatch(later, "fourth") == "SENT"
    assert len(provider.sent) == 1


def test_a_doubt_that_turns_out_as_refused_goes_on_with_the_next_channel() -> None:
    stage = Stage(provider := Busy(Outcome.REFUSED))
    provider.meanwhile = lambda: stage.dispatch(NOW + 1, "second")
    assert stage.dispatch() == "SENT"
    assert provider.tried == ["email", "sms"]


def test_a_cancelling_event_while_it_goes_out_comes_too_late() -> None:
    stage = Stage(provider := Busy(), cancel_on=[{"event": "Bought"}])
    provider.meanwhile = lambda: stage.told(NOW + 1, "track", event="Bought", properties={})
    assert stage.dispatch() == "SENT"
    assert len(stage.profile.contacts) == 1


def test_nothing_is_noted_of_somebody_erased_while_it_went_out() -> None:
    stage = Stage(provider := Busy())
    provider.meanwhile = lambda: curate.erase(stage.profile.id, stage.ports, NOW + 1)
    dispatch(stage.profile.id, stage.message_id, Desk(stage.ports, "first"), NOW)
    held = stage.profile
    assert (held.contacts, held.pending, held.erased_at) == ((), (), NOW + 1)
    assert stage.ports.profiles.records(held.id) == []
    assert stage.ports.profiles.messages(held.id) == []


# ---- two messages of one person at once


def asked_twice(provider: Provider, **campaign: object) -> tuple[Stage, str]:
    """Two messages that are due now, under a cap of one a day; the id of the second."""
    stage = Stage(provider, **({"channels": ["email"]} | campaign))
    stage.told(NOW, "track", event="Asked", properties={"id": "2"})
    other = next(p.message_id for p in stage.profile.pending if p.message_id != stage.message_id)
    return stage, other


def fate(stage: Stage, message_id: str) -> str:
    message = stage.ports.profiles.message(stage.profile.id, message_id)
    assert message is not None
    return f"{message.status} {message.reason}" if message.reason else str(message.status)


def test_of_two_messages_at_once_the_cap_lets_one_go() -> None:
    stage, other = asked_twice(provider := Busy())
    provider.meanwhile = lambda: dispatch(stage.profile.id, other, Desk(stage.ports, "second"), NOW)
    assert stage.dispatch() == "SENT"
    assert fate(stage, other) == "DEFERRED RATE"
    dispatch(stage.profile.id, other, Desk(stage.ports, "third"), NOW + 6 * MINUTE)
    assert fate(stage, other) == "SKIPPED CAPPED"
    assert len(provider.sent) == 1


NAMED = {
    "traits.yaml": "declared: {first_name: {type: string}}",
    "templates/note.j2": (
        "{% block subject %}{% if traits.first_name %}Dear {{ traits.first_name }}{% endif %}{% endblock %}"
        "{% block email %}<a href='{{ links.unsubscribe }}'>stop</a>{% endblock %}"
    ),
}


def test_of_two_held_messages_that_get_what_they_lacked_the_cap_lets_one_go() -> None:
    stage = Stage(provider := Busy(), NAMED, channels=["email"])
    stage.told(NOW, "track", event="Asked", properties={"id": "2"})
    other = next(p.message_id for p in stage.profile.pending if p.message_id != stage.message_id)
    dispatch(stage.profile.id, other, Desk(stage.ports, "first"), NOW)
    assert (stage.dispatch(NOW, "second"), fate(stage, other)) == ("HELD MISSING_DATA", "HELD MISSING_DATA")
    stage.told(NOW + 1, "identify", traits={"first_name": "Ann"})
    provider.meanwhile = lambda: dispatch(stage.profile.id, other, Desk(stage.ports, "third"), NOW + 1)
    assert stage.dispatch(NOW + 1, "fourth") == "SENT"
    assert (len(provider.sent), fate(stage, other)) == (1, "DEFERRED RATE")


def test_of_two_messages_that_open_at_once_one_is_open() -> None:
    stage, other = asked_twice(Provider())
    ledger, ann = stage.ports.ledger, stage.profile
    first = Send(send_id(stage.message_id, "email"), ann.id, stage.message_id, "email", "a", NOW)
    second = Send(send_id(other, "email"), ann.id, other, "email", "b", NOW)
    for send in (first, second):
        ledger.claim(send, ())
    assert ledger.open(first, ann, (second.id,))
    assert not ledger.open(second, ann, (first.id,))


def test_a_doubt_counts_as_a_contact_until_it_has_failed() -> None:
    stage, other = asked_twice(Provider(Outcome.IN_DOUBT), in_doubt="hold")
    stage.dispatch()
    dispatch(stage.profile.id, other, Desk(stage.ports, "second"), NOW)
    assert fate(stage, other) == "SKIPPED CAPPED"


def test_two_messages_on_all_channels_do_not_wait_for_each_other_for_ever() -> None:
    stage, other = asked_twice(Provider(Outcome.SENT, Outcome.LATER), channels=["email", "sms"], all_channels=True)
    stage.dispatch()
    for minute in range(1, 30):
        at = NOW + minute * MINUTE
        dispatch(stage.profile.id, other, Desk(stage.ports, f"other-{minute}"), at)
        stage.dispatch(at, f"one-{minute}")
    assert stage.status == "SENT"
    assert fate(stage, other) == "SENT"  # on sms: another cap keeps it from email
    assert stage.profile.pending == ()


def test_service_waits_for_no_other_message() -> None:
    stage, other = asked_twice(provider := Busy(), purpose="service")
    provider.meanwhile = lambda: dispatch(stage.profile.id, other, Desk(stage.ports, "second"), NOW)
    assert stage.dispatch() == "SENT"
    assert fate(stage, other) == "SENT"


# ---- moving on to another person


def into_bob(stage: Stage) -> str:
    bob = curate.consent(
        Identity("user", "bob"), Receipt("marketing", EVERY_CHANNEL, "granted", NOW), stage.ports, NOW + 1
    )
    curate.merge(person(ANN, stage.ports).id, bob.id, stage.ports, NOW + 1)
    return bob.id


def test_a_message_on_its_way_out_is_noted_on_the_merged_person_and_not_sent_again() -> None:
    stage = Stage(provider := Busy())
    ann = stage.profile.id
    merged: list[str] = []
    provider.meanwhile = lambda: merged.append(into_bob(stage))
    dispatch(ann, stage.message_id, Desk(stage.ports, "first"), NOW)
    stage.world.ports = stage.ports
    stage.world.desk = Desk(stage.ports)
    stage.world.run_until(NOW + DAY)
    assert len(provider.sent) == 1
    assert [contact.campaign for contact in stage.ports.profiles.load(merged[0]).contacts] == ["note"]


def test_a_doubt_moves_along_with_its_person() -> None:
    stage = stopped()
    bob = into_bob(stage)
    dispatch(bob, stage.message_id, Desk(stage.ports, "second"), NOW + 2)
    message = stage.ports.profiles.message(bob, stage.message_id)
    assert message is not None
    assert message.status == "IN_DOUBT"


# ---- what is remembered of it


def test_feedback_that_settles_a_doubt_tells_which_offers_went_out() -> None:
    files = {
        "offers/car.yaml": SCARCE_CAR,
        "placements/block.yaml": "{id: block, channel: email, count: 1, kinds: [content]}",
    }
    stage = Stage(Provider(Outcome.IN_DOUBT), files, offers={"tip": {"placement": "block"}})
    stage.dispatch()
    arrived = Feedback(stage.message_id, "delivered", "email", NOW + MINUTE, "note")
    take_feedback(stage.profile.id, arrived, stage.ports, NOW + MINUTE)
    assert stage.dispatch(NOW + MINUTE, "second") == "SENT"
    assert [shown.offer for shown in stage.profile.exposures] == ["car"]


@pytest.mark.parametrize("status", ["delivered", "bounced", "sent"])
def test_whatever_a_provider_tells_of_a_message_says_that_it_took_it(status: str) -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), in_doubt="resend")
    stage.dispatch()
    told = Feedback(stage.message_id, status, "email", NOW + 1, "note", "ann@example.com")  # type: ignore[arg-type]
    take_feedback(stage.profile.id, told, stage.ports, NOW + 1)
    assert stage.dispatch(NOW + 16 * MINUTE, "second") == "SENT"
    assert len(provider.tried) == 1


def test_where_nobody_tells_of_texts_their_doubts_wait_for_nothing() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), **SMS_ONLY, in_doubt="resend")
    stage.dispatch()
    assert stage.dispatch(NOW + 1, "second") == "SENT"
    assert provider.tried == ["sms", "sms"]


def test_where_a_provider_tells_of_texts_their_doubts_wait_for_its_word() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), **SMS_ONLY, in_doubt="resend")
    stage.ports = structs.replace(stage.ports, reported=frozenset({"email", "sms"}))
    stage.dispatch()
    assert stage.dispatch(NOW + 14 * MINUTE, "second") == "IN_DOUBT"
    assert stage.dispatch(NOW + 15 * MINUTE, "third") == "SENT"
    assert len(provider.tried) == 2


def test_a_notice_that_comes_before_the_answer_leaves_the_noting_to_who_is_at_it() -> None:
    stage = Stage(provider := Busy())
    sent = Feedback(stage.message_id, "sent", "email", NOW, "note")
    provider.meanwhile = lambda: take_feedback(stage.profile.id, sent, stage.ports, NOW)
    assert stage.dispatch() == "SENT"
    assert [record.to for record in stage.ports.profiles.records(stage.profile.id)] == ["ann@example.com"]


# ---- claims, and the channels of one run


def test_a_claim_left_behind_gives_its_cap_back_when_the_message_ends_unsent() -> None:
    files = {
        "offers/car.yaml": SCARCE_CAR,
        "placements/block.yaml": "{id: block, channel: email, count: 1, kinds: [content]}",
    }
    stage = Stage(Provider(), files, offers={"tip": {"placement": "block"}})
    ledger = stage.ports.ledger
    real = ledger.open

    def killed(*_: object) -> bool:
        raise Killed

    ledger.open = killed  # type: ignore[method-assign]  # the process is killed right there
    with pytest.raises(Killed):
        stage.dispatch()
    ledger.open = real  # type: ignore[method-assign]  # and another one starts
    assert ledger.counted([Quota("car", 3)], NOW) == {"car": 1}
    curate.consent(ANN, Receipt("marketing", EVERY_CHANNEL, "withdrawn", NOW + 1), stage.ports, NOW + 1)
    assert stage.dispatch(NOW + 2, "second") == "SKIPPED UNSUBSCRIBED"
    assert ledger.counted([Quota("car", 3)], NOW) == {"car": 0}


def test_a_doubt_on_one_channel_does_not_hold_up_the_others() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), all_channels=True, in_doubt="hold")
    stage.dispatch()
    assert [out.channel for out in provider.sent] == ["sms"]
    for hour in range(3):
        stage.dispatch(NOW + DAY * hour, f"later-{hour}")
    assert len(provider.tried) == 2


# ---- a campaign that is gone


def without_campaign(stage: Stage) -> None:
    """Another publication, from which the campaign is gone."""
    live = stage.ports.publications.current().catalogue
    publications = MemoryPublications(structs.replace(live, campaigns={}))
    stage.ports = structs.replace(stage.ports, publications=publications)


def test_a_claim_for_a_campaign_that_is_gone_gives_its_cap_back() -> None:
    stage = Stage(Provider())
    send = Send(send_id(stage.message_id, "email"), stage.profile.id, stage.message_id, "email", "killed", NOW)
    stage.ports.ledger.claim(send, [Quota("car", 3)])
    without_campaign(stage)
    assert stage.dispatch(NOW + 1, "second") == "SKIPPED CANCELLED"
    assert stage.ports.ledger.counted([Quota("car", 3)], NOW) == {"car": 0}


@pytest.mark.parametrize(("told", "ending"), [(SendState.SENT, "SENT"), (SendState.IN_DOUBT, "FAILED REJECTED")])
def test_what_began_for_a_campaign_that_is_gone_ends_as_it_went(told: SendState, ending: str) -> None:
    stage = stopped()
    [send] = stage.ports.ledger.find_all([send_id(stage.message_id, "email")])
    stage.ports.ledger.settle(send, told)
    without_campaign(stage)
    assert stage.dispatch(NOW + DAY, "second") == ending


def test_a_doubt_that_is_too_old_to_be_sent_again_has_failed() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), in_doubt="resend", fresh_for="10m")
    stage.dispatch()
    assert stage.dispatch(NOW + 16 * MINUTE, "second") == "FAILED REJECTED"
    assert len(provider.tried) == 1


# ---- what is told of it afterwards

GREETING = "A word{% if traits.first_name %} for {{ traits.first_name }}{% endif %}"


def told_afterwards(stage: Stage) -> Record:
    """The record of a message that went out and was noted only once something had come back."""
    take_feedback(stage.profile.id, Feedback(stage.message_id, "sent", "email", NOW + 1, "note"), stage.ports, NOW + 1)
    assert stage.dispatch(NOW + HOUR, "second") == "SENT"
    return stage.ports.profiles.records(stage.profile.id)[-1]


def lost(**campaign: object) -> Stage:
    """A message whose answer was lost, and about which the worker wrote so."""
    stage = Stage(Provider(Outcome.IN_DOUBT), **campaign)  # type: ignore[arg-type]  # files among them
    assert stage.dispatch() == "IN_DOUBT"
    return stage


@pytest.mark.parametrize("stop", [stopped, lost], ids=["stopped", "answer lost"])
def test_what_is_noted_afterwards_tells_all_that_went_out(stop: Callable[..., Stage]) -> None:
    files = {"offers/car.yaml": SCARCE_CAR, "placements/block.yaml": "{id: block, channel: email, kinds: [content]}"}
    stage = stop(files=files, offers={"tip": {"placement": "block"}})
    record = told_afterwards(stage)
    assert (record.to, record.offers, record.status) == ("ann@example.com", ("car",), "SENT")
    assert "Hello" in (record.content or {})["html"]
    assert record.verdicts != ()


@pytest.mark.parametrize("traits", [{"email": "new@example.com"}, {"first_name": "Bob"}])
def test_what_may_not_be_what_went_out_is_not_told(traits: dict[str, object]) -> None:
    words = FILES["templates/note.j2"].replace("A word", GREETING)
    stage = stopped(files=NAMED | {"templates/note.j2": words})
    stage.told(NOW + 1, "identify", traits=traits)
    record = told_afterwards(stage)
    assert (record.to, record.content) == (None, {})


def test_the_same_words_have_the_same_mark_though_links_are_sealed_anew() -> None:
    words = [{"html": f"<a href='https://r.example/u/k1.{token}'>stop</a>", "text": "x"} for token in ("aB-_", "cD")]
    one, other = (mark_of("ann@example.com", content, "https://r.example") for content in words)
    assert (one == other, one == mark_of("bob@example.com", words[0], "https://r.example")) == (True, False)
    assert one != mark_of("ann@example.com", {**words[0], "text": "y"}, "https://r.example")
