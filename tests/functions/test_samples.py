"""The samples under events/samples are what AWS and Segment's clients send: each one's door takes it."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from rapport_aws.notices import Notice, Reply, notices_of

from functions.collect.handler import handle as collect
from functions.due.handler import handle as due
from functions.feedback.handler import handle as feedback
from functions.intake.handler import handle as intake
from functions.person.handler import handle as person
from functions.personalise.handler import handle as personalise
from tests.functions.calls import Context, call, failed, records, told
from tests.functions.deployment import SITE, Deployment

SAMPLES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(Path("events/samples").glob("*.json"))}


def named(prefix: str) -> list[str]:
    return [name for name in SAMPLES if name.startswith(prefix)]


@pytest.mark.parametrize("name", named("eventbridge-"))
def test_intake_takes_what_the_bus_delivers(world: Deployment, name: str) -> None:
    assert not failed(intake(records(SAMPLES[name]), Context()))


@pytest.mark.parametrize("name", [*named("ses-"), *named("sns-")])
def test_feedback_takes_what_providers_tell(world: Deployment, name: str) -> None:
    assert not failed(feedback(records(SAMPLES[name]), Context()))


MEANS: dict[str, str | None] = {
    "ses-bounce": "bounced",
    "ses-bounce-transient": "delayed",
    "ses-complaint": "complained",
    "ses-delivery": "delivered",
    "ses-open": "opened",
    "ses-reject": "refused",
    "ses-send": "sent",
    "sns-text-delivered": "delivered",
    "sns-whatsapp-delivered": "delivered",
    "sns-whatsapp-failed": "refused bounced",
    "sns-whatsapp-replied": None,
}


@pytest.mark.parametrize("name", MEANS)
def test_a_notice_means_what_it_says(name: str) -> None:
    said = [notice.feedback.status for notice in notices_of(json.dumps(SAMPLES[name])) if isinstance(notice, Notice)]
    assert said == (MEANS[name] or "").split()


WHATSAPP = {
    "sent": "sent",
    "read": "opened",
    "played": "opened",
    "deleted": "",
    "failed": "refused",
    "failed 131026": "refused bounced",
    "failed 131047": "refused",
    "failed 131049": "refused",
    "failed 131050": "refused stopped",
    "failed 132001": "refused",
}


@pytest.mark.parametrize("said", WHATSAPP)
def test_whatever_whatsapp_says_of_a_message_means_what_it_is(said: str) -> None:
    status, _, code = said.partition(" ")
    told = {"status": status, "timestamp": "1", "recipient_id": "33612345678", "biz_opaque_callback_data": "m_1 p_1"}
    told |= {"errors": [{"code": int(code), "title": "why"}]} if code else {}
    body = {"whatsAppWebhookEntry": json.dumps({"changes": [{"value": {"statuses": [told]}}]})}
    found = [notice.feedback.status for notice in notices_of(json.dumps(body)) if isinstance(notice, Notice)]
    assert found == WHATSAPP[said].split()


@pytest.mark.parametrize("kind", ["TEXT_BLOCKED", "TEXT_CARRIER_BLOCKED", "TEXT_SPAM", "TEXT_PROTECT_BLOCKED"])
def test_a_text_that_was_stopped_on_the_way_was_refused(kind: str) -> None:
    [notice] = notices_of(json.dumps({**SAMPLES["sns-text-delivered"], "eventType": kind}))
    assert isinstance(notice, Notice)
    assert notice.feedback.status == "refused"


def test_a_reply_names_the_message_it_answers_and_has_a_name_of_its_own() -> None:
    reply = SAMPLES["sns-text-replied"]
    named = Reply(reply["previousPublishedMessageId"], "STOP", reply["inboundMessageId"])
    assert notices_of(json.dumps(reply)) == (named,)


def test_a_notice_names_the_message_the_person_and_the_address() -> None:
    [notice] = notices_of(json.dumps(SAMPLES["ses-bounce"]))
    assert isinstance(notice, Notice)
    told_of = structs.asdict(notice.feedback)
    assert (notice.profile, told_of["message_id"], told_of["address"]) == ("p_1", "m_1", "ann@example.com")


@pytest.mark.parametrize(("name", "path"), [("segment-batch", "/v1/batch"), ("segment-track", "/v1/track")])
def test_collect_takes_what_segment_s_clients_send(world: Deployment, name: str, path: str) -> None:
    body = json.dumps({**SAMPLES[name], "writeKey": world.site})
    answer = collect(call("POST", path, body, {"content-type": "text/plain", "origin": SITE}), Context())
    statuses = {result["status"] for result in told(answer).get("results", [])}
    assert (answer["statusCode"], statuses <= {"accepted"}) == (200, True)


def test_the_gateway_s_event_is_answered(world: Deployment) -> None:
    sample: dict[str, Any] = json.loads(json.dumps(SAMPLES["apigateway-personalise"]))
    sample["headers"]["x-rapport-key"] = world.site
    assert personalise(sample, Context())["statusCode"] == 200


def test_one_click_of_a_mail_client_reaches_its_door(world: Deployment) -> None:
    # The token of a sample is nobody's: the door is reached, and says so.
    assert person(SAMPLES["apigateway-unsubscribe"], Context())["statusCode"] == 404


def test_the_tick_is_taken(world: Deployment) -> None:
    assert "due" in due(SAMPLES["scheduler-tick"], Context())
