"""Ranking: tiers first, then what an offer is worth to this person, then kind, then a chance fixed for the day."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Protocol

from msgspec import Struct, structs

from rapport.domain.chance import draw, seed
from rapport.domain.decision import Score
from rapport.domain.house import SELLING
from rapport.domain.learning import BASE_RATE
from rapport.domain.mode import bears
from rapport.domain.moment import DAY, Moment
from rapport.domain.offer import Offer
from rapport.domain.profile import SILENCE, Profile, profile_id
from rapport.domain.sight import Seen
from rapport.domain.tact import Situation
from rapport.domain.trait import TraitDefinition
from rapport.domain.view import View

PREFERENCE: Final = 1.25
"""What each preferred tag that an offer carries multiplies its context by, for at most three of them."""

SENT_FIRST: Final = 7 * DAY
"""For so long what was sent and not answered comes first, so that the site and the mail agree."""

_FIRST: Final = itemgetter(0)
_KINDS: Final = {kind: place for place, kind in enumerate(("service", "relationship", "advice", "content", "sales"))}
_MOST_FEATURES: Final = 24
_DEVICES: Final = frozenset({"mobile", "tablet", "desktop", "tv", "watch", "console", "car"})
"""Of what a browser says only these words reach a model: nobody outside may fill it with words of their own."""


class Model(Protocol):
    """What responses have taught, read by placements that learn."""

    @property
    def name(self) -> str:
        """What tokens call it."""
        ...

    def propensity(self, offer: str, features: tuple[str, ...]) -> float:
        """The chance of a response to an offer, 0 to 1."""
        ...

    def shares(self, worths: Sequence[tuple[str, float]], features: tuple[str, ...]) -> Sequence[float]:
        """How often to choose each offer, given what a response to it is worth; positive, they add up to 1."""
        ...


class Weighed(Struct, frozen=True):
    """An eligible offer with its score and its tier (lower is earlier).

    `said` is its place among what the run at hand has said on another channel; what it has not comes after.
    """

    offer: Offer
    score: Score
    tier: int
    said: int
    sent: bool

    @property
    def order(self) -> tuple[int, int, bool, float, int]:
        """What decides before chance does; worths that differ by rounding only are equal."""
        # Ten digits: the same factors in another order differ in the last bits, which must not decide.
        return *self.group, -float(f"{self.score.worth:.9e}"), _KINDS.get(self.offer.kind, len(_KINDS))

    @property
    def group(self) -> tuple[int, int, bool]:
        """What decides before its worth does."""
        return self.tier, self.said, not self.sent


class Ranked(Struct, frozen=True):
    """An offer in its place, how likely that was, and whether chance took it ahead of a better one.

    `chance` is exact, given those before it; `share` is how often it would have come first.
    """

    weighed: Weighed
    chance: float = 1.0
    share: float = 0.0
    explored: bool = False


class Reading(Struct, frozen=True):
    """A model with what it may read of one person; without a model every propensity is the base rate."""

    model: Model | None = None
    features: tuple[str, ...] = ()

    def propensity(self, offer: str) -> float:
        """The chance of a response to an offer, 0 to 1."""
        return BASE_RATE if self.model is None else self.model.propensity(offer, self.features)


def weigh(offers: Iterable[Offer], view: View, situation: Situation, reading: Reading) -> list[Weighed]:
    """Score each offer for this person."""
    liked = view.preferred_tags
    sent = _lately_sent(situation) if view.individual else frozenset()
    said = {name: place for place, name in enumerate(situation.said)}
    return [
        Weighed(
            offer,
            Score(
                propensity=reading.propensity(offer.id),
                context=_context(offer, view, liked),
                value=offer.value,
                lever=offer.lever,
            ),
            _tier(offer, view, situation),
            said.get(offer.id, len(said)),
            offer.id in sent,
        )
        for offer in offers
    ]


def ranked(weighed: Sequence[Weighed], count: int, view: View, reading: Reading) -> list[Ranked]:
    """All in their order, of which `count` are chosen; with a model a race by its shares decides within a tier."""
    day = seed(_drawn_by(view.profile), view.moment)
    by_worth = _lots(weighed, count, _order, _even, day)
    if reading.model is None:
        return by_worth
    greedy = {one.weighed.offer.id for one in by_worth[:count]}
    raced = _lots(weighed, count, _group, partial(_shares, reading, reading.model), day)
    won = [structs.replace(one, explored=one.weighed.offer.id not in greedy) for one in raced[:count]]
    return won + raced[count:]


def _drawn_by(profile: Profile) -> str:
    """What a person's chance is drawn by: no house's secret, so that a simulation chooses as a deployment does."""
    if profile.user_id is not None:
        return profile_id("user", profile.user_id)
    return profile.id if profile.anonymous_id is None else profile_id("anonymous", profile.anonymous_id)


def features(view: View) -> tuple[str, ...]:
    """What a model may learn from, as the view shows it: persona, segments, device, and traits with few values."""
    found = [f"persona:{view.persona}"] if view.persona else []
    found += [f"segment:{name}" for name in view.segments]
    device = view.value("context.device")
    found += [f"device:{device}"] if isinstance(device, str) and device in _DEVICES else []
    found += [
        f"{name}:{seen.value}"
        for name, definition in view.catalogue.traits.items()
        if _has_few_values(definition) and isinstance(seen := view.sight(name), Seen)
    ]
    return tuple(found[:_MOST_FEATURES])


def _has_few_values(definition: TraitDefinition) -> bool:
    """Whether a model may learn from a trait: few values, and nothing sensitive, whoever might allow it."""
    if definition.sensitive:
        return False
    return definition.type == "boolean" or bool(definition.one_of and definition.type == "string")


def _lately_sent(situation: Situation) -> frozenset[str]:
    """What was sent within seven days and not answered since, there or wherever else the offer was shown."""
    sent: dict[str, Moment] = {}
    answered: dict[str, Moment] = {}
    for one in situation.exposures:
        if one.how == "sent" and situation.moment < one.at + SENT_FIRST:
            sent[one.offer] = max(one.at, sent.get(one.offer, one.at))
        if one.response not in (None, SILENCE):
            answered[one.offer] = max(one.responded_at or one.at, answered.get(one.offer, 0.0))
    return frozenset(offer for offer, at in sent.items() if answered.get(offer, -1.0) < at)


def _tier(offer: Offer, view: View, situation: Situation) -> int:
    """What meets an open case; service; what complements a choice, help before sales; the rest."""
    # That a case is open is about this very person: without consent it takes sales away, and lifts nothing.
    if view.individual and not situation.open_cases.isdisjoint(offer.meets):
        return 0
    if offer.kind == "service":
        return 1
    if offer.complements:
        return 3 if offer.kind in SELLING else 2
    return 4


def _context(offer: Offer, view: View, liked: frozenset[str]) -> float:
    factor = PREFERENCE ** min(3, len(liked.intersection(offer.tags)))
    for rule in offer.context_weight:
        if bears(rule, view):
            factor *= rule.weight
    return factor


def _lots(
    weighed: Sequence[Weighed],
    count: int,
    rank: Callable[[Weighed], Any],
    shares: Callable[[list[Weighed]], Sequence[float]],
    day: int,
) -> list[Ranked]:
    """Group after group by rank; who of a group comes first is drawn by lot, while a place is left to win."""
    found: list[Ranked] = []
    placed = sorted(((rank(one), one) for one in weighed), key=_FIRST)
    for _, group in groupby(placed, key=_FIRST):
        runners = [one for _, one in group]
        if len(found) < count:
            found += _drawn(runners, shares(runners), day, first=not found)
        else:
            found += map(Ranked, runners)
    return found


def _drawn(runners: list[Weighed], shares: Sequence[float], day: int, *, first: bool) -> Iterator[Ranked]:
    """A race by hash: whoever has twice the share wins twice as often, and few change places when shares move."""
    if len(runners) == 1:
        yield Ranked(runners[0], 1.0, float(first))
        return
    order = sorted(zip(runners, shares, strict=True), key=lambda pair: _time(draw(day, pair[0].offer.id), pair[1]))
    left = sum(shares)
    for one, share in order:
        yield Ranked(one, min(1.0, share / left) if left > share else 1.0, share * first)
        left -= share


def _even(runners: list[Weighed]) -> Sequence[float]:
    return [1 / len(runners)] * len(runners)


def _shares(reading: Reading, model: Model, runners: list[Weighed]) -> Sequence[float]:
    worths = [(one.offer.id, one.score.context * one.score.value * one.score.lever) for one in runners]
    return model.shares(worths, reading.features)


def _order(weighed: Weighed) -> tuple[int, int, bool, float, int]:
    return weighed.order


def _group(weighed: Weighed) -> tuple[int, int, bool]:
    return weighed.group


def _time(chance: float, share: float) -> float:
    return -math.log(chance) / share if share > 0 else math.inf
