"""What if: the value of a policy from another's log, on public data and on logs whose truth is known."""

import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rapport.domain.outcome_log import Candidate, Entry, LoggedExposure, LoggedOutcome, encoded
from rapport_authoring.cli import main
from rapport_authoring.what_if import Estimate, Trial, estimate, policy_of, trials_of
from rapport_authoring.what_if.value import Verdict

from tests.learning.open_bandit import log, rows

NO_CATALOGUE: Any = None


def answered(trial: Trial) -> float:
    return float(trial.answered)


def judged(policy: str, trials: list[Trial]) -> Estimate:
    found = policy_of(policy, trials, NO_CATALOGUE)
    return estimate(found.name, trials, found.share, answered)


# ---- Open Bandit


@pytest.fixture(scope="module")
def at_random() -> list[Trial]:
    return trials_of(log("random"), 0)


@pytest.fixture(scope="module")
def thompson() -> list[Trial]:
    return trials_of(log("bts"), 0)


@pytest.fixture
def shares_of_thompson(tmp_path: Path) -> Path:
    """How often Thompson sampling chose each item at each place."""
    chosen = rows("bts")
    places = Counter(row["position"] for row in chosen)
    table: dict[str, dict[str, float]] = {f"place-{place}": {} for place in places}
    for (item, place), count in Counter((row["item_id"], row["position"]) for row in chosen).items():
        table[f"place-{place}"][f"item-{item}"] = count / places[place]
    file = tmp_path / "thompson.json"
    file.write_text(json.dumps(table))
    return file


def test_the_value_of_thompson_sampling_from_the_random_log_is_what_it_brought(
    at_random: list[Trial], thompson: list[Trial], shares_of_thompson: Path
) -> None:
    brought = sum(trial.answered for trial in thompson) / len(thompson)
    found = judged(str(shares_of_thompson), at_random)
    assert len(at_random) == len(thompson) == 10_000
    assert abs(found.snips - brought) <= 0.005
    assert found.low <= brought <= found.high
    assert found.weight == pytest.approx(1, abs=0.05)
    assert 500 < found.effective < 10_000


def test_what_was_logged_is_estimated_as_its_own_mean(thompson: list[Trial]) -> None:
    found = judged("logged", thompson)
    mean = sum(trial.answered for trial in thompson) / len(thompson)
    assert (found.snips, found.ips, found.effective) == pytest.approx((mean, mean, 10_000))
    assert found.verdict is Verdict.ALIKE


def test_where_the_effective_sample_is_tiny_there_is_too_little_evidence(at_random: list[Trial]) -> None:
    found = judged("always:item-7", at_random)
    assert found.effective < 400
    assert found.verdict is Verdict.TOO_LITTLE
    assert found.why


def test_an_offer_that_was_never_shown_cannot_be_judged(at_random: list[Trial]) -> None:
    found = judged("always:nothing", at_random)
    assert found.verdict is Verdict.TOO_LITTLE
    assert "never" in found.why


# ---- logs whose truth is known

RATES = {"good": 0.30, "fair": 0.20, "poor": 0.10}
SHARES = {"good": 0.2, "fair": 0.3, "poor": 0.5}


def made(seed: int, people: int, visits: int = 1) -> Iterator[Entry]:
    """A log of people who differ, each seen a few times, choices by SHARES."""
    chance = random.Random(seed)  # noqa: S311  # a simulation
    for person in range(people):
        keen = chance.choice((0.4, 1.6))
        for visit in range(visits):
            offer = chance.choices(list(SHARES), list(SHARES.values()))[0]
            where = {"decision": f"d_{person}_{visit}", "offer": offer, "placement": "hero"}
            at = 1e9 + person * 60 + visit
            yield LoggedExposure(f"p_{person}", channel="web", at=at, how="viewed", chance=SHARES[offer], **where)
            if chance.random() < RATES[offer] * keen:
                yield LoggedOutcome(f"p_{person}", "clicked", at + 1, **where)


def test_better_and_worse_policies_are_told_apart() -> None:
    trials = trials_of(made(1, 3000), 0)
    assert judged("always:good", trials).verdict is Verdict.BETTER
    assert judged("always:poor", trials).verdict is Verdict.WORSE


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["always:good", "uniform"])
def test_the_interval_holds_the_truth_in_nineteen_of_twenty_logs_although_people_come_again(policy: str) -> None:
    truth = RATES["good"] if policy == "always:good" else sum(RATES.values()) / 3
    found = [judged(policy, trials_of(made(seed, 250, 6), 0)) for seed in range(120)]
    assert sum(one.low <= truth <= one.high for one in found) >= 108


