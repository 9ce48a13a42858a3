"""One word per notion: what the documents promise is what the code says."""

import re
from pathlib import Path

import pytest
from rapport.domain.reason import MessageStatus, Reason, Stage

ROOT = Path(__file__).parents[2]
REASONS = (ROOT / "docs/contract/reasons.md").read_text()


def test_every_reason_is_documented_and_every_documented_reason_exists() -> None:
    documented = set(re.findall(r"`([A-Z][A-Z_]{3,})`", REASONS)) - set(MessageStatus)
    assert documented == {str(reason) for reason in Reason}


def test_every_status_of_a_message_is_documented() -> None:
    for status in MessageStatus:
        assert f"`{status}`" in REASONS


def test_the_stages_are_documented_in_their_order() -> None:
    assert [stage for stage in re.findall(r"^\| (\w+) \|", REASONS, re.MULTILINE) if stage != "stage"] == list(Stage)


@pytest.mark.parametrize("page", [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md"], ids=lambda p: p.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    for link in links:
        assert link.startswith(("https://", "mailto:")) or (page.parent / link).exists(), link
