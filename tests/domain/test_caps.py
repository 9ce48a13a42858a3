"""Contact caps and the pause after silence."""

import pytest
from rapport.domain.caps import (
    about_campaign,
    about_offer,
    capped,
    declined,
    ignored,
    too_soon,
    used_up,
)
from rapport.domain.house import ChannelCap, ContactPolicy, Ignored
from rapport.domain.moment import DAY, HOUR
from rapport.domain.offer import Offer, OfferCap
from rapport.domain.profile import SILENCE, Contact, Exposure

from tests.domain.trails import NOW

DAILY_EMAIL = (ChannelCap("email", 1, 1), ChannelCap("any", 3, 7))


def mail(days: float, channel: str = "email", purpose: str = "marketing") -> Contact:
    return Contact(NOW - days * DAY, "c", purpose=purpose, channels=(channel,))


@pytest.mark.parametrize(
    ("contacts", "channel", "over"),
    [
        ([], "email", False),
        ([mail(0.99)], "email", True),
        ([mail(1)], "email", False),
        ([mail(0.5)], "sms", False),
        ([mail(0.5, "sms")], "email", False),
        ([mail(0.5, purpose="service")], "email", False),
        ([mail(2), mail(3, "sms"), mail(4, "push")], "email", True),
        ([mail(2), mail(3), mail(7)], "email", False),
        ([mail(2), mail(3), Contact(NOW - DAY)], "email", False),
    ],
)
def test_caps_roll_by_day_and_leave_service_alone(contacts: list[Contact], channel: str, over: bool) -> None:
    assert capped(contacts, DAILY_EMAIL, channel, NOW) is over


def test_one_run_on_two_channels_is_one_contact() -> None:
    both = Contact(NOW - HOUR, "c", purpose="marketing", channels=("email", "sms"))
    assert not capped([both], (ChannelCap("any", 2, 7),), "push", NOW)


@pytest.mark.parametrize(("days", "soon"), [(29.9, True), (30, False), (None, False)])
def test_the_same_campaign_waits(days: float | None, soon: bool) -> None:
    contacts = [mail(days or 1)]
    assert too_soon(contacts, "c", None if days is None else 30, NOW) is soon


def silence(days: float, campaign: str = "c", response: str | None = None, offers: tuple[str, ...] = ()) -> Contact:
    at = NOW - days * DAY
    return Contact(at, campaign, silent_after=at + 7 * DAY, response=response, offers=offers)


@pytest.mark.parametrize(
    ("contacts", "paused"),
    [
        ([silence(20), silence(10)], True),
        ([silence(20, response=SILENCE), silence(10, response=SILENCE)], True),
        ([silence(20), silence(6)], False),
        ([silence(40), silence(9)], False),
        ([silence(20, response="clicked"), silence(10)], False),
        ([silence(30), silence(20, response="clicked"), silence(10)], False),
        ([silence(30), silence(20), silence(10, response="clicked")], False),
        ([silence(90), silence(68)], False),
        ([silence(90), silence(66)], True),
        ([silence(20, "other"), silence(10)], False),
    ],
    ids=[
        "two",
        "noted",
        "not-yet-silent",
        "far-apart",
        "answered",
        "answered-between",
        "answered-since",
        "over",
        "nearly",
        "another",
    ],
)
def test_silence_pauses_a_campaign_b11(contacts: list[Contact], paused: bool) -> None:
    assert ignored(contacts, ContactPolicy(), NOW, about_campaign("c")) is paused


def test_silence_pauses_an_offer_across_campaigns_b11() -> None:
    contacts = [silence(20, "a", offers=("ski",)), silence(10, "b", offers=("ski", "wax"))]
    found = [ignored(contacts, ContactPolicy(), NOW, about_offer(name)) for name in ("ski", "wax")]
    assert found == [True, False]


def test_a_house_may_do_without_the_pause() -> None:
    contacts = [silence(20), silence(10)]
    assert not ignored(contacts, ContactPolicy(ignored=None), NOW, about_campaign("c"))


def test_one_silence_may_be_enough() -> None:
    assert ignored([silence(10)], ContactPolicy(ignored=Ignored(after=1)), NOW, about_campaign("c"))


@pytest.mark.parametrize(
    ("cap", "days", "used"),
    [
        (OfferCap("person", 2, 30), (1, 29), True),
        (OfferCap("person", 2, 30), (1, 30), False),
        (OfferCap("person", 2), (1, 900), True),
        (OfferCap("all", 1), (1, 2), False),
    ],
)
def test_an_offer_is_shown_as_often_as_its_own_caps_allow(cap: OfferCap, days: tuple[float, ...], used: bool) -> None:
    exposures = [Exposure("ski", NOW - day * DAY, "viewed", "web") for day in days]
    exposures.append(Exposure("other", NOW, "viewed", "web"))
    assert used_up(Offer("ski", "sales", "b", caps=(cap,)), exposures, NOW) is used


def seen(days: float, response: str | None = None) -> Exposure:
    return Exposure("ski", NOW - (days + 1) * DAY, "viewed", "web", response=response, responded_at=NOW - days * DAY)


@pytest.mark.parametrize(
    ("shown", "rests"),
    [
        ([seen(0, "dismissed")], True),
        ([seen(59, "dismissed"), seen(58)], True),
        ([seen(60, "dismissed")], False),
        ([seen(5, "dismissed"), seen(2, "clicked")], False),
        ([seen(5, "clicked"), seen(2, "dismissed"), seen(1, SILENCE)], True),
        ([seen(1)], False),
        ([], False),
    ],
    ids=["just-now", "within-the-pause", "after-it", "clicked-since", "the-last-word", "no-word", "never-shown"],
)
def test_what_a_person_decided_against_rests(shown: list[Exposure], rests: bool) -> None:
    assert declined(shown, ContactPolicy(), NOW) is rests


def test_no_is_an_answer_even_where_silence_is_none() -> None:
    assert declined([seen(3, "dismissed")], ContactPolicy(ignored=None), NOW)
