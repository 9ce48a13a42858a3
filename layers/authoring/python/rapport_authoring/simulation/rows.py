"""Rows of the simulator's output, one JSON object each."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from rapport.domain.message import Record, response_code
from rapport.domain.moment import Moment, text
from rapport.use_cases.explained import candidate

Row = dict[str, Any]


def message_row(record: Record, name: Mapping[str, str]) -> Row:
    """What became of a planned message."""
    row: Row = {
        "at": text(record.at),
        "type": "message",
        **name,
        "campaign": record.campaign,
        "key": record.key,
        "channel": record.channel,
        "status": str(record.status),
    }
    optional = {
        "reason": None if record.reason is None else str(record.reason),
        "until": None if record.until is None else text(record.until),
        "to": record.to,
    }
    row |= {key: value for key, value in optional.items() if value is not None}
    if record.status == "HELD" and record.facts:
        row |= {"offers": list(record.offers), "facts": list(record.facts)}
    if record.status == "SENT":
        row |= {"to": record.to, "offers": list(record.offers), "why": record.why, "content": record.content}
        row |= _answered_by(record)
    if record.verdicts:
        row["candidates"] = [candidate(verdict, with_scores=True) for verdict in record.verdicts]
    return row


def _answered_by(record: Record) -> Row:
    """What an answer to paper or to a piece of work names it by, as `Offer Accepted` and its siblings do."""
    if record.channel == "print":
        return {"code": response_code(record.message_id)}
    return {"message": record.message_id} if record.channel in {"note", "call", "social"} else {}


def error_row(now: Moment, line: int, message: str) -> Row:
    """What was wrong with a line; `at` is where the clock stands, null before it runs."""
    return {"at": text(now) if isfinite(now) else None, "type": "error", "line": line, "message": message}
