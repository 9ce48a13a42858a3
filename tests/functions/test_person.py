import re
from typing import Any
from urllib.parse import urlencode

import boto3
import msgspec
import pytest
from html5lib import HTMLParser
from rapport.domain.consent import Receipt
from rapport.domain.moment import DAY
from rapport.domain.profile import Identity, Profile
from rapport.use_cases import curate
from rapport.use_cases.compose import ClickPayload, LinkPayload
from rapport_aws.assemble import House
from rapport_aws.house import Secrets, rotate
from rapport_aws.subscriptions import Confirmation, Subscription, outgoing

from functions.collect.handler import handle as collect
from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from functions.person.handler import handle
from tests.functions.calls import Context, call, envelope, failed, records
from tests.functions.deployment import HOUSE, SITE, Deployment
from tests.functions.test_profiles import ask, fetched, told


def get(path: str) -> dict[str, Any]:
    return handle(call("GET", path), Context())


def post(path: str, **fields: str) -> dict[str, Any]:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return handle(call("POST", path, urlencode(fields).encode(), headers), Context())


def link(world: Deployment, purpose: str, profile: Profile, age: float = 0.0) -> str:
    payload = LinkPayload(profile.id, "m_1", "welcome-home", "email", world.clock.now - age)
    return f"/{purpose}/{world.house.sealer.seal(purpose, msgspec.json.encode(payload))}"


def granted(world: Deployment, user_id: str, purpose: str = "marketing") -> Profile:
    world.person(user_id, first_name="Ann", email=f"{user_id}@example.com")
    receipt = Receipt(purpose, "email", "granted", world.clock.now - 100)
    return curate.consent(Identity("user", user_id), receipt, world.house.ports, world.clock.now)


def status(world: Deployment, user_id: str, purpose: str = "marketing", channel: str = "email") -> str:
    return str(world.profile(user_id).consents[purpose][channel].status)


PAGES = ["u", "p", "why"]


@pytest.mark.parametrize("purpose", PAGES)
def test_a_page_is_sound_html_without_scripts(world: Deployment, purpose: str) -> None:
    answer = get(link(world, purpose, granted(world, f"html-{purpose}")))
    HTMLParser(strict=True).parse(answer["body"])
    assert (answer["statusCode"], "<script" in answer["body"]) == (200, False)
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]


@pytest.mark.parametrize("purpose", PAGES)
def test_looking_at_a_page_changes_nothing(world: Deployment, purpose: str) -> None:
    profile = granted(world, f"look-{purpose}")
    get(link(world, purpose, profile))
    assert world.profile(f"look-{purpose}") == profile


@pytest.mark.parametrize("purpose", [*PAGES, "c", "confirm"])
@pytest.mark.parametrize("token", ["forged", "k1.AAAA", "%2e%2e", "k1." + "A" * 2000])
def test_a_forged_link_leads_to_a_page_that_says_so(world: Deployment, purpose: str, token: str) -> None:
    answer = get(f"/{purpose}/{token}")
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_a_link_is_good_for_its_page_alone(world: Deployment) -> None:
    path = link(world, "why", granted(world, "own-page"))
    assert get(path.replace("/why/", "/p/"))["statusCode"] == 404


def test_one_click_in_a_mail_client_unsubscribes(world: Deployment) -> None:
    path = link(world, "u", granted(world, "one-click"))
    assert post(path, **{"List-Unsubscribe": "One-Click"})["statusCode"] == 200
    assert status(world, "one-click") == "withdrawn"


def test_unsubscribing_works_however_old_the_message_is(world: Deployment) -> None:
    post(link(world, "u", granted(world, "old-mail"), 3000 * DAY))
    assert status(world, "old-mail") == "withdrawn"


def test_an_old_link_shows_nothing_of_a_person(world: Deployment) -> None:
    assert get(link(world, "p", granted(world, "old-link"), 100 * DAY))["statusCode"] == 404


