"""A campaign that was published a moment ago is known to whoever dispatches, however lately they looked."""

import pytest
from msgspec import structs
from rapport.domain.message import Message
from rapport.domain.planned import with_pending
from rapport.domain.reason import MessageStatus
from rapport.ports import Change, Due

from functions.dispatch.handler import handle as dispatch
from tests.functions.calls import Context, failed, records
from tests.functions.deployment import CATALOGUE, Deployment


@pytest.mark.slow
def test_a_message_of_a_campaign_published_a_moment_ago_goes_out(world: Deployment) -> None:
    assert "brand-new" not in world.house.publications.current().catalogue.campaigns
    profile, now = world.person("quick", email="quick@example.com"), world.clock.now
    message = Message("m_quick", profile.id, "brand-new", "k", now, now, now)
    world.house.profiles.write(Change(with_pending(profile, message), messages=(message,)))
    fresh = structs.replace(CATALOGUE.campaigns["welcome-home"], id="brand-new")
    world.house.curation.publish(structs.replace(CATALOGUE, campaigns={"brand-new": fresh}), {})
    row = Due(now, profile.id, "message", message.id)
    assert not failed(
        dispatch(records({"at": row.at, "profile": row.profile, "kind": row.kind, "ref": row.ref}), Context())
    )
    settled = world.house.profiles.message(profile.id, message.id)
    assert settled is not None
    assert settled.status is MessageStatus.SENT
