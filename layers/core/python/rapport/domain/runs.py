"""Runs of campaigns: the id of a person's run, the hand-overs it may come to, when the same campaign may come again."""

from rapport.domain.campaign import Campaign
from rapport.domain.catalogue import Catalogue
from rapport.domain.house import CHANNELS
from rapport.domain.message import Message, message_id, send_id
from rapport.domain.profile import Profile


def run_id(profile: Profile, campaign: str, key: str, catalogue: Catalogue) -> str:
    """The id of a person's run; whoever comes back after an erasure starts anew, whatever they once got."""
    person = f"{profile.id}@{profile.forgotten_before:.3f}" if profile.forgotten_before else profile.id
    return message_id(catalogue.house.name, campaign, person, key)


def unsettled_sends(message: Message, catalogue: Catalogue) -> tuple[str, ...]:
    """The ids of the hand-overs that a message may still come to."""
    campaign = catalogue.campaigns.get(message.campaign)
    channels = CHANNELS if campaign is None else campaign.channels
    return tuple(send_id(message.id, channel) for channel in channels if channel not in message.channels_done)


def repeats_after(campaign: Campaign) -> float | None:
    """Days before the same campaign may reach the same person again; a segment's campaign waits thirty by default."""
    if campaign.again_after_days is None and campaign.trigger.kind == "segment":
        return 30.0
    return campaign.again_after_days
