"""YAML as people write it: what YAML 1.1 would turn into something else stays what was written, and has its place."""

import json
from pathlib import Path

import pytest
from rapport_authoring.check import check_folder
from rapport_authoring.loader import load
from rapport_authoring.loader.composing import Unfolding, compose
from rapport_authoring.problems import Place

from tests.catalogue.little_house import checked, codes


def plain(text: str) -> object:
    node = compose(text, "x.yaml")
    return None if node is None else Unfolding("x.yaml", 1000).plain(node)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("on", "on"),
        ("yes", "yes"),
        ("no", "no"),
        ("21:00", "21:00"),
        ("1:30:00", "1:30:00"),
        ("2026-11-01", "2026-11-01"),
        ("2027-03-31T23:59:59+01:00", "2027-03-31T23:59:59+01:00"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        (".nan", ".nan"),
        ("+33612345678", 33612345678),
        ("12", 12),
        ("-1.5", -1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("False", False),
        ("~", None),
        ('"12"', "12"),
        ("'true'", "true"),
        ("12345678901234567890", "12345678901234567890"),
    ],
)
def test_a_plain_scalar_is_read_by_yaml_1_2(written: str, read: object) -> None:
    value = plain(f"a: {written}")
    assert value == {"a": read}
    assert type(value["a"]) is type(read)  # type: ignore[index]  # a mapping, as just seen


def test_a_key_is_always_text() -> None:
    assert plain("{on: 1, no: 2, 12: 3, true: 4}") == {"on": 1, "no": 2, "12": 3, "true": 4}


def test_an_anchor_may_be_used_again() -> None:
    assert plain("a: &x [1, 2]\nb: *x") == {"a": [1, 2], "b": [1, 2]}


def test_an_empty_file_holds_nothing() -> None:
    assert load({"rapport.yaml": "name: X", "offers/none.yaml": "# later\n"}).problems == []


def test_a_file_holds_one_document_or_a_list() -> None:
    one = load({"rapport.yaml": "name: X", "segments/a.yaml": "id: a\nwhen: true"})
    two = load({"rapport.yaml": "name: X", "segments/a.yaml": "- {id: a}\n- {id: b}"})
    assert (len(one.segments), len(two.segments)) == (1, 2)


def test_folders_within_folders_are_read() -> None:
    loaded = load({"rapport.yaml": "name: X", "segments/sport/winter/skiers.yml": "id: skiers"})
    assert [entry.model.id for entry in loaded.segments] == ["skiers"]


def test_what_is_no_part_of_a_catalogue_is_left_alone() -> None:
    assert load({"rapport.yaml": "name: X", "README.md": "# Ours", "docs/x.txt": "["}).problems == []


def test_a_value_knows_where_it_stands() -> None:
    entry = load({"rapport.yaml": "name: X", "segments/a.yaml": "- id: a\n- id: b\n  when: true"}).segments[1]
    assert (entry.at("when"), entry.at_key("when")) == (Place("segments/a.yaml", 3, 9), Place("segments/a.yaml", 3, 3))


def test_columns_count_characters_not_bytes() -> None:
    text = "{id: a, kind: sales, benefit: été 🏔, value: 2}"
    entry = load({"rapport.yaml": "name: X", "offers/a.yaml": text}).offers[0]
    assert entry.at("value").column == 45


def test_a_folder_is_read_without_hidden_files_and_links(tmp_path: Path) -> None:
    (tmp_path / "rapport.yaml").write_text("name: X", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "offers.yaml").write_text("[", encoding="utf-8")
    (tmp_path / "offers").symlink_to("/etc")
    assert check_folder(tmp_path).problems == ()


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "rapport.yaml").write_bytes("# Gr\u00fc\u00dfe\nname: Gr\u00fc".encode() + b"\xdfe")
    found = [(problem.code.value, *problem.place) for problem in check_folder(tmp_path).problems]
    assert ("not-text", "rapport.yaml", 2, 10) in found


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "~", "null\n", "[]"])
def test_a_file_with_nothing_in_it_is_no_document(text: str) -> None:
    assert codes(checked({"offers/later.yaml": text})) == []


def test_json_as_programs_escape_it_is_read() -> None:
    offer = {
        "id": "smile",
        "kind": "content",
        "benefit": "A smile \U0001f600",
        "content": {"en-GB": {"headline": "\u00fc"}},
    }
    result = checked({"offers/smile.yaml": json.dumps(offer)})
    assert result.catalogue is not None
    assert result.catalogue.offers["smile"].benefit == "A smile \U0001f600"


def test_a_locale_may_be_written_in_any_letters() -> None:
    content = "{en-gb: {headline: Try}, FR-be: {text: E}}"
    offer = f"{{id: try, kind: content, benefit: A try, placements: [slot], content: {content}}}"
    catalogue = checked({"offers/try.yaml": offer}).catalogue
    assert catalogue is not None
    assert set(catalogue.offers["try"].content) == {"en-GB", "fr-BE"}
