"""What starts a run when something happens: an event of the person, or one about nobody for all in a segment."""

from typing import Any

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import holds
from rapport.domain.event import EventFacts
from rapport.domain.glance import Glance
from rapport.domain.moment import Moment
from rapport.domain.said import moment_of


class Run(Struct, frozen=True):
    """A campaign that starts for a person: its key, and the moment that freshness counts from."""

    campaign: Campaign
    key: str
    falls_due: Moment
    event: EventFacts | None = None
    repeated: bool = False
    """The same run may be found again by looking again; that is no duplicate worth telling."""


def started_by(event: EventFacts, message_id: str, glance: Glance) -> list[Run]:
    """The runs that an event of this person starts."""
    return [
        run
        for campaign in glance.catalogue.campaigns.values()
        if campaign.trigger.event == event.name and campaign.trigger.audience is None
        if campaign.id not in event.chain
        if (run := _run(campaign, event, message_id)) is not None and _wanted(campaign, event, glance)
    ]


def addressed_to_all(event_name: str, catalogue: Catalogue) -> list[Campaign]:
    """The campaigns that such an event starts for everybody in a segment."""
    return [
        campaign
        for campaign in catalogue.campaigns.values()
        if campaign.trigger.event == event_name and campaign.trigger.audience is not None
    ]


def started_for_member(campaign: Campaign, event: EventFacts, message_id: str, glance: Glance) -> Run | None:
    """The run that an event about nobody starts for this person, if they surely are in its audience."""
    audience = campaign.trigger.audience
    if audience is None or glance.in_segment(campaign, audience) is not True or not _wanted(campaign, event, glance):
        return None
    run = _run(campaign, event, message_id)
    return None if run is None else structs.replace(run, repeated=True)


def _wanted(campaign: Campaign, event: EventFacts, glance: Glance) -> bool:
    condition = campaign.trigger.when
    return condition is None or holds(condition, glance.view_of_event(campaign, event)) is True


def _run(campaign: Campaign, event: EventFacts, message_id: str) -> Run | None:
    trigger = campaign.trigger
    key = key_of(event.properties, trigger.key) or message_id
    if trigger.at is None:
        return Run(campaign, key, event.at, event)
    moment = moment_of(event.properties.get(trigger.at))
    return None if moment is None else Run(campaign, key, moment - trigger.lead, event)


def key_of(properties: dict[str, Any], name: str | None) -> str | None:
    """The value of a key property as text; None without one."""
    value = properties.get(name) if name else None
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)[:255]
