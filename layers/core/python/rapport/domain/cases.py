"""Complaints and needs: open from their event until resolved, met or expired; event time orders them."""

from typing import Final, Literal

from msgspec import structs

from rapport.domain.moment import Moment
from rapport.domain.profile import MOST, Case, Profile
from rapport.domain.said import Said

OPEN: Final = 90.0
"""Days for which a case stays open when nobody closes it."""

_Kind = Literal["complaint", "need"]


def open_case(profile: Profile, said: Said, kind: _Kind) -> Profile:
    """A complaint or need comes up; one that was closed at or after its moment stays closed."""
    case = Case(kind, said.event.name, said.key, said.event.at, expires_at=said.lasting(OPEN))
    return structs.replace(profile, cases=settled((*profile.cases, case)))


def close_case(profile: Profile, said: Said, kind: _Kind) -> Profile:
    """Every case of this key up to now is closed, also one that comes in later; without a key those without."""
    case = Case(kind, None, said.key, closed_at=said.event.at)
    return structs.replace(profile, cases=settled((*profile.cases, case)))


def settled(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """One case for each kind, event and key: opened last, closed last; a closing alone waits for its case."""
    merged: dict[tuple[str, str, str | None], Case] = {}
    closed: dict[tuple[str, str | None], Moment] = {}
    for case in cases:
        place = (case.kind, case.event or "", case.key)
        known = merged.get(place)
        merged[place] = case if known is None else _one(known, case)
        if case.closed_at is not None:
            topic = (case.kind, case.key)
            closed[topic] = max(closed.get(topic, case.closed_at), case.closed_at)
    told = (structs.replace(case, closed_at=closed.get((case.kind, case.key))) for case in merged.values())
    return tuple(sorted(told, key=_order)[-MOST["cases"] :])


def _one(known: Case, case: Case) -> Case:
    later = max(known, case, key=lambda told: (told.opened_at or 0.0, told.expires_at))
    return structs.replace(later, expires_at=max(known.expires_at, case.expires_at))


def _order(case: Case) -> tuple[Moment, str, str, str]:
    return max(case.opened_at or 0.0, case.closed_at or 0.0), case.kind, case.event or "", case.key or ""
