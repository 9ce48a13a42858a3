import base64
import gzip
import json
import urllib.request
from typing import Any

import pytest
from msgspec import structs
from rapport.domain.message import Message
from rapport.domain.moment import DAY, HOUR
from rapport.domain.planned import with_pending
from rapport.domain.reason import MessageStatus, Reason
from rapport.ports import Change
from rapport.use_cases.preview import Wanted, preview, seed
from rapport_aws.http import Request

from functions.catalogue.asking import desk
from functions.catalogue.handler import handle
from functions.catalogue.publishing import LARGEST, PLAIN, smaller
from functions.dispatch.handler import handle as dispatch
from functions.person.handler import handle as person
from tests.functions.calls import Context, bearer, call, failed, records, told
from tests.functions.deployment import CATALOGUE, Deployment

FILES = {
    "rapport.yaml": "name: Trails\nsender: {email: hello@trails.example, postal: Rue 1}\nlinks: [trails.example]\n",
    "placements/all.yaml": "- {id: home-hero, channel: web, fallback: hello}\n",
    "offers/all.yaml": """\
# what everybody may get
- id: hello
  kind: content
  benefit: a welcome
  content: {en-GB: {headline: Hello, text: Hello, link: 'https://trails.example/'}}
- id: car
  kind: content
  benefit: a car
  placements: [home-hero]
  content: {en-GB: {headline: A car, text: Small, link: 'https://trails.example/car'}}
""",
}
BROKEN = {**FILES, "offers/broken.yaml": "id: broken\nkind: nonsense\n"}


def ask(world: Deployment, method: str, path: str, body: Any = None, key: str = "", **headers: str) -> dict[str, Any]:
    sent = {**bearer(key or world.secret), **{name.replace("_", "-"): value for name, value in headers.items()}}
    return handle(call(method, path, body, sent), Context())


@pytest.fixture
def live(world: Deployment) -> str:
    """The version that is live, with FILES."""
    answer = ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    assert answer["statusCode"] == 202, answer["body"]
    return str(answer["headers"]["ETag"].strip('"'))


def test_a_published_catalogue_is_live_at_once(world: Deployment, live: str) -> None:
    answer = ask(world, "GET", "/v1/catalogue")
    assert (answer["headers"]["ETag"], told(answer)) == (f'"{live}"', {"version": live, "files": FILES})


def test_the_job_of_a_publication_says_which_version(world: Deployment) -> None:
    started = ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    ended = world.house.jobs.find(told(started)["job"])
    assert ended.result is not None
    assert (ended.state, f'"{ended.result["version"]}"') == ("done", started["headers"]["ETag"])


def test_a_bad_catalogue_is_refused_with_every_place(world: Deployment) -> None:
    answer = ask(world, "PUT", "/v1/catalogue", {"files": BROKEN})
    places = {(error["file"], error["line"] > 0) for error in told(answer)["errors"]}
    assert (answer["statusCode"], places) == (422, {("offers/broken.yaml", True)})


def test_who_built_on_an_old_version_is_told_at_once(world: Deployment, live: str) -> None:
    ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    assert ask(world, "PUT", "/v1/catalogue", {"files": BROKEN}, if_match=f'"{live}"')["statusCode"] == 412


def test_who_built_on_the_current_version_may_publish(world: Deployment, live: str) -> None:
    assert ask(world, "PUT", "/v1/catalogue", {"files": FILES}, if_match=f'"{live}"')["statusCode"] == 202


def test_a_large_catalogue_is_uploaded_first(world: Deployment) -> None:
    started = told(ask(world, "PUT", "/v1/catalogue"))
    body, headers = json.dumps({"files": FILES}).encode(), {"Content-Type": "application/json"}
    put = urllib.request.Request(started["upload"], body, headers, method="PUT")  # noqa: S310  # moto's own server
    urllib.request.urlopen(put).close()  # noqa: S310  # as above
    answer = ask(world, "PUT", "/v1/catalogue", {"uploaded": started["uploaded"]})
    assert answer["statusCode"] == 202


@pytest.mark.parametrize("name", ["../../secrets", "nothing", ""])
def test_an_upload_that_never_was_is_not_found(world: Deployment, name: str) -> None:
    assert ask(world, "PUT", "/v1/catalogue", {"uploaded": name})["statusCode"] == 404


def test_a_check_tells_and_changes_nothing(world: Deployment, live: str) -> None:
    answer = ask(world, "POST", "/v1/catalogue/check", {"files": BROKEN})
    assert (answer["statusCode"], bool(told(answer)["errors"])) == (200, True)
    assert told(ask(world, "GET", "/v1/catalogue"))["version"] == live


