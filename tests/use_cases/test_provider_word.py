"""What a provider's word changes afterwards: a message that was given up, and one that was taken and never sent."""

import pytest
from rapport.domain.account import account
from rapport.domain.delivery import Feedback
from rapport.domain.message import send_id
from rapport.domain.moment import DAY, HOUR, MINUTE
from rapport.domain.quota import Quota
from rapport.errors import Conflict
from rapport.ports import Due, Outcome, SendState
from rapport.use_cases.balance import fates_of
from rapport.use_cases.desk import Desk
from rapport.use_cases.fall_due import fall_due
from rapport.use_cases.take_feedback import take_feedback

from tests.use_cases.stage import NOW, SCARCE_CAR, Killed, Provider, Stage

FILES = {
    "offers/car.yaml": SCARCE_CAR,
    "placements/block.yaml": "{id: block, channel: email, count: 1, kinds: [content]}",
}
WITH_OFFER = {"offers": {"tip": {"placement": "block"}}}
CAR = Quota("car", 3)
LATE = NOW + 20 * MINUTE


def given_up(**campaign: object) -> Stage:
    """A message whose answer was lost, and that was dropped when nothing came back in time."""
    stage = Stage(Provider(Outcome.IN_DOUBT), FILES, **(WITH_OFFER | {"channels": ["email"]} | campaign))
    stage.dispatch()
    assert stage.dispatch(NOW + 16 * MINUTE, "second") == "FAILED REJECTED"
    return stage


def sent(**campaign: object) -> Stage:
    """A message that the provider took."""
    stage = Stage(Provider(), FILES, **(WITH_OFFER | campaign))
    assert stage.dispatch() == "SENT"
    return stage


def heard(stage: Stage, status: str, at: float = LATE, channel: str = "email", reference: str | None = None) -> None:
    told = Feedback(stage.message_id, status, channel, at, "note", reference=reference)  # type: ignore[arg-type]
    take_feedback(stage.profile.id, told, stage.ports, at)


def counts(stage: Stage) -> dict[str, int]:
    """The account of the person's messages, without what is nothing."""
    found = account(fates_of(stage.profile, stage.ports.profiles))
    assert found.difference == 0
    known = {"sent": found.sent, "failed": found.failed, "in_doubt": found.in_doubt, "waiting": found.waiting}
    return {name: number for name, number in known.items() if number}


def used(stage: Stage) -> int:
    return stage.ports.ledger.counted([CAR], NOW)["car"]


# ---- given up, and sent after all


@pytest.mark.parametrize("status", ["sent", "delivered", "opened", "bounced", "delayed"])
def test_what_comes_back_for_a_message_that_was_given_up_says_that_it_went_out(status: str) -> None:
    stage = given_up()
    for _ in range(2):
        heard(stage, status)
        assert stage.dispatch(LATE, "third") == "SENT"
    [contact], [shown] = stage.profile.contacts, stage.profile.exposures
    assert (contact.at, contact.channels, shown.offer, counts(stage)) == (NOW, ("email",), "car", {"sent": 1})


def test_until_it_is_noted_as_sent_it_is_in_doubt_again_and_counts_once() -> None:
    stage = given_up()
    heard(stage, "delivered")
    assert (stage.status, counts(stage)) == ("IN_DOUBT", {"in_doubt": 1})


def test_a_message_that_is_given_up_uses_up_no_cap_until_it_turns_out_to_be_sent() -> None:
    stage = given_up()
    assert used(stage) == 0
    heard(stage, "delivered")
    stage.dispatch(LATE, "third")
    heard(stage, "opened", LATE + 1)
    assert used(stage) == 1


def test_a_late_word_counts_for_the_days_when_it_went_out() -> None:
    stage = given_up()
    heard(stage, "delivered", NOW + 3 * DAY)
    stage.dispatch(NOW + 3 * DAY, "third")
    stage.told(NOW + 3 * DAY + 1, "track", event="Asked", properties={"id": "2"})
    stage.message_id = stage.profile.pending[0].message_id
    assert stage.dispatch(NOW + 3 * DAY + 1, "fourth") == "SENT"  # a cap of one a day is not in its way


def test_a_word_that_comes_after_the_time_to_answer_finds_silence_at_once() -> None:
    stage, late = given_up(), NOW + 8 * DAY
    heard(stage, "delivered", late)
    stage.dispatch(late, "third")
    woken = stage.profile.wake_at
    fall_due(Due(woken, stage.profile.id, "wake"), Desk(stage.ports), woken)
    assert (woken - late < MINUTE, stage.profile.contacts[0].response) == (True, "silence")


def test_a_word_whose_taking_was_stopped_half_way_is_taken_up_again() -> None:
    stage = given_up()
    ledger = stage.ports.ledger
    real = ledger.settle

    def killed(*args: object) -> None:
        real(*args)  # type: ignore[arg-type]  # passed on as it came
        raise Killed

    ledger.settle = killed  # type: ignore[method-assign]  # the process is killed right there
    with pytest.raises(Killed):
        heard(stage, "sent")
    ledger.settle = real  # type: ignore[method-assign]  # and the notice is delivered again
    heard(stage, "sent")
    assert stage.dispatch(LATE, "third") == "SENT"


