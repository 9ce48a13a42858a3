"""`python -m tests.torture WHAT`: one torture in its long form, and what it showed as JSON."""

import argparse
import sys

import msgspec

from tests.torture import kills


def main() -> None:
    """Run what is asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.torture")
    what = asked.add_subparsers(dest="what", required=True)
    killing = what.add_parser("kills")
    killing.add_argument("--messages", type=int, default=10_000)
    killing.add_argument("--kills", type=int, default=1_000)
    killing.add_argument("--seed", type=int, default=1)
    options = vars(asked.parse_args())
    showed = {"kills": kills.run}[options.pop("what")](**options)
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(showed), indent=2).decode() + "\n")


if __name__ == "__main__":
    main()
