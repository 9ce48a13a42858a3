"""What waits for somebody of the team: the queue with its facts, and the decision."""

from typing import Any, Literal

from msgspec import Struct
from rapport.domain.message import Message
from rapport.domain.moment import text
from rapport.domain.view import view
from rapport.use_cases import curate
from rapport.use_cases.compose import facts
from rapport_aws.assemble import House
from rapport_aws.http import Answer, Request, answer, limited
from rapport_aws.strict import read

from functions.catalogue.asking import allowed, desk


class Judgement(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody of the team decided."""

    decision: Literal["approve", "reject"]


def approvals(request: Request) -> Answer:
    """What waits for somebody of the team, with the facts on the person and where they come from."""
    here = allowed(request, "messages:read")
    return answer(200, {"approvals": [row for message in here.approvals.waiting() for row in waits(message, here)]})


def waits(message: Message, here: House) -> list[dict[str, Any]]:
    """One row of the queue; none for a campaign that is no more."""
    catalogue = here.publications.current().catalogue
    campaign = catalogue.campaigns.get(message.campaign)
    if campaign is None:
        return []
    profile = here.profiles.load(message.profile)
    seen = view(profile, catalogue, campaign.purpose, here.clock(), channel=message.channel or campaign.channels[0])
    return [
        {
            "id": message.id,
            "profile": message.profile,
            "userId": profile.user_id,
            "campaign": message.campaign,
            "key": message.key,
            "channel": message.channel,
            "offers": list(message.offers),
            "asks": list(message.asks),
            "planned_at": text(message.planned_at),
            "facts": facts(seen),
        }
    ]


def judge(request: Request, message_id: str) -> Answer:
    """Approve or reject one; a yes binds the offers and their content as they asked."""
    here = allowed(request, "messages:approve")
    body = read(limited(request), Judgement)
    curate.judge(here.approvals.profile_of(message_id), message_id, body.decision, desk(here), here.clock())
    return answer(200, {"id": message_id, "decision": body.decision})