def test_going_back_is_one_call(world: Deployment, live: str) -> None:
    ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    assert told(ask(world, "POST", "/v1/catalogue/rollback", {})) == {"version": live}


def test_there_is_no_going_back_to_what_never_was(world: Deployment, live: str) -> None:
    assert ask(world, "POST", "/v1/catalogue/rollback", {"to": "v999"})["statusCode"] == 404


def test_the_offers_are_listed(world: Deployment, live: str) -> None:
    rows = told(ask(world, "GET", "/v1/offers"))["offers"]
    assert [(row["id"], row["status"]) for row in rows] == [("hello", "live"), ("car", "live")]


def test_a_withdrawn_offer_stays_withdrawn_over_a_publication_d32(world: Deployment, live: str) -> None:
    ask(world, "POST", "/v1/offers/car/withdraw")
    ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    assert told(ask(world, "GET", "/v1/offers"))["offers"][1]["status"] == "withdrawn"
    assert told(ask(world, "POST", "/v1/offers/car/reinstate")) == {"offer": "car", "status": "live"}


def test_an_offer_nobody_wrote_cannot_be_withdrawn(world: Deployment, live: str) -> None:
    assert ask(world, "POST", "/v1/offers/nothing/withdraw")["statusCode"] == 404


def test_one_offer_is_changed_and_its_neighbours_keep_their_words_d32(world: Deployment, live: str) -> None:
    content = {"en-GB": {"headline": "A red car", "text": "Red", "link": "https://trails.example/car"}}
    document = {"kind": "content", "benefit": "a red car", "placements": ["home-hero"], "content": content}
    assert ask(world, "PUT", "/v1/offers/car", document)["statusCode"] == 202
    text = told(ask(world, "GET", "/v1/catalogue"))["files"]["offers/all.yaml"]
    assert text.startswith("# what everybody may get\n- id: hello\n")
    assert told(ask(world, "GET", "/v1/offers/car"))["benefit"] == "a red car"


def test_a_new_offer_gets_a_file_of_its_own(world: Deployment, live: str) -> None:
    content = {"en-GB": {"headline": "A bike", "text": "Fast", "link": "https://trails.example/bike"}}
    ask(world, "PUT", "/v1/offers/bike", {"kind": "content", "benefit": "a bike", "content": content})
    assert "offers/bike.yaml" in told(ask(world, "GET", "/v1/catalogue"))["files"]


def test_a_bad_offer_is_refused_with_its_place(world: Deployment, live: str) -> None:
    answer = ask(world, "PUT", "/v1/offers/bad", {"kind": "nonsense"})
    assert (answer["statusCode"], told(answer)["errors"][0]["file"]) == (422, "offers/bad.yaml")


@pytest.fixture
def campaign(world: Deployment) -> None:
    """The catalogue with a campaign is live."""
    world.house.curation.publish(CATALOGUE, FILES)
    world.house.publications.refresh()


def test_a_preview_shows_every_channel_and_sends_nothing(world: Deployment, campaign: None) -> None:
    answer = ask(world, "POST", "/v1/preview", {"campaign": "welcome-home"})
    assert told(answer)["channels"]["email"]["subject"] == "Welcome home"


def test_a_preview_may_be_mailed_to_a_seed_address(world: Deployment, campaign: None) -> None:
    answer = ask(world, "POST", "/v1/preview", {"campaign": "welcome-home", "send_to": ["seed@trails.example"]})
    assert told(answer)["sent"] == [{"to": "seed@trails.example", "outcome": "sent"}]


def test_a_test_mail_is_the_real_one_and_its_links_unsubscribe_nobody(world: Deployment, campaign: None) -> None:
    wanted = Wanted("welcome-home", world.person("seeded", email="ann@example.com", first_name="Ann"))
    content = preview(wanted, desk(world.house), world.clock.now)["channels"]["email"]
    outgoing = seed(content, "seed@trails.example", desk(world.house), wanted)
    link = outgoing.headers["List-Unsubscribe"].strip("<>")
    assert outgoing.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (outgoing.content["html"], outgoing.profile) == (content["html"], "p_preview")
    unsubscribe = call("POST", f"/u/{link.rpartition('/')[2]}", "List-Unsubscribe=One-Click")
    assert person(unsubscribe, Context())["statusCode"] == 404


