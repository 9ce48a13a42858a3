"""Links of a mail visited by machines and by people: looking changes nothing, however often; one button does."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from msgspec import structs
from rapport.domain.campaign import Trigger
from rapport.domain.consent import Receipt
from rapport.domain.moment import DAY, text
from rapport.domain.profile import Contact, Identity, Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.ports import Change
from rapport.use_cases import curate
from rapport.use_cases.compose import ClickPayload

from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from functions.person.handler import handle
from tests.functions.calls import Context, call, envelope, failed, records
from tests.functions.deployment import Deployment

BROWSER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
VISITS = {
    "a look": ("GET", BROWSER),
    "a look at the head": ("HEAD", BROWSER),
    "a prefetch": ("GET", {**BROWSER, "sec-purpose": "prefetch;prerender"}),
    "an old prefetch": ("GET", {**BROWSER, "x-moz": "prefetch"}),
    "a scanner": ("GET", {"user-agent": "Mozilla/5.0 (compatible; Barracuda Sentinel)"}),
}


@pytest.fixture
def news(world: Deployment) -> Iterator[None]:
    """The deployment with a marketing campaign."""
    live = world.house.publications.current().catalogue
    trigger = Trigger("event", event="News Wanted", key="id")
    campaign = structs.replace(live.campaigns["welcome-home"], id="news", purpose="marketing", trigger=trigger)
    world.house.curation.publish(
        structs.replace(live, campaigns={**live.campaigns, "news": campaign}), {"rapport.yaml": "name: Trails"}
    )
    world.house.publications.refresh()
    yield
    world.house.curation.publish(live, {"rapport.yaml": "name: Trails"})
    world.house.publications.refresh()


def wanted(world: Deployment, user_id: str, number: int) -> Any:
    """Ask for news, let it be sent, and return what became of it."""
    told = {"userId": user_id, "properties": {"id": f"n{number}"}, "messageId": f"{user_id}-{number}"}
    event = {**envelope("News Wanted", told), "time": text(world.clock.now)}
    assert not failed(intake(records(event), Context()))
    assert not failed(dispatch(records(*world.queued()), Context()))
    found = world.house.profiles.records(world.profile(user_id).id)
    return next(record for record in found if record.key == f"n{number}")


def click_path(world: Deployment, profile: Profile, message: str = "", url: str = "https://trails.example/") -> str:
    payload = ClickPayload(profile.id, message or f"m_{profile.user_id}", "news", "email", url)
    return f"/c/{world.house.sealer.seal('c', msgspec.json.encode(payload))}"


def visit(path: str, method: str = "GET", headers: dict[str, str] | None = None) -> dict[str, Any]:
    return handle(call(method, path, None, headers if headers is not None else BROWSER), Context())


def reader(world: Deployment, user_id: str) -> Profile:
    """Somebody who was sent a message a minute ago, and lets clicks be counted."""
    world.person(user_id, email=f"{user_id}@example.com")
    receipt = Receipt("tracking", "email", "granted", world.clock.now - 100)
    profile = curate.consent(Identity("user", user_id), receipt, world.house.ports, world.clock.now)
    contact = Contact(
        world.clock.now - 60, "news", "k", channels=("email",), message_id=f"m_{user_id}", silent_after=9e9
    )
    world.house.profiles.write(Change(structs.replace(profile, contacts=(contact,))))
    return world.profile(user_id)


def response(world: Deployment, user_id: str) -> str | None:
    [contact] = world.profile(user_id).contacts
    return contact.response


@pytest.mark.slow
def test_a_hundred_looks_at_every_link_of_a_mail_change_nothing_and_one_post_ends_the_very_next(
    world: Deployment, news: None
) -> None:
    world.person("visited", email="visited@example.com")
    first = wanted(world, "visited", 1)
    paths = [link.removeprefix("https://rapport.example") for link in first.links.values()]
    paths.append(click_path(world, world.profile("visited"), first.message_id))
    for path in paths:
        for method, headers in VISITS.values():
            assert {visit(path, method, headers)["statusCode"] for _ in range(20)} <= {200, 302}
    start = world.clock.now
    world.clock.now += 3 * DAY  # past the cap of a mail a day
    second = wanted(world, "visited", 2)
    world.clock.now += 3 * DAY
    unsubscribe = first.links["unsubscribe"].removeprefix("https://rapport.example")
    body = urlencode({"List-Unsubscribe": "One-Click"}).encode()
    assert handle(call("POST", unsubscribe, body, FORM), Context())["statusCode"] == 200
    third = wanted(world, "visited", 3)
    world.clock.now = start
    assert (first.status, second.status) == (MessageStatus.SENT, MessageStatus.SENT)
    assert (third.status, third.reason) == (MessageStatus.SKIPPED, Reason.UNSUBSCRIBED)


def test_a_click_is_a_response_where_the_person_lets_it_count(world: Deployment) -> None:
    answer = visit(click_path(world, reader(world, "clicks")))
    assert (answer["statusCode"], response(world, "clicks")) == (302, "clicked")


@pytest.mark.parametrize("name", [name for name in VISITS if name != "a look"])
def test_what_a_machine_follows_is_no_response_but_leads_where_it_leads(world: Deployment, name: str) -> None:
    method, headers = VISITS[name]
    user = f"machine-{name.replace(' ', '-')}"
    answer = visit(click_path(world, reader(world, user)), method, headers)
    assert (answer["statusCode"], response(world, user)) == (302, None)


def test_many_links_in_a_moment_are_a_machine_s_and_the_first_is_taken_back(world: Deployment) -> None:
    profile = reader(world, "burst")
    found = []
    for number in range(4):
        visit(click_path(world, profile, url=f"https://trails.example/{number}"))
        found.append(response(world, "burst"))
    assert found == ["clicked", "clicked", None, None]


@pytest.mark.slow
def test_links_followed_one_after_the_other_are_a_person_s(world: Deployment) -> None:
    profile = reader(world, "browses")
    start = world.clock.now
    for number in range(4):
        visit(click_path(world, profile, url=f"https://trails.example/{number}"))
        world.clock.now += 5
    world.clock.now = start
    assert response(world, "browses") == "clicked"


def test_one_link_followed_often_is_a_person_s(world: Deployment) -> None:
    path = click_path(world, reader(world, "impatient"))
    for _ in range(5):
        visit(path)
    assert response(world, "impatient") == "clicked"


def test_a_link_followed_before_its_message_went_out_is_a_machine_s(world: Deployment) -> None:
    profile = reader(world, "gateway")
    later = structs.replace(profile.contacts[0], at=world.clock.now + 5)
    world.house.profiles.write(Change(structs.replace(profile, contacts=(later,))))
    visit(click_path(world, profile))
    assert response(world, "gateway") is None
