"""Values of traits as their types have them: what comes in as JSON or text, checked, in the shape that is stored."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfoNotFoundError

from rapport.domain.moment import midnight_utc, parse, zone
from rapport.domain.trait import TraitDefinition, TraitType, Value
from rapport.domain.wire import LARGEST, UnfitError, number_of

LONGEST: Final = 1024
"""Characters of one text value."""
ITEMS: Final = 100
"""Values in one list."""
LIST: Final = 4096
"""Characters of all values in one list."""

_EMAIL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)", re.ASCII)
_PHONE: Final = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_LOCALE: Final = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?", re.ASCII)
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

Phone = Callable[[str], str | None]
"""Writes a phone number as E.164; None for no phone number."""


def read(definition: TraitDefinition, raw: object, phone: Phone | None = None) -> Value | None:
    """The value to store; None for null, blanks and empty lists, which count as absent.

    Raises UnfitError, saying what it must be, for anything that is not of the trait's type, not `one_of` its values,
    or broken (a day that does not exist, an address that cannot be one).
    """
    value = _blank(raw)
    if value is None:
        return None
    if definition.name == "phone" and phone is not None:
        value = phone(value) if isinstance(value, str) else value
    special = _SPECIAL.get(definition.name) if definition.kind == "built_in" else None
    typed = (special or _TYPES[definition.type])(value)
    _among(definition, typed)
    return typed


def from_text(definition: TraitDefinition, text: str) -> object:
    """What the text of a CSV cell means as JSON for this trait; `read` then checks it. Lists split at `;` or `,`."""
    return _FROM_TEXT.get(definition.type, str.strip)(text)


def _blank(raw: object) -> object:
    if isinstance(raw, str):
        return raw.strip() or None
    return None if raw in ([], ()) else raw


def _among(definition: TraitDefinition, value: Value | None) -> None:
    if not definition.one_of or value is None:
        return
    if not set(value if isinstance(value, tuple) else (value,)) <= set(definition.one_of):
        raise UnfitError("is none of the values that this trait may have")


# ---- types


def _string(raw: object) -> Value:
    if not isinstance(raw, str):
        raise UnfitError("must be text")
    if len(raw) > LONGEST:
        raise UnfitError(f"is longer than {LONGEST} characters")
    return raw


def _number(raw: object) -> Value:
    number = number_of(raw) if not isinstance(raw, str) else None
    if number is None:
        raise UnfitError("must be a number")
    return number


def _integer(raw: object) -> Value:
    number = number_of(raw) if not isinstance(raw, str) else None
    if number is None or not number.is_integer() or abs(number) > LARGEST:
        raise UnfitError("must be a whole number")
    return int(number)


def _boolean(raw: object) -> Value:
    if not isinstance(raw, bool):
        raise UnfitError("must be true or false")
    return raw


def _date(raw: object) -> Value:
    """The day as it is written, whatever the offset behind it."""
    if not isinstance(raw, str) or not (_DAY.fullmatch(raw) or _is_moment(raw)):
        raise UnfitError("must be a date, as 2026-11-22")
    try:
        return midnight_utc(date.fromisoformat(raw[:10]))
    except (ValueError, OverflowError):
        raise UnfitError("must be a date that exists") from None


def _timestamp(raw: object) -> Value:
    if isinstance(raw, str) and _DAY.fullmatch(raw):
        return _date(raw)
    if not isinstance(raw, str) or not _is_moment(raw):
        raise UnfitError("must be a time, as 2026-11-22T08:00:00Z")
    return parse(raw)


def _is_moment(raw: str) -> bool:
    try:
        parse(raw)
        return bool(_DAY.match(raw))
    except (ValueError, OverflowError):
        return False


def _list(raw: object) -> Value:
    if not isinstance(raw, list | tuple):
        raise UnfitError("must be a list of texts")
    if len(raw) > ITEMS:
        raise UnfitError(f"has more than {ITEMS} values")
    if any(not isinstance(item, str) for item in raw):
        raise UnfitError("must be a list of texts")
    if sum(map(len, raw)) > LIST:
        raise UnfitError(f"is longer than {LIST} characters in all")
    return tuple(dict.fromkeys(item.strip() for item in raw if item.strip()))


_TYPES: Final[dict[TraitType, Callable[[Any], Value]]] = {
    "string": _string,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
    "list": _list,
}


# ---- built-in traits


def email(raw: object) -> Value:
    """An address that mail can go to, its domain in lower case. Raises UnfitError."""
    local, _, domain = raw.rpartition("@") if isinstance(raw, str) and len(raw) <= 254 else ("", "", "")
    host = _ascii_host(domain)
    labels = host.split(".")
    sound = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    if not sound or len(local) > 64 or not _EMAIL.fullmatch(local):
        raise UnfitError("must be an email address")
    return f"{local}@{host}"


def _ascii_host(domain: str) -> str:
    try:
        return domain.lower() if domain.isascii() else domain.encode("idna").decode().lower()
    except UnicodeError:
        return ""


def phone(raw: object) -> Value:
    """A phone number as E.164 has it: spaces, dots, dashes and brackets are taken out. Raises UnfitError."""
    plain = re.sub(r"[\s().\-/]", "", raw) if isinstance(raw, str) and len(raw) <= 40 else ""
    if not _PHONE.fullmatch(plain):
        raise UnfitError("must be a phone number with its country, as +33612345678")
    return plain


def locale(raw: object) -> Value:
    """A locale as `fr-BE`; underscores are taken. Raises UnfitError."""
    found = _LOCALE.fullmatch(raw) if isinstance(raw, str) else None
    if found is None:
        raise UnfitError("must be a locale, as fr-BE")
    language, script, region = found.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))


def timezone(raw: object) -> Value:
    """A time zone by its IANA name. Raises UnfitError."""
    if isinstance(raw, str) and len(raw) <= 64 and _ZONE.fullmatch(raw):
        try:
            return zone(raw).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise UnfitError("must be a time zone, as Europe/Paris")


def _postal_code(raw: object) -> Value:
    return _string(str(raw) if isinstance(raw, int) and not isinstance(raw, bool) else raw)


_SPECIAL: Final[dict[str, Callable[[Any], Value]]] = {
    "email": email,
    "phone": phone,
    "locale": locale,
    "timezone": timezone,
    "address.postal_code": _postal_code,
}


# ---- text


def _number_text(text: str) -> object:
    number = number_of(text.strip())
    return text if number is None else number


def _truth_text(text: str) -> object:
    return {"true": True, "false": False, "1": True, "0": False}.get(text.strip().lower(), text)


_FROM_TEXT: Final[dict[TraitType, Callable[[str], object]]] = {
    "number": _number_text,
    "integer": _number_text,
    "boolean": _truth_text,
    "list": lambda text: re.split(r"[;,]", text),
}