def test_the_preference_centre_shows_what_is_known_and_from_where(world: Deployment) -> None:
    body = get(link(world, "p", granted(world, "centre")))["body"]
    assert re.search(r"<td>first name</td><td>Ann</td><td>declared</td>", body)


def test_links_from_before_a_rotation_work_on_and_new_ones_do_within_a_minute(world: Deployment) -> None:
    old = link(world, "u", granted(world, "rotated"))
    fresh = rotate(Secrets(boto3.client("ssm"), "/rapport/secrets"))
    elsewhere = House(world.house.settings, world.clock)
    payload = LinkPayload(world.profile("rotated").id, "m_1", "welcome-home", "email", world.clock.now)
    new = f"/u/{elsewhere.sealer.seal('u', msgspec.json.encode(payload))}"
    world.clock.now += 61  # whoever looked for keys just now does so again in a minute
    assert (f"/u/{fresh}." in new, get(new)["statusCode"], get(old)["statusCode"]) == (True, 200, 200)
    post(old)
    assert status(world, "rotated") == "withdrawn"


def test_a_pause_is_shown_as_long_as_it_lasts(world: Deployment) -> None:
    path = link(world, "p", granted(world, "pauses-shown"))
    before = get(path)["body"]
    after = post(path, action="pause", days="30")["body"]
    assert ("Paused until" in before, "Paused until 14 February 2027" in after) == (False, True)


def test_what_is_known_is_shown_as_text(world: Deployment) -> None:
    profile = world.person("hostile", first_name="<img src=x onerror=alert(1)>")
    assert "<img" not in get(link(world, "p", profile))["body"]


def test_a_correction_outranks_what_was_known_e16(world: Deployment) -> None:
    post(link(world, "p", granted(world, "corrects")), **{"action": "correct", "trait.first_name": "Anna"})
    held = world.profile("corrects").traits["first_name"]
    assert (held.value, held.corrected) == ("Anna", True)


@pytest.mark.parametrize(
    ("name", "written", "held"),
    [("shoe_size", "39", 39.0), ("adult", "False", False), ("birthday", "1990-02-01", 633830400.0)],
)
def test_what_is_no_text_is_corrected_as_what_it_is_e16(world: Deployment, name: str, written: str, held: Any) -> None:
    fields = {"action": "correct", f"trait.{name}": written}
    body = post(link(world, "p", granted(world, f"means-{name}")), **fields)["body"]
    known = world.profile(f"means-{name}").traits[name]
    assert ("Saved" in body, known.value, known.corrected) == (True, held, True)


def test_boxes_ticked_and_not_become_receipts(world: Deployment) -> None:
    path = link(world, "p", granted(world, "boxes"))
    post(path, **{"action": "consents", "consent.tracking.email": "yes"})
    assert (status(world, "boxes"), status(world, "boxes", "tracking")) == ("withdrawn", "granted")


def test_a_topic_left_is_kept(world: Deployment) -> None:
    post(link(world, "p", granted(world, "leaves")), action="topics")
    assert world.profile("leaves").topics_left == ("news",)


def test_a_pause_is_kept(world: Deployment) -> None:
    post(link(world, "p", granted(world, "pauses")), action="pause", days="30")
    assert world.profile("pauses").paused_until == world.clock.now + 30 * DAY


def test_a_person_gets_their_copy(world: Deployment) -> None:
    body = post(link(world, "p", granted(world, "copies")), action="export")["body"]
    address = re.findall(r'href="([^"]+)"', body)[0].replace("&amp;", "&")
    assert fetched(address)["profile"]["user_id"] == "copies"


def test_a_person_erases_themselves_when_they_are_sure(world: Deployment) -> None:
    path = link(world, "p", granted(world, "leaves-us"))
    post(path, action="erase")
    kept = world.profile("leaves-us").erased_at
    post(path, action="erase", sure="yes")
    assert (kept, world.profile("leaves-us").erased_at, get(path)["statusCode"]) == (None, world.clock.now, 404)


