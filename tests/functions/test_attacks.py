"""Attacks on the public endpoint: refused, nothing changes, and nobody learns what a known person would be shown."""

import hmac
import json
from collections.abc import Iterator
from typing import Any

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from msgspec import structs
from rapport.domain.condition import Condition
from rapport.domain.offer import Offer
from rapport_aws import front
from rapport_aws.hot import base64url

from functions.personalise.handler import handle, receptions
from tests.functions.calls import Context, call, told
from tests.functions.deployment import CATALOGUE, SITE, SITE_SECRET, Deployment

OTHER_SECRET = "a secret of another house, long enough for HS256"
VIP = "ann"
FOR_ANN = Offer(
    "for-ann",
    "content",
    "something for Ann",
    when=Condition('traits.first_name == "Ann"', ["==", ["get", "traits.first_name"], "Ann"], ("traits.first_name",)),
    placements=("home-hero",),
    content={"en-GB": {"headline": "For Ann"}},
    value=100.0,
    mode="individual",
)


def forged(claims: dict[str, Any], header: dict[str, Any], secret: bytes = b"") -> str:
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in (header, claims))
    return f"{text}.{base64url.encode(hmac.digest(secret, text.encode(), 'sha256')) if secret else ''}"


def public_pem() -> bytes:
    key = rsa.generate_private_key(65537, 2048).public_key()
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def claims(world: Deployment, **changed: Any) -> dict[str, Any]:
    return {"sub": VIP, "aud": world.site, "exp": world.clock.now + 600, "iat": world.clock.now} | changed


def signed(world: Deployment, secret: str = SITE_SECRET, **changed: Any) -> str:
    return jwt.encode(claims(world, **changed), secret, "HS256")


TOKENS = {
    "no algorithm": lambda world: forged(claims(world), {"alg": "none"}),
    "no algorithm, spelt otherwise": lambda world: forged(claims(world), {"alg": "nOnE"}),
    "an algorithm that is not the site's": lambda world: forged(
        claims(world), {"alg": "RS256"}, SITE_SECRET.encode()
    ),
    "a longer digest than registered": lambda world: forged(claims(world), {"alg": "HS512"}, SITE_SECRET.encode()),
    "expired": lambda world: signed(world, exp=world.clock.now),
    "valid for a day": lambda world: signed(world, exp=world.clock.now + 86400),
    "from the future": lambda world: signed(world, iat=world.clock.now + 61),
    "not yet valid": lambda world: signed(world, nbf=world.clock.now + 61),
    "another audience": lambda world: signed(world, aud="pk_another"),
    "a part of the audience": lambda world: signed(world, aud=world.site[:-1]),
    "audiences in a list": lambda world: signed(world, aud=[world.site]),
    "another house's key": lambda world: signed(world, OTHER_SECRET),
    "no signature": lambda world: signed(world).rpartition(".")[0] + ".",
    "claims changed after signing": lambda world: _with_claims(signed(world, sub="eve"), claims(world)),
    "a key that the token brings": lambda world: forged(
        claims(world), {"alg": "HS256", "jwk": {"kty": "oct", "k": base64url.encode(b"mine" * 10)}}, b"mine" * 10
    ),
    "nobody": lambda world: signed(world, sub=""),
    "two tokens": lambda world: f"{signed(world)},{signed(world)}",
}  # fmt: skip
ORIGINS = [
    "null",
    "https://trails.example.evil.test",
    "https://eviltrails.example",
    "https://trails.example@evil.test",
    "http://trails.example",
    "https://trails.example:8443",
    "https://trails.example/",
    "https://TRAILS.example",
    "https://trails.\u0435xample",
    "file://",
]
BODIES: dict[str, dict[str, Any]] = {
    "a condition": {"when": "true"},
    "a filter as Unomi had it": {"filters": [{"condition": {"type": "script", "value": "T(Runtime).exec('id')"}}]},
    "a template": {"template": "{{ cycler.__init__.__globals__ }}"},
    "a condition on a placement": {"placements": [{"id": "home-hero", "when": "true"}]},
    "an offer of one's own": {"offers": [{"id": "mine", "content": {}}]},
    "traits": {"traits": {"tier": "gold"}},
    "segments": {"segments": ["gold"]},
    "a profile": {"profileId": "p_somebody"},
    "a moment": {"now": "2030-01-01T00:00:00Z"},
    "a holdout": {"holdout": False},
}


def _with_claims(token: str, wanted: dict[str, Any]) -> str:
    head, _, tail = token.split(".")
    return f"{head}.{base64url.encode(json.dumps(wanted).encode())}.{tail}"


@pytest.fixture(scope="module")
def target(deployed: Deployment) -> Deployment:
    """The deployment with a known person for whom alone there is an offer."""
    deployed.house.curation.publish(structs.replace(CATALOGUE, offers={**CATALOGUE.offers, "for-ann": FOR_ANN}), {})
    deployed.person(VIP, first_name="Ann")
    return deployed


