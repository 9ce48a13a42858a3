"""What was stored by an older version is still read: every file here was written once and is never changed."""

import json
from pathlib import Path

import msgspec
import pytest
from rapport.domain.consent import Receipt
from rapport.domain.message import Message
from rapport.domain.profile import Profile
from rapport_aws.records import body_of, value_of

STORED = Path(__file__).parent / "stored"
SHAPES = {"profile": Profile, "receipt": Receipt, "message": Message}


@pytest.mark.parametrize("file", sorted(STORED.glob("*.json")), ids=lambda file: file.stem)
def test_an_old_row_is_read_and_says_the_same_when_written_again(file: Path) -> None:
    shape = SHAPES[file.stem.split("-")[0]]
    old = json.loads(file.read_text())
    read = value_of(file.read_text(), shape)
    assert value_of(body_of(read), shape) == read
    assert lacking(old, json.loads(msgspec.json.encode(read))) == []


def test_what_a_later_version_adds_is_no_hindrance() -> None:
    assert value_of('{"id": "p_1", "user_id": "ann", "a_later_field": {"x": [1]}}', Profile).user_id == "ann"


def lacking(old: object, new: object, path: str = "") -> list[str]:
    """The places of the old row that the new one does not have as they were."""
    if isinstance(old, dict) and isinstance(new, dict):
        inner = ((f"{path}.{name}", held, new.get(name)) for name, held in old.items())
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        inner = ((f"{path}[{n}]", *pair) for n, pair in enumerate(zip(old, new, strict=True)))
    else:
        return [] if old == new else [path]
    return [place for name, one, other in inner for place in lacking(one, other, name)]