def test_ignoring_that_people_come_again_would_be_too_sure() -> None:
    together = judged("always:good", trials_of(made(3, 250, 12), 0))
    trials = [Trial(f"{n}", *_rest(trial)) for n, trial in enumerate(trials_of(made(3, 250, 12), 0))]
    alone = judged("always:good", trials)
    assert together.high - together.low > 1.1 * (alone.high - alone.low)


def _rest(trial: Trial) -> tuple[Any, ...]:
    names = ("offer", "placement", "channel", "at", "chance", "features", "candidates", "learned", "beside", "answered")
    return tuple(getattr(trial, name) for name in names)


def test_what_may_yet_be_answered_is_left_out() -> None:
    day = 86_400.0
    shown = [LoggedExposure("p", f"d{n}", "o", "hero", "web", n * day, "viewed") for n in range(10)]
    assert len(trials_of(shown, 7)) == 3


def test_an_answer_that_comes_too_late_is_none() -> None:
    day = 86_400.0
    shown = LoggedExposure("p", "d", "o", "hero", "web", 0.0, "viewed")
    late = LoggedOutcome("p", "clicked", 9 * day, decision="d", offer="o", placement="hero")
    assert [trial.answered for trial in trials_of([shown, late], 7)] == [False]


def test_who_is_held_out_is_no_trial() -> None:
    shown = LoggedExposure("p", "d", "o", "hero", "web", 0.0, "viewed", holdout=True)
    assert trials_of([shown], 0) == []


# ---- a catalogue that is not live yet


HOUSE = {
    "rapport.yaml": "name: House\n",
    "traits.yaml": "declared: {tier: {type: string, one_of: [none, gold]}, age: {type: integer}}\n",
    "placements/all.yaml": "- {id: hero, fallback: neutral}\n",
}


def offers(**worth: str) -> str:
    neutral = "- {id: neutral, kind: relationship, benefit: b, content: {en-GB: {headline: H}}}\n"
    return neutral + "".join(
        f"- {{id: {name}, kind: content, benefit: b, placements: [hero], content: {{en-GB: {{headline: H}}}}"
        f"{', ' if more else ''}{more}}}\n"
        for name, more in worth.items()
    )


def folder(tmp_path: Path, written: str) -> str:
    for name, text in {**HOUSE, "offers/all.yaml": written}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def by_tier(seed: int = 5) -> list[Entry]:
    """Gold people answer the lounge, the others the guide; both were shown by lot."""
    chance = random.Random(seed)  # noqa: S311  # a simulation
    found: list[Entry] = []
    for n in range(2000):
        tier, offer = chance.choice(("gold", "none")), chance.choice(("lounge", "guide"))
        where = {"decision": f"d{n}", "offer": offer, "placement": "hero", "features": (f"tier:{tier}",)}
        found.append(LoggedExposure(f"p{n}", channel="web", at=1e9 + n, how="viewed", chance=0.5, **where))
        if chance.random() < (0.4 if (tier == "gold") == (offer == "lounge") else 0.1):
            found.append(LoggedOutcome(f"p{n}", "clicked", 1e9 + n + 1, **where))
    return found


def run(tmp_path: Path, entries: list[Entry], *more: str) -> Result:
    file = tmp_path / "log.ndjson"
    file.write_bytes(b"\n".join(map(encoded, entries)) + b"\n")
    return CliRunner().invoke(main, ["what-if", str(file), "--within", "0", *more])


def test_a_catalogue_with_a_rule_for_gold_is_worth_what_it_would_bring(tmp_path: Path) -> None:
    written = offers(lounge="when: 'traits.tier == \"gold\"', value: 9", guide="value: 1")
    house = folder(tmp_path / "house", written)
    result = run(tmp_path, by_tier(), "--policy", house, "--policy", "logged", "--json")
    told = json.loads(result.output)["policies"]
    assert result.exit_code == 0
    assert told[0]["snips"] == pytest.approx(0.4, abs=0.05)
    assert told[1]["snips"] == pytest.approx(0.25, abs=0.03)
    assert told[0]["verdict"] == "better than what was logged"


