"""The claim protocol: what becomes of a message for every answer of a provider, and for every place to be killed at."""

import pytest
from rapport.domain.consent import EVERY_CHANNEL, Receipt
from rapport.domain.delivery import Feedback
from rapport.domain.moment import MINUTE
from rapport.ports import Outcome, SendState
from rapport.use_cases import curate
from rapport.use_cases.take_feedback import take_feedback

from tests.use_cases.stage import ANN, NOW, Killed, Provider, Stage


def test_what_is_taken_is_sent_and_noted() -> None:
    stage = Stage(provider := Provider())
    assert stage.dispatch() == "SENT"
    assert [out.to for out in provider.sent] == ["ann@example.com"]
    assert [contact.campaign for contact in stage.profile.contacts] == ["note"]


def test_a_repeated_delivery_of_the_row_sends_nothing_more() -> None:
    stage = Stage(provider := Provider())
    stage.dispatch()
    stage.dispatch(attempt="second")
    assert len(provider.sent) == 1


def test_a_definite_refusal_goes_on_with_the_next_channel_c24() -> None:
    stage = Stage(provider := Provider(Outcome.REFUSED))
    assert stage.dispatch() == "SENT"
    assert provider.tried == ["email", "sms"]


def test_where_every_channel_refuses_it_fails() -> None:
    stage = Stage(Provider(Outcome.REFUSED, Outcome.REFUSED))
    assert stage.dispatch() == "FAILED REJECTED"


def test_a_throttled_hand_over_waits_and_then_goes() -> None:
    stage = Stage(provider := Provider(Outcome.LATER))
    assert stage.dispatch() == "DEFERRED RATE"
    assert stage.dispatch(NOW + MINUTE, "second") == "SENT"
    assert len(provider.sent) == 1


def test_a_lost_answer_leaves_a_doubt_and_never_tries_another_channel() -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT))
    assert stage.dispatch() == "IN_DOUBT"
    assert provider.tried == ["email"]


@pytest.mark.parametrize(
    ("policy", "ending", "tries"),
    [("drop", "FAILED REJECTED", 1), ("resend", "SENT", 2), ("hold", "IN_DOUBT", 1)],
)
def test_a_doubt_ends_by_the_campaigns_policy_once_feedback_is_late(policy: str, ending: str, tries: int) -> None:
    stage = Stage(provider := Provider(Outcome.IN_DOUBT), in_doubt=policy)
    stage.dispatch()
    assert stage.dispatch(NOW + 15 * MINUTE, "second") == ending
    assert len(provider.tried) == tries


def test_feedback_settles_a_doubt() -> None:
    stage = Stage(Provider(Outcome.IN_DOUBT))
    stage.dispatch()
    arrived = Feedback(stage.message_id, "delivered", "email", NOW + MINUTE, "note")
    take_feedback(stage.profile.id, arrived, stage.ports, NOW + MINUTE)
    assert stage.dispatch(NOW + MINUTE, "second") == "SENT"


def test_a_withdrawal_between_the_look_and_the_hand_over_keeps_it_back_b7() -> None:
    class Meddler(Provider):
        withdrawn = False

    stage = Stage(provider := Meddler())
    real = stage.ports.ledger.claim

    def claim(send: object, limits: object) -> SendState:
        if not provider.withdrawn:
            provider.withdrawn = True
            curate.consent(ANN, Receipt("marketing", EVERY_CHANNEL, "withdrawn", NOW + 1), stage.ports, NOW + 1)
        return real(send, limits)  # type: ignore[arg-type]  # passed on as it came

    stage.ports.ledger.claim = claim  # type: ignore[method-assign]  # somebody else writes in between
    assert stage.dispatch() == "SKIPPED UNSUBSCRIBED"
    assert provider.sent == []


@pytest.mark.parametrize("where", ["claim", "open", "send", "settle", "write"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_anywhere_it_goes_out_once_or_is_known_to_be_in_doubt(where: str, when: str) -> None:
    stage = Stage(provider := Provider())
    target = {"send": stage.ports.sender, "write": stage.ports.profiles}.get(where, stage.ports.ledger)
    real = getattr(target, where)

    def killed(*args: object) -> object:
        if when == "after":
            real(*args)
        raise Killed

    setattr(target, where, killed)
    with pytest.raises(Killed):
        stage.dispatch()
    setattr(target, where, real)
    ending = stage.dispatch(NOW + 1, "second")
    if ending == "IN_DOUBT":
        ending = stage.dispatch(NOW + 20 * MINUTE, "third")
    assert (ending, len(provider.sent)) in {("SENT", 1), ("FAILED REJECTED", 0), ("FAILED REJECTED", 1)}
    assert ending == "SENT" or (where, when) in {
        ("open", "after"),
        ("send", "before"),
        ("send", "after"),
        ("settle", "before"),
    }


THANKS = """
id: thanks
purpose: service
kind: relationship
trigger: {event: Message Replied}
channels: [email]
template: note.j2
"""


@pytest.mark.parametrize(("second", "runs"), [("r1", 1), ("r2", 2)])
def test_a_reply_that_is_told_twice_starts_one_run_and_a_second_reply_starts_another(second: str, runs: int) -> None:
    stage = Stage(Provider(), {"campaigns/thanks.yaml": THANKS}, channels=["sms"])
    stage.dispatch()
    for name, at in (("r1", NOW + MINUTE), (second, NOW + 2 * MINUTE)):
        reply = Feedback(stage.message_id, "replied", "sms", at, "note", text="Yes", id=name)
        take_feedback(stage.profile.id, reply, stage.ports, at)
    records = stage.ports.profiles.records(stage.profile.id)
    planned = [one for one in stage.profile.pending if one.campaign == "thanks"]
    assert (len(planned), [one.reason for one in records if one.campaign == "thanks"]) == (runs, [])
