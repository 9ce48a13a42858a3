import json
import urllib.request
from typing import Any

import jwt
import pytest

from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from functions.profiles.handler import handle
from tests.functions.calls import Context, bearer, call, envelope, failed, records, told
from tests.functions.deployment import SITE, SITE_SECRET, Deployment


def ask(world: Deployment, method: str, path: str, body: Any = None, key: str = "", **query: str) -> dict[str, Any]:
    return handle(call(method, path, body, bearer(key or world.secret), **query), Context())


def job(world: Deployment, started: dict[str, Any]) -> dict[str, Any]:
    assert (started["statusCode"], started["headers"]["Location"]) == (202, f"/v1/jobs/{told(started)['job']}")
    found: dict[str, Any] = told(ask(world, "GET", started["headers"]["Location"]))
    return found


def fetched(address: str) -> Any:
    with urllib.request.urlopen(address) as answer:  # noqa: S310  # moto's own server
        return json.loads(answer.read())


def worked(world: Deployment) -> None:
    while waiting := world.queued():
        assert not failed(dispatch(records(*waiting), Context()))


def test_the_single_view_shows_traits_with_where_they_come_from(world: Deployment) -> None:
    world.person("view", first_name="Ann")
    seen = told(ask(world, "GET", "/v1/profiles/view"))
    assert (seen["traits"]["first_name"]["value"], seen["traits"]["first_name"]["source"]) == ("Ann", "declared")


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_somebody_never_seen_is_not_found(world: Deployment, method: str) -> None:
    assert ask(world, method, "/v1/profiles/nobody")["statusCode"] == 404


def test_an_anonymous_stretch_is_found_by_its_prefix(world: Deployment) -> None:
    event = envelope("Trip Completed", {"anonymousId": "browser-1", "messageId": "x1"})
    intake(records(event), Context())
    assert ask(world, "GET", "/v1/profiles/anonymous%3Abrowser-1")["statusCode"] == 200


def test_a_trait_set_is_seen_at_once_a10(world: Deployment) -> None:
    world.person("patched", first_name="Ann")
    ask(world, "PATCH", "/v1/profiles/patched", {"source": "crm", "correction": True, "traits": {"first_name": "Anna"}})
    assert told(ask(world, "GET", "/v1/profiles/patched"))["traits"]["first_name"]["value"] == "Anna"


def test_an_undeclared_trait_is_a_fault_and_changes_nothing_e16(world: Deployment) -> None:
    before = world.person("strict", first_name="Ann")
    body = {"source": "crm", "correction": True, "traits": {"first_name": "Anna", "shoe": 43}}
    answer = ask(world, "PATCH", "/v1/profiles/strict", body)
    assert (answer["statusCode"], world.profile("strict")) == (400, before)


def test_an_unknown_key_is_refused(world: Deployment) -> None:
    world.person("keys")
    answer = ask(world, "PATCH", "/v1/profiles/keys", {"source": "crm", "traits": {}, "condition": "true"})
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (400, "application/problem+json")


def test_a_consent_is_kept_as_of_its_proof(world: Deployment) -> None:
    world.person("consent")
    body = {"status": "granted", "channel": "sms", "proof": {"wording": "yes", "at": "2026-01-02T03:04:05Z"}}
    answer = ask(world, "PUT", "/v1/profiles/consent/consents/marketing", body)
    assert answer["statusCode"] == 200
    receipts = world.house.profiles.receipts(world.profile("consent").id)
    assert [(receipt.channel, receipt.wording, receipt.at) for receipt in receipts] == [("sms", "yes", 1767323045.0)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"status": "maybe"},
        {"status": "granted", "channel": "smoke"},
        {"status": "granted", "proof": {"at": "yesterday"}},
        {"status": "granted", "proof": {"at": "2099-01-01T00:00:00Z"}},
        {"status": "granted", "surprise": 1},
    ],
    ids=json.dumps,
)
def test_a_consent_that_is_none_is_a_400(world: Deployment, body: dict[str, Any]) -> None:
    world.person("no-consent")
    assert ask(world, "PUT", "/v1/profiles/no-consent/consents/marketing", body)["statusCode"] == 400


def test_a_purpose_nobody_declared_is_a_400(world: Deployment) -> None:
    world.person("purpose")
    answer = ask(world, "PUT", "/v1/profiles/purpose/consents/world-peace", {"status": "granted"})
    assert answer["statusCode"] == 400


def test_two_people_become_one_and_the_old_id_keeps_resolving(world: Deployment) -> None:
    world.person("old", first_name="Ann")
    world.person("new")
    assert ask(world, "POST", "/v1/profiles/old/merge", {"into": "new"})["statusCode"] == 200
    assert told(ask(world, "GET", "/v1/profiles/old"))["userId"] == "new"


