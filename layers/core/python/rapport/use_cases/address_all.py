"""Events about nobody: what they start for everybody in a segment, one person at a time."""

from functools import partial

from rapport.domain import triggers
from rapport.domain.catalogue import Catalogue
from rapport.domain.event import Event, EventFacts
from rapport.domain.glance import Glance
from rapport.domain.moment import Moment
from rapport.domain.occasion import Occasion
from rapport.domain.planning import plan
from rapport.domain.traits import BEHAVIOUR, source_of
from rapport.ports import Ports
from rapport.use_cases.people import everybody, followed, messages_of, retried
from rapport.use_cases.write import write


def address_all(event: Event, ports: Ports, now: Moment) -> None:
    """Start what a trusted event starts for the audiences of campaigns: at once, or as a job where there are many."""
    catalogue = ports.publications.current().catalogue
    if not event.trusted or not is_from_a_source(event, catalogue):
        return
    if not triggers.addressed_to_all(event.name, catalogue):
        return
    if ports.crowd is not None:
        ports.crowd(event)
        return
    for member in everybody(ports):
        address(member.id, facts_for_all(event), event.message_id, ports, now)


def facts_for_all(event: Event) -> EventFacts:
    """What an event about nobody tells those whom it concerns."""
    return EventFacts(event.name, event.at, event.properties, source=event.source or BEHAVIOUR)


def is_from_a_source(event: Event, catalogue: Catalogue) -> bool:
    """Whether the house has the source that the event names."""
    return event.source is None or source_of(catalogue.house, event.source) is not None


def address(profile_id: str, facts: EventFacts, message_id: str, ports: Ports, now: Moment) -> int:
    """Start for one person what the event starts for its audiences, once: how many runs."""
    return retried(partial(_address, profile_id, facts, message_id, ports, now))


def _address(profile_id: str, facts: EventFacts, message_id: str, ports: Ports, now: Moment) -> int:
    profile = followed(profile_id, ports)
    if profile.version == 0 or profile.erased_at is not None:
        return 0
    catalogue = ports.publications.current().catalogue
    glance = Glance(profile, catalogue, now)
    campaigns = triggers.addressed_to_all(facts.name, catalogue)
    found = [triggers.started_for_member(campaign, facts, message_id, glance) for campaign in campaigns]
    runs = tuple(run for run in found if run is not None)
    if runs:
        planned = plan(profile, profile, Occasion(now, runs=runs), catalogue, messages_of(profile.id, ports))
        write(planned, ports)
    return len(runs)
