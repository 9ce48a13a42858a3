"""Conditions at scale: the index beside five engines in one interleaved run. Only ratios are asserted; times are shown.

The engines come with requirements/bench.txt, which `make bench` installs.
"""

import gc
import time
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from statistics import median, quantiles
from typing import Any

import msgspec
import pytest
from rapport.domain.condition import Condition
from rapport.plan import index
from rapport_authoring.conditions import compile_condition

from tests.benchmarks.conditions import rules as written
from tests.benchmarks.conditions.rules import Person

engines = pytest.importorskip("tests.benchmarks.conditions.engines", reason="make bench installs the other engines")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

FASTER = 50
SET, IDS = "Rapport, the set", "Rapport, as ids"
TURNS = 3
PEOPLE = {100: 40, 1_000: 30, 10_000: 8, 100_000: 1}
"""How many an engine is asked for in a turn."""
MORE = 10
"""So many times as many people are asked of the index: its times are too short for a few to tell."""


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
    ours, truth = engines.rapport(rules), engines.interpreter(rules)
    peers = {name: build(rules) for name, build in engines.PEERS.items()}
    measured = {name: Measured() for name in (SET, IDS, *peers)}
    gc.collect()
    for turn in range(TURNS):
        crowd = everybody[turn::TURNS]
        right = [set(truth(person)) for person in crowd[: PEOPLE[count]]]
        asked(measured[SET], lambda person: ours.found(engines.Facts(person)), crowd)
        asked(measured[IDS], lambda person: ours.eligible(engines.Facts(person)), crowd, right)
        for name, match in peers.items():
            asked(measured[name], match, crowd[: len(right)], right)
    show(count, measured)
    return measured


def asked(
    measured: Measured, match: Callable[[Person], Any], crowd: Sequence[Person], right: Sequence[set[int]] = ()
) -> None:
    """Ask an engine for each of some people; of the first of them it is known what is right."""
    found = [taken(match, person) for person in crowd]
    measured.times += [time for time, _ in found]
    for (_, ids), truth in zip(found, right, strict=False):
        measured.false += len(set(ids) - truth)
        measured.missed += len(truth - set(ids))


def taken(match: Callable[[Person], Any], person: Person) -> tuple[float, Any]:
    before = time.process_time()
    found = match(person)
    return (time.process_time() - before) * 1e6, found


def show(count: int, measured: dict[str, Measured]) -> None:
    print(f"\n{count:,} offers, per person:")  # noqa: T201  # figures are what a benchmark is for
    for name, one in sorted(measured.items(), key=lambda entry: entry[1].typical):
        line = f"  {name:26} {one.typical:10,.0f} us {one.typical / measured[SET].typical:8.1f} x"
        print(f"{line}   false matches {one.false}, missed {one.missed}")  # noqa: T201  # the same


def fastest_peer(count: int) -> float:
    return min(one.typical for name, one in beside(count).items() if name not in (SET, IDS))


def test_rules_are_measured_as_the_compiler_leaves_them() -> None:
    for rule in written.rules(1_000):
        compiled, _ = compile_condition(written.rapport(rule), written.NAMES, "person")
        assert compiled is not None
        assert compiled.plan == written.plan(rule)


@pytest.mark.parametrize("count", PEOPLE)
def test_the_index_is_never_wrong_about_a_rule(count: int) -> None:
    ours = beside(count)[IDS]
    assert (ours.false, ours.missed) == (0, 0)


@pytest.mark.parametrize(("count", "faster"), [(1_000, 5), (10_000, FASTER), (100_000, FASTER)])
@pytest.mark.parametrize("form", [SET, IDS])
def test_the_index_is_many_times_faster_than_the_fastest_of_the_others(count: int, faster: float, form: str) -> None:
    assert fastest_peer(count) > faster * beside(count)[form].typical


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
    facts = [engines.Facts(person) for person in written.people(60)]
    tracemalloc.start()
    built = index.load(prepared)
    for one in facts:
        built.found(one)
    memory = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
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
