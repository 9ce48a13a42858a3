"""Erasing: nothing of the person in any store, nothing of theirs comes back, and later they may start anew."""

from dataclasses import replace
from typing import Any

import boto3
import pytest
from rapport.domain.delivery import Feedback
from rapport.domain.moment import text
from rapport.ports import Due, Send, SendState
from rapport.use_cases.take_feedback import take_feedback
from rapport_aws import privacy, tables

from functions.dispatch.handler import handle as dispatch
from functions.due.handler import handle as due
from functions.intake.handler import handle as intake
from functions.profiles.handler import handle
from tests.functions.calls import Context, bearer, call, envelope, failed, records
from tests.functions.deployment import Deployment

EARLY, LATE = "2027-01-15T08:00:00Z", "2027-01-15T12:00:00Z"


def ask(world: Deployment, method: str, path: str, body: Any = None) -> dict[str, Any]:
    return handle(call(method, path, body, bearer(world.secret)), Context())


def tell(world: Deployment, at: str, **message: Any) -> None:
    body = {**envelope("identify", {"type": "identify", "timestamp": at, **message}, id_=str(message)), "time": at}
    intake(records(body), Context())


def rows(world: Deployment, word: str) -> list[Any]:
    """Every row of every table that holds a word."""
    client = boto3.client("dynamodb")
    pages = [page for table in tables.TABLES for page in client.get_paginator("scan").paginate(TableName=table.name)]
    return [item for page in pages for item in page["Items"] if word in str(item)]


def test_what_was_merged_into_them_goes_too(world: Deployment) -> None:
    world.person("canary-old", first_name="Canarina")
    world.person("canary-new")
    ask(world, "PUT", "/v1/profiles/canary-old/consents/marketing", {"status": "granted"})
    ask(world, "POST", "/v1/profiles/canary-old/merge", {"into": "canary-new"})
    ask(world, "DELETE", "/v1/profiles/canary-new")
    assert rows(world, "canary") + rows(world, "Canarina") == []


class Killed(BaseException):
    """The end of a process: nothing answers it."""


def killed(*_: Any) -> Any:
    raise Killed


@pytest.mark.parametrize("buried", [False, True], ids=["before the tombstone", "after it"])
def test_an_erasure_that_is_stopped_half_way_is_brought_to_its_end(world: Deployment, *, buried: bool) -> None:
    who = f"halved-{buried}".lower()
    world.person(who, first_name=f"Canar{buried}")
    ask(world, "PUT", f"/v1/profiles/{who}/consents/marketing", {"status": "granted"})
    person = world.profile(who)
    world.house.schedule.put(Due(world.clock.now + privacy.AFTER, person.id, "erase", told=({"names": [person.id]},)))
    if buried:
        with pytest.raises(Killed):
            replace(world.house.profiles, forget=killed).erase(person, world.clock.now)
    assert world.house.profiles.receipts(person.id) != []
    world.clock.now += privacy.AFTER + 60
    due({}, Context())
    assert not failed(dispatch(records(*world.queued()), Context()))
    assert (rows(world, f"Canar{buried}"), world.house.profiles.receipts(person.id)) == ([], [])
    assert world.house.profiles.load(person.id).erased_at is not None


def test_an_erasure_that_came_to_its_end_leaves_no_mark(world: Deployment) -> None:
    world.person("whole")
    person = world.profile("whole").id
    ask(world, "DELETE", "/v1/profiles/whole")
    assert [row for row in rows(world, person) if row["pk"]["S"].startswith("U#")] == []


def test_a_mark_of_an_erasure_leaves_whoever_started_anew_alone(world: Deployment) -> None:
    world.person("phoenix")
    person, asked = world.profile("phoenix"), world.clock.now
    ask(world, "DELETE", "/v1/profiles/phoenix")
    world.clock.now += 60
    tell(world, text(world.clock.now), userId="phoenix", traits={"firstName": "Ann"})
    privacy.finish(person.id, [person.id], asked, world.house)
    assert world.profile("phoenix").erased_at is None


def test_late_events_do_not_bring_anybody_back(world: Deployment) -> None:
    world.person("gone", first_name="Ann")
    ask(world, "DELETE", "/v1/profiles/gone")
    tell(world, "2026-01-01T00:00:00Z", userId="gone", traits={"firstName": "Lazara"})
    assert (ask(world, "GET", "/v1/profiles/gone")["statusCode"], rows(world, "Lazara")) == (404, [])


