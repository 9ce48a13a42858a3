"""The JSON Schemas under events/schemas are those of the models; run this file as a program to write them anew."""

import json
from pathlib import Path

import msgspec
import pytest
from rapport.domain.announcement import SHAPES

FOLDER = Path(__file__).parents[2] / "events/schemas"


def schema(name: str) -> str:
    """The schema of the detail of one of our own events."""
    shape = {**msgspec.json.schema(SHAPES[name]), "title": name}
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **shape}, indent=2) + "\n"


def file_of(name: str) -> Path:
    return FOLDER / f"{name.lower().replace(' ', '-')}.json"


@pytest.mark.parametrize("name", SHAPES)
def test_a_schema_is_that_of_its_model(name: str) -> None:
    assert file_of(name).read_text() == schema(name)


if __name__ == "__main__":
    for each in SHAPES:
        file_of(each).write_text(schema(each))