def test_who_is_killed_while_giving_up_leaves_it_to_the_next_look() -> None:
    stage = Stage(Provider(Outcome.IN_DOUBT), channels=["email"])
    stage.dispatch()
    real = stage.ports.profiles.write

    def killed(*_: object) -> None:
        raise Killed

    stage.ports.profiles.write = killed  # type: ignore[method-assign]  # the process is killed right there
    with pytest.raises(Killed):
        stage.dispatch(NOW + 16 * MINUTE, "second")
    stage.ports.profiles.write = real  # type: ignore[method-assign]  # and another one starts
    assert stage.dispatch(NOW + 17 * MINUTE, "third") == "FAILED REJECTED"


def test_of_a_run_on_all_channels_the_one_that_was_given_up_is_sent_after_all() -> None:
    stage = Stage(Provider(Outcome.IN_DOUBT), all_channels=True)
    stage.dispatch()
    stage.dispatch(NOW + 16 * MINUTE, "second")
    heard(stage, "delivered")
    stage.dispatch(LATE, "third")
    [contact] = stage.profile.contacts
    assert (set(contact.channels), stage.status, counts(stage)) == ({"email", "sms"}, "SENT", {"sent": 1})


def test_an_old_word_about_a_message_that_was_sent_changes_nothing() -> None:
    stage = sent()
    before = stage.ports.profiles.records(stage.profile.id)
    heard(stage, "opened", NOW + 700 * DAY)
    heard(stage, "sent", NOW + 700 * DAY)
    assert (stage.status, stage.ports.profiles.records(stage.profile.id)) == ("SENT", before)


# ---- taken, and refused after all


def test_what_a_provider_took_and_refused_goes_on_with_the_next_channel() -> None:
    stage = sent()
    for _ in range(2):
        heard(stage, "refused", NOW + MINUTE)
    assert (stage.profile.contacts, stage.profile.exposures, counts(stage)) == ((), (), {"waiting": 1})
    assert stage.dispatch(NOW + MINUTE, "second") == "SENT"
    [contact] = stage.profile.contacts
    assert (contact.channels, used(stage), counts(stage)) == (("sms",), 1, {"sent": 1})


def test_refused_on_its_last_channel_it_has_failed_and_nothing_counts_it() -> None:
    stage = sent(channels=["email"])
    heard(stage, "refused", NOW + MINUTE)
    told = [record.status for record in stage.ports.profiles.records(stage.profile.id)]
    assert (stage.status, told, counts(stage)) == ("FAILED REJECTED", ["SENT", "FAILED"], {"failed": 1})
    assert (stage.profile.contacts, stage.profile.exposures, used(stage)) == ((), (), 0)
    assert stage.profile.addresses["email"].last_sent is None


def test_refused_too_late_for_another_channel_it_is_stale() -> None:
    stage = sent(fresh_for="1h")
    heard(stage, "refused", NOW + 2 * HOUR)
    assert stage.dispatch(NOW + 2 * HOUR, "second") == "SKIPPED STALE_TRIGGER"
    assert account(fates_of(stage.profile, stage.ports.profiles)).skipped == 1


def test_a_doubt_that_was_refused_goes_on_with_the_next_channel() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT))
    stage.dispatch()
    heard(stage, "refused", NOW + MINUTE)
    assert stage.dispatch(NOW + MINUTE, "second") == "SENT"
    assert provider.tried == ["email", "sms"]


def test_of_a_run_on_all_channels_the_one_that_was_refused_has_failed_and_the_other_stands() -> None:
    stage = sent(all_channels=True)
    heard(stage, "refused", NOW + MINUTE)
    [contact] = stage.profile.contacts
    assert (contact.channels, stage.status, counts(stage)) == (("sms",), "SENT", {"sent": 1})
    heard(stage, "refused", NOW + MINUTE, "sms")
    assert (stage.status, counts(stage)) == ("FAILED REJECTED", {"failed": 1})


def test_the_word_that_it_was_taken_may_come_after_the_one_that_it_was_refused() -> None:
    stage = sent(channels=["email"])
    heard(stage, "refused", NOW + MINUTE)
    heard(stage, "sent", NOW + MINUTE)
    assert stage.status == "FAILED REJECTED"


def test_a_refusal_waits_while_whoever_hands_over_may_be_at_it() -> None:
    stage = Stage(provider := Provider(), channels=["email"])
    real = provider.send

    def refused_meanwhile(outgoing: object) -> object:
        with pytest.raises(Conflict):
            heard(stage, "refused", NOW + 1)
        return real(outgoing)  # type: ignore[arg-type]  # passed on as it came

    provider.send = refused_meanwhile  # type: ignore[method-assign,assignment]  # the notice is faster than the answer
    assert stage.dispatch() == "SENT"
    heard(stage, "refused", NOW + MINUTE)
    assert stage.status == "FAILED REJECTED"


def test_of_two_mails_of_one_message_the_refusal_of_the_lost_one_changes_nothing() -> None:
    stage = sent(channels=["email"])
    known = stage.ports.ledger.find(send_id(stage.message_id, "email"))
    assert known is not None
    assert known.provider_id == "memory-1"
    heard(stage, "refused", NOW + MINUTE, reference="another")
    assert (stage.status, known.state) == ("SENT", SendState.SENT)


def test_what_was_answered_was_not_refused() -> None:
    stage = sent(channels=["email"])
    heard(stage, "replied", NOW + 1)
    heard(stage, "refused", NOW + MINUTE)
    assert stage.status == "SENT"


def test_who_stops_marketing_at_the_provider_gets_no_more_of_it() -> None:
    stage = sent()
    heard(stage, "stopped", NOW + 1)
    assert stage.profile.consents["marketing"]["email"].status == "withdrawn"
    assert stage.profile.contacts[0].response is None
