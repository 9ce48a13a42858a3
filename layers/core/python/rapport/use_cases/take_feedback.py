"""Taking feedback: what came back for a message, from a provider or a person, late, twice or out of order."""

from functools import partial
from typing import Any

from msgspec import structs

from rapport.domain import planning
from rapport.domain.announcement import AboutMessage, announced
from rapport.domain.credited import Cause
from rapport.domain.delivery import SAYS_NOTHING_OF_THE_PERSON, Feedback, is_response, note_feedback
from rapport.domain.event import EventFacts
from rapport.domain.intake import happened
from rapport.domain.logged import with_log
from rapport.domain.message import chain_of
from rapport.domain.moment import Moment
from rapport.domain.occasion import Occasion
from rapport.domain.profile import Profile
from rapport.domain.seen import is_seen, mark_of, with_seen
from rapport.ports import Ports
from rapport.use_cases.people import followed, messages_of, retried
from rapport.use_cases.provider_word import hear
from rapport.use_cases.write import write

OWN_EVENTS = {
    "delivered": "Message Delivered",
    "bounced": "Message Bounced",
    "clicked": "Message Clicked",
    "replied": "Message Replied",
}
"""Feedback that is one of our own events, on which campaigns may start."""
DONE_BY_PEOPLE = frozenset({"clicked", "replied"})
"""What nobody but the person brings about."""


def take_feedback(profile_id: str, feedback: Feedback, ports: Ports, now: Moment) -> bool:
    """Note what came back for a message of a person; whether it was news. Raises Conflict, StoreUnavailable: again.

    What it says of the hand-over itself is settled first.
    """
    hear(profile_id, feedback, ports, now)
    return feedback.status not in SAYS_NOTHING_OF_THE_PERSON and retried(
        partial(_once, profile_id, feedback, ports, now)
    )


def _once(profile_id: str, feedback: Feedback, ports: Ports, now: Moment) -> bool:
    before = followed(profile_id, ports)
    mark = mark_of("notice", feedback.id)
    if before.version == 0 or before.erased_at is not None or is_seen(before.seen, mark, now):
        return False
    if _is_of_before(before, feedback, ports):
        return False
    noted, receipts = note_feedback(before, feedback)
    after = noted if not feedback.id else structs.replace(noted, seen=with_seen(noted.seen, mark, now))
    catalogue, occasion = ports.publications.current().catalogue, _occasion(before, feedback, ports, now)
    # A click is counted only where the person lets us; that it happened may still start a campaign.
    if occasion.event is not None and (feedback.status != "clicked" or is_response(feedback, before)):
        after = happened(after, occasion.event, occasion.message_id, catalogue)
    planned = planning.plan(before, after, occasion, catalogue, messages_of(before.id, ports))
    cause = Cause(before, feedback.at, feedback.message_id, is_complaint=feedback.status == "complained")
    told = _told(before, feedback)
    write(with_log(planned, catalogue, cause), ports, receipts=receipts, announcements=told)
    return noted != before


def _is_of_before(profile: Profile, feedback: Feedback, ports: Ports) -> bool:
    """Whether the message went to somebody who was erased since, and came back under the same name."""
    if not profile.forgotten_before or any(one.message_id == feedback.message_id for one in profile.contacts):
        return False
    return ports.profiles.message(profile.id, feedback.message_id) is None


def _told(profile: Profile, feedback: Feedback) -> tuple[dict[str, Any], ...]:
    name = OWN_EVENTS.get(feedback.status)
    if name is None:
        return ()
    key = next((contact.key for contact in profile.contacts if contact.message_id == feedback.message_id), "")
    about = AboutMessage(profile.id, feedback.message_id, feedback.campaign, key, feedback.channel)
    return (announced(name, about, feedback.at),)


def _occasion(profile: Profile, feedback: Feedback, ports: Ports, now: Moment) -> Occasion:
    name = OWN_EVENTS.get(feedback.status)
    if name is None:
        return Occasion(now)
    contact = next((c for c in profile.contacts if c.message_id == feedback.message_id), None)
    properties = {"campaign": feedback.campaign, "channel": feedback.channel}
    if contact is not None:
        properties["key"] = contact.key
    if feedback.text is not None:
        properties["text"] = feedback.text[:1000]
    # What a person did may begin anew whatever it answers; what merely became of a message goes on from there.
    by_itself = None if feedback.status in DONE_BY_PEOPLE else ports.profiles.message(profile.id, feedback.message_id)
    facts = EventFacts(name, feedback.at, properties, chain_of(by_itself))
    name = f"{feedback.status}:{feedback.message_id}:{feedback.id or f'{feedback.at:.0f}'}"
    return Occasion(now, event=facts, message_id=name, is_notice=True)
