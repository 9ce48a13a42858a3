"""Planning: which runs an event or the passing of time starts, ends or wakes, written with what caused them."""

from collections.abc import Callable

from msgspec import Struct, structs

from rapport.domain.campaign import Campaign
from rapport.domain.caps import reached_before
from rapport.domain.catalogue import Catalogue
from rapport.domain.dates import next_moment, overtaken, started_by_time, still_due
from rapport.domain.delivery import goals_reached
from rapport.domain.entering import entered, memberships
from rapport.domain.event import EventFacts
from rapport.domain.experiment import arm
from rapport.domain.glance import Glance
from rapport.domain.house import CHANNELS
from rapport.domain.keeping import kept
from rapport.domain.message import Message, Record, message_id, own_event, send_id
from rapport.domain.moment import DAY, Moment
from rapport.domain.outcome_log import Entry
from rapport.domain.profile import MOST, Pending, Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.tact import settled_about
from rapport.domain.timing import due_at, goes_stale_at, waits, zone_of
from rapport.domain.triggers import Run, key_of, started_by

Existing = Callable[[str], Message | None]
"""Finds a message of the person by its id."""


class Planned(Struct, frozen=True):
    """What planning adds to a change: the profile with its pending runs, rows, moments to look, and what is told."""

    profile: Profile
    messages: tuple[Message, ...] = ()
    looks: tuple[tuple[Moment, str], ...] = ()
    """(moment, message id) to look at."""
    wake_at: Moment | None = None
    """A moment to wake the person, when it is new."""
    records: tuple[Record, ...] = ()
    unbegun: tuple[str, ...] = ()
    """Ids of sends that nobody may have begun: what they belong to ends unsent here."""
    started: int = 0
    """How many runs started."""
    log: tuple[Entry, ...] = ()
    """Rows of the outcome log."""


class Occasion(Struct, frozen=True):
    """Why planning looks: an event of the person (`event` and its message id), or just time since `since`."""

    now: Moment
    event: EventFacts | None = None
    message_id: str = ""
    since: Moment | None = None
    runs: tuple[Run, ...] = ()
    """Runs that the caller already knows to start, as those of an event for an audience."""
    is_notice: bool = False
    """What somebody else tells of a message, and may tell again: the same notice twice is no duplicate run."""


def plan(before: Profile, after: Profile, occasion: Occasion, catalogue: Catalogue, existing: Existing) -> Planned:
    """End, wake and start runs for a profile that just changed or whose time has come."""
    now = occasion.now
    if occasion.event is not None:
        after = goals_reached(after, occasion.event, catalogue)
    after = kept(after, catalogue.house.retention, now)
    glance = Glance(after, catalogue, now)
    ended = _ended(glance, occasion, existing)
    profile = _without_pending(after, {message.id for message in ended})
    looks = [(now, pending.message_id) for pending in profile.pending if _may_have_changed(pending)]
    inside = memberships(glance)
    runs = [*_runs(before, glance, occasion, inside), *_taking_over(ended, glance)]
    profile = structs.replace(profile, memberships=inside)
    messages, records = list(ended), [told(message, now) for message in ended]
    taken: set[str] = set()
    for run in runs:
        known = _Known(existing, taken, same_event_is_told_again=occasion.is_notice)
        message, record = _start(run, profile, catalogue, now, known)
        if message is not None:
            taken.add(message.id)
            messages.append(message)
        if record is not None:
            records.append(record)
        if message is not None and message.settled_at is None:
            profile = with_pending(profile, message)
            looks.append((max(message.due_at, now), message.id))
    profile, wake_at = _wake(profile, next_moment(glance), now)
    unbegun = tuple(name for message in ended for name in unsettled_sends(message, catalogue))
    return Planned(profile, tuple(messages), tuple(looks), wake_at, tuple(records), unbegun, len(taken))


def run_id(profile: Profile, campaign: str, key: str, catalogue: Catalogue) -> str:
    """The id of a person's run; whoever comes back after an erasure starts anew, whatever they once got."""
    person = f"{profile.id}@{profile.forgotten_before:.3f}" if profile.forgotten_before else profile.id
    return message_id(catalogue.house.name, campaign, person, key)


def unsettled_sends(message: Message, catalogue: Catalogue) -> tuple[str, ...]:
    """The ids of the hand-overs that a message may still come to."""
    campaign = catalogue.campaigns.get(message.campaign)
    channels = CHANNELS if campaign is None else campaign.channels
    return tuple(send_id(message.id, channel) for channel in channels if channel not in message.channels_done)


def both(first: Planned, then: Planned) -> Planned:
    """Two plans made one after the other, as one write."""
    return Planned(
        then.profile,
        first.messages + then.messages,
        first.looks + then.looks,
        then.wake_at or first.wake_at,
        first.records + then.records,
        first.unbegun + then.unbegun,
        first.started + then.started,
        first.log + then.log,
    )


def _may_have_changed(pending: Pending) -> bool:
    """What is held for data, or waits on the site, is looked at again whenever the person changes."""
    return pending.status == MessageStatus.HELD or pending.reason == Reason.AWAITING_PULL


def with_pending(profile: Profile, message: Message) -> Profile:
    """The profile with a planned message noted, as far as later events must know of it."""
    others = tuple(pending for pending in profile.pending if pending.message_id != message.id)
    reason = None if message.reason is None else str(message.reason)
    noted = Pending(
        message.id, message.campaign, message.key, message.due_at, message.planned_at, str(message.status), reason
    )
    return structs.replace(profile, pending=(*others, noted))


