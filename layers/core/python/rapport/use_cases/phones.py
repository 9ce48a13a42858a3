"""Phone numbers as people write them, in E.164; what is no number is left for the strict reading to refuse."""

import re
from functools import partial
from typing import Final

from rapport.domain.house import House
from rapport.domain.typed import Phone

_WRITTEN: Final = re.compile(r"\+?[\d\s().\-/]{4,40}", re.ASCII)


def e164(house: House) -> Phone:
    """How this house reads phone numbers: one without a country is of the country of its locale."""
    country = house.locale.replace("_", "-").rpartition("-")[2].upper()
    return partial(_read, country if len(country) == 2 and "-" in house.locale.replace("_", "-") else None)


def _read(country: str | None, text: str) -> str:
    # A tenth of a second and twenty megabytes: only where there is a number to be read.
    from phonenumbers import (  # noqa: PLC0415  # as above
        NumberParseException,
        PhoneNumberFormat,
        format_number,
        is_possible_number,
        is_valid_number,
        parse,
    )

    if not _WRITTEN.fullmatch(text):
        return text
    try:
        number = parse(text, country)
    except NumberParseException:
        return text
    is_one = is_possible_number(number) if text.startswith("+") else is_valid_number(number)
    return format_number(number, PhoneNumberFormat.E164) if is_one else text