def test_a_campaign_is_paused_and_goes_on(world: Deployment, campaign: None) -> None:
    ask(world, "POST", "/v1/campaigns/welcome-home/pause")
    assert world.house.publications.current().paused == {"welcome-home"}
    ask(world, "POST", "/v1/campaigns/welcome-home/resume")
    assert world.house.publications.current().paused == frozenset()


def held(world: Deployment, user_id: str) -> Message:
    """A message that waits for approval."""
    profile = world.person(user_id, email=f"{user_id}@example.com", first_name="Ann")
    now = world.clock.now
    message = Message(f"m_{user_id}", profile.id, "welcome-home", "k", now, now, now + 3600)
    message = structs.replace(message, status=MessageStatus.HELD, reason=Reason.NEEDS_APPROVAL)
    world.house.profiles.write(Change(with_pending(profile, message), messages=(message,)))
    return message


def test_the_queue_shows_what_waits_with_facts_and_provenance_b14(world: Deployment, campaign: None) -> None:
    message = held(world, "queue")
    [row] = [row for row in told(ask(world, "GET", "/v1/approvals"))["approvals"] if row["id"] == message.id]
    assert {fact["name"]: (fact["value"], fact["source"]) for fact in row["facts"]}["first_name"] == ("Ann", "declared")


def test_a_yes_sends_the_message_a24(world: Deployment, campaign: None) -> None:
    message = held(world, "yes")
    assert ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "approve"})["statusCode"] == 200
    assert not failed(dispatch(records(*world.queued()), Context()))
    settled = world.house.profiles.message(message.profile, message.id)
    assert settled is not None
    assert settled.status is MessageStatus.SENT


def test_a_no_ends_it_and_leaves_the_queue(world: Deployment, campaign: None) -> None:
    message = held(world, "no")
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "reject"})
    assert message.id not in [row["id"] for row in told(ask(world, "GET", "/v1/approvals"))["approvals"]]


def test_nothing_waits_under_an_id_of_nothing(world: Deployment, campaign: None) -> None:
    assert ask(world, "POST", "/v1/approvals/m_nothing", {"decision": "approve"})["statusCode"] == 404


