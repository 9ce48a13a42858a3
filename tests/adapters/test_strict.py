import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct
from rapport.errors import BadRequest
from rapport_aws.strict import LARGEST, convert, parse

ATOMS = st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False)
ATOMS |= st.integers(-LARGEST, LARGEST)
VALUES = st.recursive(ATOMS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


class Shape(Struct, forbid_unknown_fields=True):
    name: str
    counts: list[int] = []


@given(VALUES)
def test_sound_json_is_read_as_it_was_meant(value: Any) -> None:
    assert parse(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nul",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b'{"a": 1, "a": 1}',
        b'[{"a": {"b": 1, "b": 2}}]',
        b"[9007199254740993]",
        b"[-9007199254740993]",
        b'["\\ud800"]',
        b'{"\\udc00": 1}',
        b'["\xed\xa0\x80"]',
        b'["\xff"]',
        b"[" * 17 + b"]" * 17,
        b'{"a":' * 17 + b"1" + b"}" * 17,
        b"[" * 1_000_000,
        b"'a'",
        b"[1,]",
        b"{} {}",
        b"\xef\xbb\xbf{}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_what_two_parsers_might_read_differently_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest):
        parse(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[9007199254740992]", [2**53]),
        (b'["\\ud83d\\ude00"]', ["\U0001f600"]),
        (b"[" * 16 + b"]" * 16, [[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]),
        (b'["[[[[[[[[[[[[[[[[[[[[[[[["]', ["[" * 24]),
        (b'["\\"[[[[[[[[[[[[[[[[[[[[[["]', ['"' + "[" * 22]),
        (b"[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[]]", [[]] * 19),
    ],
    ids=["largest", "pair", "deepest", "brackets in text", "escaped quote", "broad"],
)
def test_what_is_just_within_the_bounds_is_read(body: bytes, value: Any) -> None:
    assert parse(body) == value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"name": 7}, "name"),
        ({"name": "a", "counts": [1, "2"]}, "counts[1]"),
        ({"name": "a", "other": 1}, "other"),
        ({}, "name"),
    ],
    ids=str,
)
def test_a_fault_names_its_place(value: Any, path: str) -> None:
    with pytest.raises(BadRequest) as found:
        convert(value, Shape)
    assert found.value.errors[0]["path"] == path