@pytest.mark.parametrize("purpose", ["p", "why"])
def test_a_link_from_before_the_erasure_shows_nothing_of_who_comes_back(world: Deployment, purpose: str) -> None:
    path = link(world, purpose, granted(world, f"came-back-{purpose}"), age=1)
    ask(world, "DELETE", f"/v1/profiles/came-back-{purpose}")
    world.clock.now += 3600
    curate.consent(
        Identity("user", f"came-back-{purpose}"),
        Receipt("tracking", "web", "granted", world.clock.now),
        world.house.ports,
        world.clock.now,
    )
    fresh = world.profile(f"came-back-{purpose}")
    assert (get(path)["statusCode"], get(link(world, purpose, fresh))["statusCode"]) == (404, 200)


@pytest.mark.parametrize("action", ["", "nonsense"])
def test_a_form_that_is_none_is_a_400(world: Deployment, action: str) -> None:
    assert post(link(world, "p", granted(world, "form")), action=action)["statusCode"] == 400


def test_a_form_with_more_fields_than_any_has_is_a_400(world: Deployment) -> None:
    many = {f"field{number}": "" for number in range(501)}
    assert post(link(world, "p", granted(world, "many")), **many)["statusCode"] == 400


def test_why_tells_the_reason_of_the_message_a9(world: Deployment) -> None:
    world.person("wonders", email="wonders@example.com")
    intake(records(envelope("Trip Completed", {"userId": "wonders", "properties": {"booking_id": "b"}})), Context())
    assert not failed(dispatch(records(*world.queued()), Context()))
    [row] = told(ask(world, "GET", "/v1/profiles/wonders/messages"))["messages"]
    path = row["links"]["why"].removeprefix("https://rapport.example")
    [record] = world.house.profiles.records(world.profile("wonders").id)
    assert record.why
    assert record.why in get(path)["body"]


def clicked(world: Deployment, url: str) -> dict[str, Any]:
    payload = ClickPayload("p_nobody", "m_1", "welcome-home", "email", url)
    return get(f"/c/{world.house.sealer.seal('c', msgspec.json.encode(payload))}")


def test_a_click_leads_to_a_listed_host(world: Deployment) -> None:
    answer = clicked(world, "https://trails.example/cars")
    assert (answer["statusCode"], answer["headers"]["Location"]) == (302, "https://trails.example/cars")


def test_where_a_click_leads_is_a_header_that_every_client_reads(world: Deployment) -> None:
    location = clicked(world, "https://trails.example/caf\u00e9/\u65e5?q=a%20b&c=d#e")["headers"]["Location"]
    assert location == "https://trails.example/caf%C3%A9/%E6%97%A5?q=a%20b&c=d#e"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "http://trails.example/",
        "javascript:alert(1)",
        "//trails.example/",
        "https://trails.example@evil.example/",
        "https://trails.example.evil.example/",
        "https://evil.example\\@trails.example/",
        "https://ann@trails.example/",
        "https://trails.example:8443/",
        "https://trails.example/\r\nSet-Cookie: a=b",
        "",
    ],
)
def test_a_click_leads_nowhere_else(world: Deployment, url: str) -> None:
    assert clicked(world, url)["statusCode"] == 404


def subscribed(world: Deployment, body: dict[str, Any], address: str = "192.0.2.7") -> dict[str, Any]:
    event = call("POST", "/v1/subscribe", body, {"x-rapport-key": world.site, "origin": SITE})
    event["requestContext"]["http"]["sourceIp"] = address
    return collect(event, Context())


def confirmations(world: Deployment) -> list[str]:
    """The paths that wait to be mailed."""
    waiting = [msgspec.json.decode(body) for body in world.queued()]
    wishes = [work["subscription"] for work in waiting if work["kind"] == "confirmation"]
    return [f"/confirm/{world.house.sealer.seal('confirm', msgspec.json.encode(wish))}" for wish in wishes]


