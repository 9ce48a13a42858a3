"""The hot path keeps its budget beside a bare handler, under the real runtime interface client."""

import pytest

from tests.benchmarks.lambda_runtime import measure as m


@pytest.fixture(scope="module")
def report() -> dict[str, dict[str, dict[str, float]]]:
    return m.summary(m.measure([m.BARE, m.PERSONALISE], processes=15, calls=60))


@pytest.mark.slow
def test_personalise_keeps_the_budget_of_the_hot_path(report: dict[str, dict[str, dict[str, float]]]) -> None:
    assert m.over_budget(report[m.PERSONALISE]) == []


def row(init: float, warm: float) -> dict[str, dict[str, float]]:
    return {"init_cpu": {"ratio": init}, "warm_cpu": {"ratio": warm}}


def test_a_function_at_its_budget_keeps_it() -> None:
    assert m.over_budget(row(3.2, 9.0)) == []


def test_a_function_over_its_budget_is_told_by_how_much() -> None:
    assert m.over_budget(row(3.3, 9.5)) == [
        "init_cpu: 3.30 times a bare function's, at most 3.2 allowed",
        "warm_cpu: 9.50 times a bare function's, at most 9.0 allowed",
    ]
