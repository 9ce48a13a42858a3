"""What a condition can be refused for, and the hints that go with it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class ConditionError:
    """Why a text is no condition; `offset` counts code points of the text from 0."""

    offset: int
    message: str
    hint: str | None = None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Return the hint that names the nearest known word, None when none is near."""
    near = difflib.get_close_matches(word[:100], list(known), n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None
