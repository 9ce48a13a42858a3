"""One finding of the check: what is wrong, where, and what to do about it."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from rapport_authoring.problems.codes import MEANINGS, Code, Severity


class Place(NamedTuple):
    """Where in a catalogue: file relative to its folder, line and column from 1, columns in characters."""

    file: str
    line: int = 1
    column: int = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """An error keeps a catalogue from being published; a warning is for a person to judge."""

    severity: Severity
    code: Code
    message: str
    file: str
    line: int
    column: int
    hint: str = ""

    @classmethod
    def found(cls, code: Code, place: Place, message: str, hint: str = "") -> "Problem":
        """Say a problem; whether it is an error, and what mends it where nothing nearer is known, says its code."""
        severity, _, mend = MEANINGS[code]
        return cls(severity, code, message, place.file, place.line, place.column, hint or _as_hint(mend))

    @property
    def place(self) -> Place:
        """Where it was found."""
        return Place(self.file, self.line, self.column)


def _as_hint(mend: str) -> str:
    return mend[:1].lower() + mend[1:].rstrip(".")


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the hint `did you mean ...?`, or what there is to choose from; nothing when there is nothing to say."""
    names = known if isinstance(known, frozenset) else frozenset(known)
    close = closest(word, names)
    if close:
        return f"did you mean `{close}`?"
    if not names:
        return ""
    shown = ", ".join(f"`{name}`" for name in _sorted(names)[:8])
    return f"known: {shown}" + (" ..." if len(names) > 8 else "")


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the name that a word seems to mean, capitals aside; None when it is like none of them."""
    names = known if isinstance(known, frozenset) else frozenset(known)
    if len(word) > LONGEST_WORD:
        return None
    same = _folded(names).get(word.casefold())
    close = [same] if same else get_close_matches(word, _alike(word, _sorted(names)), n=1, cutoff=0.6)
    return close[0] if close else None


LONGEST_WORD = 80
FEW = 150


@lru_cache(maxsize=32)
def _sorted(known: frozenset[str]) -> list[str]:
    return sorted(known)


@lru_cache(maxsize=32)
def _folded(known: frozenset[str]) -> dict[str, str]:
    return {name.casefold(): name for name in sorted(known, reverse=True)}


def _alike(word: str, names: list[str]) -> list[str]:
    """Return the names worth comparing: among thousands the neighbours in the alphabet, which begin like the word."""
    at = bisect_left(names, word)
    return names[max(0, at - FEW) : at + FEW]
