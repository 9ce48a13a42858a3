"""Lessons: what a change of a person's exposures teaches the model, at placements that learn."""

from collections.abc import Iterator
from typing import Final

from rapport.domain.catalogue import Catalogue
from rapport.domain.learning import Lesson
from rapport.domain.mandate import PERSONALISATION
from rapport.domain.moment import Moment
from rapport.domain.profile import SILENCE, Exposure, Profile
from rapport.domain.rank import features
from rapport.domain.view import view

_NO_ANSWER: Final = frozenset({SILENCE, "dismissed", "complained"})


def lessons_of(before: Profile, after: Profile, catalogue: Catalogue, moment: Moment) -> tuple[Lesson, ...]:
    """What is learned between two states of one person.

    On a page a view is a trial and an answer its success; a message is tried once it was answered, or when its time to
    be answered is over. Features are what the person lets us see for their own pages, and nothing besides.
    """
    known = {_key(exposure): exposure for exposure in before.exposures}
    found = [
        (exposure, *taught)
        for exposure in after.exposures
        if exposure.placement in catalogue.placements and catalogue.placements[exposure.placement].learn
        if (taught := _taught(known.get(_key(exposure)), exposure)) != (False, False)
    ]
    return tuple(_lessons(found, after, catalogue, moment)) if found else ()


def _lessons(
    found: list[tuple[Exposure, bool, bool]], person: Profile, catalogue: Catalogue, moment: Moment
) -> Iterator[Lesson]:
    for exposure, tried, answered in found:
        seen = view(person, catalogue, PERSONALISATION, moment, channel=exposure.channel, is_pull=True)
        yield Lesson(exposure.offer, features(seen), tried, answered)


def _taught(known: Exposure | None, exposure: Exposure) -> tuple[bool, bool]:
    """Whether an exposure was tried, and whether it was answered, between two looks."""
    was, now = None if known is None else known.response, exposure.response
    answered = _is_answer(now) and not _is_answer(was)
    if exposure.how == "viewed":
        return known is None or (now == "dismissed" != was), answered
    return was is None and now is not None, answered


def _is_answer(response: str | None) -> bool:
    return response is not None and response not in _NO_ANSWER


def _key(exposure: Exposure) -> tuple[str, str, str]:
    return exposure.decision, exposure.offer, exposure.placement
