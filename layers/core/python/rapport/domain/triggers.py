"""What starts a run: an event, a date, a due moment, entering a segment, or a broadcast."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from rapport.domain import moment as clock
from rapport.domain.campaign import Campaign, Trigger
from rapport.domain.catalogue import Catalogue
from rapport.domain.condition import flips_at, holds
from rapport.domain.event import EventFacts
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import Profile
from rapport.domain.timing import zone_of
from rapport.domain.view import View, view


class Run(Struct, frozen=True):
    """A campaign that starts for a person: its key, and the moment that freshness counts from."""

    campaign: Campaign
    key: str
    falls_due: Moment
    event: EventFacts | None = None
    repeated: bool = False
    """The same run may be found again by looking again; that is no duplicate worth telling."""


def judged(
    campaign: Campaign, profile: Profile, catalogue: Catalogue, moment: Moment, event: EventFacts | None = None
) -> View:
    """The view in which a campaign judges who starts: its own purpose, granted on any channel."""
    return view(profile, catalogue, campaign.purpose, moment, event=event)


# ---- by an event


def started_by(event: EventFacts, message_id: str, profile: Profile, catalogue: Catalogue, now: Moment) -> list[Run]:
    """The runs that an event of this person starts."""
    return [
        run
        for campaign in catalogue.campaigns.values()
        if campaign.trigger.event == event.name and campaign.trigger.kind == "event"
        if campaign.trigger.audience is None
        if (run := _run_of_event(campaign, event, message_id)) is not None
        if campaign.trigger.when is None
        or holds(campaign.trigger.when, judged(campaign, profile, catalogue, now, event)) is True
    ]


def addressed_to_all(event_name: str, catalogue: Catalogue) -> list[Campaign]:
    """The campaigns that such an event starts for everybody in a segment."""
    return [
        campaign
        for campaign in catalogue.campaigns.values()
        if campaign.trigger.event == event_name and campaign.trigger.audience is not None
    ]


def started_for_member(
    campaign: Campaign, event: EventFacts, message_id: str, profile: Profile, catalogue: Catalogue, now: Moment
) -> Run | None:
    """The run that an event about nobody starts for this person, if they surely are in its audience."""
    facts = judged(campaign, profile, catalogue, now, event)
    audience = campaign.trigger.audience
    if audience is None or facts.in_segment(audience) is not True:
        return None
    if campaign.trigger.when is not None and holds(campaign.trigger.when, facts) is not True:
        return None
    return _run_of_event(campaign, event, message_id)


def _run_of_event(campaign: Campaign, event: EventFacts, message_id: str) -> Run | None:
    trigger = campaign.trigger
    key = key_of(event.properties, trigger.key) or message_id
    if trigger.at is None:
        return Run(campaign, key, event.at, event)
    moment = moment_in(event.properties.get(trigger.at))
    return None if moment is None else Run(campaign, key, moment - trigger.lead, event)


def key_of(properties: dict[str, Any], name: str | None) -> str | None:
    """The value of a key property as text; None without one."""
    value = properties.get(name) if name else None
    if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)[:255]


def moment_in(value: Any) -> Moment | None:  # noqa: ANN401
    """The moment that a property holds: RFC 3339, a date (midnight UTC), or seconds since the epoch."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value) if 0 < value < 1e11 else None
    if not isinstance(value, str):
        return None
    try:
        return clock.parse(value) if "T" in value.upper() else clock.midnight_utc(date.fromisoformat(value))
    except (ValueError, OverflowError):
        return None


# ---- by time alone


def started_by_time(profile: Profile, catalogue: Catalogue, since: Moment, now: Moment) -> list[Run]:
    """The runs of dates, due moments and broadcasts that fall due after `since` and not after `now`."""
    return [
        Run(campaign, key, moment, repeated=True)
        for campaign in catalogue.campaigns.values()
        for moment, key in _moments(campaign, profile, catalogue, now)
        if since < moment <= now
        if _in_audience(campaign, profile, catalogue, now)
    ]


def overtaken(before: Profile, after: Profile, catalogue: Catalogue, now: Moment) -> list[Run]:
    """Runs of due moments that came to be known when their lead had already begun, while the moment itself is ahead."""
    runs = []
    for campaign in catalogue.campaigns.values():
        if campaign.trigger.kind != "due":
            continue
        known = set(_moments(campaign, before, catalogue, now))
        runs += [
            Run(campaign, key, now, repeated=True)
            for moment, key in _moments(campaign, after, catalogue, now)
            if (moment, key) not in known and moment <= now < moment + campaign.trigger.lead
        ]
    return runs


def next_moment(profile: Profile, catalogue: Catalogue, after: Moment) -> Moment | None:
    """When time alone next matters to a person: a date, a due moment, a broadcast, a segment that flips, silence."""
    later = [
        moment
        for campaign in catalogue.campaigns.values()
        for moment, _ in _moments(campaign, profile, catalogue, after)
        if moment > after
    ]
    later += [moment for moment in _flips(profile, catalogue, after) if moment > after]
    later += [
        contact.silent_after
        for contact in profile.contacts
        if contact.response is None and contact.silent_after > after
    ]
    return min(later, default=None)


def still_due(campaign: Campaign, key: str, profile: Profile, catalogue: Catalogue, now: Moment) -> bool:
    """Whether a run of a due moment still has its moment: a moved timestamp cancels the old run."""
    if campaign.trigger.kind != "due":
        return True
    return any(found == key for _, found in _moments(campaign, profile, catalogue, now))


