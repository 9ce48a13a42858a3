"""Measures functions side by side and judges them by ratios to the bare one: this machine's milliseconds say little."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from tests.benchmarks.lambda_runtime import cloud, world
from tests.benchmarks.lambda_runtime.layers import search_path
from tests.benchmarks.lambda_runtime.runtime_api import Sample, run

BARE, TYPICAL, READING, PERSONALISE = "bare", "typical", "reading", "personalise"
USUAL = [BARE, TYPICAL, READING, PERSONALISE]
HOT = {READING, PERSONALISE}


class Function(NamedTuple):
    """What the runtime is told to call, and the layers it has."""

    handler: str
    layers: tuple[str, ...]


HANDLERS = "tests.benchmarks.lambda_runtime.handlers"
FUNCTIONS = {
    BARE: Function(f"{HANDLERS}.bare.handle", ("hot",)),
    TYPICAL: Function(f"{HANDLERS}.typical.handle", ("hot", "work")),
    READING: Function(f"{HANDLERS}.reading.handle", ("hot",)),
    PERSONALISE: Function("functions.personalise.handler.handle", ("hot",)),
}

COLUMNS = ("init_cpu", "warm_cpu", "init", "first", "warm")
BUDGETS = {"init_cpu": 3.2, "warm_cpu": 9.0}

Samples = dict[str, list[Sample]]


def measure(
    names: Sequence[str], processes: int, calls: int, tell: Callable[[int], object] = lambda _: None
) -> Samples:
    """Start each function so many times, in turns, so that whatever else the machine does falls on all alike.

    `tell` hears the number of each round that is done.
    """
    samples: Samples = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as folder, cloud.serve(world.answers(), Path(folder)) as there:
        environments = {name: {**there, **environment(FUNCTIONS[name], Path(folder, name))} for name in names}
        for name in names:
            run(FUNCTIONS[name].handler, environments[name], world.event(), 1)  # compiles what has no .pyc yet
        for turn in range(processes):
            for name in names:
                samples[name].append(run(FUNCTIONS[name].handler, environments[name], world.event(), calls))
            tell(turn + 1)
    return samples


def environment(function: Function, folder: Path) -> dict[str, str]:
    """What a function finds around it."""
    folder.mkdir()
    return {**world.ENVIRONMENT, "PYTHONPATH": search_path(folder, function.layers)}


def summary(samples: Samples) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds, and their ratios to those of the bare function."""
    figures = {
        name: {column: undisturbed([getattr(sample, column) for sample in taken]) for column in COLUMNS}
        for name, taken in samples.items()
    }
    return {
        name: {column: {"ms": value, "ratio": value / figures[BARE][column]} for column, value in row.items()}
        for name, row in figures.items()
    }


def undisturbed(values: Sequence[float]) -> float:
    """Return the lower quartile: what else runs on the machine only ever adds, and to longer processes more."""
    return quantiles(values, n=4, method="inclusive")[0]


def over_budget(row: dict[str, dict[str, float]]) -> list[str]:
    """Say which budgets a function of the hot path exceeds, none if it keeps them."""
    return [
        f"{column}: {row[column]['ratio']:.2f} times a bare function's, at most {limit} allowed"
        for column, limit in BUDGETS.items()
        if row[column]["ratio"] > limit
    ]


def table(report: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Draw the summary as a Markdown table."""
    rows = [["handler", *COLUMNS]]
    for name, row in report.items():
        rows.append([name, *(f"{cell['ms']:.2f} ms ({cell['ratio']:.2f})" for cell in row.values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    ruled = [rows[0], ["-" * width for width in widths], *rows[1:]]
    return "\n".join(f"| {' | '.join(map(str.ljust, row, widths))} |" for row in ruled)
