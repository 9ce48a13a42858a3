"""Planning: which runs an event or the passing of time starts, ends or wakes, written with what caused them."""

from msgspec import structs

from rapport.domain.catalogue import Catalogue
from rapport.domain.dates import next_moment
from rapport.domain.delivery import goals_reached
from rapport.domain.ending import ended
from rapport.domain.entering import memberships
from rapport.domain.glance import Glance
from rapport.domain.keeping import kept
from rapport.domain.moment import Moment
from rapport.domain.occasion import Existing, Occasion
from rapport.domain.planned import Planned, told, with_pending, without_all
from rapport.domain.profile import Pending, Profile
from rapport.domain.reason import MessageStatus, Reason
from rapport.domain.runs import unsettled_sends
from rapport.domain.starting import Known, runs, start, taking_over


def plan(before: Profile, after: Profile, occasion: Occasion, catalogue: Catalogue, existing: Existing) -> Planned:
    """End, wake and start runs for a profile that just changed or whose time has come."""
    now = occasion.now
    if occasion.event is not None:
        after = goals_reached(after, occasion.event, catalogue)
    after = kept(after, catalogue.house.retention, now)
    glance = Glance(after, catalogue, now)
    over = ended(glance, occasion, existing)
    profile = without_all(after, {message.id for message in over})
    looks = [(now, pending.message_id) for pending in profile.pending if _may_have_changed(pending)]
    inside = memberships(glance)
    starting = [*runs(before, glance, occasion, inside), *taking_over(over, glance)]
    profile = structs.replace(profile, memberships=inside)
    messages, records = list(over), [told(message, now) for message in over]
    taken: set[str] = set()
    for run in starting:
        known = Known(existing, taken, same_event_is_told_again=occasion.is_notice)
        message, record = start(run, profile, catalogue, now, known)
        if message is not None:
            taken.add(message.id)
            messages.append(message)
        if record is not None:
            records.append(record)
        if message is not None and message.settled_at is None:
            profile = with_pending(profile, message)
            looks.append((max(message.due_at, now), message.id))
    profile, wake_at = _wake(profile, next_moment(glance), now)
    unbegun = tuple(name for message in over for name in unsettled_sends(message, catalogue))
    return Planned(profile, tuple(messages), tuple(looks), wake_at, tuple(records), unbegun, len(taken))


def _may_have_changed(pending: Pending) -> bool:
    """What is held for data, or waits on the site, is looked at again whenever the person changes."""
    return pending.status == MessageStatus.HELD or pending.reason == Reason.AWAITING_PULL


# ---- waking


def _wake(profile: Profile, moment: Moment | None, now: Moment) -> tuple[Profile, Moment | None]:
    """Note when time alone next matters; it is returned unless a row waits for it, or for an earlier moment."""
    profile = structs.replace(profile, woken_at=profile.woken_at or now)
    if moment is None or now < profile.wake_at <= moment:
        return profile, None
    return structs.replace(profile, wake_at=moment), moment