def test_a_subscription_grants_nothing_before_it_is_confirmed(world: Deployment) -> None:
    assert subscribed(world, {"email": "new@example.com", "purpose": "marketing"}, "192.0.2.10")["statusCode"] == 202
    [path] = confirmations(world)
    get(path)
    assert world.profile("new@example.com").version == 0


def test_a_confirmed_subscription_is_granted_with_its_topics(world: Deployment) -> None:
    subscribed(world, {"email": "Yes@Example.com", "purpose": "marketing", "topics": ["news"]}, "192.0.2.11")
    [path] = confirmations(world)
    assert post(path)["statusCode"] == 200
    profile = world.profile("yes@example.com")
    assert (status(world, "yes@example.com"), profile.traits["email"].value) == ("granted", "yes@example.com")
    assert profile.topics_left == ()


def test_a_confirmation_is_mailed_by_the_dispatch_queue(world: Deployment) -> None:
    subscribed(world, {"email": "mailed@example.com", "purpose": "marketing"}, "192.0.2.12")
    assert not failed(dispatch(records(*world.queued()), Context()))


def test_a_confirmed_subscription_proves_the_words_that_were_agreed_to(world: Deployment) -> None:
    wish = {"email": "proof@example.com", "purpose": "marketing", "wording": "Yes, tell me of trips."}
    subscribed(world, wish, "192.0.2.13")
    [path] = confirmations(world)
    post(path)
    [receipt] = told(ask(world, "GET", "/v1/profiles/proof@example.com/consents"))["receipts"]
    assert (receipt["status"], receipt["wording"]) == ("granted", "Yes, tell me of trips.")


@pytest.mark.parametrize(
    ("locale", "subject"),
    [("fr-BE", "Merci de confirmer : Trails"), ("xx", "Please confirm: Trails"), (None, "Please confirm: Trails")],
)
def test_a_confirmation_is_written_in_the_person_s_language(locale: str | None, subject: str) -> None:
    subscription = Subscription("ann@example.com", "email", "marketing", (), 0.0, locale)
    assert (
        outgoing(Confirmation("r1", subscription), HOUSE, "https://r.example/confirm/k").content["subject"] == subject
    )


def test_who_asks_too_often_for_one_address_hears_the_same_and_mails_nobody(world: Deployment) -> None:
    wish = {"email": "often@example.com", "purpose": "marketing"}
    answers = {subscribed(world, wish, f"192.0.2.{number}")["body"] for number in range(20, 30)}
    assert (len(answers), len(confirmations(world))) == (1, 3)


def test_one_caller_cannot_mail_everybody(world: Deployment) -> None:
    for number in range(30):
        subscribed(world, {"email": f"many-{number}@example.com", "purpose": "marketing"}, "192.0.2.99")
    assert len(confirmations(world)) == 20


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"purpose": "marketing"},
        {"email": "a@example.com"},
        {"email": "a@example.com", "phone": "+33123456789", "purpose": "marketing"},
        {"email": "a@example.com", "purpose": "nonsense"},
        {"email": "a@example.com\nBcc: b@example.com", "purpose": "marketing"},
        {"email": "a@example.com, b@example.com", "purpose": "marketing"},
        {"email": "nobody", "purpose": "marketing"},
        {"email": "a@b", "purpose": "marketing"},
        {"email": "a@example..com", "purpose": "marketing"},
        {"phone": "12", "purpose": "marketing"},
        {"email": "a@example.com", "purpose": "marketing", "topics": ["gossip"]},
        {"email": "a@example.com", "purpose": "marketing", "surprise": True},
    ],
    ids=str,
)
def test_a_subscription_that_is_none_is_a_400(world: Deployment, body: dict[str, Any]) -> None:
    answer = subscribed(world, body, "192.0.2.50")
    assert (answer["statusCode"], "regex" in answer["body"]) == (400, False)
