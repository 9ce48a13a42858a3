"""The codes of the check are documented, and the documentation says what the code says."""

from rapport_authoring.problems import MEANINGS, Code
from rapport_authoring.problems.codes import codes_page

from tests.catalogue.little_house import HERE


def test_the_page_of_codes_is_the_one_written_from_the_codes() -> None:
    page = HERE.parents[1] / "docs" / "check-codes.md"
    assert page.read_text(encoding="utf-8") == codes_page()


def test_every_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Code)
