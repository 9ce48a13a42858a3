"""Links of an email that count clicks: only with consent to tracking, only to listed hosts, never the person's own."""

import json
import re
from collections.abc import Mapping
from typing import Any

import html5lib
import msgspec
import pytest
from rapport.memory import MemorySealer
from rapport.render import Rendered
from rapport.use_cases.compose import CLICK, ClickPayload
from rapport_authoring.simulation import simulate

from tests.scenarios.test_scenarios import catalogue_of
from tests.use_cases.render_house import LINKS, ask

TEMPLATES = {
    "t.j2": """{% block subject %}Look{% endblock %}
{% block email %}<p><a href="https://trails.example/cars?city=oslo&amp;n=1">Cars</a>
<a href="{{ event.link | default('') }}">From data</a><img src="https://trails.example/car.jpg" alt="A car">
<a href="{{ links.unsubscribe }}">Stop</a> <a href="{{ links.preferences }}">Choose</a>
<a href="{{ links.why }}">Why</a> <a href="#top">Up</a></p>{% endblock %}""",
    "own-text.j2": """{% block subject %}Look{% endblock %}{% block email %}<p>Look</p>{% endblock %}
{% block text %}See https://trails.example/a, (https://trails.example/b). Not {{ links.unsubscribe }}{% endblock %}""",
}


def counted(link: str) -> str:
    return f"https://count.example/{link.removeprefix('https://')}"


def email(template: str = "t.j2", **more: Any) -> Mapping[str, Any]:
    made = ask(TEMPLATES, "email", template, **more)
    assert isinstance(made, Rendered), made
    return made.content


def hrefs(content: Mapping[str, Any]) -> list[str]:
    page = html5lib.parse(content["html"], namespaceHTMLElements=False)
    return [found.attrib.get("href", "") for found in page.iter("a")]


def test_without_consent_links_are_as_they_were_written() -> None:
    assert hrefs(email())[0] == "https://trails.example/cars?city=oslo&n=1"


def test_with_consent_a_link_counts() -> None:
    assert hrefs(email(counted=counted))[0] == "https://count.example/trails.example/cars?city=oslo&n=1"


def test_a_persons_own_links_never_count() -> None:
    assert hrefs(email(counted=counted))[-4:-1] == [LINKS["unsubscribe"], LINKS["preferences"], LINKS["why"]]


@pytest.mark.parametrize("own", ["https://trails.example/u/t1", "https://www.trails.example/u/t1"])
def test_a_persons_own_links_never_count_even_on_a_listed_host(own: str) -> None:
    links = {**LINKS, "unsubscribe": own}
    assert own in hrefs(email(counted=counted, links=links))
    assert own in email("own-text.j2", counted=counted, links=links)["text"]


@pytest.mark.parametrize("link", ["https://elsewhere.example/x", "javascript:alert(1)", "//trails.example/x"])
def test_what_may_not_stay_is_not_counted_either(link: str) -> None:
    content = email(counted=counted, event={"link": link})
    assert (hrefs(content)[1], content["html"].count("count.example")) == ("", 1)


def test_pictures_stay_as_they_are() -> None:
    assert 'src="https://trails.example/car.jpg"' in email(counted=counted)["html"]


def test_the_text_part_counts_as_well() -> None:
    assert "Cars (https://count.example/trails.example/cars?city=oslo&n=1)" in email(counted=counted)["text"]
    assert LINKS["unsubscribe"] in email(counted=counted)["text"]


def test_a_link_in_a_text_ends_before_the_sentence_does() -> None:
    text = email("own-text.j2", counted=counted)["text"]
    assert text.startswith("See https://count.example/trails.example/a, (https://count.example/trails.example/b). Not")


@pytest.mark.parametrize("channel", ["sms", "push", "web", "note", "print", "social"])
def test_only_emails_count(channel: str) -> None:
    templates = {"t.j2": "{% block text %}See https://trails.example/a{% endblock %}"}
    made = ask(templates, channel, "t.j2", counted=counted)
    assert isinstance(made, Rendered)
    assert "count.example" not in json.dumps(made.content)


# ---- by the simulator

CATALOGUE = {
    "campaigns/c.yaml": {"id": "c", "purpose": "service", "kind": "service", "trigger": {"event": "Joined"},
                         "channels": ["email"], "template": "c.j2"},
    "templates/c.j2": '{% block subject %}Hello{% endblock %}{% block email %}<p>'
                      '<a href="https://trails.example/{{ event.path }}">See</a>'
                      '<a href="{{ links.why }}">Why</a></p>{% endblock %}',
}  # fmt: skip


def sent(path: str = "a", **consent: str) -> Mapping[str, Any]:
    """The email of somebody who said this of tracking."""
    at = "2026-11-02T09:00:00Z"
    lines: list[dict[str, Any]] = [
        {"at": at, "type": "identify", "userId": "ann", "traits": {"email": "ann@example.com"}},
        *({"at": at, "type": "consent", "userId": "ann", "purpose": "tracking", **consent} for _ in consent or ()),
        {"at": at, "type": "track", "userId": "ann", "event": "Joined", "properties": {"path": path}},
    ]
    rows = simulate(
        catalogue_of({"rapport": {"links": ["trails.example"]}, "catalogue": CATALOGUE}), map(json.dumps, lines)
    )
    content: Mapping[str, Any] = next(row for row in rows if row.get("status") == "SENT")["content"]
    return content


@pytest.mark.parametrize("consent", [{}, {"status": "withdrawn"}, {"status": "granted", "channel": "sms"}])
def test_nobody_is_counted_without_consent_for_email(consent: dict[str, str]) -> None:
    assert hrefs(sent(**consent))[0] == "https://trails.example/a"


def test_a_counted_link_tells_whose_click_it_is_and_leads_where_it_led() -> None:
    link = hrefs(sent(status="granted"))[0]
    found = re.fullmatch(r"https://[^/]+/c/([\w.-]+)", link)
    assert found is not None, link
    payload = MemorySealer(b"simulation:0").open(CLICK, found[1])
    click = msgspec.json.decode(payload or b"", type=ClickPayload)
    assert (click.campaign, click.channel, click.url) == ("c", "email", "https://trails.example/a")


def test_an_address_too_long_for_a_token_is_left_as_it_is() -> None:
    path = "a" * 900
    assert hrefs(sent(path, status="granted"))[0] == f"https://trails.example/{path}"
