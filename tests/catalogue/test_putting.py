"""One document put into a catalogue's files, as the admin API does it."""

import json

import pytest
from rapport_authoring.check import check
from rapport_authoring.loader import put_document

from tests.catalogue.little_house import little_house

SOAP = {"id": "soap", "kind": "sales", "benefit": "Four été 🧼: soap, # and more", "placements": ["slot"],
        "content": {"en-GB": {"headline": "Soap"}}}  # fmt: skip


def offers_of(files: dict[str, str]) -> dict[str, str]:
    result = check(files)
    assert result.catalogue is not None, result.errors
    return {offer.id: offer.benefit for offer in result.catalogue.offers.values()}


def test_an_offer_takes_the_place_of_the_one_with_its_id_d32() -> None:
    assert offers_of(put_document(little_house(), "offer", SOAP)) == {
        "hello": "A friendly word",
        "soap": SOAP["benefit"],
    }


def test_the_other_documents_of_the_file_stay_as_they_were_written() -> None:
    hello = {**SOAP, "id": "hello", "kind": "content"}
    files = put_document(little_house(), "offer", hello)
    before = little_house()["offers/all.yaml"]
    assert files["offers/all.yaml"].endswith(before[before.index("- id: soap") :])
    assert offers_of(files) == {"hello": SOAP["benefit"], "soap": "Three pieces of soap"}


def test_a_new_offer_gets_a_file_of_its_own() -> None:
    files = put_document(little_house(), "offer", {**SOAP, "id": "towel"})
    assert json.loads(files["offers/towel.yaml"])["id"] == "towel"
    assert "towel" in offers_of(files)


def test_an_offer_alone_in_its_file_is_replaced_whole() -> None:
    alone = put_document(little_house(), "offer", {**SOAP, "id": "towel"})
    again = put_document(alone, "offer", {**SOAP, "id": "towel", "benefit": "A towel"})
    assert offers_of(again)["towel"] == "A towel"


@pytest.mark.parametrize("at", range(3))
def test_an_offer_in_a_list_of_one_line_each_is_replaced_alone(at: int) -> None:
    line = "{{id: o{at}, kind: content, benefit: B, placements: [slot], content: {{en-GB: {{headline: H}}}}}}"
    lines = "".join(f"- {line.format(at=number)} # offer {number}\n" for number in range(3))
    files = put_document(little_house(**{"offers/three.yaml": lines}), "offer", {**SOAP, "id": f"o{at}"})
    assert [name for name, benefit in offers_of(files).items() if benefit == SOAP["benefit"]] == [f"o{at}"]
    assert files["offers/three.yaml"].count("# offer") == 3
