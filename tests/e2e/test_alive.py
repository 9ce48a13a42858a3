"""Alive: what a shop's own clients tell the deployed stack ends in a mail, and in another answer to the next visit."""

from collections.abc import Iterator
from typing import Any

import pytest
import segment.analytics as segment  # type: ignore[import-untyped]  # it has no types
from rapport_authoring.local.place import Deployed

from tests.e2e.conftest import Caller, eventually
from tests.e2e.wire import aws, fresh, introduced, mails_to, messages, order, put_events, settle, shown, track, waiting

SHELL_OFFER = "rain-shell"  # the starter's offer of what everybody buys here


class Errand:
    """One person told of by one client: what they were shown before and after, and the mails they got."""

    def __init__(self, user: str, before: list[str]) -> None:
        self.user, self.before = user, before
        self.number = fresh("o")


# ---- Segment's own client


@pytest.fixture(scope="module")
def by_segment(stack: Deployed, caller: Caller) -> Errand:
    client = segment.Client(stack.admin_key, host=stack.api, sync_mode=True, max_retries=0)
    user = fresh("segment")
    client.identify(user, {"email": f"{user}@example.com", "firstName": "Sigrid", "adult": True})
    settle(stack)
    errand = Errand(user, shown(caller, user))
    client.track(user, "Order Completed", order(errand.number))
    settle(stack)
    return errand


def test_an_order_told_by_segments_client_is_confirmed_by_mail(stack: Deployed, by_segment: Errand) -> None:
    mail = eventually(lambda: mails_to(stack, f"{by_segment.user}@example.com"))
    assert [one.subject for one in mail] == [f"Your order {by_segment.number} is with us"]


def test_the_mail_names_the_person_and_what_they_bought(stack: Deployed, by_segment: Errand) -> None:
    mail = eventually(lambda: mails_to(stack, f"{by_segment.user}@example.com"))[0]
    assert {word for word in ("Sigrid", "A shell", "€290.00") if word in mail.text} == {"Sigrid", "A shell", "€290.00"}


def test_what_was_bought_by_segment_is_no_longer_offered(caller: Caller, by_segment: Errand) -> None:
    assert (SHELL_OFFER in by_segment.before, SHELL_OFFER in shown(caller, by_segment.user)) == (True, False)


def test_the_explain_says_that_it_is_owned(caller: Caller, by_segment: Errand) -> None:
    asked = {"userId": by_segment.user, "placements": ["home-grid"], "explain": True}
    candidates = caller("POST", "/v1/personalise", asked).body["explain"]["candidates"]
    assert [one["reason"] for one in candidates if one["offer"] == SHELL_OFFER] == ["OWNED"]


def test_a_publishable_key_as_write_key_brings_no_mail(stack: Deployed, caller: Caller) -> None:
    user, number = introduced(caller), fresh("o")
    browser = segment.Client(stack.site_key, host=stack.api, sync_mode=True, max_retries=0)
    browser.track(user, "Order Completed", order(number), anonymous_id=fresh("browser"))
    settle(stack)
    assert messages(caller, user) == []


# ---- the event bus


@pytest.fixture(scope="module")
def by_bus(stack: Deployed, caller: Caller) -> Errand:
    user = introduced(caller, firstName="Björn")
    errand = Errand(user, shown(caller, user))
    told = track(user, "Order Completed", order(errand.number), messageId=f"m-{errand.number}")
    put_events(stack, told)
    put_events(stack, told)
    settle(stack)
    return errand


def test_an_order_told_on_the_event_bus_is_confirmed_by_one_mail(stack: Deployed, by_bus: Errand) -> None:
    mails = eventually(lambda: mails_to(stack, f"{by_bus.user}@example.com"))
    assert [mail.subject for mail in mails] == [f"Your order {by_bus.number} is with us"]


def test_what_was_bought_by_the_bus_is_no_longer_offered(caller: Caller, by_bus: Errand) -> None:
    assert (SHELL_OFFER in by_bus.before, SHELL_OFFER in shown(caller, by_bus.user)) == (True, False)


def test_the_same_message_a_second_time_is_counted_once(caller: Caller, by_bus: Errand) -> None:
    assert caller("GET", f"/v1/profiles/{by_bus.user}").body["traits"]["orders"]["value"] == 1


def test_an_object_that_is_no_segment_message_is_an_event_by_its_detail_type(stack: Deployed, caller: Caller) -> None:
    user = introduced(caller)
    put_events(stack, {"event": "Trip Searched", "userId": user, "destination": "oslo"})
    settle(stack)
    assert caller("GET", f"/v1/profiles/{user}").body["intents"]["trip"]["considered"] == ["oslo"]


# ---- poison


@pytest.fixture(scope="module")
def impatient(stack: Deployed) -> Iterator[str]:
    """The intake queue, trying again soon instead of after six minutes; its dead-letter queue is told, and emptied.

    Not at once: what a slow machine has in its hands for longer would be handed over again, and be poison, too.
    What stayed there would be poison again for whoever sends dead letters back.
    """
    sqs, queue = aws(stack, "sqs"), stack.outputs["IntakeQueue"]
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": "3"})
    dead = sqs.get_queue_url(QueueName=dead_letters(told))["QueueUrl"]
    yield dead
    sqs.purge_queue(QueueUrl=dead)
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"VisibilityTimeout": told["VisibilityTimeout"]})


def dead_letters(attributes: dict[str, str]) -> str:
    """The name of the queue in which a queue's poison ends."""
    return str(attributes["RedrivePolicy"]).partition('"deadLetterTargetArn":')[2].split('"')[1].rpartition(":")[2]


def test_poison_is_set_aside_and_the_other_nine_of_its_batch_are_taken(
    stack: Deployed, caller: Caller, impatient: str
) -> None:
    batch: list[dict[str, Any]] = [{"type": "identify", "userId": fresh("nine")} for _ in range(9)]
    poison = {"type": "identify", "traits": {"firstName": "nobody's"}}
    before = waiting(stack, impatient)
    put_events(stack, *batch[:4], poison, *batch[4:])
    eventually(lambda: waiting(stack, impatient) == before + 1)
    taken = [caller("GET", f"/v1/profiles/{one['userId']}").status for one in batch]
    assert taken == [200] * 9
