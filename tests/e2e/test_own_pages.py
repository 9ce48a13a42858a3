"""A person's own pages, opened from the links of a mail: a visit changes nothing, a click on a button does."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rapport_authoring.local.house import STARTER
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Answer, Caller, eventually
from tests.e2e.wire import Mail, introduced, mails_to, messages, midday, rapport, send, settle, track

HELLO = """
- id: hello
  purpose: marketing
  kind: relationship
  trigger: {event: Hello Wanted}
  channels: [email]
  template: hello.j2
"""
TEMPLATE = """{% extends "brand/base.j2" %}
{% block subject %}Hello {{ traits.first_name | default("you") }}{% endblock %}
{% block email %}<p>Good to have you{% if traits.home_city %} in {{ traits.home_city }}{% endif %}.</p>{% endblock %}
"""


@pytest.fixture(scope="module")
def pushed(stack: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.CompletedProcess[str]]:
    """The starter catalogue with one campaign more, pushed from a shell; taken back afterwards."""
    folder = tmp_path_factory.mktemp("catalogue") / "house"
    shutil.copytree(STARTER, folder)
    Path(folder, "campaigns", "hello.yaml").write_text(HELLO)
    Path(folder, "templates", "hello.j2").write_text(TEMPLATE)
    yield rapport(stack, "push", str(folder))
    rapport(stack, "rollback")


@pytest.fixture(scope="module")
def mail(stack: Deployed, caller: Caller, pushed: subprocess.CompletedProcess[str]) -> Mail:
    """A marketing mail, to somebody who wants it."""
    assert pushed.returncode == 0, pushed
    user = introduced(caller, firstName="Nora", timezone=midday())
    caller("PUT", f"/v1/profiles/{user}/consents/marketing", {"status": "granted", "channel": "email"})
    eventually(lambda: asked_for(caller, user))
    return eventually(lambda: mails_to(stack, f"{user}@example.com"))[0]  # type: ignore[no-any-return]  # of mails


def asked_for(caller: Caller, user: str) -> bool:
    """Ask for hello, and tell whether that was heard: every function sees within seconds what was pushed."""
    caller("POST", "/v1/track", track(user, "Hello Wanted", {}))
    settle(caller.stack)
    return bool(messages(caller, user, "hello"))


def link(mail: Mail, page: str) -> str:
    """The path of one of the person's own pages."""
    return next(urlsplit(found).path for found in mail.links if f"/{page}/" in found)


def opened(stack: Deployed, path: str) -> Answer:
    return send(stack, ("GET", path), {"User-Agent": "a scanner"})


def posted(stack: Deployed, path: str, form: str) -> Answer:
    return send(stack, ("POST", path), {"Content-Type": "application/x-www-form-urlencoded"}, form.encode())


def person(mail: Mail) -> str:
    return mail.to.partition("@")[0]


def consent(caller: Caller, user: str) -> object:
    return caller("GET", f"/v1/profiles/{user}").body["consents"]["marketing"]["email"]["status"]


def test_push_says_the_version_it_published(pushed: subprocess.CompletedProcess[str]) -> None:
    assert (pushed.returncode, bool(re.search(r"v\d+", pushed.stdout))) == (0, True), pushed


@pytest.mark.parametrize("page", ["why", "p", "u"])
def test_a_link_of_the_mail_opens_a_page(stack: Deployed, mail: Mail, page: str) -> None:
    answer = opened(stack, link(mail, page))
    kind = answer.headers["Content-Type"].partition(";")[0]
    assert (answer.status, kind, "<h1>" in answer.body) == (200, "text/html", True)


def test_the_page_says_why(stack: Deployed, mail: Mail) -> None:
    assert "marketing" in opened(stack, link(mail, "why")).body


def test_the_preference_centre_tells_what_is_known_and_from_where(stack: Deployed, mail: Mail) -> None:
    page = opened(stack, link(mail, "p")).body
    assert ("<td>Nora</td><td>declared</td>" in page, 'name="consent.marketing.email"' in page) == (True, True)


def test_a_page_keeps_its_address_to_itself(stack: Deployed, mail: Mail) -> None:
    headers = opened(stack, link(mail, "p")).headers
    assert (headers["Referrer-Policy"], headers["Cache-Control"]) == ("no-referrer", "private, no-store")


def test_a_visit_changes_nothing(stack: Deployed, caller: Caller, mail: Mail) -> None:
    before = caller("GET", f"/v1/profiles/{person(mail)}").body
    for page in ("u", "p", "why"):
        opened(stack, link(mail, page))
    settle(stack)
    assert caller("GET", f"/v1/profiles/{person(mail)}").body == before


def test_what_a_person_corrects_is_what_is_known(stack: Deployed, caller: Caller, mail: Mail) -> None:
    posted(stack, link(mail, "p"), "action=correct&trait.home_city=Oslo")
    told = caller("GET", f"/v1/profiles/{person(mail)}").body["traits"]["home_city"]
    assert (told["value"], told["source"]) == ("Oslo", "declared")


@pytest.mark.parametrize("form", ["action=nothing", "", "action=pause&days=x", "\xff", "a=1&" * 600])
def test_a_form_that_the_page_has_not_is_refused_or_does_nothing(stack: Deployed, mail: Mail, form: str) -> None:
    assert posted(stack, link(mail, "p"), form).status < 500


def test_one_click_unsubscribes_and_the_next_message_stays_away(stack: Deployed, caller: Caller, mail: Mail) -> None:
    user = person(mail)
    clicked = posted(stack, link(mail, "u"), "List-Unsubscribe=One-Click")
    asked_for(caller, user)
    ends = [(row["status"], row["reason"]) for row in messages(caller, user, "hello")]
    assert (clicked.status, consent(caller, user), ("SKIPPED", "UNSUBSCRIBED") in ends) == (200, "withdrawn", True)


def test_a_link_of_one_page_does_not_open_another(stack: Deployed, mail: Mail) -> None:
    token = link(mail, "why").rpartition("/")[2]
    assert [opened(stack, f"/{page}/{token}").status for page in ("u", "p", "c", "confirm")] == [404] * 4
