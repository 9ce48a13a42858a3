"""One offer written into a folder: what stands around it in its file stays as it was."""

import json
from typing import Any

import pytest
from rapport_authoring.check import check

from functions.catalogue.editing import with_offer
from tests.catalogue.little_house import little_house

SMILE = "\U0001f600"
NEW: dict[str, Any] = {"kind": "content", "benefit": f"New {SMILE}", "content": {"en-GB": {"headline": "New"}}}
LISTED = """\
# ours
- id: one
  kind: content
  content: {en-GB: {headline: One}}
  benefit: One # for a start

# what comes second
- id: two
  kind: content
  benefit: Two
  content: {en-GB: {headline: Two}}
"""


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_an_offer_takes_its_own_place_among_others_and_their_comments(name: str) -> None:
    files = with_offer(little_house(**{"offers/listed.yaml": LISTED}), name, NEW)
    catalogue = check(files).catalogue
    assert catalogue is not None
    assert (catalogue.offers[name].benefit, files["offers/listed.yaml"].count("#")) == (f"New {SMILE}", 3)


def test_an_offer_takes_its_own_place_in_json_as_programs_escape_it() -> None:
    written = json.dumps([{**NEW, "id": "one", "benefit": 9 * SMILE}, {**NEW, "id": "two"}])
    catalogue = check(with_offer(little_house(**{"offers/listed.yaml": written}), "two", NEW)).catalogue
    assert catalogue is not None
    assert [catalogue.offers[name].benefit for name in ("one", "two")] == [9 * SMILE, f"New {SMILE}"]
