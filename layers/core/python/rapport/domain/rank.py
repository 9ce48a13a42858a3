"""Ranking: tiers first, then what an offer is worth to this person, then kind, then a chance fixed for the day."""

import math
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final, Protocol

from msgspec import Struct

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

_KINDS: Final = {kind: place for place, kind in enumerate(("service", "relationship", "advice", "content", "sales"))}
_MOST_FEATURES: Final = 24


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
    """An eligible offer with its score and its tier (lower is earlier)."""

    offer: Offer
    score: Score
    tier: int
    sent: bool

    @property
    def order(self) -> tuple[int, bool, float, int]:
        """What decides before chance does; worths that differ by rounding only are equal."""
        # Ten digits: the same factors in another order differ in the last bits, which must not decide.
        return self.tier, not self.sent, -float(f"{self.score.worth:.9e}"), _KINDS.get(self.offer.kind, len(_KINDS))


class Ranked(Struct, frozen=True):
    """An offer in its place, how likely that was, and whether chance took it ahead of a better one."""

    weighed: Weighed
    chance: float = 1.0
    explored: bool = False


def weigh(offers: Iterable[Offer], view: View, situation: Situation, model: Model | None) -> list[Weighed]:
    """Score each offer for this person; without a model every propensity is the base rate."""
    liked, told = view.preferred_tags, features(view) if model is not None else ()
    sent = _lately_sent(situation) if view.individual else frozenset()
    return [
        Weighed(
            offer,
            Score(
                propensity=BASE_RATE if model is None else model.propensity(offer.id, told),
                context=_context(offer, view, liked),
                value=offer.value,
                lever=offer.lever,
            ),
            _tier(offer, view, situation),
            offer.id in sent,
        )
        for offer in offers
    ]


def best(weighed: Sequence[Weighed], count: int, view: View, model: Model | None) -> list[Ranked]:
    """The `count` best, best first; where a model is given a race by its shares decides within a tier."""
    day = seed(_drawn_by(view.profile), view.moment)
    if model is None:
        return [Ranked(one) for one in _first(weighed, count, day)]
    greedy = {one.offer.id for one in _first(weighed, count, day)}
    raced = _raced(weighed, features(view), model, day)[:count]
    return [Ranked(one, share, one.offer.id not in greedy) for one, share in raced]


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
    found += [f"device:{device}"] if isinstance(device, str) and len(device) <= 40 else []
    found += [
        f"{name}:{seen.value}"
        for name, definition in view.catalogue.traits.items()
        if _has_few_values(definition) and isinstance(seen := view.sight(name), Seen)
    ]
    return tuple(found[:_MOST_FEATURES])


def _has_few_values(definition: TraitDefinition) -> bool:
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
        if bears(rule.when, view):
            factor *= rule.weight
    return factor


def _first(weighed: Sequence[Weighed], count: int, day: int) -> list[Weighed]:
    """The first few by order; chance is drawn only among equals that still have a place to win."""
    chosen: list[Weighed] = []
    for _, equals in groupby(sorted(weighed, key=_order), key=_order):
        if len(chosen) >= count:
            break
        # The highest draw first, as in a race of equal shares: the first thing learned must not turn everybody round.
        chosen += sorted(equals, key=lambda one: -draw(day, one.offer.id))
    return chosen[:count]


def _order(weighed: Weighed) -> tuple[int, bool, float, int]:
    return weighed.order


def _raced(weighed: Sequence[Weighed], told: tuple[str, ...], model: Model, day: int) -> list[tuple[Weighed, float]]:
    """All in the order of a race by hash: whoever has twice the share wins twice as often, and few change places."""
    raced: list[tuple[Weighed, float]] = []
    for _, group in groupby(sorted(weighed, key=_group), key=_group):
        runners = list(group)
        worths = [(one.offer.id, one.score.context * one.score.value * one.score.lever) for one in runners]
        shares = list(zip(runners, model.shares(worths, told), strict=True))
        raced += sorted(shares, key=lambda pair: _time(draw(day, pair[0].offer.id), pair[1]))
    return raced


def _group(weighed: Weighed) -> tuple[int, bool]:
    return weighed.tier, not weighed.sent


def _time(chance: float, share: float) -> float:
    return -math.log(chance) / share if share > 0 else math.inf