def test_the_messages_say_what_went_out_and_why_not(world: Deployment) -> None:
    world.person("messages", email="messages@example.com")
    intake(records(envelope("Trip Completed", {"userId": "messages", "properties": {"booking_id": "b7"}})), Context())
    worked(world)
    [row] = told(ask(world, "GET", "/v1/profiles/messages/messages"))["messages"]
    assert (row["campaign"], row["key"], row["channel"], row["status"]) == ("welcome-home", "b7", "email", "SENT")
    assert row["links"]["unsubscribe"].startswith("https://rapport.example/u/")


def test_older_messages_are_those_before_a_moment(world: Deployment) -> None:
    world.person("long-known", email="long-known@example.com")
    for number in (1, 2):
        trip = {"userId": "long-known", "messageId": f"t{number}", "properties": {"booking_id": f"b{number}"}}
        intake(records(envelope("Trip Completed", trip)), Context())
        worked(world)
        world.clock.now += 60
    newest = told(ask(world, "GET", "/v1/profiles/long-known/messages"))["messages"]
    older = told(ask(world, "GET", "/v1/profiles/long-known/messages", before=newest[-1]["at"]))["messages"]
    assert ([row["key"] for row in newest], [row["key"] for row in older]) == (["b1", "b2"], ["b1"])
    assert ask(world, "GET", "/v1/profiles/long-known/messages", before="yesterday")["statusCode"] == 400


def test_decisions_show_what_was_viewed(world: Deployment) -> None:
    world.person("decisions")
    assert told(ask(world, "GET", "/v1/profiles/decisions/decisions")) == {"decisions": []}


def test_an_export_holds_every_row(world: Deployment) -> None:
    world.person("export", first_name="Ann")
    ended = job(world, ask(world, "GET", "/v1/profiles/export/export"))
    everything = fetched(ended["result"]["url"])
    assert (ended["state"], everything["profile"]["traits"]["first_name"]["value"]) == ("done", "Ann")


def test_an_erased_person_is_gone_with_their_exports(world: Deployment) -> None:
    world.person("erased", first_name="Ann")
    exported = job(world, ask(world, "GET", "/v1/profiles/erased/export"))
    assert job(world, ask(world, "DELETE", "/v1/profiles/erased"))["state"] == "done"
    assert ask(world, "GET", "/v1/profiles/erased")["statusCode"] == 404
    with pytest.raises(urllib.request.HTTPError, match="404"):
        fetched(exported["result"]["url"])


def test_an_import_takes_each_line_on_its_own_d5(world: Deployment) -> None:
    lines = [
        {
            "userId": "imp-1",
            "traits": {"first_name": "Eve"},
            "consents": [{"purpose": "marketing", "status": "granted"}],
        },
        {"userId": "imp-2", "traits": {"shoe": 43}, "surprise": True},
        {"userId": "imp-3", "traits": {"first_name": "Joe"}},
    ]
    body = b"\n".join(json.dumps(line).encode() for line in lines) + b"\nnonsense\n"
    started = handle(call("POST", "/v1/imports", body, bearer(world.secret), source="crm"), Context())
    worked(world)
    ended = job(world, started)
    assert (ended["state"], ended["result"]["accepted"], ended["result"]["rejected"]) == ("done", 2, 2)
    assert [line["status"] for line in ended["result"]["lines"]] == ["accepted", "rejected", "accepted", "rejected"]
    assert world.profile("imp-1").traits["first_name"].source == "crm"


def test_an_import_may_be_csv(world: Deployment) -> None:
    body = b"userId,first_name\ncsv-1,Ann\n,Nobody\n"
    started = handle(call("POST", "/v1/imports", body, bearer(world.secret), source="crm"), Context())
    worked(world)
    assert (world.profile("csv-1").traits["first_name"].value, job(world, started)["result"]["rejected"]) == ("Ann", 1)


def test_a_large_import_gets_an_address_to_upload_to(world: Deployment) -> None:
    started = handle(call("POST", "/v1/imports", None, bearer(world.secret), source="crm"), Context())
    headers = {"Content-Type": "application/x-ndjson"}
    address = told(started)["upload"]
    put = urllib.request.Request(address, b'{"userId": "up-1"}', headers, method="PUT")  # noqa: S310  # moto's own
    urllib.request.urlopen(put).close()  # noqa: S310  # moto's own server
    dispatch(records({"kind": "job", "ref": told(started)["job"]}), Context())
    assert job(world, started)["result"]["accepted"] == 1


def test_a_source_nobody_declared_is_a_400(world: Deployment) -> None:
    assert ask(world, "POST", "/v1/imports", "x", source="gossip")["statusCode"] == 400


def test_a_form_asks_a_server_only_what_is_not_known_e6(world: Deployment) -> None:
    world.person("form", first_name="Ann")
    assert told(ask(world, "GET", "/v1/forms/newsletter", userId="form"))["asks"] == ["email"]


