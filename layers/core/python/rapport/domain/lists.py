"""Lists of what a person did and is in, as a mandate lets them be seen: each member came from sources of its own.

What is not seen is one unknown member: neither in the list nor surely out of it.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from rapport.domain.condition import UNKNOWN
from rapport.domain.moment import Moment
from rapport.domain.profile import Considered, Intent, Profile

MayUse = Callable[[str], bool]
"""Whether what a source told may be used here."""
Members = tuple[object, ...]


def groups(profile: Profile, may_use: MayUse) -> Members:
    """The groups that a person belongs to; one of its tellers is enough."""
    told = profile.grouped_by
    return _members((group, group not in told or any(map(may_use, told[group]))) for group in profile.groups)


def owned(profile: Profile, may_use: MayUse) -> Members:
    """The skus that a person owns."""
    held = ((sku, ownership) for sku, ownership in profile.owned.items() if ownership.quantity > 0)
    return _members((sku, may_use(ownership.source)) for sku, ownership in held)


def considered(intent: Intent, moment: Moment) -> tuple[str, ...]:
    """The alternatives of a group that are considered at a moment, chosen or not."""
    return tuple(choice for choice, last in intent.considered.items() if last.until > moment)


def chosen(intent: Intent, moment: Moment) -> tuple[str, ...]:
    """What was chosen in a group and still holds."""
    return tuple(dict.fromkeys(one.choice for one in intent.chosen if one.until > moment))


def _seen_considered(intent: Intent, may_use: MayUse, moment: Moment) -> Members:
    lasting = considered(intent, moment)
    return _members((choice, _lasts(intent.considered[choice], may_use, moment)) for choice in lasting)


def _lasts(last: Considered, may_use: MayUse, moment: Moment) -> bool:
    """Whether it is considered still, by what may be used here alone."""
    ends = (until for source, (_, until) in last.by.items() if may_use(source))
    return not last.by or any(until > moment for until in ends)


def _seen_chosen(intent: Intent, may_use: MayUse, moment: Moment) -> Members:
    """Of two choices of the same thing the one that may be used is seen."""
    standing = [one for one in intent.chosen if one.until > moment]
    visible = {one.choice for one in standing if may_use(one.source)}
    return _members((one.choice, one.choice in visible) for one in standing)


INTENTS: Final[Mapping[str, Callable[[Intent, MayUse, Moment], Members]]] = {
    "considered": _seen_considered,
    "chosen": _seen_chosen,
}
"""The lists of an intent group by their names in conditions."""


def _members(members: Iterable[tuple[str, bool]]) -> Members:
    return tuple(dict.fromkeys(name if visible else UNKNOWN for name, visible in members))
