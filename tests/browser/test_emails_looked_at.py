"""The starter's emails in a real browser: pictures to be looked at, and no serious accessibility error."""

from pathlib import Path

import pytest

from tests.browser.chromium import AXE, PICTURES, SCHEMES, framed, needs_chromium, picture, serious
from tests.browser.starter import emails

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = {"phone": 375, "desktop": 800}
BROKEN = (
    '<!doctype html><html><head><title>t</title></head><body><p style="color:#bbb;background:#fff">Pale</p>'
    '<img src="x.png"></body></html>'
)


@pytest.fixture(autouse=True)
def chromium() -> None:
    needs_chromium()


@pytest.fixture
def axe() -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_the_starters_emails_become_pictures(screen: str, scheme: str) -> None:
    width = SCREENS[screen]
    target = PICTURES / f"{screen}-{scheme}.png"
    made = picture(framed(emails("ann"), width, 900), target, (4 * (width + 20), 5 * 940), scheme)
    assert made.stat().st_size > 50_000


@pytest.mark.parametrize("who", ["luc", "leila"])
def test_the_starter_in_french_and_from_right_to_left_becomes_pictures(who: str) -> None:
    made = picture(framed(emails(who), 375, 900), PICTURES / f"{who}.png", (4 * 395, 5 * 940), "light")
    assert made.stat().st_size > 50_000


@pytest.mark.parametrize("campaign", ["welcome", "order-confirmation"])
def test_a_mail_in_arabic_runs_from_right_to_left(campaign: str) -> None:
    assert '<html lang="ar" dir="rtl">' in emails("leila")[campaign]


@pytest.mark.parametrize(
    ("who", "scheme"),
    [*((who, scheme) for who in ("ann", "nour", None) for scheme in SCHEMES), ("luc", "light"), ("leila", "dark")],
)
@pytest.mark.usefixtures("axe")
def test_axe_finds_nothing_serious_in_the_starters_emails(who: str | None, scheme: str, tmp_path: Path) -> None:
    assert serious(emails(who), tmp_path, scheme) == []


@pytest.mark.usefixtures("axe")
def test_axe_would_say_if_something_were_serious(tmp_path: Path) -> None:
    found = " ".join(serious({"broken": BROKEN}, tmp_path))
    assert all(rule in found for rule in ("color-contrast", "image-alt", "html-has-lang"))
