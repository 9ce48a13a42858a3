"""Decisions of the public Open Bandit sample as rows of an outcome log; each is somebody of their own."""

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from rapport.domain.outcome_log import Entry, LoggedExposure, LoggedOutcome

DATA = Path(__file__).parent / "data"


def rows(policy: Literal["random", "bts"]) -> list[dict[str, str]]:
    with gzip.open(DATA / f"obd_{policy}_men.csv.gz", "rt") as lines:
        return list(csv.DictReader(lines))


def log(policy: Literal["random", "bts"]) -> Iterator[Entry]:
    for number, row in enumerate(rows(policy)):
        person, decision, at = f"p_{number}", f"d_{number}", 1_574_553_600.0 + number * 60
        offer, placement = f"item-{row['item_id']}", f"place-{row['position']}"
        chance = float(row["propensity_score"])
        features = (f"group:{row['group']}",)
        yield LoggedExposure(person, decision, offer, placement, "web", at, "viewed", features=features, chance=chance)
        if row["click"] == "1":
            yield LoggedOutcome(person, "clicked", at + 1, decision=decision, offer=offer, placement=placement)
