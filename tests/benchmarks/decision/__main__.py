"""Prints what a whole decision costs beside the bare index, and how many a second one core makes."""

from tests.benchmarks.decision.measure import SIZES, measured

if __name__ == "__main__":
    print("| live offers | may have | bare index | whole decision | ratio | decisions a second |")  # noqa: T201  # a report
    print("|---|---|---|---|---|---|")  # noqa: T201  # a report
    for size in SIZES:
        row = measured(size)
        print(  # noqa: T201  # a report
            f"| {size:,} | {row.eligible:.0f} | {row.bare * 1e6:.0f} us | {row.decision * 1e6:.0f} us "
            f"| {row.ratio:.1f} | {1 / row.decision:,.0f} |"
        )
