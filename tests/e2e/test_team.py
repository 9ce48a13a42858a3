"""The team's side of the deployed API: publishing, taking back, previews and approvals, seen by visitors at once."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from openapi_spec_validator import validate
from rapport_authoring.local.house import starter_files
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Answer, Caller, eventually
from tests.e2e.wire import finished, introduced, mails_to, messages, order, shown

AT_ONCE = 5.0  # seconds until a withdrawal is seen in answers
OFFER = "rain-shell"
BROKEN = {**starter_files(), "segments/wrong.yaml": "- id: wrong\n  when: 'traits.teir == \"gold\"'\n"}


@pytest.fixture(scope="module")
def visitor(caller: Caller) -> str:
    return introduced(caller)


@pytest.fixture
def withdrawn(caller: Caller, visitor: str) -> Iterator[Answer]:
    assert OFFER in shown(caller, visitor)
    yield caller("POST", f"/v1/offers/{OFFER}/withdraw")
    caller("POST", f"/v1/offers/{OFFER}/reinstate")
    eventually(lambda: OFFER in shown(caller, visitor))


def test_a_withdrawn_offer_is_gone_from_answers_within_seconds(caller: Caller, visitor: str, withdrawn: Answer) -> None:
    began, asked = time.monotonic(), [0.0]

    def is_gone() -> bool:
        asked.append(time.monotonic() - began)
        return OFFER not in shown(caller, visitor)

    eventually(is_gone)
    # The last one is gone: of those who still saw it nobody asked too late, however slow the answers are.
    assert max(asked[:-1]) < AT_ONCE


def test_a_withdrawal_lasts_over_a_publication(caller: Caller, visitor: str, withdrawn: Answer) -> None:
    finished(caller, caller("PUT", "/v1/catalogue", {"files": starter_files()}))
    eventually(lambda: OFFER not in shown(caller, visitor))
    listed = {one["id"]: one["status"] for one in caller("GET", "/v1/offers").body["offers"]}
    assert listed[OFFER] == "withdrawn"


def test_a_reinstated_offer_is_back(caller: Caller, visitor: str, withdrawn: Answer) -> None:
    assert caller("POST", f"/v1/offers/{OFFER}/reinstate").status == 200
    eventually(lambda: OFFER in shown(caller, visitor))


# ---- publishing


def test_a_bad_catalogue_is_refused_with_file_line_and_column(caller: Caller) -> None:
    answer = caller("PUT", "/v1/catalogue", {"files": BROKEN})
    told = [(one["file"], one["line"], one["column"]) for one in answer.body["errors"]]
    assert (answer.status, told) == (422, [("segments/wrong.yaml", 2, 17)])


def test_what_was_refused_leaves_the_live_version(caller: Caller) -> None:
    before = caller("GET", "/v1/catalogue").body["version"]
    caller("PUT", "/v1/catalogue", {"files": BROKEN})
    assert caller("GET", "/v1/catalogue").body["version"] == before


def test_a_check_tells_errors_and_publishes_nothing(caller: Caller) -> None:
    before = caller("GET", "/v1/catalogue").body["version"]
    answer = caller("POST", "/v1/catalogue/check", {"files": BROKEN})
    after = caller("GET", "/v1/catalogue").body["version"]
    assert (answer.status, len(answer.body["errors"]), after) == (200, 1, before)


def test_what_was_published_can_be_taken_back(caller: Caller) -> None:
    before = caller("GET", "/v1/catalogue").body
    changed = {**before["files"], "segments/more.yaml": "- {id: more, when: true}\n"}
    finished(caller, caller("PUT", "/v1/catalogue", {"files": changed}))
    answer = caller("POST", "/v1/catalogue/rollback")
    after = caller("GET", "/v1/catalogue").body
    assert (answer.status, after["files"], answer.body) == (200, before["files"], {"version": after["version"]})


def test_who_was_not_the_first_is_told(caller: Caller) -> None:
    key = {"Authorization": f"Bearer {caller.stack.admin_key}", "If_Match": '"v0"'}
    assert caller("PUT", "/v1/catalogue", {"files": starter_files()}, **key).status == 412


def test_of_two_who_publish_upon_one_version_at_once_one_wins_and_the_other_is_told(caller: Caller) -> None:
    before = caller("GET", "/v1/catalogue").body
    told = {"Authorization": f"Bearer {caller.stack.admin_key}", "If_Match": f'"{before["version"]}"'}
    theirs = [
        {**before["files"], f"segments/{name}.yaml": f"- {{id: {name}, when: true}}\n"} for name in ("one", "two")
    ]
    with ThreadPoolExecutor(2) as both:
        answers = list(both.map(lambda files: caller("PUT", "/v1/catalogue", {"files": files}, **told), theirs))
    won = [files for files, answer in zip(theirs, answers, strict=True) if answer.status == 202]
    live = caller("GET", "/v1/catalogue").body["files"]
    finished(caller, caller("PUT", "/v1/catalogue", {"files": before["files"]}))
    assert (sorted(answer.status for answer in answers), [live]) == ([202, 412], won)


def test_the_catalogue_has_its_version_as_a_tag(caller: Caller) -> None:
    answer = caller("GET", "/v1/catalogue")
    tag = {name.lower(): value for name, value in answer.headers.items()}["etag"]
    assert tag == f'"{answer.body["version"]}"'


# ---- previews, campaigns, approvals


def asked(**more: Any) -> dict[str, Any]:
    event = {"event": "Order Completed", "properties": order("seen-before")}
    return {"campaign": "order-confirmation", "event": event, **more}


def test_a_preview_shows_every_channel_for_a_person(caller: Caller) -> None:
    user = introduced(caller, firstName="Pia")
    channels = caller("POST", "/v1/preview", asked(profile=user)).body["channels"]
    assert (set(channels), "Pia" in channels["email"]["html"]) == ({"email", "sms"}, True)


def test_a_preview_for_nobody_has_no_gap(caller: Caller) -> None:
    text = caller("POST", "/v1/preview", asked()).body["channels"]["email"]["text"]
    assert "Thank you. We have your order" in text


def test_a_preview_is_mailed_to_a_seed_address_as_a_test(stack: Deployed, caller: Caller) -> None:
    caller("POST", "/v1/preview", asked(send_to=["seed@example.com"]))
    mails = eventually(lambda: mails_to(stack, "seed@example.com"))
    assert mails[-1].subject == "[Test] Your order seen-before is with us"


def test_sending_a_campaign_is_a_dry_run_unless_told_otherwise(caller: Caller) -> None:
    user = introduced(caller)
    result = finished(caller, caller("POST", "/v1/campaigns/lapsed/send", {"audience": "readers"}))
    assert (result["audience"] > 0, messages(caller, user, "lapsed")) == (True, [])


def test_a_paused_campaign_can_go_on(caller: Caller) -> None:
    told = [caller("POST", f"/v1/campaigns/birthday/{do}").body["paused"] for do in ("pause", "resume")]
    assert told == [True, False]


def test_nobody_waits_for_approval_by_default(caller: Caller) -> None:
    assert caller("GET", "/v1/approvals").status == 200


# ---- the description


def test_the_interface_describes_itself_as_openapi_has_it(caller: Caller) -> None:
    description = caller("GET", "/v1/openapi.json", None, Accept="application/json").body
    validate(description)
    assert description["openapi"].startswith("3.1")
