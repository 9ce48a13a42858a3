"""What takes somebody's yes before a message carries it: it waits with its facts, and the yes binds what was seen."""

from typing import Any

import pytest
from msgspec import structs
from rapport.domain.campaign import Campaign, Slot, Trigger
from rapport.domain.message import Message
from rapport.domain.offer import Offer
from rapport.domain.placement import Placement
from rapport.domain.reason import MessageStatus, Reason

from functions.catalogue.handler import handle as team
from functions.dispatch.handler import handle as dispatch
from functions.intake.handler import handle as intake
from tests.functions.calls import Context, bearer, call, envelope, failed, records, told
from tests.functions.deployment import CATALOGUE, Deployment

CONTENT = {"en-GB": {"headline": "A villa", "text": "By the sea"}}
DEAR = Offer("villa", "content", "a villa", placements=("block",), content=CONTENT, value=5001.0)
HARD = structs.replace(DEAR, value=1.0, effort="high")
LIGHT = structs.replace(DEAR, value=5000.0)
GIFT = Campaign(
    "gift",
    "service",
    "content",
    Trigger("event", event="Gift Due"),
    ("email",),
    "gift.j2",
    offers={"tip": Slot("block")},
)
TEMPLATE = (
    "{% block subject %}A word{% endblock %}"
    "{% block email %}<p>{% for offer in offers.tip %}{{ offer.headline }}{% endfor %}</p>{% endblock %}"
)


def publish(world: Deployment, offer: Offer) -> None:
    catalogue = structs.replace(
        CATALOGUE,
        offers={**CATALOGUE.offers, "villa": offer},
        placements={**CATALOGUE.placements, "block": Placement("block", channel="email")},
        campaigns={"gift": GIFT},
        templates={"gift.j2": TEMPLATE},
    )
    world.house.curation.publish(catalogue, {})
    world.house.publications.refresh()


def due(world: Deployment, offer: Offer, user_id: str) -> Message:
    """The message of somebody whose gift fell due, as far as dispatch has brought it."""
    publish(world, offer)
    world.person(user_id, email=f"{user_id}@example.com", first_name="Ann")
    assert not failed(intake(records(envelope("Gift Due", {"userId": user_id, "messageId": user_id})), Context()))
    return dispatched(world, user_id)


def dispatched(world: Deployment, user_id: str) -> Message:
    assert not failed(dispatch(records(*world.queued()), Context()))
    [message] = world.house.profiles.messages(world.profile(user_id).id)
    return message


def ask(world: Deployment, method: str, path: str, body: Any = None) -> Any:
    return told(team(call(method, path, body, bearer(world.secret)), Context()))


def waiting(world: Deployment, message: Message) -> list[dict[str, Any]]:
    return [row for row in ask(world, "GET", "/v1/approvals")["approvals"] if row["id"] == message.id]


@pytest.mark.parametrize(("offer", "name"), [(DEAR, "dear"), (HARD, "hard")], ids=["dear", "hard"])
def test_what_is_dear_or_hard_waits_with_offers_and_facts_a24_b14(world: Deployment, offer: Offer, name: str) -> None:
    message = due(world, offer, name)
    [row] = waiting(world, message)
    facts = {fact["name"]: (fact["value"], fact["source"]) for fact in row["facts"]}
    assert (message.reason, row["offers"], facts["first_name"]) == (
        Reason.NEEDS_APPROVAL,
        ["villa"],
        ("Ann", "declared"),
    )


def test_what_is_light_goes_straight_a24(world: Deployment) -> None:
    assert due(world, LIGHT, "light").status is MessageStatus.SENT


def test_a_yes_sends_what_was_seen_a24(world: Deployment) -> None:
    message = due(world, DEAR, "seen")
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "approve"})
    assert dispatched(world, "seen").status is MessageStatus.SENT


def test_a_change_of_content_after_the_yes_asks_again_a24(world: Deployment) -> None:
    message = due(world, DEAR, "changed")
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "approve"})
    publish(world, structs.replace(DEAR, content={"en-GB": {"headline": "A smaller villa", "text": "Inland"}}))
    again = dispatched(world, "changed")
    assert (again.reason, len(waiting(world, again))) == (Reason.NEEDS_APPROVAL, 1)


def test_a_change_of_content_before_the_yes_asks_again_with_what_it_says_now_a24(world: Deployment) -> None:
    message = due(world, DEAR, "waited")
    assert [row["asks"] for row in waiting(world, message)] == [[{"offer": "villa", "content": CONTENT["en-GB"]}]]
    smaller = {"headline": "A smaller villa", "text": "Inland"}
    publish(world, structs.replace(DEAR, content={"en-GB": smaller}))
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "approve"})
    again = dispatched(world, "waited")
    assert [row["asks"] for row in waiting(world, again)] == [[{"offer": "villa", "content": smaller}]]
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "approve"})
    assert dispatched(world, "waited").status is MessageStatus.SENT


def test_a_no_ends_it_a24(world: Deployment) -> None:
    message = due(world, DEAR, "refused")
    ask(world, "POST", f"/v1/approvals/{message.id}", {"decision": "reject"})
    [ended] = world.house.profiles.messages(message.profile)
    assert (ended.status, ended.reason) == (MessageStatus.SKIPPED, Reason.REJECTED_BY_TEAM)
