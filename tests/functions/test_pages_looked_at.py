"""A person's own pages as they look, in the languages they speak, and what axe says of them."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from rapport.domain.consent import Receipt
from rapport.domain.profile import Identity
from rapport.use_cases import curate

from functions.person.words import WORDS
from tests.browser.chromium import PICTURES, framed, needs_chromium, picture, serious
from tests.functions.deployment import Deployment
from tests.functions.test_person import get, link

pytestmark = pytest.mark.browser
PAGES = ("u", "p", "why")
LOCALES = {"en": "en-GB", "fr": "fr-FR", "de": "de-DE", "nl": "nl-NL", "es": "es-ES", "it": "it-IT"}


@pytest.fixture(scope="module")
def pages(deployed: Deployment) -> Mapping[str, str]:
    """Every page, in every language."""
    needs_chromium()
    found = {}
    for lang in WORDS:
        user = f"looks-{lang}"
        deployed.person(user, first_name="Ann-Margret", email=f"{user}@example.com", locale=LOCALES[lang])
        receipt = Receipt("marketing", "email", "granted", deployed.clock.now - 100)
        profile = curate.consent(Identity("user", user), receipt, deployed.house.ports, deployed.clock.now)
        found |= {f"{page} {lang}": get(link(deployed, page, profile))["body"] for page in PAGES}
    found["forged"] = get("/u/forged")["body"]
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(pages: Mapping[str, str], scheme: str, tmp_path: Path) -> None:
    assert serious(pages, tmp_path, scheme) == []


@pytest.mark.parametrize("width", [360, 900])
def test_the_pages_have_their_picture_taken(pages: Mapping[str, str], width: int) -> None:
    some = {name: page for name, page in pages.items() if name.endswith((" fr", " en")) or name == "forged"}
    taken = picture(framed(some, width, 1700), PICTURES / f"own-pages-{width}.png", (4 * (width + 24), 3500), "light")
    assert taken.stat().st_size > 10_000
