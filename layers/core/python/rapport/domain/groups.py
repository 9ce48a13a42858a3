"""Groups that a person belongs to, each with the sources that told it: what those may be used for holds for it."""

from typing import Final

from msgspec import structs

from rapport.domain.profile import MOST, Profile

_Told = dict[str, tuple[str, ...]]
UNBOUND: Final[tuple[str, ...]] = ()
"""Told by nobody whose mandate would bind it."""


def with_group(profile: Profile, group: str, source: str) -> Profile:
    """The profile in one more group, or in one of its own as another source tells it as well."""
    return _grouped(profile, {group: (source,)})


def with_groups(profile: Profile, other: Profile) -> Profile:
    """The profile in the groups of another besides."""
    return _grouped(profile, {group: other.grouped_by.get(group, UNBOUND) for group in other.groups})


def without_groups(profile: Profile) -> Profile:
    """The profile in no group."""
    return structs.replace(profile, groups=(), grouped_by={})


def _grouped(profile: Profile, more: _Told) -> Profile:
    own = {group: profile.grouped_by.get(group, UNBOUND) for group in profile.groups}
    told = {group: _both(own.get(group), more.get(group)) for group in sorted({*own, *more})[: MOST["groups"]]}
    bound = {group: sources for group, sources in told.items() if sources}
    if tuple(told) == profile.groups and bound == profile.grouped_by:
        return profile
    return structs.replace(profile, groups=tuple(told), grouped_by=bound)


def _both(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...]:
    """Whoever of them may be used is enough, so what one told without a mandate is told without one."""
    if one is None or other is None:
        return one or other or UNBOUND
    return tuple(sorted({*one, *other})) if one and other else UNBOUND
