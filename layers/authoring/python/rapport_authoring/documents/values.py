"""The small values every document is made of: ids, durations, clock times, moments, locales, links.

Each is an annotated type for pydantic; a wrong value raises with one of the check's codes and a hint.
"""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Annotated, Literal, NamedTuple, NoReturn, TypeAlias, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from babel import Locale as BabelLocale
from babel import UnknownLocaleError
from babel.numbers import list_currencies
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError
from rapport.domain.moment import DAY, HOUR, MINUTE, Moment
from rapport.domain.typed import locale as canonical
from rapport.domain.wire import UnfitError

from rapport_authoring.problems import Code, nearest

Parsed = TypeVar("Parsed")
LONGEST = 2000
"""Characters; nothing longer is held against a pattern."""
UNITS = {"m": MINUTE, "h": HOUR, "d": DAY}
DURATION = re.compile(r"(\d{1,6})([mhd])")
CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
DAY_ONLY = re.compile(r"\d{4}-\d\d-\d\d")
HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
ADDRESS = re.compile(r"[^@\s<>]+@[^@\s<>]+\.[^@\s<>]+")
MAILBOX = re.compile(r"[^<>@]+ <([^<>]+)>")


class Document(BaseModel):
    """A mapping that knows all its keys: strict types, unknown keys refused, never changed."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False, allow_inf_nan=False)


def refuse(message: str, hint: str = "", code: Code = Code.WRONG_VALUE) -> NoReturn:
    """Raise what pydantic reports as one problem at this value's place."""
    raise PydanticCustomError(code.value, "{said}", {"said": message, "hint": hint})


def _text(value: object, hint: str) -> str:
    if isinstance(value, str):
        return value
    refuse(f"is {kind_of(value)}, not text", hint, Code.WRONG_TYPE)


