"""From the outcome log to a model: each exposure is a trial as old as it is, and what came of it is learned once.

The same rows, minute by minute, always come to the same state, to the last bit; that is what lets it be rebuilt.
"""

import heapq
import math
from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec
from msgspec import Struct

from rapport.domain import norms
from rapport.domain.delay import AGES, LONGEST, SURE, Delays
from rapport.domain.learning import Learned, Lesson, Taking
from rapport.domain.moment import DAY, MINUTE, Moment
from rapport.domain.norms import Histogram, Standing, added
from rapport.domain.outcome_log import RESPONSES, Entry, How, LoggedExposure, LoggedOutcome, encoded, in_order
from rapport.domain.seen import mark_of

HALF_LIFE: Final = 120.0
"""Days after which what was learned counts half: tastes change."""
KEPT_A_DAY: Final = 0.5 ** (1 / HALF_LIFE)
CHARGES: Final = {"dismissed": 1.0, "complaint": 10.0, "unsubscribed": 10.0, "satisfaction": 5.0}
"""How many answers it takes to make up for one; a rating counts as far as it is below the middle."""
MOST_OPEN: Final = 100_000
"""Exposures that are waited for; beyond that the oldest count as what they are."""
MOST_OF_ONE: Final = 20
"""Rows of one person that teach anything within a minute: nobody outvotes the rest."""
MOST_FEATURES: Final = 32
ENOUGH: Final = 0.02
"""By so much a trial has to grow to be worth a lesson."""
MOST_DAYS: Final = 4000
"""After so many days there is nothing left to forget."""
EARLY: Final = 10 * MINUTE
"""How far ahead of the log's own clock a row may be."""


class Open(Struct, frozen=True, array_like=True):
    """An exposure whose answer may still come: how much of a trial it has been so far."""

    offer: str
    features: tuple[str, ...]
    at: Moment
    how: How
    given: float = 0.0


class Learner(Struct):
    """Everything that is known of how people respond. It changes with every row; `kept` and `restored` carry it over.

    `moved` is when it last learned anything; `refused` counts rows that taught nothing, as they could not be true or
    were too many of one person.
    """

    model: Learned = Learned()
    delays: Delays = Delays()
    waiting: dict[str, Open] = {}
    looks: list[tuple[Moment, int, str]] = []
    """A heap of when to look at which open exposure again, and which stage of its age then begins."""
    moved: Moment = 0.0
    forgot: int = 0
    """The day up to which things were forgotten."""
    refused: int = 0
    norms: dict[str, Histogram] = {}
    """What is usual in the house, up to the end of the minute `normed`."""
    normed: int = 0

    @property
    def learned(self) -> Learned | None:
        """The model as it stands; None while nothing was learned."""
        return self.model if self.moved else None


def kept(learner: Learner) -> bytes:
    """The state as bytes, always the same for the same state."""
    in_order_of_looks = msgspec.structs.replace(learner, looks=sorted(learner.looks), norms={})
    parts = msgspec.structs.astuple(in_order_of_looks)
    return msgspec.msgpack.encode((*parts, norms.encoded(learner.norms)), order="sorted")


def restored(stored: bytes) -> Learner:
    """The state of some bytes. Raises msgspec.DecodeError."""
    looks = list[tuple[Moment, int, str]]
    shape = tuple[Learned, Delays, dict[str, Open], looks, Moment, int, int, dict[str, Histogram], int, bytes]
    *parts, usual = msgspec.msgpack.decode(stored, type=shape)
    return msgspec.structs.replace(Learner(*parts), norms=norms.decoded(usual))


def take(learner: Learner, entries: Iterable[Entry], moment: Moment) -> None:
    """Take the rows that were written up to a moment, after letting time pass until then.

    Their order does not matter. A row that cannot be true, and what one person tells too much, teaches nothing.
    """
    taking = _Taking(learner)
    taking.pass_time(moment)
    for entry in _believed(learner, entries, moment):
        if isinstance(entry, LoggedExposure):
            taking.exposure(entry)
        else:
            taking.outcome(entry)
    taking.done()


def take_norms(learner: Learner, minute: int, moved: Iterable[Standing]) -> None:
    """Add what people newly added to the norms in a minute: in the order of minutes, each of them once."""
    changes = list(moved)
    if changes and minute > learner.normed:
        learner.norms, learner.normed = added(learner.norms, changes), minute


def pass_time(learner: Learner, moment: Moment) -> None:
    """Let time pass: what was waited for in vain counts, what is old fades. In however many steps, it is the same."""
    taking = _Taking(learner)
    taking.pass_time(moment)
    taking.done()


def _believed(learner: Learner, entries: Iterable[Entry], moment: Moment) -> list[Entry]:
    teaching = in_order({encoded(entry): entry for entry in entries if entry.learns}.values())
    found, told = list[Entry](), Counter[str]()
    for entry in teaching:
        told[entry.profile] += 1
        if told[entry.profile] <= MOST_OF_ONE and _may_be_true(entry, moment):
            found.append(entry)
    learner.refused += len(teaching) - len(found)
    return found


