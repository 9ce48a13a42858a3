"""`X-Rapport-User`: a token counts when the site's own key made it, for this site, for now."""

import hmac
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from rapport_aws.hot import base64url
from rapport_aws.user_tokens import LONGEST, Algorithm, Refusal, User, UserKey, verify

NOW = 1795334400.0
SITE = "pk_trails_8c1f"
SECRET = b"a secret of at least thirty-two bytes"
HMAC = UserKey(Algorithm.HS256, SECRET)
GOOD = {"sub": "u1", "aud": SITE, "exp": NOW + 600, "iat": NOW}


def hs256(claims: object = GOOD, secret: bytes = SECRET, **header: Any) -> str:
    parts = ({"alg": "HS256", "typ": "JWT", **header}, claims)
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in parts)
    return f"{text}.{base64url.encode(hmac.digest(secret, text.encode(), 'sha256'))}"


def pem(public: Any) -> bytes:
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture(scope="module")
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def test_a_token_of_the_site_names_its_user() -> None:
    assert verify(jwt.encode(GOOD, SECRET, "HS256"), HMAC, SITE, NOW) == User("u1")


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"sub": ""}, Refusal.MALFORMED),
        ({"sub": 7}, Refusal.MALFORMED),
        ({"sub": None}, Refusal.MALFORMED),
        ({"aud": "pk_trails"}, Refusal.AUDIENCE),
        ({"aud": SITE + "0"}, Refusal.AUDIENCE),
        ({"aud": ["pk_other", SITE]}, Refusal.MALFORMED),
        ({"exp": NOW}, Refusal.EXPIRED),
        ({"exp": NOW - 1}, Refusal.EXPIRED),
        ({"exp": NOW + 3601}, Refusal.TOO_LONG_VALID),
        ({"exp": 1e300}, Refusal.TOO_LONG_VALID),
        ({"exp": str(NOW + 60)}, Refusal.MALFORMED),
        ({"exp": None}, Refusal.MALFORMED),
        ({"iat": NOW + 61}, Refusal.NOT_YET),
        ({"nbf": NOW + 61}, Refusal.NOT_YET),
    ],
)
def test_a_claim_that_does_not_hold_is_refused(change: dict[str, Any], refusal: Refusal) -> None:
    assert verify(hs256(GOOD | change), HMAC, SITE, NOW) is refusal


@pytest.mark.parametrize("missing", ["sub", "aud", "exp"])
def test_a_claim_that_is_missing_is_refused(missing: str) -> None:
    claims = {name: value for name, value in GOOD.items() if name != missing}
    assert verify(hs256(claims), HMAC, SITE, NOW) is Refusal.MALFORMED


@pytest.mark.parametrize(
    "change", [{"exp": NOW + 3600}, {"exp": NOW + 0.5}, {"iat": NOW + 60}, {"nbf": NOW + 60}, {"name": "Ann", "x": [1]}]
)
def test_a_claim_at_its_limit_is_taken(change: dict[str, Any]) -> None:
    assert verify(hs256(GOOD | change), HMAC, SITE, NOW) == User("u1")


def test_iat_may_be_left_out() -> None:
    assert verify(hs256({"sub": "u1", "aud": SITE, "exp": NOW + 1}), HMAC, SITE, NOW) == User("u1")


@pytest.mark.parametrize("alg", ["none", "None", "HS512", "RS256", "hs256", ""])
def test_only_the_registered_algorithm_counts_whatever_the_header_says(alg: str) -> None:
    assert verify(hs256(alg=alg), HMAC, SITE, NOW) is Refusal.ALGORITHM


def test_an_unsigned_token_is_refused() -> None:
    unsigned = hs256(alg="none").rpartition(".")[0] + "."
    assert verify(unsigned, HMAC, SITE, NOW) is Refusal.ALGORITHM


def test_an_extension_that_must_be_understood_is_refused() -> None:
    assert verify(hs256(crit=["exp"]), HMAC, SITE, NOW) is Refusal.MALFORMED


