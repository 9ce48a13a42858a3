"""Sealed tokens: only we can read or make them, each for its one purpose."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapport_aws.hot import base64url
from rapport_aws.tokens import LONGEST, KeyRing, key_ring

KEY, OTHER = bytes(range(32)), bytes(range(32, 64))
NONCE = bytes(12)
ring = KeyRing({"k1": KEY})


@given(st.binary(max_size=600), st.text(max_size=20))
def test_what_was_sealed_opens_for_its_purpose(payload: bytes, purpose: str) -> None:
    assert ring.open(purpose, ring.seal(purpose, payload)) == payload


def test_another_purpose_does_not_open_it() -> None:
    assert ring.open("unsubscribe", ring.seal("click", b"payload")) is None


def test_a_token_with_one_character_changed_does_not_open() -> None:
    token = ring.seal("view", b"payload", nonce=NONCE)
    changed = {token[:place] + other + token[place + 1 :] for place in range(len(token)) for other in "AB1._-\n=é"}
    assert [forged for forged in changed - {token} if ring.open("view", forged) is not None] == []


def test_a_cut_token_does_not_open() -> None:
    token = ring.seal("view", b"payload", nonce=NONCE)
    assert [kept for kept in range(len(token)) if ring.open("view", token[:kept]) is not None] == []


@given(st.text(max_size=300))
def test_text_from_anywhere_does_not_open_and_does_not_fail(text: str) -> None:
    assert ring.open("view", text) is None
    assert ring.open("view", f"k1.{text}") is None


def test_another_houses_token_does_not_open() -> None:
    assert ring.open("view", KeyRing({"k1": OTHER}).seal("view", b"payload")) is None


def test_after_a_rotation_old_tokens_still_open_and_new_ones_use_the_new_key() -> None:
    old = ring.seal("view", b"old")
    rotated = KeyRing({"k2": OTHER, "k1": KEY})
    new = rotated.seal("view", b"new")
    assert [rotated.open("view", old), rotated.open("view", new), ring.open("view", new)] == [b"old", b"new", None]


def test_a_token_lives_in_an_address_without_escaping() -> None:
    tokens = "".join(ring.seal("view", os.urandom(64)) for _ in range(20))
    assert set(tokens) <= base64url.ALPHABET | {"."}


def test_the_length_does_not_tell_what_is_inside() -> None:
    assert {len(ring.seal("view", b"x" * size)) for size in range(64)} == {len(ring.seal("view", b""))}


def test_two_tokens_of_one_payload_differ() -> None:
    assert ring.seal("view", b"payload") != ring.seal("view", b"payload")


def test_under_a_given_nonce_the_token_repeats() -> None:
    assert ring.seal("view", b"payload", nonce=NONCE) == ring.seal("view", b"payload", nonce=NONCE)


def test_a_payload_too_long_for_an_address_is_not_sealed() -> None:
    with pytest.raises(ValueError, match="too long"):
        ring.seal("view", bytes(LONGEST))


def test_a_container_that_missed_a_rotation_learns_the_key_from_its_first_token() -> None:
    newer = {"k2": OTHER, "k1": KEY}
    late = KeyRing({"k1": KEY}, lambda: newer)
    assert late.open("u", KeyRing(newer).seal("u", b"payload")) == b"payload"


def test_a_key_that_nobody_has_opens_nothing() -> None:
    late = KeyRing({"k1": KEY}, lambda: {"k1": KEY})
    forged = KeyRing({"k9": OTHER}).seal("u", b"payload")
    assert (late.open("u", forged), late.open("u", "../k9.AAAA")) == (None, None)


def test_a_key_ring_is_read_from_its_secrets_the_current_key_first() -> None:
    secrets = [f"new:{base64url.encode(OTHER)}\n", f"k1:{base64url.encode(KEY)}"]
    read = key_ring(secrets)
    assert read.open("view", ring.seal("view", b"payload")) == b"payload"
    assert read.seal("view", b"payload").startswith("new.")


@pytest.mark.parametrize("secrets", [[], ["k1"], [":AAAA"], ["k1:AAAA"], [f"k.1:{base64url.encode(KEY)}"], ["k1:!"]])
def test_what_is_no_key_is_refused_without_repeating_it(secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="key") as caught:
        key_ring(secrets)
    assert not any(secret in str(caught.value) for secret in secrets)