@pytest.fixture
def world(target: Deployment) -> Iterator[Deployment]:
    """Whatever is tried, it changes nobody and tells the bus nothing."""
    receptions.cache_clear()
    target.told()
    before = target.profile(VIP)
    yield target
    assert (target.profile(VIP), target.told(), target.queued()) == (before, [], [])


def pull(world: Deployment, body: dict[str, Any], **headers: str) -> dict[str, Any]:
    sent = {"x-rapport-key": world.site, "origin": SITE} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return handle(call("POST", "/v1/personalise", {"placements": ["home-hero"], **body}, sent), Context())


def shown(answer: dict[str, Any]) -> list[str]:
    return [offer["id"] for placement in told(answer)["placements"] for offer in placement["offers"]]


def test_a_good_token_gets_what_is_for_its_person(world: Deployment) -> None:
    consented = {"consent": {"categoryPreferences": {"personalisation": True}}}
    asked = {"placements": ["home-hero"], "context": consented, "explain": True}
    answer = pull(world, asked, x_rapport_user=signed(world))
    world.told()
    assert shown(answer) == ["for-ann"]


@pytest.mark.parametrize("make", TOKENS.values(), ids=TOKENS.keys())
def test_a_token_that_the_site_did_not_make_for_now_is_a_401(world: Deployment, make: Any) -> None:
    assert pull(world, {}, x_rapport_user=make(world))["statusCode"] == 401


def test_a_public_key_does_not_do_as_a_secret(world: Deployment) -> None:
    key = public_pem()
    try:
        register(f"RS256:{key.decode()}")
        confused = forged(claims(world), {"alg": "HS256"}, key), forged(claims(world), {"alg": "RS256"}, key)
        assert [pull(world, {}, x_rapport_user=token)["statusCode"] for token in confused] == [401, 401]
    finally:
        register(SITE_SECRET)


def register(site_secret: str) -> None:
    """Let the site sign with another key, from the next container on."""
    name = "/rapport/secrets/site-secret"
    boto3.client("ssm").put_parameter(Name=name, Type="SecureString", Value=site_secret, Overwrite=True)
    for kept in ("secrets", "user_keys"):
        front.front().__dict__.pop(kept, None)


@pytest.mark.parametrize("body", [{"userId": "eve"}, {"events": [{"type": "identify", "userId": "eve"}]}], ids=str)
def test_a_token_speaks_for_nobody_else(world: Deployment, body: dict[str, Any]) -> None:
    assert pull(world, body, x_rapport_user=signed(world))["statusCode"] == 403


@pytest.mark.parametrize("origin", ORIGINS)
def test_an_origin_that_only_looks_like_ours_is_a_403(world: Deployment, origin: str) -> None:
    assert pull(world, {"anonymousId": "a"}, origin=origin)["statusCode"] == 403


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_logic_in_the_body_is_a_400(world: Deployment, body: dict[str, Any]) -> None:
    assert pull(world, {"anonymousId": "a", **body})["statusCode"] == 400


@pytest.mark.parametrize(
    "body",
    [
        {"userId": VIP},
        {"userId": VIP, "anonymousId": "a"},
        {"anonymousId": VIP},
        {"anonymousId": "a", "context": {"userId": VIP, "traits": {"first_name": "Ann"}}},
        {"userId": VIP, "context": {"consent": {"categoryPreferences": {"personalisation": True}}}},
        {"anonymousId": "a", "context": {"first_name": "Ann", "traits.first_name": "Ann"}},
    ],
    ids=str,
)
def test_a_claim_to_be_somebody_shows_nothing_of_theirs_e1(world: Deployment, body: dict[str, Any]) -> None:
    answer = pull(world, body)
    world.told()
    assert (answer["statusCode"], shown(answer)) == (200, ["car"])


def test_a_claim_in_the_request_s_own_events_shows_nothing_of_theirs(world: Deployment) -> None:
    claim = {"type": "identify", "userId": VIP, "anonymousId": "b", "traits": {"email": "ann@example.com"}}
    answer = pull(world, {"anonymousId": "b", "userId": VIP, "events": [claim]})
    world.told()
    assert shown(answer) == ["car"]


def test_a_key_of_another_house_is_a_401(world: Deployment) -> None:
    assert pull(world, {"anonymousId": "a"}, x_rapport_key="pk_" + "A" * 43)["statusCode"] == 401


def test_a_publishable_key_is_no_bearer_of_more(world: Deployment) -> None:
    asked = call("POST", "/v1/next-action", {"userId": VIP, "placement": "home-hero"}, {
        "authorization": f"Bearer {world.site}"})  # fmt: skip
    assert handle(asked, Context())["statusCode"] == 401
