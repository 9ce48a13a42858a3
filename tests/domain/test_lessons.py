"""From the log to the model: trials grow with their age, outcomes count once, and nothing false or loud gets in."""

import math
import random
from typing import Any

import pytest
from msgspec import structs
from rapport.domain.delay import AGES, Delays
from rapport.domain.learning import ALL, BASE_RATE, FURTHEST, Learned
from rapport.domain.lessons import HALF_LIFE, MOST_OF_ONE, MOST_OPEN, Learner, Open, kept, pass_time, restored, take
from rapport.domain.moment import DAY, HOUR, MINUTE
from rapport.domain.outcome_log import Entry, LoggedExposure, LoggedOutcome

NOW = 1_800_000_000.0
END = NOW + AGES[-1] + MINUTE


def shown(number: int = 0, offer: str = "a", at: float = NOW, **changes: Any) -> LoggedExposure:
    row = LoggedExposure(f"p_{number}", f"d_{number}", offer, "hero", "web", at, "viewed", learns=True)
    return structs.replace(row, **changes)


def came(kind: str, number: int = 0, offer: str = "a", at: float = NOW, **changes: Any) -> LoggedOutcome:
    row = LoggedOutcome(
        f"p_{number}",
        kind,  # type: ignore[arg-type]  # one of the kinds
        at,
        first=kind == "clicked",
        decision=f"d_{number}",
        offer=offer,
        placement="hero",
        exposed_at=NOW,
        learns=True,
    )
    return structs.replace(row, **changes)


def learned(*rows: Entry, until: float = END) -> Learner:
    learner = Learner()
    take(learner, rows, NOW)
    pass_time(learner, until)
    return learner


def propensity(learner: Learner, offer: str = "a") -> float:
    return learner.model.propensity(offer, ())


# ---- what counts, and how much of it


def test_before_anything_was_learned_there_is_no_model() -> None:
    assert learned(until=NOW).learned is None


def test_a_view_that_was_only_just_seen_says_little_yet() -> None:
    lowered = [BASE_RATE - propensity(learned(shown(), until=until)) for until in (NOW + 1, END)]
    assert 0 < lowered[0] < lowered[1] / 2


def test_silence_counts_more_the_longer_it_lasts_d33() -> None:
    found = [propensity(learned(shown(), until=NOW + age)) for age in (0.0, MINUTE, HOUR, 8 * HOUR)]
    assert found == sorted(found, reverse=True)
    assert len(set(found)) == 4


def test_silence_until_the_end_is_one_trial_in_however_many_parts() -> None:
    whole = learned(shown(how="sent"), came("silence", how="sent"), until=NOW)
    assert propensity(learned(shown(how="sent"))) == pytest.approx(propensity(whole), rel=0.02)


def test_an_answer_makes_a_success_of_its_trial_whenever_it_comes() -> None:
    at_once = propensity(learned(shown(), came("clicked"), until=NOW))
    late = learned(shown(), until=NOW + DAY)
    take(late, [came("clicked", at=NOW + DAY)], NOW + DAY)
    assert at_once > BASE_RATE
    assert propensity(late) == pytest.approx(at_once, rel=0.05)


def test_a_second_answer_to_one_exposure_adds_nothing() -> None:
    once = learned(shown(), came("clicked"), until=NOW)
    twice = learned(shown(), came("clicked"), came("accepted", first=False), until=NOW)
    assert kept(once) == kept(twice)


def test_a_row_that_is_there_twice_counts_once() -> None:
    assert kept(learned(shown(), came("clicked"))) == kept(learned(shown(), shown(), came("clicked"), came("clicked")))


def test_what_does_not_learn_teaches_nothing() -> None:
    found = learned(shown(learns=False), came("clicked", learns=False))
    assert found.learned is None
    assert found.refused == 0


@pytest.mark.parametrize("kind", ["dismissed", "complaint", "unsubscribed"])
def test_a_nuisance_lowers_an_offer_below_silence(kind: str) -> None:
    silent = propensity(learned(shown()))
    assert propensity(learned(shown(), came(kind))) < silent


@pytest.mark.parametrize(("score", "lower"), [(0.0, True), (0.4, True), (0.5, False), (1.0, False), (None, False)])
def test_a_low_rating_counts_against_an_offer(score: float | None, *, lower: bool) -> None:
    rated = propensity(learned(shown(), came("clicked"), came("satisfaction", value=score), until=NOW))
    assert (rated < propensity(learned(shown(), came("clicked"), until=NOW))) is lower


