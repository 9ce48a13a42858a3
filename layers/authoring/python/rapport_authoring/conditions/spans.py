"""Moments and durations as conditions write them."""

import re
from datetime import datetime
from typing import Final

_UNITS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION: Final = re.compile(r"-?(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s)){1,8}")
_PART: Final = re.compile(r"([\d.]+)(h|ms|m|s)")
_TIMESTAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)")


def duration_seconds(text: str) -> float | None:
    """Return the seconds of `720h` or `1h30m`; None for what is no duration."""
    if not _DURATION.fullmatch(text):
        return None
    return (-1 if text.startswith("-") else 1) * sum(float(n) * _UNITS[unit] for n, unit in _PART.findall(text))


def timestamp_moment(text: str) -> float | None:
    """Return the moment of an RFC 3339 text with its zone; None for what is none, 30 February among it."""
    try:
        return datetime.fromisoformat(text).timestamp() if _TIMESTAMP.fullmatch(text) else None
    except (ValueError, OverflowError):
        return None
