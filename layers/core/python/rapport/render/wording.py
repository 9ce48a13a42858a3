"""Amounts, dates and numbers as a person writes them: Babel in the person's locale, zone and currency."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from functools import lru_cache
from typing import Final

from babel import Locale, UnknownLocaleError, dates, numbers
from msgspec import Struct

from rapport.domain.moment import zone
from rapport.render.known import Names, Unknown

_PLAIN_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")

# CLDR parts a currency's letters from its digits; Babel leaves them touching.
_TOUCHING: Final = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")

_FIRST: Final = re.compile(r"\b1\b")
"""The first of a month, an ordinal in French: 1er mars. CLDR has no word for it."""
_FIELDS: Final = re.compile(r"'[^']*'|E+|c{3,}|M{3,}|L{3,}")
"""What is written out in a day, and what stands in quotes, which stays."""
_WRITTEN_OUT: Final = {"E": "EEEE", "c": "cccc", "M": "MMMM", "L": "LLLL"}


class Wording(Struct, frozen=True):
    """How one person reads: a locale that Babel knows, an IANA zone, the house's currency."""

    locale: str
    timezone: str
    currency: str


@lru_cache(maxsize=256)
def known_locale(tag: str) -> Locale:
    """Babel's locale for a tag like fr-BE; its language alone, or English, when Babel knows no better."""
    for candidate in (tag, tag.partition("-")[0]):
        try:
            return Locale.parse(candidate.replace("_", "-"), sep="-")
        except (ValueError, UnknownLocaleError):
            continue
    return Locale("en")


def spoken(person: str, text: str) -> str:
    """The person's locale if it has the text's language, else the text's: money and dates follow it."""
    same = person.partition("-")[0].lower() == text.partition("-")[0].lower()
    return person if same else text


def reads_right_to_left(tag: str) -> bool:
    """Whether the locale's script runs from right to left."""
    return known_locale(tag).text_direction == "rtl"


def money(wording: Wording, price: object) -> object:
    """An offer's price, or a plain amount in the house's currency. Unknown when it is no amount."""
    amount, currency = price, wording.currency
    if isinstance(price, Names):
        amount, currency = price.read("amount"), str(price.read("currency") or wording.currency)
    if isinstance(amount, bool) or not isinstance(amount, int | float | str | Decimal):
        return Unknown(hint="money")
    try:
        sum_ = Decimal(str(amount))
    except InvalidOperation:
        return Unknown(hint="money")
    if not sum_.is_finite() or abs(sum_) >= Decimal(10) ** 15 or not re.fullmatch("[A-Z]{3}", currency):
        return Unknown(hint="money")
    # A shop rounds half a cent up, where Babel goes by the context, whose halves go to the even neighbour.
    with localcontext(rounding=ROUND_HALF_UP):
        written = numbers.format_currency(sum_, currency, locale=known_locale(wording.locale))
    return _TOUCHING.sub("\u00a0", written)


def number(wording: Wording, value: float) -> str:
    """A number that is printed as it is: whole ones without a point, others with the locale's."""
    if value == int(value):
        return str(int(value))
    return numbers.format_decimal(Decimal(str(value)), locale=known_locale(wording.locale), group_separator=False)


def date_(wording: Wording, value: object) -> object:
    """5 March 2026."""
    return _dated(wording, value, lambda when, tag: dates.format_date(when, "long", locale=tag))


def day(wording: Wording, value: object) -> object:
    """Thursday 5 March."""
    return _dated(wording, value, lambda when, tag: dates.format_date(when, _day_pattern(tag), locale=tag))


@lru_cache(maxsize=256)
def _day_pattern(locale: Locale) -> str:
    """How a locale writes weekday, day and month: the nearest that CLDR has, its words written out."""
    nearest = dates.match_skeleton("MMMMEEEEd", locale.datetime_skeletons)
    pattern = locale.datetime_skeletons[nearest].pattern if nearest else "EEEE d MMMM"
    return _FIELDS.sub(lambda field: _WRITTEN_OUT.get(field[0][0], field[0]), pattern)


def time_(wording: Wording, value: object) -> object:
    """14:30, in the person's zone; unknown for a date, which has no time."""
    when = _when(wording, value)
    if not isinstance(when, datetime):
        return Unknown(hint="time")
    return dates.format_time(when, "short", tzinfo=zone(wording.timezone), locale=known_locale(wording.locale))


def plural(wording: Wording, count: object, one: str, other: str, few: str = "", many: str = "") -> object:
    """The form of a word that a count takes in the text's language: 1 night, 2 nights. Unknown when it is no number."""
    if isinstance(count, bool) or not isinstance(count, int | float) or abs(count) > LARGEST_COUNT:
        return Unknown(hint="plural")
    form = known_locale(wording.locale).plural_form(Decimal(str(count)))
    return {"one": one, "few": few, "many": many}.get(form, "") or other


LARGEST_COUNT: Final = 10**12
FORMATS: Final[Mapping[str, Callable[[Wording, object], object]]] = {
    "money": money,
    "day": day,
    "date": date_,
    "time": time_,
}


def _dated(wording: Wording, value: object, form: Callable[[date, Locale], str]) -> object:
    when = _when(wording, value)
    if when is None:
        return Unknown(hint="date")
    day_, locale = when.date() if isinstance(when, datetime) else when, known_locale(wording.locale)
    written = form(day_, locale)
    return _FIRST.sub("1er", written) if day_.day == 1 and locale.language == "fr" else written


def _when(wording: Wording, value: object) -> date | None:
    """A date as it is, or a moment (seconds, RFC 3339, datetime) on the person's clock."""
    try:
        return _read(wording, value)
    except (ValueError, OverflowError, OSError):
        return None


def _read(wording: Wording, value: object) -> date | None:
    if isinstance(value, str):
        if _PLAIN_DATE.fullmatch(value):
            return date.fromisoformat(value)
        value = datetime.fromisoformat(value) if len(value) <= 40 else None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(zone(wording.timezone))
    if isinstance(value, date):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return datetime.fromtimestamp(value, zone(wording.timezone))
