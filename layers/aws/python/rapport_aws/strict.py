"""JSON from strangers: one reading of every text, bounded in depth, or a fault to tell them. Imports nothing heavy."""

import json
import re
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

import msgspec
from rapport.errors import BadRequest

DEPTH = 16
LARGEST = 2**53
OPENING, CLOSING = frozenset(b"{["), frozenset(b"}]")
KEY = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
KEYS = {"missing required": "is missing", "contains unknown": "is no key of this"}
QUOTE, BACKSLASH = 0x22, 0x5C

T = TypeVar("T")


def parse(body: bytes) -> Any:  # noqa: ANN401  # whatever JSON holds
    """The value of a JSON text.

    Raises BadRequest for anything that two parsers might read differently or choke on: duplicate keys, NaN and
    infinity, integers beyond 2^53, lone surrogates, more than 16 levels, bytes that are not UTF-8.
    """
    check_depth(body)
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise BadRequest("the body is not UTF-8") from None
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {str(error)[:100]}") from None
    _refuse_surrogates(value, body)
    return value


def convert(value: Any, shape: type[T]) -> T:  # noqa: ANN401  # whatever JSON holds
    """The value as a struct, nothing coerced. Raises BadRequest with the path of the fault."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise BadRequest("the body is not as described", [_fault(str(error))]) from None


def _fault(said: str) -> dict[str, str]:
    """What a shape that does not fit says, with the path of a key that is missing or too much at that key."""
    message, _, path = said.partition(" - at `")
    place = path.rstrip("`").removeprefix("$").removeprefix(".")
    key = KEY.fullmatch(message)
    if key is None:
        return {"path": place, "message": message}
    return {"path": f"{place}.{key[2]}".removeprefix("."), "message": KEYS[key[1]]}


def read(body: bytes, shape: type[T]) -> T:
    """Parse and convert in one go."""
    return convert(parse(body), shape)


def check_depth(body: bytes) -> None:
    """Raise BadRequest when brackets nest too deep, before any parser descends."""
    depth = deepest = 0
    quoted = escaped = False
    for byte in body if _worth_counting(body) else b"":
        if quoted:
            quoted = escaped or byte != QUOTE
            escaped = byte == BACKSLASH and not escaped
        elif byte == QUOTE:
            quoted = True
        elif byte in OPENING:
            depth += 1
            deepest = max(deepest, depth)
        elif byte in CLOSING:
            depth -= 1
    if deepest > DEPTH:
        raise BadRequest(f"the body nests deeper than {DEPTH} levels")


def _worth_counting(body: bytes) -> bool:
    return body.count(b"{") + body.count(b"[") > DEPTH


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object has the same key twice")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _exact(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > LARGEST:
        raise ValueError("an integer is beyond 2^53")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise ValueError("a number is too large")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_duplicates, parse_constant=_refuse_constant, parse_int=_exact, parse_float=_finite
)


def _refuse_surrogates(value: Any, body: bytes) -> None:  # noqa: ANN401  # whatever JSON holds
    # Only an escape can bring one in: UTF-8 itself has none.
    if b"\\u" in body and any(not _is_text(text) for text in _texts(value)):
        raise BadRequest("a text holds half a surrogate pair")


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401  # whatever JSON holds
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, held in value.items():
            yield key
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)


def _is_text(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