def without_pending(profile: Profile, message_id: str) -> Profile:
    """The profile after a planned message was settled."""
    return _without_pending(profile, {message_id})


def settled(message: Message, status: MessageStatus, reason: Reason | None, now: Moment) -> Message:
    """The message at its end, whatever the channel it waited for."""
    return structs.replace(message, status=status, reason=reason, channel=None, settled_at=now)


def told(message: Message, now: Moment, until: Moment | None = None) -> Record:
    """What is told of a message as it stands."""
    return Record(
        now,
        message.profile,
        message.id,
        message.campaign,
        message.key,
        message.status,
        channel=message.channel,
        reason=message.reason,
        until=until,
        offers=message.offers,
    )


def repeats_after(campaign: Campaign) -> float | None:
    """Days before the same campaign may reach the same person again; a segment's campaign waits thirty by default."""
    if campaign.again_after_days is None and campaign.trigger.kind == "segment":
        return 30.0
    return campaign.again_after_days


# ---- starting


def _runs(before: Profile, glance: Glance, occasion: Occasion, inside: dict[str, bool]) -> list[Run]:
    last = Glance(before, glance.catalogue, glance.moment)
    runs = list(occasion.runs)
    if occasion.event is not None:
        runs += started_by(occasion.event, occasion.message_id, glance)
    if occasion.since is not None:
        runs += started_by_time(glance, occasion.since)
    runs += overtaken(last, glance)
    return runs + entered(_last_look(last, inside), inside, glance.catalogue, glance.moment)


def _last_look(last: Glance, inside: dict[str, bool]) -> dict[str, bool]:
    """Who was in which segment when last looked: somebody new was in none; a new segment is looked at as before."""
    before = last.profile
    if before.version == 0 and not before.memberships:
        return dict.fromkeys(inside, False)
    if inside.keys() <= before.memberships.keys():
        return before.memberships
    return memberships(last) | before.memberships


class _Known(Struct, frozen=True):
    """What is planned already: before, and with this very change (`taken`)."""

    existing: Existing
    taken: set[str]
    same_event_is_told_again: bool

    def has(self, name: str, run: Run, profile: Profile) -> bool:
        """Whether the person has had the run, or has it before them; a merge may have given it another name."""
        return (
            name in self.taken
            or self.existing(name) is not None
            or reached_before(profile.contacts, run.campaign.id, run.key, name)
        )

    def is_silent(self, name: str, run: Run) -> bool:
        """Whether finding the run again is nothing to tell."""
        if run.repeated or not self.same_event_is_told_again:
            return run.repeated
        before = self.existing(name)
        return before is not None and before.event == run.event


def _start(
    run: Run, profile: Profile, catalogue: Catalogue, now: Moment, known: _Known
) -> tuple[Message | None, Record | None]:
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


def _taking_over(ended: list[Message], glance: Glance) -> list[Run]:
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


# ---- ending


def _ended(glance: Glance, occasion: Occasion, existing: Existing) -> list[Message]:
    ended = []
    for pending in glance.profile.pending:
        campaign = glance.catalogue.campaigns.get(pending.campaign)
        reason = Reason.CANCELLED if campaign is None else _end(campaign, pending, glance, occasion.event)
        message = existing(pending.message_id) if reason is not None else None
        # What is in doubt may have gone out: it ends as sent or failed, whatever happens meanwhile.
        if message is not None and message.settled_at is None and message.status is not MessageStatus.IN_DOUBT:
            ended.append(settled(message, MessageStatus.SKIPPED, reason, occasion.now))
    return ended


def _end(campaign: Campaign, pending: Pending, glance: Glance, event: EventFacts | None) -> Reason | None:
    if event is not None and _cancels(campaign, pending, event):
        return Reason.CANCELLED
    if not still_due(campaign, pending.key, glance):
        return Reason.CANCELLED
    if event is not None and _reaches_goal(campaign, pending, event):
        return Reason.GOAL_REACHED
    return settled_about(campaign, glance.profile, glance.moment)


def _cancels(campaign: Campaign, pending: Pending, event: EventFacts) -> bool:
    return any(
        rule.event == event.name and (rule.key is None or key_of(event.properties, rule.key) == pending.key)
        for rule in campaign.cancel_on
    )


def _reaches_goal(campaign: Campaign, pending: Pending, event: EventFacts) -> bool:
    goal = campaign.goal
    return goal is not None and goal.event == event.name and event.at <= pending.planned_at + goal.days * DAY


def _without_pending(profile: Profile, ids: set[str]) -> Profile:
    if not ids:
        return profile
    return structs.replace(
        profile,
        pending=tuple(pending for pending in profile.pending if pending.message_id not in ids),
        waiting=tuple(waiting for waiting in profile.waiting if waiting.message_id not in ids),
    )


# ---- waking


def _wake(profile: Profile, moment: Moment | None, now: Moment) -> tuple[Profile, Moment | None]:
    """Note when time alone next matters; it is returned unless a row waits for it, or for an earlier moment."""
    profile = structs.replace(profile, woken_at=profile.woken_at or now)
    if moment is None or now < profile.wake_at <= moment:
        return profile, None
    return structs.replace(profile, wake_at=moment), moment
