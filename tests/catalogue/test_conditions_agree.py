"""The interpreter, the index and Google's own CEL come to the same truth over random conditions and people."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import msgspec
import pytest
from cel_expr_python import cel  # type: ignore[import-untyped]  # it ships no py.typed
from google.protobuf.timestamp_pb2 import Timestamp  # type: ignore[import-untyped]  # stubs apart
from rapport.domain.condition import Condition, flips_at, holds, timed
from rapport.domain.logic import Truth
from rapport.domain.moment import DAY
from rapport.plan import index
from rapport_authoring.conditions import compile_condition

from tests.catalogue.conditions_random import NAMES, NOW, condition, person
from tests.domain.condition_facts import Known

Rule = tuple[Condition | None, Condition | None]


TRUTHS: list[Truth] = [True, False, None]


def compiled(source: str) -> Condition:
    found, errors = compile_condition(source, NAMES, "trigger")
    assert found is not None, (source, errors)
    return found


def people(chance: Random, count: int) -> list[Known]:
    return [
        Known(person(chance), {"gold": chance.choice(TRUTHS), "lapsed": chance.choice(TRUTHS)}) for _ in range(count)
    ]


def index_disagrees(seed: int, rules: int, count: int) -> list[object]:
    chance = Random(seed)  # noqa: S311  # chance for tests, not for keys
    pairs: list[Rule] = [(_or_none(chance, 0.9), _or_none(chance, 0.3)) for _ in range(rules)]
    stored = msgspec.msgpack.encode(index.prepare(pairs))
    built = index.load(msgspec.msgpack.decode(stored, type=index.Prepared))
    return [
        (pairs[position], facts)
        for facts in people(chance, count)
        for position in set(built.eligible(facts)) ^ _one_by_one(pairs, facts)
    ]


def _or_none(chance: Random, share: float) -> Condition | None:
    return compiled(condition(chance)) if chance.random() < share else None


def _one_by_one(pairs: list[Rule], facts: Known) -> set[int]:
    return {
        position
        for position, (when, unless) in enumerate(pairs)
        if holds(when, facts) is True and (unless is None or holds(unless, facts) is not True)
    }


REFERENCE = cel.NewEnv(
    variables=dict.fromkeys(("traits", "intents", "event", "context", "owned", "persona", "segments"), cel.Type.DYN)
    | {"now": cel.Type.TIMESTAMP}
)


def reference_disagrees(seed: int, rules: int, count: int) -> list[object]:
    chance = Random(seed)  # noqa: S311  # chance for tests, not for keys
    sources = [condition(chance, any_type=False) for _ in range(rules)]
    ours = [compiled(source) for source in sources]
    reference = [REFERENCE.compile(source) for source in sources]
    found: list[object] = []
    for values in (person(chance) for _ in range(count)):
        segments = [name for name in NAMES.segments if chance.random() < 0.5]
        facts = Known(values, {name: name in segments for name in NAMES.segments})
        activation = REFERENCE.Activation({**as_cel(values), "segments": segments})
        for source, one, other in zip(sources, ours, reference, strict=True):
            if holds(one, facts) is not truth_of(other.eval(activation)):
                found.append((source, facts))
    return found


def as_cel(values: dict[str, Any]) -> dict[str, Any]:
    moments = {name: moment(values["traits"][name]) for name in ("last", "born") if name in values["traits"]}
    return {**values, "traits": values["traits"] | moments, "now": datetime.fromtimestamp(values["now"], UTC)}


def moment(seconds: float) -> Timestamp:
    return Timestamp(seconds=int(seconds))


def truth_of(value: cel.Value) -> Truth:
    """Return the truth of what CEL came to: an error is our unknown."""
    return value.value() if value.type().name() == "BOOL" else None


def test_the_interpreter_agrees_with_google_s_cel() -> None:
    assert reference_disagrees(1, rules=150, count=30) == []


def test_the_stored_index_agrees_with_the_interpreter() -> None:
    assert index_disagrees(1, rules=200, count=30) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_the_interpreter_agrees_with_google_s_cel_at_length(seed: int) -> None:
    found = reference_disagrees(seed, rules=1_000, count=50)
    print(f"\n50,000 pairs of rule and person (seed {seed}), beside Google's CEL: {len(found)} differ")  # noqa: T201  # figures
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 6))
def test_the_index_agrees_with_the_interpreter_at_length(seed: int) -> None:
    found = index_disagrees(seed, rules=1_000, count=50)
    print(f"\n50,000 pairs of rule and person (seed {seed}), the index: {len(found)} differ")  # noqa: T201  # figures
    assert found == []


@pytest.mark.slow
def test_time_alone_changes_a_truth_at_the_moment_foretold_and_not_before() -> None:
    chance, foretold = Random(5), 0  # noqa: S311  # chance for tests, not for keys
    for _ in range(3_000):
        rule, values = compiled(condition(chance)), person(chance)
        segments = {"gold": chance.choice(TRUTHS), "lapsed": chance.choice(TRUTHS)}

        def truth(moment: float, rule: Condition = rule, values: Any = values, segments: Any = segments) -> Truth:
            return holds(rule, Known(values | {"now": moment}, segments))

        moment = flips_at(timed(rule), Known(values | {"now": NOW}, segments), NOW)
        until = NOW + 40 * DAY if moment is None else moment
        # Time passes by the millisecond.
        before = {truth(NOW + int(share * (until - NOW) * 1000) / 1000) for share in (0, 0.01, 0.25, 0.5, 0.75, 0.99)}
        assert before == {truth(NOW)}, (rule, values)
        if moment is not None:
            foretold += 1
            assert truth(moment) is not truth(NOW), (rule, values, moment)
    assert foretold > 50
