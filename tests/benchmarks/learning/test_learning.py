"""Learning beside Vowpal Wabbit, mabwiser and Beta-Thompson in one run; only shares and ratios are asserted.

The others come with requirements/bench.txt, which `make bench` installs.
"""

from statistics import mean

import pytest

lift = pytest.importorskip("tests.benchmarks.learning.lift", reason="make bench installs the other learners")
cost = pytest.importorskip("tests.benchmarks.learning.cost", reason="make bench installs the other learners")
delayed = pytest.importorskip("tests.benchmarks.learning.delayed", reason="make bench installs the other learners")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def test_no_learner_wins_more_of_the_possible_lift(capsys: pytest.CaptureFixture[str]) -> None:
    found = lift.shares()
    means = {name: mean(kinds.values()) for name, kinds in found.items()}
    with capsys.disabled():
        print(f"\n{lift.told(found)}")  # noqa: T201  # figures are what a benchmark is for
    assert means["Rapport"] >= 0.70
    assert max(means, key=means.__getitem__) == "Rapport"


def test_where_answers_take_days_trials_as_old_as_they_are_win_most(capsys: pytest.CaptureFixture[str]) -> None:
    found = delayed.shares()
    with capsys.disabled():
        print(f"\n{delayed.told(found)}")  # noqa: T201  # figures are what a benchmark is for
    assert found["by age"] > found["failures at once"] - 0.02
    assert found["by age"] > found["failures in the end"] + 0.1


def test_a_choice_costs_about_what_it_costs_elsewhere(capsys: pytest.CaptureFixture[str]) -> None:
    found = cost.costs()
    with capsys.disabled():
        print(f"\n{cost.told(found)}")  # noqa: T201  # figures are what a benchmark is for
    assert all(own < 8 * other for own, other in found.values()), "pure Python with exact propensities, beside C++"
    assert found[200][0] < 30 * found[10][0]