def kind_of(value: object) -> str:
    """Name the type of a YAML value as its author would."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "a mapping"}
    return "empty" if value is None else names.get(type(value), type(value).__name__)


def _matching(pattern: str, hint: str) -> Callable[[str], str]:
    form = re.compile(pattern)

    def check(value: str) -> str:
        if len(value) > LONGEST or not form.fullmatch(value):
            refuse(f"`{value[:80]}` cannot be used here", hint)
        return value

    return check


def _said(value: str) -> str:
    if not value.strip():
        refuse("is blank", "write something")
    return value


def _plain(value: str) -> str:
    if CONTROLS.search(value):
        refuse("contains control characters", "take them out")
    return value


Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=20_000), AfterValidator(_plain), AfterValidator(_said)]
Line: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=500),
    AfterValidator(_matching(r"[^\r\n]*", "keep it on one line")),
    AfterValidator(_said),
    AfterValidator(_plain),
]
Id: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[a-z0-9][a-z0-9-]{0,63}", "an id is made of a-z, 0-9 and -, like `welcome-home`"))
]
Name: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"[a-z][a-z0-9_]{0,63}", "a name is made of a-z, 0-9 and _, like `first_name`"))
]
PurposeName: TypeAlias = Annotated[str, AfterValidator(_matching(r"[a-z][a-z0-9_-]{0,63}", "like `marketing`"))]
EventName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
PropertyName: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Days: TypeAlias = Annotated[float, Field(gt=0, le=36_500)]
DaysOrNone: TypeAlias = Annotated[float, Field(ge=0, le=36_500)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000_000)]


def _condition(value: object) -> object:
    """A plain `true` is a condition too; anything else that is not text is refused by its type."""
    return str(value).lower() if isinstance(value, bool) else value


Condition: TypeAlias = Annotated[str, BeforeValidator(_condition)]


def _said_or_left_out(value: object) -> object:
    """A key with nothing behind it is half a sentence: nobody is to be reached because it was not finished."""
    if value is None:
        refuse("is empty", "write a condition, or leave the key out", Code.WRONG_TYPE)
    return _condition(value)


MaybeCondition: TypeAlias = Annotated[str | None, BeforeValidator(_said_or_left_out)]
"""A condition that may be left out, as a whole."""


def _duration(value: object) -> float:
    hint = "write `30m`, `24h` or `7d`"
    text = _text(value, hint)
    match = DURATION.fullmatch(text)
    if not match:
        refuse(f"`{text[:80]}` is not a duration", hint)
    return int(match[1]) * UNITS[match[2]]


Seconds: TypeAlias = Annotated[float, BeforeValidator(_duration), Field(le=36_500 * DAY)]


def _clock(value: object) -> int:
    hint = 'write it like "21:00"'
    text = _text(value, hint)
    match = CLOCK.fullmatch(text)
    if not match:
        early = CLOCK.fullmatch(f"0{text}")
        refuse(f"`{text[:80]}` is not a time of day", f'write "{early[0]}"' if early else hint)
    return int(match[1]) * 60 + int(match[2])


MinuteOfDay: TypeAlias = Annotated[int, BeforeValidator(_clock)]


def _day(value: object) -> str:
    hint = "write it like 2026-12-24"
    text = _text(value, hint)
    if not DAY_ONLY.fullmatch(text):
        refuse(f"`{text[:80]}` is not a date", hint)
    _iso(date.fromisoformat, text, "a date", hint)
    return text


DayText: TypeAlias = Annotated[str, BeforeValidator(_day)]


def _iso(parse: Callable[[str], Parsed], text: str, what: str, hint: str) -> Parsed:
    try:
        return parse(text)
    except ValueError:
        refuse(f"`{text[:80]}` is not {what}", hint)


JUST_BEFORE = 0.001
"""Seconds: the last moment of a day is so far from the next."""


class HouseTime(NamedTuple):
    """A day, a local time or a moment with its offset, as written; the house's zone is only known later."""

    written: date | datetime

    def start(self, zone: ZoneInfo) -> Moment:
        """Return when it begins: a day at its midnight in the house's zone."""
        if isinstance(self.written, datetime):
            aware = self.written if self.written.tzinfo else self.written.replace(tzinfo=zone)
            return aware.timestamp()
        return datetime.combine(self.written, time(), zone).timestamp()

    def end(self, zone: ZoneInfo) -> Moment:
        """Return its last moment: of a day alone, just before the next midnight."""
        if isinstance(self.written, datetime):
            return self.start(zone)
        return HouseTime(self.written + timedelta(days=1)).start(zone) - JUST_BEFORE


def _house_time(value: object) -> HouseTime:
    hint = "write 2026-11-01, or 2026-11-01T09:00:00+01:00"
    text = _text(value, hint)
    parse: Callable[[str], date | datetime] = date.fromisoformat if DAY_ONLY.fullmatch(text) else datetime.fromisoformat
    written = _iso(parse, text, "a date or a moment", hint)
    if not 1970 < written.year < 2200:
        refuse(f"the year {written.year} is out of reach", hint)
    return HouseTime(written)


HouseTimeText: TypeAlias = Annotated[HouseTime, BeforeValidator(_house_time)]


def _local_time(value: object) -> str:
    hint = 'write it without a zone, like "2026-12-01T09:00": it is each person\'s local time'
    text = _text(value, hint)
    moment = _iso(datetime.fromisoformat, text, "a local date and time", hint)
    if moment.tzinfo or "T" not in text:
        refuse(f"`{text[:80]}` is not a local date and time", hint)
    return text


LocalTime: TypeAlias = Annotated[str, BeforeValidator(_local_time)]


@lru_cache(maxsize=1024)
def known_locale(text: str) -> bool:
    """Whether CLDR knows the language, and the country if one is named: `en-GB`, `fr`."""
    try:
        BabelLocale.parse(text, sep="-", resolve_likely_subtags=True)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def _locale(value: str) -> str:
    if len(value) > 35 or not known_locale(value):
        spelt = as_written(value.replace("_", "-")) if "_" in value else ""
        hint = f"did you mean `{spelt}`?" if known_locale(spelt) else "write it like `en-GB` or `fr`"
        hint = "put text with a comma in quotes" if " " in value else hint
        refuse(f"`{value[:80]}` is not a locale", hint, Code.UNKNOWN_LOCALE)
    return as_written(value)