def learned(seed: int = 6) -> list[Entry]:
    """People of whom each could have had some of three offers, which were chosen by lot among those."""
    chance = random.Random(seed)  # noqa: S311  # a simulation
    found: list[Entry] = []
    for n in range(3000):
        able = chance.sample(["lounge", "guide", "tour"], chance.choice((1, 2, 3)))
        offer = chance.choice(able)
        where = {"decision": f"d{n}", "offer": offer, "placement": "hero", "learns": True}
        listed = tuple(Candidate(name, 1 / len(able)) for name in able)
        shown = LoggedExposure(
            f"p{n}", channel="web", at=1e9 + n, how="viewed", chance=1 / len(able), candidates=listed, **where
        )
        found.append(shown)
        if chance.random() < {"lounge": 0.4, "guide": 0.2, "tour": 0.1}[offer]:
            found.append(LoggedOutcome(f"p{n}", "clicked", 1e9 + n + 1, first=True, **where))
    return found


def test_who_could_have_had_what_is_taken_from_the_candidates_of_the_log(tmp_path: Path) -> None:
    """The best for each of those who could have it: the lounge for two thirds, then the guide, then the tour."""
    house = folder(tmp_path / "house", offers(lounge="value: 9", guide="value: 4", tour="value: 1"))
    told = json.loads(run(tmp_path, learned(), "--policy", house, "--json").output)["policies"][0]
    expected = 2 / 3 * 0.4 + 2 / 9 * 0.2 + 1 / 9 * 0.1
    assert told["weight"] == pytest.approx(1, abs=0.05)
    assert told["snips"] == pytest.approx(expected, abs=0.03)
    assert told["verdict"] == "better than what was logged"


def test_a_catalogue_of_new_offers_alone_cannot_be_judged(tmp_path: Path) -> None:
    house = folder(tmp_path / "house", offers(brandnew="value: 50", lounge="", guide=""))
    told = json.loads(run(tmp_path, by_tier(), "--policy", house, "--json").output)["policies"][0]
    assert told["verdict"] == "too little evidence"
    assert told["snips"] is None


def test_a_rule_on_what_the_log_does_not_tell_is_taken_as_it_was_observed(tmp_path: Path) -> None:
    house = folder(tmp_path / "house", offers(lounge="when: 'traits.age > 30', value: 9", guide="value: 1"))
    told = json.loads(run(tmp_path, by_tier(), "--policy", house, "--json").output)["policies"][0]
    assert told["snips"] == pytest.approx(0.25, abs=0.05)


def test_the_table_says_its_verdict_in_words(tmp_path: Path) -> None:
    result = run(tmp_path, by_tier(), "--policy", "always:lounge", "--policy", "uniform")
    assert "no clear difference from what was logged" in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize("policy", ["nonsense", "always"])
def test_a_policy_that_is_none_is_wrong_usage(tmp_path: Path, policy: str) -> None:
    assert run(tmp_path, by_tier(), "--policy", policy).exit_code == 2


def test_a_file_that_is_no_log_is_a_problem_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    file.write_text('{"row": "outcome", "profile": "p", "kind": "clicked", "at": 1}\n{"at": 3}\n')
    result = CliRunner().invoke(main, ["what-if", str(file), "--policy", "logged"])
    assert result.exit_code == 1
    assert "line 2" in result.output


def test_a_packed_log_is_read_as_a_plain_one_and_a_broken_one_is_a_problem(tmp_path: Path) -> None:
    plain, packed = tmp_path / "log", tmp_path / "log.gz"
    # As a deployment writes it: one member of gzip after another.
    halves = [b"".join(encoded(entry) + b"\n" for entry in part) for part in (by_tier()[:900], by_tier()[900:])]
    plain.write_bytes(b"".join(halves))
    packed.write_bytes(b"".join(map(gzip.compress, halves)))
    told = [
        CliRunner().invoke(main, ["what-if", str(file), "--policy", "uniform", "--within", "0", "--json"]).output
        for file in (plain, packed)
    ]
    assert told[0] == told[1]
    packed.write_bytes(packed.read_bytes()[:-20])
    broken = CliRunner().invoke(main, ["what-if", str(packed), "--policy", "uniform"])
    assert (broken.exit_code, "cannot be unpacked" in broken.output) == (1, True)


def test_a_log_comes_from_standard_input_too() -> None:
    given = b"\n".join(map(encoded, by_tier()))
    told = CliRunner().invoke(main, ["what-if", "-", "--policy", "logged", "--within", "0", "--json"], input=given)
    assert json.loads(told.output)["policies"][0]["trials"] == 2000


def test_a_table_whose_shares_do_not_add_up_is_wrong_usage(tmp_path: Path) -> None:
    table = tmp_path / "table.json"
    table.write_text('{"hero": {"lounge": 0.4}}')
    assert run(tmp_path, by_tier(), "--policy", str(table)).exit_code == 2
