"""Conditions at scale: the index beside five engines in one interleaved run. Only ratios are asserted; times are shown.

The engines come with requirements/bench.txt, which `make bench` installs.
"""

import gc
import time
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from statistics import median, quantiles
from typing import Any

import msgspec
import pytest
from rapport.domain.condition import Condition
from rapport.plan import index

from tests.benchmarks.conditions import rules as written
from tests.benchmarks.conditions.rules import Person

engines = pytest.importorskip("tests.benchmarks.conditions.engines", reason="make bench installs the other engines")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FASTER = 50
SET, IDS = "Rapport, the set", "Rapport, as ids"
TURNS = 3
PEOPLE = {100: 40, 1_000: 30, 10_000: 8}
"""How many an engine is asked for in a turn."""
MORE = 10
"""So many times as many people are asked of the index as a set: its times are too short for a few to tell."""


@dataclass
class Measured:
    """One engine over some people: its times in microseconds, and how often it was wrong about a rule."""

    times: list[float] = field(default_factory=list)
    false: int = 0
    missed: int = 0

    @property
    def typical(self) -> float:
        """The lower quartile: what else runs on a machine only ever adds."""
        return quantiles(self.times, n=4)[0]


@cache
def beside(count: int) -> dict[str, Measured]:
    """All engines over the same people in turns, so that a busy moment of the machine strikes all of them."""
    rules, everybody = written.rules(count), written.people(MORE * TURNS * PEOPLE[count])
    people = everybody[: TURNS * PEOPLE[count]]
    built = {name: build(rules) for name, build in {IDS: engines.rapport, **engines.PEERS}.items()}
    built_set, truth = engines.rapport_set(rules), engines.interpreter(rules)
    measured = {name: Measured() for name in (SET, *built)}
    gc.collect()
    for turn in range(TURNS):
        crowd = people[turn::TURNS]
        measured[SET].times += [taken(built_set, person)[0] for person in everybody[turn::TURNS]]
        for name, match in built.items():
            found = [taken(match, person) for person in crowd]
            measured[name].times += [time for time, _ in found]
            judge(measured[name], [set(ids) for _, ids in found], [set(truth(person)) for person in crowd])
    show(count, measured)
    return measured


def taken(match: Callable[[Person], Any], person: Person) -> tuple[float, Any]:
    before = time.process_time()
    found = match(person)
    return (time.process_time() - before) * 1e6, found


def judge(measured: Measured, found: list[set[int]], right: list[set[int]]) -> None:
    measured.false += sum(len(ids - truth) for ids, truth in zip(found, right, strict=True))
    measured.missed += sum(len(truth - ids) for ids, truth in zip(found, right, strict=True))


def show(count: int, measured: dict[str, Measured]) -> None:
    print(f"\n{count:,} offers, per person:")  # noqa: T201  # figures are what a benchmark is for
    for name, one in sorted(measured.items(), key=lambda entry: entry[1].typical):
        line = f"  {name:26} {one.typical:10,.0f} us {one.typical / measured[SET].typical:8.1f} x"
        print(f"{line}   false matches {one.false}, missed {one.missed}")  # noqa: T201  # the same


def fastest_peer(count: int) -> float:
    return min(one.typical for name, one in beside(count).items() if name not in (SET, IDS))


@pytest.mark.parametrize("count", [100, 1_000, 10_000])
def test_the_index_is_never_wrong_about_a_rule(count: int) -> None:
    ours = beside(count)[IDS]
    assert (ours.false, ours.missed) == (0, 0)


@pytest.mark.parametrize(("count", "faster"), [(1_000, 5), (10_000, FASTER)])
def test_the_index_is_many_times_faster_than_the_fastest_of_the_others(count: int, faster: float) -> None:
    assert fastest_peer(count) > faster * beside(count)[SET].typical


def test_from_ten_to_a_hundred_thousand_offers_everything_grows_no_faster_than_they_do() -> None:
    small, large = grown(10_000), grown(100_000)
    # A tenth more for what the machine's caches hold of the smaller one.
    assert [name for name in small if large[name] > 11 * small[name]] == []


def grown(count: int) -> dict[str, float]:
    """Bytes stored, bytes of memory, and microseconds a person, of the index alone."""
    pairs = [(Condition("", written.plan(rule), ()), None) for rule in written.rules(count)]
    before = time.process_time()
    prepared = index.prepare(pairs)
    seconds = time.process_time() - before
    stored = len(zlib.compress(msgspec.msgpack.encode(prepared), 9))
    tracemalloc.start()
    built = index.load(prepared)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    facts = [engines.Facts(person) for person in written.people(60)]
    # As in a function, whose memory is settled once the catalogue is loaded.
    del pairs, prepared
    gc.collect()
    gc.freeze()
    found = {
        "stored": stored,
        "memory": memory,
        "set": median(taken(built.found, one)[0] for one in facts),
        "ids": median(taken(built.eligible, one)[0] for one in facts),
    }
    gc.unfreeze()
    print(  # noqa: T201  # the same
        f"\n{count:,} rules: prepared in {seconds:.2f} s, stored in {found['stored'] / 1e6:.2f} MB, "
        f"{found['memory'] / 1e6:.1f} MB of memory, set {found['set']:,.0f} us, ids {found['ids']:,.0f} us a person"
    )
    return found