def _may_be_true(entry: Entry, moment: Moment) -> bool:
    """Numbers that are numbers, of a time that can be meant, and no more features than anybody has."""
    shown_at = entry.at if isinstance(entry, LoggedExposure) else entry.exposed_at
    value = None if isinstance(entry, LoggedExposure) else entry.value
    numbers = (entry.at, shown_at, entry.chance, 0.0 if value is None else value)
    if not all(map(math.isfinite, numbers)) or not 0 < entry.chance <= 1:
        return False
    in_time = moment - LONGEST <= shown_at <= entry.at <= moment + EARLY
    features = entry.features
    return in_time and len(features) <= MOST_FEATURES and len(set(features)) == len(features) and bool(entry.offer)


class _Taking:
    """A learner at work, its weights open."""

    def __init__(self, learner: Learner) -> None:
        self.learner, self.moment = learner, 0.0
        self.weights: Taking | None = None

    def done(self) -> None:
        """Close the weights; the model is named after the moment it last moved."""
        if self.weights is not None:
            self.learner.model = self.weights.learned(f"m{int(self.learner.moved)}")

    def teach(self, lesson: Lesson, moment: Moment) -> None:
        """Let the weights take a lesson, at a moment."""
        self.weights = self.weights or Taking(self.learner.model)
        self.weights.take(lesson)
        self.learner.moved = max(self.learner.moved, moment)

    # ---- rows

    def exposure(self, shown: LoggedExposure) -> None:
        """Wait for what comes of an exposure; when too many are waited for, a tenth of them count as what they are."""
        learner, key = self.learner, _key(shown)
        if key in learner.waiting or shown.how == "held_out":
            return
        learner.waiting[key] = Open(shown.offer, shown.features, shown.at, shown.how)
        self._look(key, 0, self.moment)
        if len(learner.waiting) > MOST_OPEN:
            waiting = learner.waiting
            for oldest in heapq.nsmallest(MOST_OPEN // 10, waiting, key=lambda one: (waiting[one].at, one)):
                self._close(oldest, self.moment)

    def outcome(self, told: LoggedOutcome) -> None:
        """Count what came of an exposure: the first answer, what ends the waiting, and what it costs."""
        charge = _charge(told)
        if charge > 0:
            self.teach(Lesson(told.offer, told.features, tried=0.0, charge=charge), self.moment)
        if told.kind in RESPONSES and told.first:
            self._answered(told)
        elif told.kind in ("silence", "dismissed"):
            self._close(_key(told), self.moment)

    def _answered(self, told: LoggedOutcome) -> None:
        learner = self.learner
        known = learner.waiting.pop(_key(told), None)
        left = 0.0 if known is None else 1.0 - known.given
        learner.delays = learner.delays.answered(told.at - told.exposed_at, told.how)
        self.teach(Lesson(told.offer, told.features, tried=left, answered=True), self.moment)

    def _close(self, key: str, moment: Moment) -> None:
        """What was not answered is a whole trial now."""
        known = self.learner.waiting.pop(key, None)
        if known is not None:
            self.teach(Lesson(known.offer, known.features, tried=1.0 - known.given), moment)

    # ---- time

    def pass_time(self, moment: Moment) -> None:
        """Look at everything whose time has come, in the order of its time."""
        learner = self.learner
        while learner.looks and learner.looks[0][0] <= moment:
            due, stage, key = heapq.heappop(learner.looks)
            self._forget_until(due)
            self._look(key, stage, due)
        self._forget_until(moment)
        self.moment = moment

    def _look(self, key: str, stage: int, due: Moment) -> None:
        learner = self.learner
        known = learner.waiting.get(key)
        if known is None:
            return
        # The share at the end of a stage counts from its beginning: what is new never looks better than it is.
        share = 1.0 if stage == len(AGES) else learner.delays.share_by(stage, known.how)
        if share >= SURE:
            self._close(key, due)
            return
        if share > known.given + ENOUGH:
            self.teach(Lesson(known.offer, known.features, tried=share - known.given), due)
            learner.waiting[key] = Open(known.offer, known.features, known.at, known.how, share)
        heapq.heappush(learner.looks, (known.at + AGES[stage], stage + 1, key))

    def _forget_until(self, moment: Moment) -> None:
        learner, day = self.learner, int(moment // DAY)
        days, learner.forgot = day - (learner.forgot or day), max(day, learner.forgot)
        # Day by day, as it would have been had anybody looked each day.
        for _ in range(min(days, MOST_DAYS) if learner.moved else 0):
            self.weights = self.weights or Taking(learner.model)
            self.weights.forget(KEPT_A_DAY)
            learner.delays, learner.moved = learner.delays.relaxed(KEPT_A_DAY), max(learner.moved, day * DAY)


def _charge(told: LoggedOutcome) -> float:
    """What a nuisance costs, in answers."""
    weight = CHARGES.get(told.kind, 0.0)
    score = told.value if told.value is not None else 1.0
    return weight * max(0.0, 1 - 2 * score) if told.kind == "satisfaction" else weight


def _key(entry: LoggedExposure | LoggedOutcome) -> str:
    return mark_of("exposed", entry.decision, entry.offer, entry.placement)
