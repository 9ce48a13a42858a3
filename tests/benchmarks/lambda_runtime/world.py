"""What the measured functions are asked and what they find: one request, one person of 4 KB, the starter catalogue."""

import hmac
import json
import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from rapport.domain.consent import Consent
from rapport.domain.profile import Exposure, Ownership, Profile, profile_id
from rapport.domain.trait import TraitValue
from rapport_authoring.check import check_folder
from rapport_aws import tables
from rapport_aws.access import digest_of
from rapport_aws.hot import base64url
from rapport_aws.secrets import PERSON_KEY, SITE_KEYS, TOKEN_KEYS
from rapport_aws.snapshots import pack

ROOT = Path(__file__).resolve().parents[3]
STARTER = ROOT / "layers/authoring/python/rapport_authoring/starter"
PROFILE_BYTES = 4096
USER, SITE_KEY, ORIGIN = "u1", "pk_measured", "https://trails.example"
PERSON_SECRET, SITE_SECRET = "a person key for the benchmark only", "a site secret for the benchmark only"
BUCKET, SNAPSHOT, SECRETS = "snapshots", "catalogue/v1.bin", "/rapport"

ENVIRONMENT = {
    **{table.variable: table.name for table in tables.TABLES},
    "RAPPORT_BUCKET": BUCKET,
    "RAPPORT_BUS": "rapport",
    "RAPPORT_SECRETS": SECRETS,
    "PERSON": profile_id("user", USER, PERSON_SECRET.encode()),
    "AWS_LAMBDA_FUNCTION_NAME": "measured",
    "POWERTOOLS_TRACE_DISABLED": "true",
    "PATH": os.defpath,
}

BODY = {
    "userId": USER,
    "placements": ["home-hero", {"id": "home-grid", "count": 4}],
    "context": {"locale": "fr-BE", "timezone": "Europe/Brussels", "device": "mobile", "page": {"path": "/"}},
}


def profile(now: float) -> Profile:
    """A customer of the starter catalogue, with as many things owned and seen as 4 KB hold."""
    values: dict[str, Any] = {
        "first_name": "Ann",
        "tier": "gold",
        "interests": ["ski", "hiking"],
        "household": "couple",
    }
    known = Profile(
        ENVIRONMENT["PERSON"],
        version=7,
        user_id=USER,
        traits={name: TraitValue(value, "crm", now - 86400, 0.95) for name, value in values.items()},
        consents={"personalisation": {"*": Consent("granted", now - 86400, ever_granted=True)}},
        purchased=True,
    )
    return grown(known, now)


def grown(known: Profile, now: float) -> Profile:
    """The person after enough purchases and offers seen."""
    things: list[Exposure] = []
    owned: dict[str, Ownership] = {}
    while len(msgspec.json.encode(known)) < PROFILE_BYTES:
        at = now - 3600.0 * (len(things) + 1)
        owned |= {f"sku-{len(owned)}": Ownership(1.0, at, "commerce")}
        things.append(Exposure(f"offer-{len(things)}", at, "viewed", "web", f"d_{len(things)}", "home-grid"))
        known = msgspec.structs.replace(known, owned=owned, exposures=tuple(things))
    return known


def answers() -> dict[str, bytes]:
    """What the services say, by operation and partition key, by operation, or by path."""
    catalogue = check_folder(STARTER).catalogue
    if catalogue is None:
        raise ValueError("the starter catalogue has errors")
    person = ENVIRONMENT["PERSON"]
    return {
        **row(tables.PERSON.key(person=person), version=7, body=msgspec.json.encode(profile(time.time())).decode()),
        **row(tables.POINTER.key(), version="v1", snapshot=SNAPSHOT, files="", latest=1),
        **row(tables.ACCESS_KEY.key(digest=digest_of(SITE_KEY)), kind="pk"),
        f"/{BUCKET}/{SNAPSHOT}": pack(catalogue),
        "DynamoDB_20120810.GetItem": b"{}",
        "AmazonSSM.GetParametersByPath": json.dumps({"Parameters": list(secrets())}).encode(),
        "AWSEvents.PutEvents": b'{"FailedEntryCount":0,"Entries":[{"EventId":"e1"}]}',
    }


def row(key: Mapping[str, str], **attributes: str | int) -> dict[str, bytes]:
    """A stored row, under the question that asks for it."""
    item = {name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in attributes.items()}
    keys = {name: {"S": value} for name, value in key.items()}
    return {f"DynamoDB_20120810.GetItem {key['pk']}": json.dumps({"Item": keys | item}).encode()}


def secrets() -> Iterator[dict[str, str]]:
    """The house's secrets, as the Parameter Store lists them."""
    token_keys = f"k1:{base64url.encode(bytes(32))}"
    for name, value in {PERSON_KEY: PERSON_SECRET, SITE_KEYS: SITE_SECRET, TOKEN_KEYS: token_keys}.items():
        yield {"Name": f"{SECRETS}/{name}", "Type": "SecureString", "Value": value}


def user_token(now: float) -> str:
    """What the site's own server signs for its visitor."""
    claims = {"sub": USER, "aud": SITE_KEY, "exp": now + 1800, "iat": now}
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims))
    return f"{text}.{base64url.encode(hmac.digest(SITE_SECRET.encode(), text.encode(), 'sha256'))}"


def event() -> bytes:
    """`POST /v1/personalise` as the HTTP API of API Gateway hands it over (payload 2.0)."""
    path = "/v1/personalise"
    headers = {
        "content-type": "application/json",
        "origin": ORIGIN,
        "x-rapport-key": SITE_KEY,
        "x-rapport-user": user_token(time.time()),
    }
    http = {"method": "POST", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "Mozilla/5.0"}
    context = {
        "accountId": "123456789012",
        "apiId": "api",
        "domainName": "api.example.com",
        "http": http,
        "requestId": "id=",
        "routeKey": f"POST {path}",
        "stage": "$default",
        "time": "22/Nov/2026:08:00:00 +0000",
        "timeEpoch": 1795334400000,
    }
    whole = {"version": "2.0", "routeKey": f"POST {path}", "rawPath": path, "rawQueryString": "", "headers": headers}
    body = {"body": json.dumps(BODY), "isBase64Encoded": False}
    return json.dumps({**whole, "requestContext": context, **body}).encode()
