"""AWS Signature Version 4 for the few requests of the hot path; botocore is its oracle in the tests."""

import hashlib
import hmac
import time
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

import msgspec

from rapport_aws.hot.credentials import Credentials
from rapport_aws.hot.wire import Request

ALGORITHM = "AWS4-HMAC-SHA256"


class Scope(msgspec.Struct, frozen=True):
    """What a signature is good for."""

    region: str
    service: str


def signed(request: Request, host: str, credentials: Credentials, scope: Scope, moment: float) -> Request:
    """Return the request with its date, its token and its `Authorization`.

    The path is taken as it is sent (S3 signs it so; the other services are asked at `/`). Every header is signed.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment))
    payload = hashlib.sha256(request.body).hexdigest()
    headers = {**request.headers, "Host": host, "X-Amz-Date": stamp, "X-Amz-Content-Sha256": payload}
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    names, text = canonical(request, headers, payload)
    where = f"{stamp[:8]}/{scope.region}/{scope.service}/aws4_request"
    to_sign = f"{ALGORITHM}\n{stamp}\n{where}\n{hashlib.sha256(text.encode()).hexdigest()}"
    seal = hmac.digest(signing_key(credentials.secret_key, where), to_sign.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{where}, SignedHeaders={names}, Signature={seal}"
    )
    return msgspec.structs.replace(request, headers=headers)


def canonical(request: Request, headers: Mapping[str, str], payload: str) -> tuple[str, str]:
    """Return the names of the signed headers, and the request in the one spelling that both sides hash."""
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in lines)
    block = "".join(f"{name}:{value}\n" for name, value in lines)
    return names, f"{request.method}\n{request.path}\n{request.query}\n{block}\n{names}\n{payload}"


@lru_cache(maxsize=8)
def signing_key(secret: str, where: str) -> bytes:
    """Derive the key of one day, region and service; kept, as four of a signature's five hashes are for it."""
    key = ("AWS4" + secret).encode()
    for part in where.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def path_of(*parts: str) -> str:
    """Return a path with every part's own characters escaped; a slash inside an S3 key stays."""
    return "/" + "/".join(quote(part, safe="/-_.~") for part in parts)
