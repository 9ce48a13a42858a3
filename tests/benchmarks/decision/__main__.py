"""Prints what a whole decision costs beside the bare index, and how many a second one core makes."""

from tests.benchmarks.decision.measure import HEAD, SIZES, measured

if __name__ == "__main__":
    print(f"| {HEAD} |\n|{'---|' * 8}")  # noqa: T201  # a report
    for size in SIZES:
        print(f"| {size:,} | {measured(size)} |")  # noqa: T201  # a report