CLOSED = [
    ("PUT", "/v1/catalogue"),
    ("GET", "/v1/catalogue"),
    ("POST", "/v1/catalogue/check"),
    ("POST", "/v1/catalogue/rollback"),
    ("GET", "/v1/offers"),
    ("PUT", "/v1/offers/car"),
    ("POST", "/v1/offers/car/withdraw"),
    ("POST", "/v1/preview"),
    ("POST", "/v1/campaigns/welcome-home/pause"),
    ("GET", "/v1/approvals"),
    ("POST", "/v1/approvals/m_1"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_the_team_s_doors_need_their_scopes(world: Deployment, method: str, path: str) -> None:
    statuses = [ask(world, method, path, {}, key)["statusCode"] for key in (world.reader, world.site, "sk_forged")]
    assert statuses == [403, 401, 401]


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"files": {"a": 1}}', b'{"files": {}, "surprise": 1}', b"[" * 10_000])
def test_a_bad_body_is_a_400(world: Deployment, body: bytes) -> None:
    assert handle(call("PUT", "/v1/catalogue", body, bearer(world.secret)), Context())["statusCode"] == 400


def worked(world: Deployment) -> None:
    """Everything on the dispatch queue is done, and what that puts there."""
    while waiting := world.queued():
        assert not failed(dispatch(records(*waiting), Context()))


def sent(world: Deployment, **body: Any) -> dict[str, int]:
    started = ask(world, "POST", "/v1/campaigns/welcome-home/send", {"audience": "everybody", **body})
    worked(world)
    return world.house.jobs.find(told(started)["job"]).result or {}


def test_a_dry_run_counts_what_would_become_of_a_campaign_and_sends_nothing(world: Deployment, campaign: None) -> None:
    profile = world.person("dry-run", email="dry-run@example.com")
    world.person("no-address")
    result = sent(world)
    assert (result["SENT"] >= 1, result["SKIPPED NO_ADDRESS"] >= 1) == (True, True)
    assert world.house.profiles.messages(profile.id) == []


@pytest.mark.slow
def test_a_campaign_sent_in_earnest_reaches_its_audience(world: Deployment, campaign: None) -> None:
    profile = world.person("earnest", email="earnest@example.com")
    sent(world, dry_run=False)
    assert [message.status for message in world.house.profiles.messages(profile.id)] == [MessageStatus.SENT]


@pytest.fixture
def another_day(world: Deployment, campaign: None) -> None:
    """A day on which nobody has sent a campaign by hand yet."""
    world.clock.now += DAY


@pytest.mark.slow
def test_a_second_call_within_a_day_reaches_only_those_whom_the_first_had_not(
    world: Deployment, another_day: None
) -> None:
    first = world.person("called-twice", email="called-twice@example.com")
    once = sent(world, dry_run=False)
    world.clock.now += HOUR
    late = world.person("came-later", email="came-later@example.com")
    foretold, twice = sent(world), sent(world, dry_run=False)
    told = [[one.status for one in world.house.profiles.messages(person.id)] for person in (first, late)]
    assert told == [[MessageStatus.SENT], [MessageStatus.SENT]]
    assert (foretold["SENT"], foretold["SKIPPED DUPLICATE"]) == (1, once["audience"])
    assert (twice["planned"], twice["SKIPPED DUPLICATE"]) == (1, once["audience"])


@pytest.mark.slow
def test_a_call_a_day_later_is_a_broadcast_of_its_own(world: Deployment, another_day: None) -> None:
    person = world.person("next-day", email="next-day@example.com")
    sent(world, dry_run=False)
    world.clock.now += DAY
    sent(world, dry_run=False)
    assert [one.status for one in world.house.profiles.messages(person.id)] == [MessageStatus.SENT] * 2


@pytest.mark.parametrize("body", [{}, {"audience": "nobody-wrote-this"}], ids=str)
def test_a_campaign_is_sent_to_an_audience_that_there_is(world: Deployment, campaign: None, body: Any) -> None:
    assert ask(world, "POST", "/v1/campaigns/welcome-home/send", body)["statusCode"] == 400


BIRTHDAY = {
    "traits.yaml": "declared: {birthday: {type: date}}\n",
    "campaigns/birthday.yaml": """\
id: birthday
purpose: service
kind: relationship
trigger: {date: birthday}
channels: [note]
template: birthday.j2
""",
    "templates/birthday.j2": "{% block note %}Happy birthday{% endblock %}",
}


@pytest.mark.slow
def test_a_new_campaign_on_a_date_wakes_everybody_d23(world: Deployment, live: str) -> None:
    person = world.person("waits-for-birthday")
    world.queued()
    started = ask(world, "PUT", "/v1/catalogue", {"files": {**FILES, **BIRTHDAY}})
    assert started["statusCode"] == 202, started["body"]
    worked(world)
    assert world.house.profiles.load(person.id).woken_at == world.clock.now


def test_a_publication_without_a_new_date_wakes_nobody(world: Deployment, live: str) -> None:
    world.queued()
    ask(world, "PUT", "/v1/catalogue", {"files": FILES})
    assert world.queued() == []


@pytest.mark.parametrize("seed", ["nobody", "a@example.com\r\nBcc: b@example.com", "a@b", "é@example.com"])
def test_a_test_is_mailed_to_no_address_that_is_none(world: Deployment, seed: str) -> None:
    body = {"campaign": "welcome-home", "send_to": ["qa@trails.example", seed]}
    answer = handle(call("POST", "/v1/preview", body, bearer(world.secret)), Context())
    assert (answer["statusCode"], told(answer).get("errors", [{}])[0].get("path")) == (400, "send_to[1]")


def test_a_variant_that_the_campaign_has_not_is_a_400(world: Deployment, campaign: None) -> None:
    body = {"campaign": "welcome-home", "variant": "warm"}
    assert handle(call("POST", "/v1/preview", body, bearer(world.secret)), Context())["statusCode"] == 400


def test_a_star_builds_on_any_version(world: Deployment) -> None:
    answer = handle(
        call("PUT", "/v1/catalogue", {"files": FILES}, {**bearer(world.secret), "if-match": "*"}), Context()
    )
    assert answer["statusCode"] == 202


@pytest.mark.parametrize(
    ("size", "accepts", "encoding"),
    [(10, "gzip", None), (PLAIN + 1, "br, gzip", "gzip"), (PLAIN + 1, "", None), (LARGEST + 1, "", "gzip")],
)
def test_an_answer_is_never_larger_than_the_gateway_takes(size: int, accepts: str, encoding: str | None) -> None:
    plain = {"statusCode": 200, "headers": {}, "body": "x" * size, "isBase64Encoded": False}
    answer = smaller(plain, Request("GET", "/v1/catalogue", {"accept-encoding": accepts}))
    body = base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"].encode()
    assert (answer["headers"].get("Content-Encoding"), len(gzip.decompress(body) if encoding else body)) == (
        encoding,
        size,
    )
