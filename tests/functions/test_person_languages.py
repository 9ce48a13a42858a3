"""A person's own pages in their language, and in a browser."""

from pathlib import Path
from string import Formatter

import msgspec
import pytest
from html5lib import HTMLParser
from rapport.domain.profile import Profile
from rapport_aws.subscriptions import PURPOSE, Subscription

from functions.person.handler import handle
from functions.person.words import WORDS, Words, spoken
from tests.browser.chromium import AXE, PICTURES, framed, needs_chromium, picture, serious
from tests.functions.calls import Context, call
from tests.functions.deployment import Deployment
from tests.functions.test_person import get, link, post

PAGES = ["u", "p", "why"]


def person(world: Deployment, lang: str) -> Profile:
    return world.person(f"speaks-{lang}", first_name="Ann", email=f"{lang}@example.com", locale=f"{lang}-BE")


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", WORDS)
def test_a_page_is_in_the_persons_language(world: Deployment, page: str, lang: str) -> None:
    body = get(link(world, page, person(world, lang)))["body"]
    words = WORDS[lang]
    title = {"u": words.unsubscribe, "p": words.preferences, "why": words.why}[page]
    HTMLParser(strict=True).parse(body)
    assert f'<html lang="{lang}">' in body
    assert title.replace("'", "&#x27;") in body


@pytest.mark.parametrize("lang", WORDS)
def test_what_was_done_is_told_in_the_persons_language(world: Deployment, lang: str) -> None:
    body = post(link(world, "p", person(world, lang)), action="pause", days="30")["body"]
    assert f'<p role="status">{WORDS[lang].saved}</p>' in body


@pytest.mark.parametrize("lang", WORDS)
def test_a_confirmation_is_asked_for_in_the_language_it_was_wished_in(world: Deployment, lang: str) -> None:
    wish = Subscription(f"{lang}@example.com", "email", "marketing", (), world.clock.now, f"{lang}-CH")
    body = get(f"/confirm/{world.house.sealer.seal(PURPOSE, msgspec.json.encode(wish))}")["body"]
    assert f"<h1>{WORDS[lang].confirm}</h1>" in body


@pytest.mark.parametrize(
    ("asked", "lang"),
    [("fr-CH, fr;q=0.9, en;q=0.8", "fr"), ("ja,de;q=0.5", "de"), ("ja", "en"), ("", "en"), (";;,,=", "en")],
)
def test_who_is_not_known_is_answered_as_their_browser_asks(world: Deployment, asked: str, lang: str) -> None:
    answer = handle(call("GET", "/u/forged", headers={"accept-language": asked}), Context())
    assert (answer["statusCode"], f'<html lang="{lang}">' in answer["body"]) == (404, True)


@pytest.mark.parametrize(
    ("locales", "lang"), [(("fr-BE", "en"), "fr"), ((None, "it"), "it"), (("sv", "de_AT"), "de"), ((3,), "en")]
)
def test_the_first_language_that_the_pages_speak_is_spoken(locales: tuple[object, ...], lang: str) -> None:
    assert spoken(*locales) == lang


def gaps(words: Words) -> dict[str, set[str | None]]:
    return {
        name: {gap for _, gap, _, _ in Formatter().parse(text) if gap is not None}
        for name, text in msgspec.structs.asdict(words).items()
        if isinstance(text, str)
    }


@pytest.mark.parametrize("lang", WORDS)
def test_every_language_says_as_much_as_english(lang: str) -> None:
    assert gaps(WORDS[lang]) == gaps(WORDS["en"])


# ---- in a browser


def pages(world: Deployment, lang: str) -> dict[str, str]:
    ann = person(world, lang)
    done = post(link(world, "p", ann), action="pause", days="30")["body"]
    return {page: get(link(world, page, ann))["body"] for page in PAGES} | {"saved": done, "lost": get("/u/x")["body"]}


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "de"])
def test_axe_finds_nothing_serious_in_a_persons_pages(
    world: Deployment, lang: str, scheme: str, tmp_path: Path
) -> None:
    needs_chromium()
    if not AXE.exists():
        pytest.skip("axe-core is not installed: npm ci")
    found = pages(world, lang)
    picture(framed(found, 375, 900), PICTURES / f"pages-{lang}-{scheme}.png", (1980, 930), scheme)
    assert serious(found, tmp_path, scheme) == []
