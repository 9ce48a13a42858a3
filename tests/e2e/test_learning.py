"""The closed loop on the deployed stack: what visitors do with offers moves the model, and the next answers."""

import time

import pytest
from rapport.domain.moment import MINUTE
from rapport.domain.outcome_log import Entry, LoggedOutcome
from rapport_authoring.local.place import Deployed
from rapport_aws.outcome_log import DynamoOutcomeLog

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import aws, call_function, finished, fresh, settle

VISITORS = 12


def visit(caller: Caller) -> str:
    """Somebody sees both offers and clicks the one; their anonymous id."""
    name = fresh("v")
    asked = {"anonymousId": name, "placements": ["learn-page"]}
    offers = caller.as_site("POST", "/v1/personalise", asked).body["placements"][0]["offers"]
    did = [("Offer Viewed", offer) for offer in offers]
    did += [("Offer Clicked", offer) for offer in offers if offer["id"] == "learn-liked"]
    batch = [
        {"type": "track", "anonymousId": name, "event": event, "properties": {"token": offer["token"]}}
        for event, offer in did
    ]
    told = caller.as_site("POST", "/v1/batch", {"batch": [one | {"messageId": fresh("m")} for one in batch]})
    assert told.status == 200
    return name


def tick(stack: Deployed) -> None:
    """Let the function that learns run now; the schedule does so each minute."""
    call_function(stack, "Learn")


def propensities(caller: Caller) -> dict[str, float]:
    asked = {"anonymousId": fresh("w"), "placements": ["learn-page"], "explain": True}
    candidates = caller("POST", "/v1/personalise", asked).body["explain"]["candidates"]
    return {one["offer"]: one["score"]["propensity"] for one in candidates if "score" in one}


def logged(stack: Deployed, since: float) -> list[Entry]:
    """What was logged of these offers; the sample people of the stack do things, too."""
    log = DynamoOutcomeLog(aws(stack, "dynamodb"), stack.outputs["ProfilesTable"])
    minutes = range(int(since // MINUTE), int(time.time() // MINUTE) + 1)
    return [row for minute in minutes for row in log.minute(minute) if row.offer.startswith("learn-")]


@pytest.fixture(scope="module")
def visited(stack: Deployed, caller: Caller) -> tuple[list[str], float, dict[str, float]]:
    """Visitors who all like the same offer; when they began, and the propensities before."""
    since, before = time.time(), propensities(caller)
    names = [visit(caller) for _ in range(VISITORS)]
    settle(stack)
    eventually(lambda: len(logged(stack, since)) >= 3 * VISITORS)
    return names, since, before


def test_what_was_shown_and_clicked_is_in_the_log_once(
    stack: Deployed, visited: tuple[list[str], float, dict[str, float]]
) -> None:
    rows = logged(stack, visited[1])
    clicked = [row for row in rows if isinstance(row, LoggedOutcome)]
    assert (len(rows) - len(clicked), len(clicked)) == (2 * VISITORS, VISITORS)
    assert {(row.kind, row.offer, row.first) for row in clicked} == {("clicked", "learn-liked", True)}


def test_responses_move_the_model_and_the_answers_that_follow_a22(
    stack: Deployed, caller: Caller, visited: tuple[list[str], float, dict[str, float]]
) -> None:
    before = visited[2]
    assert before["learn-liked"] == before["learn-ignored"]
    tick(stack)
    after = eventually(lambda: (now := propensities(caller))["learn-liked"] > 2 * now["learn-ignored"] and now)
    assert after["learn-liked"] > before["learn-liked"]


def test_a_second_tick_learns_nothing_twice(
    stack: Deployed, caller: Caller, visited: tuple[list[str], float, dict[str, float]]
) -> None:
    tick(stack)
    once = eventually(lambda: (now := propensities(caller))["learn-liked"] > 2 * now["learn-ignored"] and now)
    tick(stack)
    time_to_look = time.monotonic() + 6
    eventually(lambda: time.monotonic() > time_to_look)
    assert propensities(caller)["learn-liked"] == pytest.approx(once["learn-liked"], rel=0.2)


def test_erasure_takes_a_persons_rows_out_of_the_log(
    stack: Deployed, caller: Caller, visited: tuple[list[str], float, dict[str, float]]
) -> None:
    names, since, _ = visited
    people = {row.profile for row in logged(stack, since)}
    finished(caller, caller("DELETE", f"/v1/profiles/anonymous:{names[0]}"))
    assert len(people - {row.profile for row in logged(stack, since)}) == 1
