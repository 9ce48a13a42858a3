"""What may come in over a wire: the limits that every message keeps, checked once, before anything reads it."""

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

Fault: TypeAlias = dict[str, str]
"""One thing that is wrong: `{"path", "message"}`; the message repeats nothing of the data."""

DEPTH: Final = 16
LARGEST: Final = 2**53
TEXT: Final = 255
"""How long an id, an event's name or a key may be, in characters."""

_NUMBER: Final = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class UnfitError(ValueError):
    """A value is not what it must be; the text says what that is and repeats nothing of the data."""


def fault(path: str, message: str) -> Fault:
    """One fault; a path that no JSON could carry is shortened to what it can."""
    return {"path": path[:200].encode("utf-8", "replace").decode(), "message": message}


def faults_of(value: object, path: str = "", depth: int = 1) -> Iterator[Fault]:
    """Everything in a message that no stored event may hold: too deep, no JSON, no finite number, no text."""
    if isinstance(value, Mapping | list):
        yield from _inside(value, path, depth)
    elif (message := _wrong(value)) is not None:
        yield fault(path, message)


def _inside(value: Mapping[Any, object] | list[object], path: str, depth: int) -> Iterator[Fault]:
    if depth > DEPTH:
        yield fault(path, f"is nested deeper than {DEPTH}")
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from faults_of(item, f"{path}[{index}]", depth + 1)
        return
    for key, item in value.items():
        if not is_text(key):
            yield fault(path, "has a key that is no text")
        else:
            yield from faults_of(item, f"{path}.{key}" if path else key, depth + 1)


def _wrong(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return None if is_text(value) else "has a lone surrogate"
    if isinstance(value, int):
        return None if -LARGEST <= value <= LARGEST else "is an integer beyond 2^53"
    if isinstance(value, float):
        return None if math.isfinite(value) else "is not a finite number"
    return "is nothing that JSON knows"


def is_text(text: object) -> bool:
    """Whether it is text that can be written as UTF-8: no lone surrogates."""
    if not isinstance(text, str):
        return False
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def name_of(value: object) -> str | None:
    """An id, event name or group as text; None for null and blanks. Raises UnfitError for anything else."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnfitError("must be text")
    if len(value) > TEXT:
        raise UnfitError(f"is longer than {TEXT} characters")
    if _CONTROL.search(value):
        raise UnfitError("holds a control character")
    return value if value.strip() else None


def text_of(value: object) -> str | None:
    """A property that names something (a sku, a key, a choice) as text; whole numbers count, anything else is None."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and 0 < len(value) <= TEXT and value.strip() else None


def number_of(value: object) -> float | None:
    """A property that is an amount: a number, or its decimal text; anything else is None."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= LARGEST else None
