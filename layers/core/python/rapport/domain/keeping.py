"""Keeping: how long what happened stays on a profile, and how much one person's item may weigh."""

import zlib
from collections.abc import Callable
from typing import Any, Final

import msgspec
from msgspec import structs

from rapport.domain.computed import lighter
from rapport.domain.house import Retention
from rapport.domain.moment import DAY, Moment
from rapport.domain.profile import Case, Counter, Exposure, Intent, Order, Pending, Profile
from rapport.domain.responses import ANSWERS
from rapport.domain.trait import TraitValue

STORED: Final = 64 * 1024
"""Bytes of one person as they are stored: a write costs by the kilobyte."""
PLAIN: Final = 128 * 1024
"""Bytes of the same as JSON: a visit waits while they are read."""

MOST_BASES: Final = 40
"""Exposures of which is kept what their choice rested on: it weighs more than all the rest of them."""


# ---- how long


def ends_at(profile: Profile, retention: Retention, now: Moment) -> Moment | None:
    """When a profile that is written now is forgotten: an anonymous stretch; known people and tombstones stay.

    A store may delete it later than that; whoever reads does not see it any more from then on.
    """
    stays = profile.user_id is not None or profile.erased_at is not None or profile.merged_into is not None
    return None if stays else now + retention.anonymous_days * DAY


def is_over(end: Moment | None, now: Moment) -> bool:
    """Whether what was to be kept until `end` is to be seen no longer."""
    return end is not None and end <= now


def kept(profile: Profile, retention: Retention, now: Moment) -> Profile:
    """The profile without what the house keeps no longer: events by `events_days`, messages by `messages_days`.

    What follows from an event stays: what is owned and counted, and that there ever was a purchase.
    """
    events, messages = now - retention.events_days * DAY, now - retention.messages_days * DAY
    changed: dict[str, Any] = {}
    for name, is_kept in _AGES.items():
        held = getattr(profile, name)
        left = tuple(one for one in held if is_kept(one, events, messages))
        if len(left) < len(held):
            changed[name] = left
    viewed = {sku: at for sku, at in profile.viewed.items() if at >= events}
    orders = {key: order for key, order in profile.orders.items() if _is_kept(order, events)}
    if len(viewed) < len(profile.viewed):
        changed["viewed"] = viewed
    if len(orders) < len(profile.orders):
        changed["orders"] = orders
    changed |= _without_bases(changed.get("exposures", profile.exposures), now)
    return structs.replace(profile, **changed) if changed else profile


def _without_bases(exposures: tuple[Exposure, ...], now: Moment) -> dict[str, Any]:
    """What choices rested on goes when nothing can come of them any more, and when there are many."""
    first = len(exposures) - MOST_BASES
    old = [p for p, one in enumerate(exposures) if one.basis is not None and (p < first or one.at < now - ANSWERS)]
    if not old:
        return {}
    gone = frozenset(old)
    return {
        "exposures": tuple(
            structs.replace(one, basis=None) if place in gone else one for place, one in enumerate(exposures)
        )
    }


def _is_kept(order: Order, events: Moment) -> bool:
    return order.at is None or order.at >= events


def _exposed(one: Exposure, events: Moment, messages: Moment) -> bool:
    return one.at >= (messages if one.how == "sent" else events)


def _closed(case: Case, events: Moment, _messages: Moment) -> bool:
    return max(case.opened_at or 0.0, case.closed_at or 0.0, case.expires_at) >= events


_AGES: Final[dict[str, Callable[[Any, Moment, Moment], bool]]] = {
    "contacts": lambda one, _events, messages: one.at >= messages,
    "exposures": _exposed,
    "satisfaction": lambda one, events, _messages: one[0] >= events,
    "visits": lambda one, events, _messages: (one + 1) * DAY >= events,
    "cases": _closed,
}
"""Lists of what happened -> whether one of it is still kept, by the moments before which events and messages go."""


# ---- how much


def fitted(profile: Profile) -> Profile:
    """The profile, as light as one item must be: stage by stage of _SHED, of whatever weighs most there half goes.

    Who the person is, what they granted and left, and where nothing may go always stay: their own bounds keep them
    small.
    """
    for shed in _SHED:
        while is_heavy(profile) and (name := _heaviest(profile, shed)) is not None:
            profile = structs.replace(profile, **{name: shed[name](getattr(profile, name))})
            profile = _without_tellers_of_nothing(profile)
    return profile


