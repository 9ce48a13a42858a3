"""`python -m tests.benchmarks.lambda_runtime`: what the hot path costs beside a bare and a typical function."""

import argparse
import json
import sys
from collections.abc import Callable

from tests.benchmarks.lambda_runtime import measure as m


def main() -> int:
    """Measure, print, and return 1 when the hot path is over its budget."""
    asked = arguments()
    names = list(dict.fromkeys([m.BARE, *asked.functions]))
    report = m.summary(m.measure(names, asked.processes, asked.calls, teller()))
    troubles = [f"{name}, {trouble}" for name in names if name in m.HOT for trouble in m.over_budget(report[name])]
    if asked.json:
        text = json.dumps({"functions": report, "budgets": m.BUDGETS, "over": troubles}, indent=2)
    else:
        text = "\n".join([m.table(report), *troubles])
    sys.stdout.write(f"{text}\n")
    return 1 if troubles else 0


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.lambda_runtime", description=__doc__)
    parser.add_argument("--functions", nargs="+", choices=m.FUNCTIONS, default=m.USUAL, help="besides the bare one")
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--processes", type=int, default=15, help="of each function (15)")
    parser.add_argument("--calls", type=int, default=100, help="warm ones in each process (100)")
    return parser.parse_args()


def teller() -> Callable[[int], object]:
    """Show on a terminal that something happens."""
    if sys.stderr.isatty():
        return lambda turn: sys.stderr.write(f"\rround {turn} ")
    return lambda _turn: None


if __name__ == "__main__":
    sys.exit(main())
