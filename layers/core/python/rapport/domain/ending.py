"""Ending: the planned runs that an occasion cancels, satisfies or overtakes before they are sent."""

from rapport.domain.about import about_run, begins_about
from rapport.domain.campaign import Campaign
from rapport.domain.dates import still_due
from rapport.domain.event import EventFacts
from rapport.domain.glance import Glance
from rapport.domain.message import Message
from rapport.domain.moment import DAY
from rapport.domain.occasion import Existing, Occasion
from rapport.domain.planned import settled
from rapport.domain.profile import Pending
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.tact import about_message, settled_about
from rapport.domain.triggers import key_of


def ended(glance: Glance, occasion: Occasion, existing: Existing) -> list[Message]:
    """The messages that end unsent by an occasion, each with its reason."""
    over = []
    closing = _closes(occasion.event, glance)
    for pending in glance.profile.pending:
        campaign = glance.catalogue.campaigns.get(pending.campaign)
        reason = Reason.CANCELLED if campaign is None else _end(campaign, pending, glance, occasion.event)
        if reason is None and campaign is not None and closing and begins_about(campaign, glance.catalogue):
            reason = _lost(campaign, existing(pending.message_id), glance)
        message = existing(pending.message_id) if reason is not None else None
        # What is in doubt may have gone out: it ends as sent or failed, whatever happens meanwhile.
        if message is not None and message.settled_at is None and message.status is not MessageStatus.IN_DOUBT:
            over.append(settled(message, MessageStatus.SKIPPED, reason, occasion.now))
    return over


def _end(campaign: Campaign, pending: Pending, glance: Glance, event: EventFacts | None) -> Reason | None:
    if event is not None and _cancels(campaign, pending, event):
        return Reason.CANCELLED
    if not still_due(campaign, pending.key, glance):
        return Reason.CANCELLED
    if event is not None and _reaches_goal(campaign, pending, event):
        return Reason.GOAL_REACHED
    return settled_about(about_message(campaign), glance.profile, glance.moment)


def _closes(event: EventFacts | None, glance: Glance) -> bool:
    """Whether an event may close what runs are about: only then their rows are read for what began them."""
    meanings = () if event is None else glance.catalogue.events.get(event.name, ())
    return any(meaning.means in {"chooses", "purchase"} for meaning in meanings)


def _lost(campaign: Campaign, message: Message | None, glance: Glance) -> Reason | None:
    """Why a run has lost what the event that began it was about."""
    if message is None:
        return None
    subject = about_run(campaign, message.event, glance.catalogue)
    return settled_about(subject, glance.profile, glance.moment)


def _cancels(campaign: Campaign, pending: Pending, event: EventFacts) -> bool:
    return any(
        rule.event == event.name and (rule.key is None or key_of(event.properties, rule.key) == pending.key)
        for rule in campaign.cancel_on
    )


def _reaches_goal(campaign: Campaign, pending: Pending, event: EventFacts) -> bool:
    goal = campaign.goal
    return goal is not None and goal.event == event.name and event.at <= pending.planned_at + goal.days * DAY