def test_a_later_event_starts_a_fresh_person_with_nothing_granted(world: Deployment) -> None:
    world.person("again", first_name="Ann")
    ask(world, "DELETE", "/v1/profiles/again")
    world.clock.now += 3600
    tell(world, text(world.clock.now), userId="again", traits={"firstName": "Ann"})
    fresh = world.profile("again")
    assert (fresh.user_id, fresh.consents, fresh.erased_at) == ("again", {}, None)


def test_the_stretch_of_an_erased_person_takes_no_late_event_either(world: Deployment) -> None:
    detail = {"userId": "stretchy", "anonymousId": "browser-9", "traits": {"firstName": "Ann"}}
    tell(world, EARLY, anonymousId="browser-9", context={"locale": "fr-BE"})
    tell(world, EARLY, **detail)
    ask(world, "DELETE", "/v1/profiles/stretchy")
    tell(world, "2026-01-01T00:00:00Z", anonymousId="browser-9", traits={"firstName": "Lazaro"})
    assert rows(world, "browser-9") + rows(world, "Lazaro") == []


def test_a_browser_that_was_theirs_is_remembered_though_it_had_no_stretch_of_its_own(world: Deployment) -> None:
    tell(world, EARLY, userId="tabled", anonymousId="browser-10", traits={"firstName": "Ann"})
    ask(world, "DELETE", "/v1/profiles/tabled")
    tell(world, "2026-01-01T00:00:00Z", anonymousId="browser-10", traits={"firstName": "Lazarine"})
    assert rows(world, "browser-10") + rows(world, "Lazarine") == []


def back(status: Any, at: float) -> Feedback:
    return Feedback("m_before", status, "email", at, "welcome-home", "canary-back@example.com", "Canarilla")


@pytest.mark.parametrize("status", ["bounced", "complained", "clicked", "replied", "delivered"])
def test_what_comes_back_from_before_says_nothing_of_who_starts_anew(world: Deployment, status: str) -> None:
    who = f"anew-{status}"
    world.person(who)
    ask(world, "DELETE", f"/v1/profiles/{who}")
    world.clock.now += 1
    tell(world, text(world.clock.now), userId=who, traits={"firstName": "Ann"})
    before = world.profile(who)
    took = take_feedback(before.id, back(status, world.clock.now), world.house.ports, world.clock.now)
    assert (took, world.profile(who), rows(world, "canary-back")) == (False, before, [])


def test_the_old_id_of_a_merged_person_starts_its_own_person_after_the_erasure(world: Deployment) -> None:
    world.person("was-merged")
    world.person("was-kept")
    ask(world, "POST", "/v1/profiles/was-merged/merge", {"into": "was-kept"})
    ask(world, "DELETE", "/v1/profiles/was-kept")
    world.clock.now += 7200
    tell(world, LATE, userId="was-merged", traits={"firstName": "Ann"})
    assert (world.profile("was-merged").user_id, world.profile("was-kept").user_id) == ("was-merged", None)


def test_what_went_out_is_gone_from_the_ledger_too(world: Deployment) -> None:
    name = world.person("canary-sent", email="canary-sent@example.com").id
    intake(
        records(envelope("Trip Completed", {"userId": "canary-sent", "properties": {"booking_id": "b1"}})), Context()
    )
    for body in world.queued():
        dispatch(records(body), Context())
    assert [row for row in rows(world, name) if row["pk"]["S"].startswith("S#")]
    ask(world, "DELETE", "/v1/profiles/canary-sent")
    assert [row for row in rows(world, name) if row["pk"]["S"].startswith("S#")] == []


def test_the_number_that_a_reply_comes_from_is_gone_from_the_ledger_too(world: Deployment) -> None:
    send = Send("m_canary:whatsapp", "p_canary", "m_canary", "whatsapp", "attempt", world.clock.now)
    world.house.ledger.claim(send, ())
    world.house.ledger.settle(send, SendState.SENT, "wamid-1 +33600000009")
    world.house.ledger.forget([send.id])
    assert rows(world, "33600000009") + rows(world, "m_canary") == []
