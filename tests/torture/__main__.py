"""`python -m tests.torture WHAT`: one torture in its long form, and what it showed as JSON."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from tests.torture import caps, kills, races

TORTURES: dict[str, tuple[Callable[..., Any], dict[str, int]]] = {
    "kills": (kills.run, {"messages": 10_000, "kills": 1_000, "seed": 1}),
    "races": (races.run, {"races": 5_000, "seed": 1}),
    "caps": (caps.run, {"contenders": 2_400, "seed": 1}),
}
"""What can be asked for, and how much of it where nobody says otherwise."""


def main() -> None:
    """Run what is asked for."""
    asked = argparse.ArgumentParser(prog="python -m tests.torture")
    what = asked.add_subparsers(dest="what", required=True)
    for name, (_, options) in TORTURES.items():
        one = what.add_parser(name)
        for option, default in options.items():
            one.add_argument(f"--{option}", type=int, default=default)
    given = vars(asked.parse_args())
    run, _ = TORTURES[given.pop("what")]
    told = quietly(lambda: msgspec.json.encode(run(**given)))
    sys.stdout.write(msgspec.json.format(told, indent=2).decode() + "\n")


def quietly(do: Callable[[], bytes]) -> bytes:
    """Do it, and let nobody hear the metrics that the product tells on the way."""
    own = os.dup(1)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    try:
        return do()
    finally:
        os.dup2(own, 1)


if __name__ == "__main__":
    main()
