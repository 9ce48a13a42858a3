from typing import Any

import pytest
from msgspec import structs
from rapport.domain.decision import TokenPayload
from rapport.domain.profile import Contact, Exposure, Profile
from rapport.domain.responses import with_exposures

from tests.domain.intake_house import T0, days, take, taken, track

TOKEN = TokenPayload("d_1", "p_u1", "skis", "home-hero", "web", T0, 0.5, "m1", "v1", holdout=False)


def token(**other: Any) -> TokenPayload:
    return structs.replace(TOKEN, **other)


def responses(profile: Profile) -> list[tuple[str, str | None]]:
    return [(exposure.offer, exposure.response) for exposure in profile.exposures]


def test_a_view_is_an_exposure_that_counts() -> None:
    applied = taken(track("Offer Viewed", T0 + 5), token=TOKEN)
    assert responses(applied.profile) == [("skis", None)]
    assert [(counted.response, counted.token) for counted in applied.counted] == [("viewed", TOKEN)]


def test_a_view_counts_once_per_decision_offer_and_event() -> None:
    first = take(track("Offer Viewed", T0 + 5), token=TOKEN)
    again = taken(track("Offer Viewed", T0 + 6), first, TOKEN)
    assert (again.counted, len(again.profile.exposures)) == ((), 1)


def test_another_decision_counts_again() -> None:
    first = take(track("Offer Viewed", T0 + 5), token=TOKEN)
    again = taken(track("Offer Viewed", T0 + 6), first, token(decision="d_2"))
    assert (len(again.counted), len(again.profile.exposures)) == (1, 2)


@pytest.mark.parametrize(
    "opened",
    [
        pytest.param(None, id="no token"),
        pytest.param(token(profile="p_u2"), id="somebody else's"),
        pytest.param(token(at=T0 - 86_401), id="older than a day"),
        pytest.param(token(at=T0 + 3600), id="from the future"),
    ],
)
def test_a_token_that_is_not_ones_own_and_fresh_counts_nothing(opened: TokenPayload | None) -> None:
    applied = taken(track("Offer Clicked"), token=opened)
    assert (applied.counted, applied.profile.exposures) == ((), ())


def test_a_backdated_event_does_not_make_an_old_token_fresh() -> None:
    event = structs.replace(track("Offer Clicked", days(3)), at=T0)
    assert taken(event, token=TOKEN).counted == ()


def test_a_token_of_a_stretch_that_joined_the_person_is_their_own() -> None:
    profile = Profile("p_u1", absorbed=("p_a1",))
    assert len(taken(track("Offer Viewed"), profile, token(profile="p_a1")).counted) == 1


def test_a_click_that_comes_in_before_its_view_gives_the_same_exposure() -> None:
    view, click = track("Offer Viewed", T0 + 5), track("Offer Clicked", T0 + 9)
    one, other = take(view, click, token=TOKEN), take(click, view, token=TOKEN)
    assert one.exposures == other.exposures == (
        Exposure(
            "skis", T0 + 5, "viewed", "web", "d_1", "home-hero", None, "clicked", T0 + 9, TOKEN.basis
        ),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (("Offer Dismissed", "Offer Clicked"), "clicked"),
        (("Offer Clicked", "Offer Dismissed"), "clicked"),
        (("Offer Accepted", "Offer Clicked"), "accepted"),
    ],
)
def test_of_two_responses_the_stronger_is_kept(names: tuple[str, str], kept: str) -> None:
    events = [track(name, T0 + number) for number, name in enumerate(names)]
    assert responses(take(*events, token=TOKEN)) == [("skis", kept)]


def test_a_response_answers_the_message_that_carried_the_offer_d7() -> None:
    sent = Contact(T0 - 60, "winter", offers=("skis",), channels=("email",))
    profile = take(track("Offer Clicked", T0 + 5), profile=Profile("p_u1", contacts=(sent,)), token=TOKEN)
    assert (profile.contacts[0].response, profile.contacts[0].responded_at) == ("clicked", T0 + 5)


def test_buying_what_was_offered_accepts_the_offer() -> None:
    shown = take(track("Offer Viewed", T0 + 5), token=TOKEN)
    bought = taken(track("Order Completed", days(2), products=[{"sku": "ski-1"}]), shown)
    assert responses(bought.profile) == [("skis", "accepted")]
    assert [(counted.response, counted.offer, counted.decision) for counted in bought.counted] == [
        ("accepted", "skis", "d_1")
    ]


def test_buying_something_else_accepts_nothing() -> None:
    shown = take(track("Offer Viewed", T0 + 5), token=TOKEN)
    assert responses(take(track("Order Completed", days(2), products=[{"sku": "wax"}]), profile=shown)) == [
        ("skis", None)
    ]


def test_buying_much_later_is_no_answer() -> None:
    shown = take(track("Offer Viewed", T0 + 5), token=TOKEN)
    later = take(track("Order Completed", days(40), products=[{"sku": "ski-1"}]), profile=shown)
    assert responses(later) == [("skis", None)]


def test_a_track_event_with_a_token_and_another_name_is_no_response() -> None:
    assert taken(track("Product Viewed"), token=TOKEN).counted == ()


def test_what_was_shown_rarely_is_remembered_however_much_else_is_shown_d10() -> None:
    rare = Exposure("rare", T0 - 900, "viewed", "web", "d_rare")
    often = [Exposure("often", T0 - 800 + n, "viewed", "web", f"d_{n}") for n in range(400)]
    kept = with_exposures((), rare, *often)
    assert (len(kept), kept[0], kept[-1]) == (200, rare, often[-1])


def test_of_what_was_shown_equally_often_the_oldest_goes() -> None:
    all_alike = [Exposure(f"o{n:03}", T0 + n, "viewed", "web", f"d_{n}") for n in range(201)]
    assert len(with_exposures(all_alike)) == 200


def test_a_token_from_before_an_erasure_counts_nothing_for_who_starts_anew() -> None:
    applied = taken(track("Offer Clicked", T0 + 2), Profile("p_u1", forgotten_before=T0 + 1), TOKEN)
    assert (applied.counted, applied.profile.exposures) == ((), ())
