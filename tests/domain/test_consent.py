"""Consent is what its receipts amount to, in whatever order they come and whoever brings them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapport.domain.consent import Consents, Receipt, covering, fold, granted, kept, withdrawn
from rapport.domain.house import CHANNELS
from rapport.domain.intake import apply
from rapport.domain.profile import Profile

from tests.domain.intake_house import CATALOGUE, T0, message

MARKETING = "marketing"
MOMENTS = st.integers(-6, 0).map(lambda days: T0 + days * 86_400.0)
BANNERS = st.tuples(st.just("banner"), st.booleans(), MOMENTS)
RECEIPTS = st.builds(
    Receipt,
    st.just(MARKETING),
    st.sampled_from(["*", "web", "email"]),
    st.sampled_from(["granted", "withdrawn"]),
    MOMENTS,
    expires_at=st.sampled_from([None, T0 - 3 * 86_400.0, T0 + 86_400.0]),
)


def played(history: list[Any]) -> tuple[Consents, tuple[Receipt, ...]]:
    """The state after banners and receipts as they come in, and all receipts that were stored."""
    profile, stored = Profile("p"), list[Receipt]()
    for number, said in enumerate(history):
        if isinstance(said, Receipt):
            consents, more = kept(profile.consents, (said,))
            profile = Profile("p", consents=consents)
        else:
            context = {"consent": {"categoryPreferences": {MARKETING: said[1]}}}
            event = message({"type": "page", "messageId": f"m{number}", "context": context})
            applied = apply(profile, type(event)(**{**as_dict(event), "at": said[2]}), CATALOGUE)
            profile, more = applied.profile, applied.receipts
        stored.extend(more)
    return profile.consents, tuple(stored)


def as_dict(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def holding(consents: Consents) -> list[Any]:
    """What holds and what is told of it, channel by channel."""
    return [
        (
            channel,
            getattr(covering(consents, MARKETING, channel), "status", None),
            granted(consents, MARKETING, channel, T0),
            withdrawn(consents, MARKETING, channel),
        )
        for channel in CHANNELS
    ]


@settings(max_examples=400, deadline=None)
@given(st.lists(BANNERS | RECEIPTS, max_size=8))
def test_consent_state_equals_the_fold_of_its_receipts_e12(history: list[Any]) -> None:
    consents, stored = played(history)
    assert holding(fold(stored)) == holding(consents)


@settings(max_examples=200, deadline=None)
@given(st.lists(BANNERS | RECEIPTS, max_size=6).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_in_whatever_order_it_is_said_the_same_holds(histories: tuple[list[Any], list[Any]]) -> None:
    one, other = (played(history)[0] for history in histories)
    assert holding(one) == holding(other)


@settings(max_examples=200, deadline=None)
@given(st.lists(RECEIPTS, max_size=8).flatmap(lambda said: st.tuples(st.just(said), st.permutations(said))))
def test_receipts_fold_to_the_same_state_in_any_order_and_repeated(said: tuple[list[Receipt], list[Receipt]]) -> None:
    assert holding(fold([*said[1], *said[0]])) == holding(fold(said[0]))


@pytest.mark.parametrize(
    ("late", "stands"),
    [
        (Receipt(MARKETING, "*", "withdrawn", T0 - 100), True),
        (Receipt(MARKETING, "web", "withdrawn", T0 - 100), True),
        (Receipt(MARKETING, "*", "withdrawn", T0), False),
        (Receipt(MARKETING, "email", "withdrawn", T0), True),
    ],
)
def test_a_late_receipt_counts_as_of_its_own_moment_a_withdrawal_at_a_tie(late: Receipt, *, stands: bool) -> None:
    consents, stored = played([("banner", True, T0 - 200), ("banner", True, T0), late])
    assert [granted(state, MARKETING, "web", T0) for state in (consents, fold(stored))] == [stands, stands]


def test_a_banner_that_says_the_same_with_every_event_leaves_one_receipt() -> None:
    assert len(played([("banner", True, T0 - hours) for hours in (30, 20, 10)])[1]) == 1


def test_consent_at_an_earlier_moment_is_the_fold_of_the_receipts_up_to_it() -> None:
    receipts = [Receipt(MARKETING, "*", "granted", T0), Receipt(MARKETING, "*", "withdrawn", T0 + 50)]
    found = [granted(fold(r for r in receipts if r.at <= at), MARKETING, "sms", at) for at in (T0 - 1, T0, T0 + 50)]
    assert found == [False, True, False]