def test_a_nuisance_is_no_reproach_to_other_offers() -> None:
    before, after = learned(shown(1, "b")), learned(shown(1, "b"), came("unsubscribed", 2, "a"))
    assert propensity(after, "b") == pytest.approx(propensity(before, "b"), rel=1e-9)


def test_one_nuisance_does_not_end_an_offer_for_good() -> None:
    model = learned(came("complaint"), until=NOW).model
    assert model.propensity("a", ()) > BASE_RATE / 4


# ---- how long outcomes take


def test_where_answers_take_days_silence_of_an_hour_says_little() -> None:
    slow = Learner()
    answered = [shown(number) for number in range(50)]
    take(slow, answered, NOW)
    take(slow, [came("clicked", number, at=NOW + 2 * DAY) for number in range(50)], NOW + 2 * DAY)
    quick = learned(*answered, *(came("clicked", number) for number in range(50)), until=NOW + 2 * DAY)
    assert slow.delays.share_by(8, "viewed") < 0.3
    assert quick.delays.share_by(8, "viewed") > 0.9


def test_pages_and_messages_wait_each_for_their_own_time() -> None:
    delays = Delays().answered(5 * DAY, "sent")
    assert delays.viewed == Delays().viewed
    assert delays.share_by(10, "sent") < Delays().share_by(10, "sent")


def test_in_the_end_nothing_is_waited_for() -> None:
    assert Delays().share_by(len(AGES) - 1, "viewed") == 1.0
    found = learned(*(shown(number) for number in range(9)))
    assert (found.waiting, found.looks) == ({}, [])


def visits(day: int) -> list[tuple[LoggedExposure, LoggedOutcome | None]]:
    """A day's views: of the old offer every fifth is answered, of the new one, that came three days ago, every 20th."""
    found: list[tuple[LoggedExposure, LoggedOutcome | None]] = []
    at = NOW + day * DAY
    for offer, every in (("old", 5), ("new", 20)) if day >= 17 else (("old", 5),):
        for place in range(100):
            number = day * 1000 + place
            answer = came("clicked", number, offer, at + 2 * DAY, exposed_at=at)
            found.append((shown(number, offer, at), answer if place % every == 0 else None))
    return found


def test_a_new_offer_does_not_win_because_its_failures_are_still_to_come() -> None:
    learner = Learner()
    for day in range(20):
        take(learner, [view for view, _ in visits(day)], NOW + day * DAY)
        answers = [answer for _, answer in visits(day - 2) if answer is not None] if day >= 2 else []
        take(learner, answers, NOW + day * DAY)
    assert propensity(learner, "new") < propensity(learner, "old") / 2


# ---- what is forgotten


def test_what_was_learned_counts_half_after_its_half_life() -> None:
    fresh = learned(*(shown(number) for number in range(200)))
    old = restored(kept(fresh))
    pass_time(old, END + HALF_LIFE * DAY)
    assert old.model.all[0] - ALL[0] == pytest.approx((fresh.model.all[0] - ALL[0]) / 2, rel=0.02)


def test_in_the_end_everything_is_forgotten_and_takes_no_room() -> None:
    found = learned(shown(features=("tier:gold",)), until=END + 20 * 365 * DAY)
    assert (found.model.offers, found.model.features) == ({}, {})


# ---- the same rows, the same bytes


def history(people: int = 60) -> list[tuple[float, list[Entry]]]:
    """Minutes of a log: views, clicks within a day or days, nuisances, several placements and features."""
    chance = random.Random(3)  # noqa: S311  # the same history each time
    rows: dict[float, list[Entry]] = {}
    for number in range(people):
        at = NOW + chance.randrange(20) * 7 * HOUR
        features = (f"tier:{chance.choice('abc')}",)
        offer = chance.choice("xyz")
        rows.setdefault(at, []).append(shown(number, offer, at, features=features))
        kind = chance.choice(["clicked", "dismissed", "unsubscribed", "satisfaction", ""])
        later = at + chance.choice([5.0, HOUR, 3 * DAY])
        if kind:
            told = came(kind, number, offer, later, exposed_at=at, features=features, value=0.2)
            rows.setdefault(later, []).append(told)
    return sorted(rows.items())


def read(minutes: list[tuple[float, list[Entry]]]) -> bytes:
    learner = Learner()
    for at, rows in minutes:
        take(learner, rows, at)
    pass_time(learner, END)
    return kept(learner)


