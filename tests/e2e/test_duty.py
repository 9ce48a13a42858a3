"""Being on duty on the deployed stack: what is told, what stops within seconds, what comes back, how fast it goes."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import pytest
from rapport.domain.pace import apart
from rapport_authoring.local.place import Deployed
from rapport_aws.pace import DynamoPace

from tests.e2e.campaigns import falls_due, known_to_all, stands, work
from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import aws, fresh, introduced, mails_to, messages, order, rapport, settle, track


def status(stack: Deployed) -> dict[str, Any]:
    return dict(json.loads(rapport(stack, "status", "--json").stdout))


def bought(caller: Caller, user: str) -> str:
    """Somebody orders something; the number of the order, which is confirmed by mail at any hour."""
    number = fresh("o")
    caller("POST", "/v1/track", track(user, "Order Completed", order(number)))
    settle(caller.stack)
    return number


def confirmed(caller: Caller, user: str) -> list[tuple[str, str | None]]:
    return [(row["status"], row["reason"]) for row in messages(caller, user, "order-confirmation")]


def test_what_was_sent_is_counted_and_told_in_words(stack: Deployed, caller: Caller) -> None:
    before = status(stack)
    bought(caller, introduced(caller))
    after = eventually(lambda: (told := status(stack))["sent"] > before["sent"] and told)
    said = rapport(stack, "status")
    assert (after["planned"] > before["planned"], "in doubt" in said.stdout) == (True, True), said


def test_every_message_stands_somewhere_and_the_command_says_so(stack: Deployed, caller: Caller) -> None:
    bought(caller, introduced(caller))
    counted = rapport(stack, "status", "--account", "--json")
    account = json.loads(counted.stdout)["account"]
    stand = sum(account[name] for name in ("sent", "skipped", "held", "failed", "in_doubt", "waiting"))
    assert (account["planned"] > 0, account["planned"] - stand, account["difference"]) == (True, 0, 0), counted
    assert "difference 0" in rapport(stack, "status").stdout


def test_the_kill_switch_stops_service_too_and_what_waits_goes_out_once_afterwards(
    stack: Deployed, caller: Caller
) -> None:
    user = introduced(caller)
    stopped = rapport(stack, "pause", "--all")
    try:
        known_to_all()
        bought(caller, user)
        rows, mails = confirmed(caller, user), mails_to(stack, f"{user}@example.com")
    finally:
        resumed = rapport(stack, "resume", "--all")
    known_to_all()
    assert (stopped.returncode, resumed.returncode, mails) == (0, 0, [])
    assert rows[-1] == ("DEFERRED", "PAUSED")
    falls_due(stack, work(caller, user, messages(caller, user, "order-confirmation")[0]))
    eventually(lambda: mails_to(stack, f"{user}@example.com"))
    settle(stack)
    assert stands(caller, user, "order-confirmation") == ["DEFERRED PAUSED", "SENT"]
    assert len(mails_to(stack, f"{user}@example.com")) == 1


def test_dead_letters_come_back_with_one_command(stack: Deployed, caller: Caller) -> None:
    sqs, user = aws(stack, "sqs"), fresh("dead")
    told = sqs.get_queue_attributes(QueueUrl=stack.outputs["IntakeQueue"], AttributeNames=["RedrivePolicy"])
    name = json.loads(told["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"].rpartition(":")[2]
    letter = {
        "version": "0",
        "id": user,
        "detail-type": "identify",
        "source": "shop",
        "account": "000000000000",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "region": stack.region,
        "resources": [],
        "detail": {"type": "identify", "userId": user, "traits": {"firstName": "Zoe"}},
    }
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=json.dumps(letter))
    dead = status(stack)["queues"]["intake"]["dead"]
    back = rapport(stack, "redrive", "intake", "--json")
    assert (dead >= 1, json.loads(back.stdout)["moved"]["intake"] >= 1) == (True, True), back
    profile = eventually(lambda: (got := caller("GET", f"/v1/profiles/{user}")).status == 200 and got.body)
    assert profile["traits"]["first_name"]["value"] == "Zoe"


@pytest.mark.parametrize("words", [("pause",), ("pause", "a", "--all"), ("resume",), ("redrive", "nothing")])
def test_a_command_that_says_too_little_or_too_much_is_wrong_usage(stack: Deployed, words: tuple[str, ...]) -> None:
    assert rapport(stack, *words).returncode == 2


def test_sixteen_workers_together_keep_to_the_rate(stack: Deployed) -> None:
    rate, channel = 50.0, fresh("email")
    pace = DynamoPace(aws(stack, "dynamodb"), stack.outputs["LedgerTable"], lambda: {channel: rate}, time.time)

    def turns(_worker: int) -> list[float | None]:
        return [pace.turn(channel, bulk=False) for _ in range(12)]

    with ThreadPoolExecutor(16) as workers:
        found = sorted(at for taken in workers.map(turns, range(16)) for at in taken if at is not None)
    gaps = [later - earlier for earlier, later in pairwise(found)]
    assert len(found) > 100
    assert min(gaps) > apart(rate) - 1e-6