def test_a_public_key_does_not_serve_as_a_secret(rsa_key: rsa.RSAPrivateKey) -> None:
    public = pem(rsa_key.public_key())
    forged = hs256(secret=public)
    assert verify(forged, UserKey(Algorithm.RS256, public), SITE, NOW) is Refusal.ALGORITHM


def test_another_sites_secret_is_refused() -> None:
    assert verify(hs256(), UserKey(Algorithm.HS256, bytes(32)), SITE, NOW) is Refusal.SIGNATURE


def test_changed_claims_are_refused() -> None:
    header, _, signature = hs256().split(".")
    claims = base64url.encode(json.dumps(GOOD | {"sub": "u2"}).encode())
    assert verify(f"{header}.{claims}.{signature}", HMAC, SITE, NOW) is Refusal.SIGNATURE


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c.d",
        "é.é.é",
        hs256() + "=",
        hs256() + "\n",
        " " + hs256(),
        "a" * (LONGEST + 1),
        hs256([]),
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert verify(text, HMAC, SITE, NOW) is Refusal.MALFORMED


def test_a_token_without_end_is_not_looked_at() -> None:
    assert verify(hs256(GOOD | {"name": "x" * LONGEST}), HMAC, SITE, NOW) is Refusal.MALFORMED


@pytest.mark.parametrize(("algorithm", "fixture"), [(Algorithm.RS256, "rsa_key"), (Algorithm.ES256, "ec_key")])
class TestPublicKeys:
    @pytest.fixture
    def sign(self, request: pytest.FixtureRequest, algorithm: Algorithm, fixture: str) -> Callable[..., str]:
        private = request.getfixturevalue(fixture)
        return lambda claims: jwt.encode(claims, private, algorithm)

    @pytest.fixture
    def key(self, request: pytest.FixtureRequest, algorithm: Algorithm, fixture: str) -> UserKey:
        return UserKey(algorithm, pem(request.getfixturevalue(fixture).public_key()))

    def test_a_signature_of_its_private_key_is_taken(self, sign: Callable[..., str], key: UserKey) -> None:
        assert verify(sign(GOOD), key, SITE, NOW) == User("u1")

    def test_another_signature_is_refused(self, sign: Callable[..., str], key: UserKey) -> None:
        assert verify(sign(GOOD)[:-20] + "A" * 20, key, SITE, NOW) is Refusal.SIGNATURE

    def test_the_claims_are_judged_as_well(self, sign: Callable[..., str], key: UserKey) -> None:
        assert verify(sign(GOOD | {"exp": NOW - 1}), key, SITE, NOW) is Refusal.EXPIRED


@pytest.mark.parametrize("algorithm", [Algorithm.RS256, Algorithm.ES256])
def test_a_registered_key_that_is_none_is_an_error_of_ours(algorithm: Algorithm) -> None:
    with pytest.raises(ValueError, match=f"not one for {algorithm}"):
        verify(hs256(alg=algorithm), UserKey(algorithm, b"no key"), SITE, NOW)


def test_a_key_of_another_kind_is_an_error_of_ours(rsa_key: rsa.RSAPrivateKey) -> None:
    with pytest.raises(ValueError, match="not one for ES256"):
        verify(hs256(alg="ES256"), UserKey(Algorithm.ES256, pem(rsa_key.public_key())), SITE, NOW)


@pytest.mark.parametrize("secret", [b"", b"short", bytes(31)])
def test_a_secret_that_can_be_guessed_is_refused(secret: bytes) -> None:
    with pytest.raises(ValueError, match="fewer than 32 bytes"):
        UserKey(Algorithm.HS256, secret)


def test_a_printed_key_holds_no_secret() -> None:
    assert repr(HMAC) == "UserKey(HS256)"


def test_a_site_with_a_secret_does_not_wait_for_the_import_of_cryptography() -> None:
    script = (
        "import sys; from rapport_aws.user_tokens import *\n"
        f"print(verify({hs256()!r}, UserKey(Algorithm.HS256, {SECRET!r}), {SITE!r}, {NOW}))\n"
        "print(sorted({'jwt', 'cryptography'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)  # noqa: S603 - our own text
    assert said.stdout.splitlines() == ["User(id='u1')", "[]"]