def _without_tellers_of_nothing(profile: Profile) -> Profile:
    """The profile in which sources are named for its own groups alone: those of others weigh and say nothing."""
    told = {group: profile.grouped_by[group] for group in profile.groups if group in profile.grouped_by}
    return profile if len(told) == len(profile.grouped_by) else structs.replace(profile, grouped_by=told)


def is_heavy(profile: Profile) -> bool:
    """Whether it weighs more than one item may, as JSON or as stored."""
    plain = msgspec.json.encode(profile)
    if len(plain) <= STORED:
        return False
    return len(plain) > PLAIN or len(zlib.compress(plain, 6)) > STORED


def _heaviest(profile: Profile, shed: dict[str, Callable[[Any], Any]]) -> str | None:
    weights = {
        name: len(msgspec.json.encode(held))
        for name, lighten in shed.items()
        if (held := getattr(profile, name)) and lighten(held) != held
    }
    return max(weights, key=lambda name: (weights[name], name), default=None)


def _later(held: tuple[Any, ...]) -> tuple[Any, ...]:
    return held[(len(held) + 1) // 2 :]


def _later_by(moment: Callable[[Any], Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def lighten(held: dict[str, Any]) -> dict[str, Any]:
        ordered = sorted(held.items(), key=lambda item: (moment(item[1]), item[0]))
        return dict(ordered[(len(ordered) + 1) // 2 :])

    return lighten


def _shorter_histories(traits: dict[str, TraitValue]) -> dict[str, TraitValue]:
    return {
        name: structs.replace(held, history=held.history[: len(held.history) // 2]) if held.history else held
        for name, held in traits.items()
    }


def _shorter_intents(intents: dict[str, Intent]) -> dict[str, Intent]:
    considered, released = _later_by(lambda seen: seen.at), _later_by(lambda at: at)
    return {
        group: structs.replace(
            intent,
            considered=considered(intent.considered),
            chosen=_later(intent.chosen) if len(intent.chosen) > 1 else intent.chosen,
            released=released(intent.released),
        )
        for group, intent in intents.items()
    }


def _lighter_counters(counters: dict[str, Counter]) -> dict[str, Counter]:
    return {name: lighter(counter) for name, counter in counters.items()}


def _surer(traits: dict[str, TraitValue]) -> dict[str, TraitValue]:
    """The half of the traits that the person said themselves, that are verified, sure and new."""
    ordered = sorted(traits.items(), key=_sureness)
    return dict(sorted(ordered[(len(ordered) + 1) // 2 :]))


def _sureness(item: tuple[str, TraitValue]) -> tuple[bool, bool, float, Moment, str]:
    name, held = item
    return held.corrected, not held.unverified, held.certainty, held.observed_at, name


def _sooner(pending: tuple[Pending, ...]) -> tuple[Pending, ...]:
    return tuple(sorted(pending, key=lambda one: (one.due_at, one.message_id))[: len(pending) // 2])


def _first(held: tuple[Any, ...]) -> tuple[Any, ...]:
    """The first half, and at least one: a person's own id stands first."""
    return held[: max(1, len(held) // 2)]


_SHED: Final[tuple[dict[str, Callable[[Any], Any]], ...]] = (
    {
        "seen": _later_by(lambda at: at),
        "exposures": _later,
        "contacts": _later,
        "viewed": _later_by(lambda at: at),
        "orders": _later_by(lambda order: order.at or 0.0),
        "traits": _shorter_histories,
        "quarantined": _later_by(lambda count: count),
        "refused": _later_by(lambda count: count),
    },
    {
        "intents": _shorter_intents,
        "cases": _later,
        "owned": _later_by(lambda owned: owned.since),
        "waiting": _later,
        "groups": _later,
        "claims": _later,
        "absorbed": _later,
    },
    {"counters": _lighter_counters},
    {
        "traits": _surer,
        "counters": _later_by(lambda counter: counter.observed_at),
        "intents": _later_by(lambda intent: max((one.at for one in intent.chosen), default=0.0)),
        "memberships": _later_by(lambda _inside: 0.0),
        "identities": _first,
        "pending": _sooner,
    },
)
"""What goes first, and what only when that was not enough: history; what holds now; how exactly is counted; the rest.

The last stage is for houses that declare more than one item can hold, and for who floods a person with runs.
"""
