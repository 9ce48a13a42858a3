"""The guide for client developers, held to what it says."""

import re
from pathlib import Path
from typing import Any

import pytest
from rapport.errors import RapportError
from rapport.use_cases.personalise import SHOWN
from rapport_aws import http, imports
from rapport_aws.user_tokens import Algorithm, User, UserKey, verify

from functions.catalogue import publishing
from functions.collect import handler as collect
from functions.profiles.handler import AT_ONCE

GUIDE = (Path(__file__).parents[2] / "docs" / "calling-the-api.md").read_text("utf-8")
SECRET, SITE = "s" * 32, "pk_a-site"


def test_the_token_of_the_guide_is_one() -> None:
    [snippet] = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(snippet, names)  # noqa: S102  # our own guide
    token = names["user_token"]("ann", SITE, SECRET)
    now = names["time"].time()
    assert verify(token, UserKey(Algorithm.HS256, SECRET.encode()), SITE, now) == User("ann")


def statuses() -> set[int]:
    """The statuses of every error there is, but for the one that nobody foresaw."""
    found, left = set(), [*RapportError.__subclasses__()]
    while left:
        kind = left.pop()
        found.add(kind.status)
        left += kind.__subclasses__()
    return found


def test_the_guide_tells_of_every_status() -> None:
    rows = re.findall(r"^\| ([0-9, ]+) \|", GUIDE, re.MULTILINE)
    assert {int(status) for row in rows for status in row.split(",")} == statuses() | {429}


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (http.BODY, "32 KiB"),
        (collect.BATCH, "500 KiB"),
        (publishing.DOCUMENT, "5 MB"),
        (imports.LARGEST, "4 MB"),
        (AT_ONCE, "2,000"),
        (collect.MOST, "5,000"),
        (SHOWN, "500"),
    ],
)
def test_the_guide_tells_the_bounds_that_hold(bound: int, said: str) -> None:
    number, _, unit = said.replace(",", "").partition(" ")
    assert (bound, said in GUIDE) == (int(number) * {"": 1, "KiB": 1024, "MB": 1024 * 1024}[unit], True)
