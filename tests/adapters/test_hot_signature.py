"""Signature Version 4: what we sign is what botocore signs."""

import datetime as dt
from unittest import mock

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from hypothesis import given
from hypothesis import strategies as st
from rapport_aws.hot.credentials import Credentials
from rapport_aws.hot.signature import Scope, path_of, signed
from rapport_aws.hot.wire import Request

MOMENT = 1795334400.0
KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-token", float("inf"))


def authorised_by_botocore(request: Request, host: str, scope: Scope) -> str:
    url = f"https://{host}{request.path}"
    theirs = AWSRequest(request.method, url, dict(request.headers), request.body)
    keys = BotocoreCredentials(KEYS.access_key, KEYS.secret_key, KEYS.token)
    auth = botocore.auth.S3SigV4Auth if scope.service == "s3" else botocore.auth.SigV4Auth
    # botocore reads the clock itself: there is no argument to give it a moment
    moment = dt.datetime.fromtimestamp(MOMENT, dt.UTC)
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment):
        auth(keys, scope.service, scope.region).add_auth(theirs)
    return theirs.headers["Authorization"]


def authorised_by_us(request: Request, host: str, scope: Scope) -> str:
    return signed(request, host, KEYS, scope, MOMENT).headers["Authorization"]


VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=40).map(str.strip).filter(bool)


@given(body=st.binary(max_size=200), target=VALUES, region=st.sampled_from(["eu-west-1", "us-east-1", "cn-north-1"]))
def test_a_call_of_a_json_service_is_signed_as_botocore_signs_it(body: bytes, target: str, region: str) -> None:
    payload = signed(Request("POST", "/", {}, body), "h", KEYS, Scope("", ""), MOMENT).headers["X-Amz-Content-Sha256"]
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": target, "X-Amz-Content-Sha256": payload}
    scope = Scope(region, "dynamodb")
    request = Request("POST", "/", headers, body)
    host = f"dynamodb.{region}.amazonaws.com"
    assert authorised_by_us(request, host, scope) == authorised_by_botocore(request, host, scope)


@pytest.mark.parametrize("key", ["catalogue/v12.json.gz", "a b+c.json", "accents/é.json", "~tilde_under-dash", "a//b"])
def test_an_object_is_asked_for_as_botocore_asks_for_it(key: str) -> None:
    scope = Scope("eu-west-1", "s3")
    request = Request("GET", path_of("a-bucket", key), {})
    assert authorised_by_us(request, "s3.h", scope) == authorised_by_botocore(request, "s3.h", scope)


def test_without_a_session_token_none_is_sent() -> None:
    keys = Credentials("AKID", "secret", "", float("inf"))
    assert "X-Amz-Security-Token" not in signed(Request("GET", "/", {}), "h", keys, Scope("r", "s3"), MOMENT).headers


def test_printed_credentials_hold_no_secret() -> None:
    assert repr(KEYS) == "Credentials(AKIDEXAMPLE)"
