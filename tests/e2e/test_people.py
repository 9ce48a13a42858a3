"""One person through the deployed API: the single view, what changes it, imports, export and erasure."""

import json
import urllib.request
from typing import Any

import pytest

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import finished, fresh, introduced, messages, send, settle, shown, track

PROOF = {"wording": "Yes, please.", "policy": "2026-01", "at": "2026-11-01T09:00:00Z"}


def view(caller: Caller, user: str) -> Any:
    return caller("GET", f"/v1/profiles/{user}").body


@pytest.fixture(scope="module")
def user(caller: Caller) -> str:
    return introduced(caller, firstName="Vera")


def test_a_trait_tells_value_source_moment_and_certainty(caller: Caller, user: str) -> None:
    trait = view(caller, user)["traits"]["first_name"]
    assert (set(trait), trait["value"], trait["source"]) == (
        {"value", "source", "observed_at", "certainty"},
        "Vera",
        "declared",
    )


def test_the_single_view_has_what_it_promises(caller: Caller, user: str) -> None:
    promised = {"identities", "traits", "consents", "segments", "persona", "intents", "owned", "contacts", "cases"}
    assert promised - set(view(caller, user)) == set()


def test_a_correction_outranks_what_was_declared(caller: Caller, user: str) -> None:
    caller("PATCH", f"/v1/profiles/{user}", {"source": "crm", "traits": {"first_name": "Wera"}, "correction": True})
    assert view(caller, user)["traits"]["first_name"]["value"] == "Wera"


def test_a_lower_source_does_not_outrank_what_was_declared(caller: Caller, user: str) -> None:
    caller("PATCH", f"/v1/profiles/{user}", {"source": "inferred", "traits": {"adult": False}})
    assert view(caller, user)["traits"]["adult"]["value"] is True


def test_a_trait_that_nobody_declared_is_named_in_the_refusal(caller: Caller, user: str) -> None:
    answer = caller("PATCH", f"/v1/profiles/{user}", {"source": "crm", "traits": {"shoe": 42}})
    assert (answer.status, [one["path"] for one in answer.body["errors"]]) == (400, ["traits.shoe"])


def test_a_consent_is_of_the_moment_of_its_proof(caller: Caller, user: str) -> None:
    given = {"status": "granted", "channel": "email", "source": "crm", "proof": PROOF}
    caller("PUT", f"/v1/profiles/{user}/consents/tracking", given)
    assert view(caller, user)["consents"]["tracking"]["email"] == {"status": "granted", "at": PROOF["at"]}


def test_the_stricter_consent_survives_a_merge(caller: Caller) -> None:
    kept, gone = introduced(caller), introduced(caller)
    caller("PUT", f"/v1/profiles/{gone}/consents/personalisation", {"status": "withdrawn"})
    caller("POST", f"/v1/profiles/{gone}/merge", {"into": kept})
    assert view(caller, kept)["consents"]["personalisation"]["web"]["status"] == "withdrawn"


def test_the_old_id_keeps_resolving_after_a_merge(caller: Caller) -> None:
    kept, gone = introduced(caller), introduced(caller)
    merged = caller("POST", f"/v1/profiles/{gone}/merge", {"into": kept})
    assert (merged.status, view(caller, gone)["profileId"]) == (200, view(caller, kept)["profileId"])


def test_nobody_is_not_found(caller: Caller) -> None:
    assert caller("GET", f"/v1/profiles/{fresh('nobody')}").status == 404


def test_an_anonymous_stretch_is_a_profile_of_its_own(caller: Caller) -> None:
    browser = fresh("browser")
    seen = {"anonymousId": browser, "event": "Product Viewed", "properties": {"sku": "ski-1", "category": "ski"}}
    caller.as_site("POST", "/v1/track", seen)
    settle(caller.stack)
    assert caller("GET", f"/v1/profiles/anonymous:{browser}").status == 200


def test_what_was_shown_is_told_once_it_was_viewed(caller: Caller, user: str) -> None:
    asked = {"userId": user, "placements": ["home-hero"]}
    offer = caller("POST", "/v1/personalise", asked).body["placements"][0]["offers"][0]
    caller("POST", "/v1/track", track(user, "Offer Viewed", {"token": offer["token"]}))
    settle(caller.stack)
    viewed = caller("GET", f"/v1/profiles/{user}/decisions").body["decisions"]
    assert [(one["offer"], one["placement"]) for one in viewed] == [(offer["id"], "home-hero")]


def test_a_message_that_was_kept_back_says_why(caller: Caller) -> None:
    nobody = fresh("p")
    caller("POST", "/v1/identify", {"userId": nobody, "traits": {"firstName": "Nil"}})
    caller("POST", "/v1/track", track(nobody, "Signed Up", {}))
    settle(caller.stack)
    ends = [(row["campaign"], row["status"], row["reason"]) for row in messages(caller, nobody)]
    assert ends == [("welcome", "SKIPPED", "NO_ADDRESS")]