def test_a_form_answers_a_person_with_their_token(world: Deployment) -> None:
    world.person("own-form", first_name="Ann")
    claims = {"sub": "own-form", "aud": world.site, "exp": world.clock.now + 60}
    token = jwt.encode(claims, SITE_SECRET, "HS256")
    headers = {"x-rapport-key": world.site, "x-rapport-user": token, "origin": SITE}
    assert told(handle(call("GET", "/v1/forms/newsletter", None, headers), Context()))["asks"] == ["email"]


def test_a_browser_without_a_token_fills_in_no_form(world: Deployment) -> None:
    world.person("no-form", first_name="Ann")
    headers = {"x-rapport-key": world.site, "origin": SITE}
    assert handle(call("GET", "/v1/forms/newsletter", None, headers, userId="no-form"), Context())["statusCode"] == 401


CLOSED = [
    ("PATCH", "/v1/profiles/closed"),
    ("DELETE", "/v1/profiles/closed"),
    ("PUT", "/v1/profiles/closed/consents/marketing"),
    ("POST", "/v1/profiles/closed/merge"),
    ("GET", "/v1/profiles/closed/messages"),
    ("POST", "/v1/imports"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_key_without_the_scope_is_not_allowed(world: Deployment, method: str, path: str) -> None:
    world.person("closed")
    assert ask(world, method, path, key=world.reader)["statusCode"] == 403


@pytest.mark.parametrize(("method", "path"), [*CLOSED, ("GET", "/v1/profiles/closed"), ("GET", "/v1/jobs/j_1")])
@pytest.mark.parametrize("key", ["", "sk_forged", "publishable"])
def test_without_a_secret_key_nobody_sees_anything(world: Deployment, method: str, path: str, key: str) -> None:
    headers = {"authorization": f"Bearer {world.site if key == 'publishable' else key}"}
    assert handle(call(method, path, None, headers), Context())["statusCode"] == 401


# ---- consent


def given(world: Deployment, name: str, **body: Any) -> dict[str, Any]:
    return ask(world, "PUT", f"/v1/profiles/{name}/consents/marketing", {"status": "granted", **body})


@pytest.mark.parametrize("until", ["soon", "2020-01-01T00:00:00Z", "2027-01-15", 7])
def test_a_grant_that_ends_before_it_began_is_a_400(world: Deployment, until: Any) -> None:
    world.person("expires-never")
    assert given(world, "expires-never", expires_at=until)["statusCode"] == 400


def test_a_proof_older_than_computers_is_taken(world: Deployment) -> None:
    world.person("on-paper")
    assert given(world, "on-paper", proof={"at": "1965-05-01T00:00:00Z"})["statusCode"] == 200


def test_a_grant_that_expires_is_told_as_expired(world: Deployment) -> None:
    world.person("expires")
    told_now = told(given(world, "expires", channel="email", expires_at="2100-01-01T00:00:00Z"))
    assert told_now["marketing"]["email"] == {
        "status": "granted",
        "at": told_now["marketing"]["email"]["at"],
        "expires_at": "2100-01-01T00:00:00Z",
    }


def test_what_was_granted_at_a_moment_is_told_with_its_receipts(world: Deployment) -> None:
    world.person("proven")
    given(world, "proven", channel="email", proof={"at": "2026-01-01T00:00:00Z", "wording": "Yes", "policy": "v3"})
    given(world, "proven", status="withdrawn", proof={"at": "2026-06-01T00:00:00Z"})

    def at(moment: str) -> Any:
        return told(ask(world, "GET", "/v1/profiles/proven/consents", at=moment))

    assert at("2025-12-31T00:00:00Z")["consents"] == {}
    then, later = at("2026-03-01T00:00:00Z"), at("2026-07-01T00:00:00Z")
    assert (then["consents"], then["receipts"][0]["wording"]) == (
        {"marketing": {"email": {"status": "granted", "at": "2026-01-01T00:00:00Z"}}},
        "Yes",
    )
    assert (later["consents"]["marketing"]["email"]["status"], len(later["receipts"])) == ("withdrawn", 2)


def test_what_a_merged_person_was_sent_stays_with_who_they_are_now(world: Deployment) -> None:
    world.person("sent-old", email="sent-old@example.com")
    world.person("sent-new")
    detail = {"userId": "sent-old", "properties": {"booking_id": "b1"}, "messageId": "m1"}
    intake(records(envelope("Trip Completed", detail)), Context())
    worked(world)
    before = told(ask(world, "GET", "/v1/profiles/sent-old/messages"))["messages"]
    ask(world, "POST", "/v1/profiles/sent-old/merge", {"into": "sent-new"})
    assert told(ask(world, "GET", "/v1/profiles/sent-new/messages"))["messages"] == before
    assert [message["status"] for message in before] == ["SENT"]
    exported = fetched(job(world, ask(world, "GET", "/v1/profiles/sent-new/export"))["result"]["url"])
    assert len(exported["messages"]) == 1


def test_a_merged_person_can_prove_what_the_other_granted(world: Deployment) -> None:
    world.person("proof-old")
    world.person("proof-new")
    given(world, "proof-old", channel="email", proof={"wording": "Yes"})
    ask(world, "POST", "/v1/profiles/proof-old/merge", {"into": "proof-new"})
    found = told(ask(world, "GET", "/v1/profiles/proof-old/consents"))
    assert "Yes" in [receipt["wording"] for receipt in found["receipts"]]
    assert found["consents"]["marketing"]["email"]["status"] == "granted"


def test_a_moment_that_is_none_is_a_400(world: Deployment) -> None:
    world.person("timeless")
    assert ask(world, "GET", "/v1/profiles/timeless/consents", at="yesterday")["statusCode"] == 400


BEYOND = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59.999999Z"]


@pytest.mark.parametrize("moment", BEYOND)
def test_a_moment_that_has_no_date_is_a_400_and_spoils_nobody_s_view(world: Deployment, moment: str) -> None:
    world.person("timeless")
    given = [{"proof": {"at": moment}}, {"expires_at": moment}]
    path = "/v1/profiles/timeless"
    put = [ask(world, "PUT", f"{path}/consents/marketing", {"status": "granted", **one}) for one in given]
    got = [ask(world, "GET", f"{path}/consents", at=moment), ask(world, "GET", f"{path}/messages", before=moment)]
    assert [answer["statusCode"] for answer in (*put, *got)] == [400] * 4
    assert ask(world, "GET", path)["statusCode"] == 200


def test_a_name_with_a_slash_is_found_as_the_gateway_decodes_it(world: Deployment) -> None:
    world.person("team/7% é")
    paths = ["team/7%25 é", "team%2F7%25%20%C3%A9", "team/7%25 é/messages", "team/7%25 é/consents"]
    assert [ask(world, "GET", f"/v1/profiles/{path}")["statusCode"] for path in paths] == [200] * 4


def test_an_anonymous_stretch_moves_to_a_person_once_and_leads_nowhere(world: Deployment) -> None:
    world.person("moved-into")
    intake(records(envelope("Trip Completed", {"anonymousId": "a-browser", "messageId": "m-1"})), Context())
    merged = ask(world, "POST", "/v1/profiles/anonymous:a-browser/merge", {"into": "moved-into"})
    before = told(ask(world, "GET", "/v1/profiles/moved-into"))
    claim = {"anonymousId": "a-browser", "type": "identify", "traits": {"firstName": "Eve"}, "messageId": "m-2"}
    intake(records(envelope("identify", claim)), Context())
    there = told(ask(world, "GET", "/v1/profiles/anonymous:a-browser"))
    assert (merged["statusCode"], told(merged)["userId"], told(ask(world, "GET", "/v1/profiles/moved-into"))) == (
        200,
        "moved-into",
        before,
    )
    assert (there["userId"], there["traits"]["first_name"]["value"]) == (None, "Eve")


def test_a_known_person_is_not_made_anonymous(world: Deployment) -> None:
    world.person("stays-known")
    intake(records(envelope("Trip Completed", {"anonymousId": "another-browser", "messageId": "m-3"})), Context())
    answer = ask(world, "POST", "/v1/profiles/stays-known/merge", {"into": "anonymous:another-browser"})
    assert (answer["statusCode"], world.profile("stays-known").user_id) == (400, "stays-known")


def test_a_form_is_filled_in_for_nobody_but_the_token_s_person(world: Deployment) -> None:
    token = jwt.encode({"sub": "ann", "aud": world.site, "exp": world.clock.now + 600}, SITE_SECRET, "HS256")
    headers = {"x-rapport-key": world.site, "origin": SITE, "x-rapport-user": token}
    asked = [
        handle(call("GET", "/v1/forms/newsletter", None, headers, userId=name), Context()) for name in ("ann", "b")
    ]
    assert [answer["statusCode"] for answer in asked] == [200, 403]


def test_a_server_says_whose_form_it_asks_for(world: Deployment) -> None:
    answer = ask(world, "GET", "/v1/forms/newsletter")
    assert (answer["statusCode"], told(answer)["errors"]) == (400, [{"path": "userId", "message": "is missing"}])


def test_a_job_is_told_to_a_server_whatever_else_it_sends(world: Deployment) -> None:
    started = told(ask(world, "POST", "/v1/reports"))["job"]
    headers = {**bearer(world.secret), "x-rapport-key": world.site}
    assert handle(call("GET", f"/v1/jobs/{started}", None, headers), Context())["statusCode"] == 200
