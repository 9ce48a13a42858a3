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
    NotAllowedHere,
    NotFound,
    PreconditionFailed,
    RapportError,
    Refused,
    StoreUnavailable,
    Unauthorised,
)

BODY, UPLOADED = 32 * 1024, 4 * 1024 * 1024
"""Bytes a body may have; `/v1/batch` and uploads have their own bounds, and what may be so large may be uploaded."""

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
    NotAllowedHere: "Method not allowed",
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
    """The body, if it is plain and not too large. Raises BadRequest."""
    if request.header("content-encoding").strip().lower() not in ("", "identity"):
        raise BadRequest("the body is packed; only a batch may be, as gzip")
    return within(request, most)


def within(request: Request, most: int) -> bytes:
    """The body as it came, if it is not too large. Raises BadRequest."""
    if len(request.body) > most:
        upload = "" if most < UPLOADED else "; upload it, as docs/calling-the-api.md says"
        raise BadRequest(f"the body has more than {most} bytes{upload}")
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
    if isinstance(error, NotAllowedHere):
        headers["Allow"] = ", ".join(error.allowed)
    return answer(error.status, about, headers)


class Route(Struct, frozen=True):
    """One route of a function: `{name}` in the template stands for one part of the path, `{name+}` for one or more."""

    method: str
    template: str
    call: Callable[..., Answer]


class Router:
    """Finds the route of a request: by a table of patterns, built once."""

    def __init__(self, *routes: Route) -> None:
        self.routes = routes
        calls: dict[str, dict[str, Callable[..., Answer]]] = {}
        for route in routes:
            calls.setdefault(route.template, {})[route.method] = route.call
        self._paths = tuple((pattern(template), by_method) for template, by_method in calls.items())

    def methods(self, path: str) -> tuple[str, ...]:
        """By which methods a path is asked; none for what is no path of these."""
        return next((tuple(calls) for fits, calls in self._paths if fits.fullmatch(path)), ())

    def answer(self, request: Request) -> Answer:
        """The answer of the first template that fits, its path's parts decoded as named arguments.

        Raises NotFound, NotAllowedHere.
        """
        for fits, calls in self._paths:
            found = fits.fullmatch(request.path)
            if found is not None and request.method in calls:
                parts = {name: _decoded(part) for name, part in found.groupdict().items()}
                return calls[request.method](request, **parts)
            if found is not None:
                break
        raise nowhere(self.methods(request.path))


def nowhere(methods: tuple[str, ...]) -> RapportError:
    """What is told of a path that is none of ours, or is asked by these methods alone."""
    if methods:
        return NotAllowedHere(f"here one may {' or '.join(methods)}", methods)
    return NotFound("there is no such route; GET /v1/openapi.json tells which there are")


def pattern(template: str) -> re.Pattern[str]:
    """What paths of a route look like."""
    parts = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.{1,2048})", re.escape(template))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]{1,2048})", parts), re.DOTALL)


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
