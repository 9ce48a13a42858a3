"""What a change of a person leaves in the outcome log: what was exposed, and what came of it, credited once."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.catalogue import Catalogue
from rapport.domain.consent import Consent, Consents
from rapport.domain.credited import Cause
from rapport.domain.decision import Verdict, candidates
from rapport.domain.house import Holdout, House
from rapport.domain.logged import with_log
from rapport.domain.message import Message, Record
from rapport.domain.offer import Offer
from rapport.domain.outcome_log import Candidate, Entry, LoggedExposure, LoggedOutcome
from rapport.domain.planned import Planned
from rapport.domain.profile import Address, Basis, Case, Contact, Exposure, Order, Profile
from rapport.domain.reason import MessageStatus, Reason, Stage

CATALOGUE = Catalogue(House("Test"), offers={"a": Offer("a", "sales", "b", sku="car", mode="individual")}, version="v3")
BASIS = Basis(0.25, "m7", ("tier:gold",), learns=True, mode="individual")
ANN = Profile("p_ann", user_id="ann")
NOW = 1000.0
MAIL = Contact(900.0, "spring", "k", "sales", "marketing", channels=("email",), message_id="m_1", silent_after=9e9)


def exposed(response: str | None = None, how: str = "viewed", **changes: Any) -> Profile:
    told: dict[str, Any] = {"response": response, "responded_at": None if response is None else NOW, "basis": BASIS}
    told |= {"decision": "d1", "placement": "hero"} | changes
    exposure = Exposure("a", 950.0, how, "web", **told)  # type: ignore[arg-type]  # one of two words
    return structs.replace(ANN, exposures=(exposure,))


def rows(before: Profile, after: Profile, **changes: Any) -> list[Entry]:
    """What is logged of a change, on its own moment."""
    cause = Cause(before, NOW, **changes)
    return list(with_log(Planned(after), CATALOGUE, cause).log)


def told(before: Profile, after: Profile, **changes: Any) -> list[tuple[str, bool, bool]]:
    """Kind, whether it is credited to an exposure, and whether it is the first answer."""
    found = rows(before, after, **changes)
    return [
        (one.how, True, False) if isinstance(one, LoggedExposure) else (one.kind, bool(one.decision), one.first)
        for one in found
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (ANN, exposed(), [("viewed", True, False)]),
        (ANN, exposed(how="sent"), [("sent", True, False)]),
        (exposed(), exposed("clicked"), [("clicked", True, True)]),
        (exposed("clicked"), exposed("accepted"), [("accepted", True, False)]),
        (exposed(), exposed("dismissed"), [("dismissed", True, False)]),
        (exposed("dismissed"), exposed("clicked"), [("clicked", True, True)]),
        (exposed(), exposed(), []),
        (ANN, exposed("clicked"), [("viewed", True, False), ("clicked", True, True)]),
        (exposed(how="sent"), exposed("silence", how="sent"), [("silence", True, False)]),
        (exposed(how="sent"), exposed("replied", how="sent"), [("replied", True, True)]),
        (exposed("silence", how="sent"), exposed("clicked", how="sent"), [("clicked", True, True)]),
        (exposed(how="sent"), exposed("goal", how="sent"), [("goal", True, True)]),
    ],
    ids=[
        "a view",
        "a sending",
        "a click",
        "an acceptance after a click",
        "a dismissal",
        "a click after a dismissal",
        "nothing new",
        "an answer that came before its view",
        "silence",
        "a reply",
        "an answer after silence",
        "a goal",
    ],
)
def test_what_is_logged_of_an_exposure(before: Profile, after: Profile, expected: list[Any]) -> None:
    assert told(before, after) == expected


def test_an_exposure_is_logged_as_it_was_decided() -> None:
    assert rows(ANN, exposed()) == [
        LoggedExposure(
            "p_ann",
            "d1",
            "a",
            "hero",
            "web",
            950.0,
            "viewed",
            mode="individual",
            learns=True,
            features=("tier:gold",),
            chance=0.25,
            model="m7",
            catalogue="v3",
        )
    ]


def test_an_outcome_repeats_what_it_is_credited_to() -> None:
    (row,) = rows(exposed(), exposed("clicked"))
    assert row == LoggedOutcome(
        "p_ann",
        "clicked",
        NOW,
        first=True,
        decision="d1",
        offer="a",
        placement="hero",
        channel="web",
        exposed_at=950.0,
        learns=True,
        features=("tier:gold",),
        chance=0.25,
        model="m7",
    )


def test_a_message_has_its_candidates_and_how_often_each_would_have_come_first() -> None:
    verdicts = [
        Verdict("a", "hero", Stage.ARBITRATION, Reason.CHOSEN, share=0.7),
        Verdict("b", "hero", Stage.ARBITRATION, Reason.OUTRANKED, share=0.3),
        Verdict("c", "hero", Stage.TACT, Reason.OWNED),
    ]
    (row,) = rows(ANN, exposed(how="sent"), candidates=candidates(verdicts))
    assert isinstance(row, LoggedExposure)
    assert row.candidates == (Candidate("a", 0.7), Candidate("b", 0.3))


def test_a_message_without_offers_is_logged_as_a_whole() -> None:
    after = structs.replace(ANN, contacts=(structs.replace(MAIL, variant="warm"),))
    (row,) = rows(ANN, after)
    assert isinstance(row, LoggedExposure)
    assert (row.offer, row.campaign, row.variant, row.decision) == ("", "spring", "warm", "m_1")


def test_whoever_is_held_out_leaves_what_they_did_not_get() -> None:
    record = Record(NOW, "p_ann", "m_1", "spring", "k", MessageStatus.SKIPPED, reason=Reason.HOLDOUT)
    message = Message("m_1", "p_ann", "spring", "k", 1.0, 1.0, 1.0, variant="warm")
    planned = Planned(ANN, messages=(message,), records=(record, structs.replace(record, channel="sms")))
    (row,) = with_log(planned, CATALOGUE, Cause(ANN, NOW)).log
    assert isinstance(row, LoggedExposure)
    assert (row.how, row.campaign, row.variant, row.holdout) == ("held_out", "spring", "warm", True)


def test_the_holdout_is_marked_on_all_its_rows() -> None:
    catalogue = structs.replace(CATALOGUE, house=House("Test", holdout=Holdout(1.0, "s")))
    planned = with_log(Planned(exposed("clicked")), catalogue, Cause(ANN, NOW))
    assert [row.holdout for row in planned.log] == [True, True]


def test_a_purchase_is_told_once_of_the_person_and_credited_with_its_worth() -> None:
    bought = structs.replace(exposed("accepted"), orders={"o1": Order(990.0, {"car": 1.0}, paid=120.0)})
    found = [(row.kind, row.decision, row.value) for row in rows(exposed(), bought) if isinstance(row, LoggedOutcome)]
    assert found == [("accepted", "d1", 120.0), ("purchase", "", 120.0)]


def test_of_an_order_of_several_things_none_has_the_whole_worth() -> None:
    bought = structs.replace(exposed("accepted"), orders={"o1": Order(990.0, {"car": 1.0, "x": 1.0}, paid=120.0)})
    assert [row.value for row in rows(exposed(), bought) if isinstance(row, LoggedOutcome)] == [None, 120.0]


def test_an_order_that_is_told_again_is_one_purchase_and_a_dearer_one_adds_what_is_more() -> None:
    before = structs.replace(ANN, orders={"o1": Order(990.0, {"car": 1.0}, paid=100.0)})
    dearer = structs.replace(ANN, orders={"o1": Order(990.0, {"car": 1.0}, paid=130.0)})
    assert rows(before, before) == []
    assert [row.value for row in rows(before, dearer) if isinstance(row, LoggedOutcome)] == [30.0]


def test_a_rating_is_told_of_the_person_and_credited_to_what_was_answered_last() -> None:
    before = exposed("clicked")
    after = structs.replace(before, satisfaction=((NOW, 0.2),))
    assert told(before, after) == [("satisfaction", False, False), ("satisfaction", True, False)]


def test_a_rating_is_credited_to_the_message_that_asked_b9() -> None:
    before = structs.replace(ANN, contacts=(MAIL,))
    after = structs.replace(before, satisfaction=((NOW, 1.0),))
    credited = [row for row in rows(before, after) if isinstance(row, LoggedOutcome) and row.decision]
    assert [(row.campaign, row.value) for row in credited] == [("spring", 1.0)]


def test_two_equal_ratings_of_one_moment_are_two() -> None:
    after = structs.replace(ANN, satisfaction=((NOW, 1.0), (NOW, 1.0)))
    assert len({row.ref for row in rows(ANN, after) if isinstance(row, LoggedOutcome)}) == 2


def test_a_complaint_counts_against_what_was_answered_last() -> None:
    before = exposed("clicked")
    after = structs.replace(before, cases=(Case("complaint", "Complaint Reported", "c1", NOW),))
    assert told(before, after) == [("complaint", False, False), ("complaint", True, False)]


def granted(status: str) -> Consents:
    return {"marketing": {"email": Consent(status, 1.0, ever_granted=True)}}  # type: ignore[arg-type]  # one of two words


def subscribed(status: str, *, offers: bool = True) -> Profile:
    mailed = exposed(how="sent", decision="m_1") if offers else ANN
    return structs.replace(mailed, consents=granted(status), contacts=(MAIL,))


@pytest.mark.parametrize("named", ["", "m_1"])
@pytest.mark.parametrize("offers", [True, False])
def test_an_unsubscription_counts_against_the_message_it_came_from(named: str, *, offers: bool) -> None:
    before, after = subscribed("granted", offers=offers), subscribed("withdrawn", offers=offers)
    found = [row for row in rows(before, after, message_id=named) if isinstance(row, LoggedOutcome)]
    assert [(row.kind, row.decision, row.offer) for row in found] == [
        ("unsubscribed", "", ""),
        ("unsubscribed", "m_1", "a" if offers else ""),
    ]


def test_an_unsubscription_long_after_the_last_message_is_put_down_to_none() -> None:
    def late(status: str) -> Profile:
        return structs.replace(subscribed(status), contacts=(structs.replace(MAIL, at=NOW - 8 * 86400),))

    assert told(late("granted"), late("withdrawn")) == [("unsubscribed", False, False)]


def test_whoever_withdraws_what_they_never_granted_did_not_unsubscribe() -> None:
    before = structs.replace(subscribed("granted"), consents={})
    assert told(before, subscribed("withdrawn")) == []


def test_a_report_of_spam_is_a_complaint_about_that_message_even_after_a_click() -> None:
    before = structs.replace(subscribed("granted"), exposures=exposed("clicked", how="sent", decision="m_1").exposures)
    answer = {"status": "complained", "at": NOW, "campaign": "spring"}
    after = structs.replace(before, consents=granted("withdrawn"), addresses={"email": Address(last_response=answer)})
    assert told(before, after, message_id="m_1", is_complaint=True) == [
        ("complaint", False, False),
        ("complaint", True, False),
    ]


def test_a_report_of_spam_that_is_told_again_is_no_second_one() -> None:
    after = structs.replace(subscribed("withdrawn"), addresses={"email": Address(last_response={"at": NOW})})
    assert told(after, after, message_id="m_1", is_complaint=True) == []
