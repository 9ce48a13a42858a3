"""The account of messages adds up, and tells when one is missing."""

import pytest
from msgspec import structs
from rapport.domain.account import Account, account, fates
from rapport.domain.message import Message, Record
from rapport.domain.planned import told, with_pending
from rapport.domain.profile import Contact, Profile
from rapport.domain.reason import MessageStatus, Reason

WAITS = Message("m_1", "p_ann", "note", "1", 0.0, 0.0, 10.0)
SENT = structs.replace(WAITS, status=MessageStatus.SENT, channel="email", settled_at=5.0)
ANN = Profile("p_ann", user_id="ann")


def stands(profile: Profile, message: Message, *records: Record) -> Account:
    return account(fates(profile, [message], records))


def test_what_waits_is_named_by_its_person() -> None:
    assert stands(with_pending(ANN, WAITS), WAITS) == Account(planned=1, waiting=1)


@pytest.mark.parametrize(("status", "name"), [("HELD", "held"), ("IN_DOUBT", "in_doubt")])
def test_held_and_doubtful_messages_are_counted_apart(status: str, name: str) -> None:
    message = structs.replace(WAITS, status=MessageStatus(status))
    assert stands(with_pending(ANN, message), message) == Account(planned=1, **{name: 1})


def test_a_message_that_nobody_names_any_more_is_missing() -> None:
    assert stands(ANN, WAITS).difference == 1


def test_an_ending_that_was_never_told_is_missing() -> None:
    assert stands(ANN, SENT).difference == 1
    assert stands(ANN, SENT, told(SENT, 5.0)) == Account(planned=1, sent=1)


def test_an_ending_told_otherwise_is_missing() -> None:
    skipped = structs.replace(SENT, status=MessageStatus.SKIPPED, reason=Reason.CANCELLED)
    assert stands(ANN, SENT, told(skipped, 5.0)).difference == 1


def test_a_name_without_a_row_is_missing() -> None:
    assert account(fates(with_pending(ANN, WAITS), [], [])).difference == 1


def test_what_ended_and_is_still_named_is_missing_from_the_endings() -> None:
    assert stands(with_pending(ANN, SENT), SENT, told(SENT, 5.0)).difference == 1


def test_the_rows_of_a_merged_person_are_planned_with_the_other() -> None:
    assert stands(structs.replace(ANN, merged_into="p_bob"), WAITS) == Account()


def test_a_run_on_all_channels_was_sent_if_it_was_on_one() -> None:
    skipped = structs.replace(SENT, status=MessageStatus.SKIPPED, reason=Reason.NO_ADDRESS, channel="sms")
    assert stands(ANN, skipped, told(SENT, 5.0), told(skipped, 5.0)) == Account(planned=1, sent=1)


def test_without_what_was_told_a_message_s_own_row_says_how_it_ended() -> None:
    skipped = structs.replace(SENT, status=MessageStatus.SKIPPED)
    assert (fates(ANN, [skipped]), fates(ANN, [WAITS])) == (["skipped"], ["missing"])


def test_of_a_run_on_all_channels_the_contact_says_that_it_was_sent() -> None:
    skipped = structs.replace(SENT, status=MessageStatus.SKIPPED, channel="sms")
    reached = structs.replace(ANN, contacts=(Contact(1.0, "note", message_id=SENT.id, channels=("email",)),))
    assert fates(reached, [skipped]) == ["sent"]
