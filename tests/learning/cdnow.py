"""Purchases of the public CDNOW sample, as the orders of people, a day's lines as one order."""

import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rapport.domain.moment import Moment

FILE = Path(__file__).parent / "data" / "cdnow_sample.txt.gz"
SPLIT = datetime(1997, 10, 1, tzinfo=UTC).timestamp()
"""What comes before is known, what comes after is held back."""

Orders = dict[Moment, float]
"""When -> what it came to."""


def purchases() -> dict[str, Orders]:
    people: dict[str, Orders] = defaultdict(dict)
    with gzip.open(FILE, "rt") as lines:
        for line in lines:
            _, person, day, _, amount = line.split()
            at = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC).timestamp()
            people[person][at] = people[person].get(at, 0.0) + float(amount)
    return dict(people)
