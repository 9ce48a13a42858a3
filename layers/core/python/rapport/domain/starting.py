"""Starting: the runs that an occasion begins for a person, once per key, and how each is first planned."""

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.caps import reached_before
from rapport.domain.catalogue import Catalogue
from rapport.domain.dates import overtaken, started_by_time
from rapport.domain.entering import entered, memberships
from rapport.domain.experiment import arm
from rapport.domain.glance import Glance
from rapport.domain.message import Message, Record, own_event
from rapport.domain.moment import Moment
from rapport.domain.occasion import Existing, Occasion
from rapport.domain.planned import settled, told
from rapport.domain.profile import MOST, Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import run_id
from rapport.domain.timing import due_at, goes_stale_at, waits, zone_of
from rapport.domain.triggers import Run, started_by


def runs(before: Profile, glance: Glance, occasion: Occasion, inside: dict[str, bool]) -> list[Run]:
    """The runs that an occasion begins for a person who was `before` it; `inside` are the segments they are in now."""
    last = Glance(before, glance.catalogue, glance.moment)
    found = list(occasion.runs)
    if occasion.event is not None:
        found += started_by(occasion.event, occasion.message_id, glance)
    if occasion.since is not None:
        found += started_by_time(glance, occasion.since)
    found += overtaken(last, glance)
    return found + entered(_last_look(last, inside), inside, glance.catalogue, glance.moment)


def _last_look(last: Glance, inside: dict[str, bool]) -> dict[str, bool]:
    """Who was in which segment when last looked: somebody new was in none; a new segment is looked at as before."""
    before = last.profile
    if before.version == 0 and not before.memberships:
        return dict.fromkeys(inside, False)
    if inside.keys() <= before.memberships.keys():
        return before.memberships
    return memberships(last) | before.memberships


class Known(Struct, frozen=True):
    """What is planned already: before, and with this very change (`taken`)."""

    existing: Existing
    taken: set[str]
    same_event_is_told_again: bool

    def has(self, name: str, run: Run, profile: Profile) -> bool:
        """Whether the person has had the run, or has it before them; a merge may have given it another name."""
        before = self.existing(name)
        # A row that has not ended and that the person does not name was left by a write that never happened.
        is_there = before is not None and (
            before.settled_at is not None or any(one.message_id == name for one in profile.pending)
        )
        return name in self.taken or is_there or reached_before(profile.contacts, run.campaign.id, run.key, name)

    def is_silent(self, name: str, run: Run) -> bool:
        """Whether finding the run again is nothing to tell."""
        if run.repeated or not self.same_event_is_told_again:
            return run.repeated
        before = self.existing(name)
        return before is not None and before.event == run.event


def start(
    run: Run, profile: Profile, catalogue: Catalogue, now: Moment, known: Known
) -> tuple[Message | None, Record | None]:
    """A run as it is planned, and what is told of it; no message for one that the person has had."""
    campaign = run.campaign
    name = run_id(profile, campaign.id, run.key, catalogue)
    zone = zone_of(profile, catalogue.house)
    due = due_at(campaign, run.falls_due, zone)
    message = Message(
        id=name,
        profile=profile.id,
        campaign=campaign.id,
        key=run.key,
        planned_at=now,
        falls_due=run.falls_due,
        due_at=max(due, now),
        catalogue=catalogue.version,
        event=run.event,
        variant=arm(campaign.experiment, campaign.id, profile.user_id or profile.id),
    )
    if known.has(name, run, profile):
        duplicate = told(settled(message, MessageStatus.SKIPPED, Reason.DUPLICATE, now), now)
        return None, None if known.is_silent(name, run) else duplicate
    is_late = _earliest(campaign, message.due_at, zone, catalogue) > goes_stale_at(campaign, run.falls_due)
    if is_late or len(profile.pending) >= MOST["pending"]:
        left = settled(message, MessageStatus.SKIPPED, Reason.STALE_TRIGGER if is_late else Reason.CAPPED, now)
        return left, told(left, now)
    if due > now:
        waiting = structs.replace(message, reason=Reason.DELAY)
        return waiting, told(waiting, now, until=due)
    return message, None


def _earliest(campaign: Campaign, moment: Moment, zone: str, catalogue: Catalogue) -> Moment:
    """The first moment at which one of the campaign's channels may be used."""
    found = [waits(campaign, channel, catalogue.house, zone, moment) for channel in campaign.channels]
    return min(moment if wait is None else wait[0] for wait in found)


def taking_over(ended: list[Message], glance: Glance) -> list[Run]:
    """The runs that start because others just ended unsent."""
    return [
        run
        for message in ended
        for run in started_by(
            own_event("Message Skipped", glance.moment, message, reason=str(message.reason)),
            f"skipped:{message.id}",
            glance,
        )
    ]