def _in_audience(campaign: Campaign, profile: Profile, catalogue: Catalogue, now: Moment) -> bool:
    audience = campaign.trigger.audience
    return audience is None or judged(campaign, profile, catalogue, now).in_segment(audience) is True


def _moments(
    campaign: Campaign, profile: Profile, catalogue: Catalogue, around: Moment
) -> Iterable[tuple[Moment, str]]:
    find = _MOMENTS.get(campaign.trigger.kind)
    return () if find is None else find(campaign, profile, catalogue, around)


def _dates(campaign: Campaign, profile: Profile, catalogue: Catalogue, around: Moment) -> Iterator[tuple[Moment, str]]:
    value = _trait(campaign, profile, catalogue, around)
    if value is None:
        return
    day = datetime.fromtimestamp(value, UTC).date()
    zone = zone_of(profile, catalogue.house)
    this_year = clock.local_date(around, zone).year
    for year in (this_year - 1, this_year, this_year + 1):
        moment = clock.at_local(anniversary(day, year), 0, zone) - campaign.trigger.lead
        yield moment, str(year)


def anniversary(day: date, year: int) -> date:
    """The day of a year on which a date is met; 29 February on the 28th in common years."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)


def _dues(campaign: Campaign, profile: Profile, catalogue: Catalogue, around: Moment) -> Iterator[tuple[Moment, str]]:
    value = _trait(campaign, profile, catalogue, around)
    if value is not None:
        yield value - campaign.trigger.lead, clock.text(value)


def _broadcast(campaign: Campaign, profile: Profile, catalogue: Catalogue, _: Moment) -> Iterator[tuple[Moment, str]]:
    wall = datetime.fromisoformat(str(campaign.trigger.schedule))
    zone = zone_of(profile, catalogue.house)
    moment = clock.at_local(wall.date(), wall.hour * 60 + wall.minute, zone)
    if moment > catalogue.published_at:
        yield moment, str(campaign.trigger.schedule)


_MOMENTS = {"date": _dates, "due": _dues, "schedule": _broadcast}


def _trait(campaign: Campaign, profile: Profile, catalogue: Catalogue, moment: Moment) -> Moment | None:
    value = judged(campaign, profile, catalogue, moment).value(f"traits.{campaign.trigger.trait}")
    return float(value) if isinstance(value, float | int) else None


# ---- by entering a segment


def watched(catalogue: Catalogue) -> dict[str, list[Campaign]]:
    """The segments that start campaigns, with those campaigns."""
    found: dict[str, list[Campaign]] = {}
    for campaign in catalogue.campaigns.values():
        trigger: Trigger = campaign.trigger
        if trigger.kind == "segment" and trigger.segment is not None:
            found.setdefault(trigger.segment, []).append(campaign)
    return found


def memberships(profile: Profile, catalogue: Catalogue, now: Moment) -> dict[str, bool]:
    """For each campaign that a segment starts: whether the person surely is in that segment, in the campaign's view.

    The key names the campaign and its segment as it is defined now, so that a new definition starts from a new look:
    editing a segment never sends to those who already qualify.
    """
    return {
        _membership_key(campaign, segment, catalogue): judged(campaign, profile, catalogue, now).in_segment(segment)
        is True
        for segment, campaigns in watched(catalogue).items()
        for campaign in campaigns
    }


def entered(before: dict[str, bool], after: dict[str, bool], catalogue: Catalogue, now: Moment) -> list[Run]:
    """The runs of people who were surely out when last looked, and are surely in."""
    return [
        Run(catalogue.campaigns[name.partition("~")[0]], clock.text(now), now)
        for name, inside in after.items()
        if inside and before.get(name) is False
    ]


def _membership_key(campaign: Campaign, segment: str, catalogue: Catalogue) -> str:
    texts = "\x1f".join(_definition(segment, catalogue, frozenset()))
    return f"{campaign.id}~{blake2b(texts.encode(), digest_size=4).hexdigest()}"


def _definition(name: str, catalogue: Catalogue, above: frozenset[str]) -> Iterator[str]:
    segment = catalogue.segments[name]
    for condition in (segment.when, segment.unless):
        yield "" if condition is None else condition.text
        for read in () if condition is None else condition.reads:
            kind, _, rest = read.partition(".")
            if kind == "segments" and rest in catalogue.segments and rest not in above:
                yield from _definition(rest, catalogue, above | {name})


def _flips(profile: Profile, catalogue: Catalogue, after: Moment) -> Iterator[Moment]:
    for segment, campaigns in watched(catalogue).items():
        for campaign in campaigns:
            facts = judged(campaign, profile, catalogue, after)
            yield from _segment_flips(segment, facts, catalogue, after, frozenset())


def _segment_flips(
    name: str, facts: View, catalogue: Catalogue, after: Moment, above: frozenset[str]
) -> Iterator[Moment]:
    segment = catalogue.segments[name]
    for condition in (segment.when, segment.unless):
        if condition is None:
            continue
        moment = flips_at(condition, facts, after)
        if moment is not None:
            yield moment
        for read in condition.reads:
            kind, _, rest = read.partition(".")
            if kind == "segments" and rest in catalogue.segments and rest not in above:
                yield from _segment_flips(rest, facts, catalogue, after, above | {name})
            elif kind == "traits" and _moves(rest, catalogue):
                yield after + DAY


def _moves(trait: str, catalogue: Catalogue) -> bool:
    """Whether a trait changes by time alone, as an ageing one or a sliding window: looked at daily."""
    definition = catalogue.traits.get(trait)
    if definition is None:
        return False
    computation = definition.computation
    return definition.half_life_days is not None or (computation is not None and computation.days is not None)