# ---- forms and agents


def test_a_form_asks_what_is_not_known(caller: Caller, user: str) -> None:
    form = caller("GET", f"/v1/forms/newsletter?userId={user}").body
    assert (form["asks"], sorted(form["known"])) == (["interests"], ["email", "first_name"])


def test_an_agent_gets_actions_with_reason_and_facts(caller: Caller) -> None:
    troubled = introduced(caller)
    caller("POST", "/v1/track", track(troubled, "Complaint Reported", {"case_id": "k-1"}))
    settle(caller.stack)
    asked = {"userId": troubled, "channel": "call", "placement": "agent-desk"}
    first = caller("POST", "/v1/next-action", asked).body["actions"][0]
    assert (first["offer"], first["reason"], set(first) >= {"why", "facts", "kind"}) == (
        "make-it-right",
        "CHOSEN",
        True,
    )


# ---- imports


def load(caller: Caller, text: str, kind: str) -> Any:
    key = {"Authorization": f"Bearer {caller.stack.admin_key}", "Content-Type": kind}
    return finished(caller, send(caller.stack, ("POST", "/v1/imports?source=crm"), key, text.encode()))


def test_people_come_in_as_lines_of_json_each_with_its_answer(caller: Caller) -> None:
    one, two = fresh("i"), fresh("i")
    lines = [{"userId": one, "traits": {"tier": "gold"}}, {"traits": {}}, {"userId": two, "traits": {"tier": "tin"}}]
    result = load(caller, "\n".join(map(json.dumps, lines)), "application/x-ndjson")
    told = [(line["line"], line["status"]) for line in result["lines"]]
    assert (result["accepted"], told) == (1, [(1, "accepted"), (2, "rejected"), (3, "rejected")])


def test_people_come_in_as_a_table(caller: Caller) -> None:
    one = fresh("i")
    result = load(caller, f"userId,first_name,tier\n{one},Åse,silver\n", "text/csv")
    traits = view(caller, one)["traits"]
    assert (result["accepted"], traits["first_name"]["value"], traits["tier"]["source"]) == (1, "Åse", "crm")


def test_of_a_file_of_many_slices_every_line_is_answered_and_nobody_is_lost(caller: Caller) -> None:
    run, count = fresh("many"), 1200
    result = load(caller, "".join(json.dumps(member(run, n)) + "\n" for n in range(count)), "application/x-ndjson")
    told = result["lines"]
    assert [line["line"] for line in told] == list(range(1, count + 1))
    rejected = [line["line"] - 1 for line in told if line["status"] == "rejected"]
    assert (rejected, result["accepted"]) == (list(range(0, count, 97)), count - len(rejected))
    names = [view(caller, f"{run}-{n}")["traits"]["first_name"]["value"] for n in (1, 499, 500, 501, 1199)]
    assert names == [f"Name {n}" for n in (1, 499, 500, 501, 1199)]


def member(run: str, number: int) -> dict[str, Any]:
    """One person of a file; every ninety-seventh has an address that is none."""
    email = f"u{number}@example.com" if number % 97 else "a@b, c@d"
    return {"userId": f"{run}-{number}", "traits": {"first_name": f"Name {number}", "email": email}}


# ---- what a person may ask of us


def test_an_export_holds_what_we_hold(caller: Caller, user: str) -> None:
    result = finished(caller, caller("GET", f"/v1/profiles/{user}/export"))
    text = json.dumps(result)
    if "url" in result:
        with urllib.request.urlopen(result["url"], timeout=30) as held:  # noqa: S310 - the emulator's address
            text = held.read().decode()
    assert (f"{user}@example.com" in text, "consents" in text) == (True, True)


def test_an_erased_person_is_nobody_and_comes_back_with_nothing_granted(caller: Caller) -> None:
    user = introduced(caller, firstName="Ghost")
    finished(caller, caller("DELETE", f"/v1/profiles/{user}"))
    gone = caller("GET", f"/v1/profiles/{user}").status
    caller("POST", "/v1/identify", {"userId": user, "traits": {"tier": "gold"}})
    back = eventually(lambda: (answer := caller("GET", f"/v1/profiles/{user}")).status == 200 and answer.body)
    assert (gone, back["consents"], "first_name" in back["traits"]) == (404, {}, False)


def test_a_withdrawn_consent_leaves_what_suits_everybody(caller: Caller) -> None:
    skier = introduced(caller, interests=["ski"])
    before = shown(caller, skier)
    caller("PUT", f"/v1/profiles/{skier}/consents/personalisation", {"status": "withdrawn"})
    assert ("ski-boots" in before, "ski-boots" in shown(caller, skier)) == (True, False)
