"""HTTP on Lambda: an API Gateway event as a request, answers, and every error's status in one place. Nothing heavy."""

import base64
import binascii
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import Struct
from rapport.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotFound,
    PreconditionFailed,
    RapportError,
    Refused,
    StoreUnavailable,
    Unauthorised,
)

BODY = 32 * 1024
"""Bytes a body may have; `/v1/batch` and uploads have their own bounds."""

HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "private, no-store",
    "Content-Type": "application/json",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}
TITLES: dict[type[RapportError], str] = {
    BadRequest: "Bad request",
    Unauthorised: "No valid credential",
    Forbidden: "Not allowed",
    NotFound: "Not found",
    Conflict: "Conflict",
    PreconditionFailed: "Somebody else came first",
    Refused: "Understood and wrong",
    StoreUnavailable: "A store did not answer",
}

Answer = dict[str, Any]
"""What API Gateway takes as an answer."""


class Request(Struct, frozen=True):
    """A call: header names in lower case, `body` decoded from base64, `path` without the stage."""

    method: str
    path: str
    headers: dict[str, str] = {}
    query: dict[str, str] = {}
    body: bytes = b""
    address: str = ""
    """Of the caller."""

    def header(self, name: str) -> str:
        """The value of a header, empty when it is absent."""
        return self.headers.get(name.lower(), "")


def request_of(event: Mapping[str, Any]) -> Request:
    """The request in an API Gateway HTTP API event (payload 2.0). Raises BadRequest for a body that is not base64."""
    about = event.get("requestContext", {})
    http, stage = about.get("http", {}), about.get("stage", "$default")
    path = event.get("rawPath", "/")
    if stage != "$default":
        path = path.removeprefix(f"/{stage}") or "/"
    return Request(
        method=http.get("method", "GET"),
        path=path,
        headers={name.lower(): value for name, value in (event.get("headers") or {}).items()},
        query=dict(event.get("queryStringParameters") or {}),
        body=_body(event),
        address=http.get("sourceIp", ""),
    )


def _body(event: Mapping[str, Any]) -> bytes:
    text = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("the body is not what its encoding says") from None


def limited(request: Request, most: int = BODY) -> bytes:
    """The body, if it is not too large. Raises BadRequest."""
    if len(request.body) > most:
        raise BadRequest(f"the body has more than {most} bytes")
    return request.body


def answer(status: int, value: Any = None, headers: Mapping[str, str] | None = None) -> Answer:  # noqa: ANN401  # JSON
    """A JSON answer; no value, no body."""
    text = "" if value is None else msgspec.json.encode(value).decode()
    return {"statusCode": status, "headers": {**HEADERS, **(headers or {})}, "body": text, "isBase64Encoded": False}


def problem(error: RapportError) -> Answer:
    """The error as `application/problem+json`."""
    kind = type(error)
    title = TITLES.get(kind) or next((title for base, title in TITLES.items() if isinstance(error, base)), "Error")
    about: dict[str, Any] = {"type": "about:blank", "title": title, "status": error.status, "detail": str(error)}
    if isinstance(error, BadRequest) and error.errors:
        about["errors"] = error.errors
    if isinstance(error, Refused):
        about["errors"] = error.problems
    headers = {"Content-Type": "application/problem+json"}
    if isinstance(error, Unauthorised):
        headers["WWW-Authenticate"] = 'Bearer realm="rapport"'
    if isinstance(error, StoreUnavailable):
        headers["Retry-After"] = "1"
    return answer(error.status, about, headers)


class Route(Struct, frozen=True):
    """One route of a function: `{name}` in the template stands for one part of the path."""

    method: str
    template: str
    call: Callable[..., Answer]


class Router:
    """Finds the route of a request: by a table of patterns, built once."""

    def __init__(self, *routes: Route) -> None:
        self.routes = routes
        self._patterns = tuple((re.compile(_pattern(route.template)), route) for route in routes)

    def answer(self, request: Request) -> Answer:
        """The answer of the route that fits, its path's parts decoded as named arguments. Raises NotFound."""
        for pattern, route in self._patterns:
            found = pattern.fullmatch(request.path) if route.method == request.method else None
            if found is not None:
                return route.call(request, **{name: _decoded(part) for name, part in found.groupdict().items()})
        raise NotFound("there is no such route")


def _pattern(template: str) -> str:
    return re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]{1,2048})", re.escape(template))


def _decoded(part: str) -> str:
    # Imported here: only routes with something in their path need it, and the hot path has none.
    from urllib.parse import unquote  # noqa: PLC0415

    return unquote(part)


def door(call: Callable[[Request], Answer], event: Mapping[str, Any]) -> Answer:
    """Turn the event into a request, make the one call, and turn what went wrong into its status.

    What nobody foresaw becomes a 500 without a word of detail; its class goes to the log, never what it held.
    """
    try:
        return call(request_of(event))
    except RapportError as error:
        return problem(error)
    except Exception as error:  # noqa: BLE001  # the outermost door: a caller never sees a stack trace
        print(f'{{"level":"ERROR","message":"unforeseen","error":"{type(error).__name__}"}}', file=sys.stderr)  # noqa: T201
        return problem(RapportError("something went wrong on our side"))