def test_the_same_log_read_twice_gives_the_same_bytes() -> None:
    assert read(history()) == read(history())


def test_the_order_of_rows_within_a_minute_changes_no_byte() -> None:
    chance = random.Random(8)  # noqa: S311  # any order
    shuffled = [(at, chance.sample(rows, len(rows))) for at, rows in history()]
    assert read(shuffled) == read(history())


@pytest.mark.parametrize("crash", range(0, 60, 7))
def test_going_on_from_what_was_kept_changes_no_byte(crash: int) -> None:
    minutes, learner = history(), Learner()
    for at, rows in minutes[:crash]:
        take(learner, rows, at)
    learner = restored(kept(learner))
    for at, rows in minutes[crash:]:
        take(learner, rows, at)
    pass_time(learner, END)
    assert kept(learner) == read(minutes)


def test_time_passes_the_same_in_one_step_and_in_many() -> None:
    one, many = learned(*(row for _, rows in history() for row in rows if row.at == NOW)), Learner()
    take(many, [row for _, rows in history() for row in rows if row.at == NOW], NOW)
    for hour in range(int((END - NOW) // HOUR) + 1):
        pass_time(many, NOW + hour * HOUR)
    pass_time(many, END)
    assert kept(many) == kept(one)


# ---- what cannot be true


POISON: dict[str, Entry] = {
    "a moment that is no number": shown(at=math.nan),
    "an endless moment": shown(at=math.inf),
    "a value that is no number": came("satisfaction", value=math.nan),
    "no chance": shown(chance=0.0),
    "more than a chance": shown(chance=1.5),
    "the future": shown(at=NOW + DAY),
    "long ago": shown(at=NOW - 31 * DAY),
    "an answer before its view": came("clicked", at=NOW - HOUR),
    "an answer after its time": came("clicked", exposed_at=NOW - 31 * DAY),
    "too many features": shown(features=tuple(f"f:{number}" for number in range(40))),
    "one feature twice": shown(features=("f:1", "f:1")),
    "no offer": shown(offer=""),
}


@pytest.mark.parametrize("row", POISON.values(), ids=POISON)
def test_a_row_that_cannot_be_true_teaches_nothing_and_is_counted(row: Entry) -> None:
    clean, poisoned = learned(shown(9), came("clicked", 9)), learned(shown(9), came("clicked", 9), row)
    assert poisoned.refused == 1
    assert poisoned.model == clean.model


def test_a_late_batch_changes_nothing_of_what_was_learned() -> None:
    learner = learned(*(row for _, rows in history() for row in rows), until=END + 40 * DAY)
    before = learner.model
    take(learner, [row for _, rows in history() for row in rows], END + 40 * DAY)
    assert learner.model == before


def test_one_person_cannot_outvote_the_rest() -> None:
    flood = [came("clicked", 1, decision=f"d{number}") for number in range(500)]
    assert propensity(learned(*flood, until=NOW)) == propensity(learned(*flood[: MOST_OF_ONE * 5], until=NOW))


def test_no_flood_makes_a_weight_that_is_no_number() -> None:
    kinds = ("clicked", "complaint", "dismissed", "unsubscribed")
    flood = [came(kinds[number % 4], number, features=("tier:gold",)) for number in range(4000)]
    model = learned(*flood, until=NOW).model
    weights = [model.all, *model.features.values(), *model.offers["a"].by_feature.values(), model.offers["a"].own]
    assert all(math.isfinite(mean) and abs(mean) <= FURTHEST and 0 < variance <= 1 for mean, variance in weights)


def test_more_exposures_than_are_waited_for_count_as_what_they_are() -> None:
    full = Learner(waiting={f"{number}": Open("a", (), NOW, "viewed") for number in range(MOST_OPEN)})
    take(full, [shown()], NOW)
    assert len(full.waiting) == MOST_OPEN * 0.9 + 1
    assert propensity(full) < BASE_RATE


def test_what_was_kept_is_read_back_whole() -> None:
    learner = learned(*(row for _, rows in history() for row in rows), until=NOW + DAY)
    assert kept(restored(kept(learner))) == kept(learner)
    assert learner.waiting


def test_a_model_is_named_after_when_it_last_learned() -> None:
    assert learned(shown(), came("clicked"), until=NOW).model.name == f"m{int(NOW)}"
    assert Learned().name == "learned"