def right_locale(text: str) -> bool:
    """Whether a locale is known, and spelt as people's are."""
    return known_locale(text) and as_written(text) == text


def as_written(locale: str) -> str:
    """Return a locale with the capitals that people's locales have: `en-GB`, `sr-Latn-RS`."""
    try:
        return str(canonical(locale))
    except UnfitError:
        return locale


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _currency(value: str) -> str:
    if value not in _currencies():
        hint = f"did you mean `{value.upper()}`?" if value.upper() in _currencies() else "write it like `EUR`"
        refuse(f"`{value[:80]}` is not a currency", hint, Code.UNKNOWN_CURRENCY)
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value[:LONGEST])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        hint = nearest(value, available_timezones())
        refuse(f"`{value[:80]}` is not a time zone", hint, Code.UNKNOWN_TIME_ZONE)
    return value


Locale: TypeAlias = Annotated[str, AfterValidator(_locale)]
Currency: TypeAlias = Annotated[str, AfterValidator(_currency)]
TimeZone: TypeAlias = Annotated[str, AfterValidator(_zone)]
Colour: TypeAlias = Annotated[
    str, AfterValidator(_matching(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})", 'write it like "#0a5" or "#00aa55"'))
]


def host_of(url: str) -> str:
    """Return the host of an address, in lower case; empty when it has none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _https(value: str) -> str:
    if not value.startswith("https://") or not HOST.fullmatch(host_of(value)) or re.search(r"[\s\\<>\"]", value):
        refuse(f"`{value[:80]}` is not an https address", "write it like https://trails.example/ski")
    if "@" in value.split("/")[2]:
        refuse("has a user name before its host", "links name a host and nothing before it")
    return value


Https: TypeAlias = Annotated[str, Field(max_length=2000), AfterValidator(_plain), AfterValidator(_https)]


def _origin(value: str) -> str:
    if len(value) > LONGEST:
        refuse("is too long for an origin", "write scheme and host only")
    local = re.fullmatch(r"http://(localhost|127\.0\.0\.1)(:\d{1,5})?", value)
    if not local and not re.fullmatch(rf"https://{HOST.pattern}(:\d{{1,5}})?", value):
        refuse(f"`{value[:80]}` is not an origin", "write scheme and host only, like https://trails.example")
    return value


def _host(value: str) -> str:
    if not HOST.fullmatch(value):
        known = host_of(value)
        refuse(f"`{value[:80]}` is not a host", f"write `{known}`" if known else "write it like trails.example")
    return value


def _mailbox(value: str) -> str:
    match = MAILBOX.fullmatch(value[:LONGEST])
    if len(value) > 320 or not ADDRESS.fullmatch(match[1] if match else value):
        refuse(f"`{value[:80]}` is not an email address", "write `Name <hello@trails.example>`")
    return value


Origin: TypeAlias = Annotated[str, AfterValidator(_origin)]
Host: TypeAlias = Annotated[str, AfterValidator(_host)]
Mailbox: TypeAlias = Annotated[str, AfterValidator(_plain), AfterValidator(_mailbox)]
SmsSender: TypeAlias = Annotated[
    str,
    AfterValidator(
        _matching(
            r"(?=.{1,11}$)[A-Za-z0-9]*[A-Za-z][A-Za-z0-9]*|\+?[0-9]{3,15}",
            "a sender id has 1 to 11 letters or digits, or is a number",
        )
    ),
]
Channel: TypeAlias = Literal["web", "email", "sms", "push", "whatsapp", "print", "note", "call", "social"]


def _unique(values: list[str]) -> list[str]:
    if len(set(values)) != len(values):
        twice = next(value for value, times in Counter(values).items() if times > 1)
        refuse(f"names `{twice}` twice", "once is enough")
    return values


Once = AfterValidator(_unique)
"""Refuses a list that names the same thing twice."""
