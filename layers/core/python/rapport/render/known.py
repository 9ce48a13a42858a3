"""Data as a template sees it: mappings and lists that know their own names, and the unknown, which is never true."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final, NoReturn

from jinja2 import Undefined
from markupsafe import Markup

from rapport.domain.logic import COMPARE, KINDS
from rapport.render.links import leads_astray, listed, visible
from rapport.render.message import MissingDataError

DEEPEST: Final = 400
"""Longest dotted name that is kept of a missing value."""
LARGEST: Final = 10**18
"""A number beyond it is a mistake, or an attempt."""

_MUST_BE_LINKS: Final = ("link", "src")


class Unknown(Undefined):
    """What is not known: false in a condition, unknown in a comparison, and never printed."""

    __slots__ = ("path",)

    def __init__(self, hint: str | None = None, _obj: object = None, name: str | None = None, *_: object) -> None:
        super().__init__(hint=hint, name=name)
        self.path = (name or hint or "?")[:DEEPEST]

    def __str__(self) -> str:  # noqa: PLE0307  # it never returns
        """Raise, because a person never sees a gap."""
        self._hold()

    def __html__(self) -> str:
        """Raise, as `__str__` does."""
        self._hold()

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Iterator[object]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def _hold(self) -> NoReturn:
        raise MissingDataError(self.path)


class Reader:
    """How raw data becomes what a template sees: which hosts its links may name, which traits are days, not moments."""

    __slots__ = ("days", "hosts")

    def __init__(self, hosts: frozenset[str], days: frozenset[str] = frozenset()) -> None:
        self.hosts, self.days = hosts, days

    def see(self, value: object, path: str) -> object:
        """A value under its dotted name; blank, absent or misleading ones are unknown."""
        if isinstance(value, str):
            return self._text(value, path)
        if isinstance(value, Mapping):
            return Names(path, value, self)
        if isinstance(value, list | tuple):
            return Items(path, value, self)
        return value if _is_plain(value) else Unknown(name=path)

    def _text(self, text: str, path: str) -> object:
        seen = visible(text).strip()
        key = path.rpartition(".")[2]
        astray = not listed(text, self.hosts) if key in _MUST_BE_LINKS else leads_astray(seen, self.hosts)
        return Unknown(name=path) if astray or not seen else seen


def _is_plain(value: object) -> bool:
    """Whether a value is a yes or no, a day, or a number of a size that somebody could mean."""
    if isinstance(value, int | float):
        return -LARGEST <= value <= LARGEST  # false of what is not a number
    return isinstance(value, date)


class Names:
    """A mapping, read by key and by nothing else."""

    __slots__ = ("_seen", "path", "reader", "values")

    def __init__(self, path: str, values: Mapping[object, object], reader: Reader) -> None:
        self.path, self.values, self.reader = path, values, reader
        self._seen: dict[object, object] = {}

    def read(self, key: object) -> object:
        """What the key holds, unknown when nothing; looked at once, because data may be long."""
        if key not in self._seen:
            self._seen[key] = self.look(key)
        return self._seen[key]

    def look(self, key: object) -> object:
        """Look at what a key holds."""
        return self.reader.see(self.values.get(key), f"{self.path}.{key}")

    def __bool__(self) -> bool:
        return bool(self.values)


class Traits(Names):
    """The person's traits: `address.city` is one trait, read in two steps, and a date is a day wherever one lives."""

    def look(self, key: object) -> object:
        """Look at a trait, unknown when it is not known."""
        value = self.values.get(key)
        if value is None:
            start = f"{key}."
            inner: dict[object, object] = {
                str(name)[len(start) :]: part for name, part in self.values.items() if str(name).startswith(start)
            }
            return Names(f"{self.path}.{key}", inner, self.reader) if inner else Unknown(name=f"{self.path}.{key}")
        if key in self.reader.days and isinstance(value, int | float):
            value = _day(value)
        return self.reader.see(value, f"{self.path}.{key}")


def _day(moment: float) -> date | None:
    try:
        return datetime.fromtimestamp(moment, UTC).date()
    except (ValueError, OverflowError, OSError):  # not a number, or further away than calendars go
        return None


class OwnLinks(Names):
    """The house's own links, which it made itself; they need not be on a listed host."""

    def look(self, key: object) -> object:
        """Look at a link, unknown when there is none."""
        link = self.values.get(key)
        return link if isinstance(link, str) and link else Unknown(name=f"{self.path}.{key}")


class Items:
    """A list, whose elements bear its name; elements that are not known are left out."""

    __slots__ = ("elements", "path")

    def __init__(self, path: str, items: Sequence[object], reader: Reader) -> None:
        self.path = path
        seen = (reader.see(item, path) for item in items)
        self.elements = [item for item in seen if not isinstance(item, Unknown)]

    def __iter__(self) -> Iterator[object]:
        return iter(self.elements)

    def __len__(self) -> int:
        return len(self.elements)

    def read(self, index: object) -> object:
        """The element at an index from 0."""
        inside = type(index) is int and -len(self.elements) <= index < len(self.elements)
        return self.elements[index] if inside else Unknown(name=self.path)  # type: ignore[call-overload]  # an int, as just seen


def compared(left: object, operator: str, right: object) -> object:
    """A comparison in three-valued logic: True, False or Unknown."""
    for side in (left, right):
        if isinstance(side, Unknown):
            return side
    if operator in _MEMBERSHIP:
        found = _contains(right, left)
        return found if isinstance(found, Unknown) else found is _MEMBERSHIP[operator]
    kind = _kind(left)
    ordered = operator not in ("eq", "ne")
    if kind is None or kind != _kind(right) or (ordered and kind == "boolean"):
        return Unknown(hint="a comparison of different kinds")
    return COMPARE[_OPERATORS[operator]](left, right)


def negated(truth: object) -> object:
    """Kleene's not."""
    return truth if isinstance(truth, Unknown) else not truth


_MEMBERSHIP: Final = {"in": True, "notin": False}
_OPERATORS: Final = {"eq": "==", "ne": "!=", "lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def _kind(value: object) -> str | None:
    return "string" if isinstance(value, Markup) else KINDS.get(type(value))


def _contains(holder: object, item: object) -> object:
    if isinstance(holder, Names):
        truth = holder.values.get(item) if isinstance(item, str) else None
        return truth if isinstance(truth, bool) else Unknown(name=f"{holder.path}.{item}")
    if isinstance(holder, str):
        return item in holder if isinstance(item, str) else Unknown(hint="a comparison of different kinds")
    if isinstance(holder, Items | list | tuple):
        return any(compared(item, "eq", element) is True for element in holder)
    return Unknown(hint="a comparison of different kinds")
