"""A year of a house like the starter's, made up but of one piece: people with habits who answer what they really get.

The timeline is made while it is played, since whoever clicks must have been shown something. The same catalogue, number
of people and seed give the same lines; played again they give the same rows.

    python -m rapport_authoring.simulation.year my-house --people 200 > year.ndjson
"""

import heapq
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import click
from rapport.domain.moment import DAY, HOUR, MINUTE, Moment, parse, text

from rapport_authoring.cli.catalogue import FOLDER, sound
from rapport_authoring.simulation.play import Simulation
from rapport_authoring.simulation.rows import Row

BEGINS: Final = parse("2026-01-05T08:00:00Z")
LASTS: Final = 364 * DAY
TASTES: Final = ("ski", "trekking", "city")
"""What people are really after; the house only sees what they do."""
CITIES: Final = ("Lyon", "Grenoble", "Paris", "Bergen")
GOODS: Final = {
    "ski": (("wax", 20.0), ("boots-alpine", 320.0), ("skis", 480.0)),
    "trekking": (("shell-3l", 240.0), ("socks", 18.0), ("tent", 390.0)),
    "city": (("case", 110.0), ("socks", 18.0), ("guidebook", 24.0)),
}
FITS: Final = {
    "ski": ("chamonix", "wax", "ski"),
    "trekking": ("oslo", "rain", "svalbard", "packing"),
    "city": ("stockholm", "rental", "tables", "journal", "video"),
}
"""Words in the ids of offers that people of a taste like."""
PLACES: Final = ("home-hero", "home-grid")
GRANTS: Final = {"personalisation": 0.8, "marketing": 0.75, "profiling": 0.55, "tracking": 0.6, "partner": 0.2}


@dataclass
class Somebody:
    """One made-up person: what they are after, and how often they come."""

    name: str
    taste: str
    visits_every: float
    keen: float
    chance: random.Random
    orders: int = 0
    annoyed: int = 0


Act = Callable[[], None]
Line = dict[str, Any]


class Year:
    """A year being played: what people do comes up in the order of its time."""

    def __init__(self, simulation: Simulation, people: int, seed: int) -> None:
        self._simulation = simulation
        self._queue: list[tuple[Moment, int, Act]] = []
        self._numbers = count()
        self._chance = random.Random(seed)  # noqa: S311  # nothing here is a secret
        self._lines: list[str] = []
        self._rows: list[Row] = []
        self._now = BEGINS
        self._people = {f"u{number}": self._somebody(f"u{number}") for number in range(people)}
        for number, one in enumerate(self._people.values()):
            self._at(BEGINS + number * LASTS / (3 * people), partial(self._joins, one))
        for month in range(1, 12):
            self._at(BEGINS + month * 30 * DAY, partial(self._publishes, month))
        self._at(BEGINS + 300 * DAY, self._opens_the_season)

    def lines(self) -> Iterator[str]:
        """Every line of the timeline; each was played when it comes."""
        while self._queue and self._queue[0][0] < BEGINS + LASTS:
            moment, _, act = heapq.heappop(self._queue)
            self._now = max(self._now, moment)
            act()
            yield from self._said()
        self._now = BEGINS + LASTS
        self._says("end")
        yield from self._said()

    def _said(self) -> Iterator[str]:
        lines, self._lines = self._lines, []
        yield from lines

    # ---- the clock

    def _at(self, moment: Moment, act: Act) -> None:
        heapq.heappush(self._queue, (moment, next(self._numbers), act))

    def _later(self, one: Somebody, days: float, act: Act) -> None:
        """After a while that varies around so many days."""
        self._at(self._now + days * DAY * one.chance.lognormvariate(-0.2, 0.6), act)

    def _says(self, kind: str, **values: Any) -> list[Row]:  # noqa: ANN401  # JSON
        """Write a line, play it, and let people read what came to them meanwhile."""
        line = {
            "at": text(self._now),
            "type": kind,
            **{name: value for name, value in values.items() if value is not None},
        }
        written = json.dumps(line, ensure_ascii=False)
        self._lines.append(written)
        rows = self._simulation.play(written)
        for row in rows:
            if row["type"] == "message" and row["status"] == "SENT":
                self._gets(row)
        self._now += 1
        return rows

    # ---- people

    def _somebody(self, name: str) -> Somebody:
        chance = random.Random(f"{name} {self._chance.random()}")  # noqa: S311  # as above
        return Somebody(
            name, chance.choice(TASTES), chance.lognormvariate(2.6, 0.5), chance.lognormvariate(-0.2, 0.5), chance
        )

    def _joins(self, one: Somebody) -> None:
        chance = one.chance
        traits = {
            "email": f"{one.name}@people.example", "firstName": f"Person {one.name}", "adult": True,
            "birthday": f"{chance.randint(1950, 2000)}-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}",
            "homeCity": chance.choice(CITIES), "household": chance.choice(("alone", "couple", "family")),
        }  # fmt: skip
        if chance.random() < 0.4:
            traits["interests"] = [one.taste]
        if chance.random() < 0.3:
            traits["tier"] = chance.choice(("none", "silver", "gold"))
        self._says("identify", userId=one.name, traits=traits)
        for purpose, share in GRANTS.items():
            if chance.random() < share:
                self._says("consent", userId=one.name, purpose=purpose, status="granted")
        self._says("track", userId=one.name, event="Signed Up")
        self._later(one, 1, partial(self._visits, one))

    def _visits(self, one: Somebody) -> None:
        """Somebody comes by, looks at what is theirs, and sometimes at more."""
        rows = self._says("personalise", userId=one.name, known=True, placements=list(PLACES))
        shown = [(place["id"], offer["id"]) for row in rows if row["type"] == "decision" for place in row["placements"]
                 for offer in place["offers"]]  # fmt: skip
        for place, offer in shown:
            self._sees(one, place, offer)
        if one.chance.random() < 0.5:
            self._says("track", userId=one.name, event="Product Viewed", properties=self._looked_at(one))
        if one.chance.random() < 0.10 * one.keen:
            self._buys(one)
        if one.chance.random() < 0.06:
            self._travels(one)
        self._later(one, one.visits_every, partial(self._visits, one))

    def _sees(self, one: Somebody, place: str, offer: str) -> None:
        self._says("track", userId=one.name, event="Offer Viewed", properties={"offer": offer, "placement": place})
        likes = any(word in offer for word in FITS[one.taste])
        if one.chance.random() < (0.28 if likes else 0.05) * one.keen:
            self._says("track", userId=one.name, event="Offer Clicked", properties={"offer": offer, "placement": place})
            if one.chance.random() < 0.25:
                self._buys(one)
        elif not likes and one.chance.random() < 0.02:
            self._says(
                "track", userId=one.name, event="Offer Dismissed", properties={"offer": offer, "placement": place}
            )

    def _does(self, one: Somebody, event: str, properties: Line) -> None:
        self._says("track", userId=one.name, event=event, properties=properties)

    def _looked_at(self, one: Somebody) -> Line:
        taste = one.taste if one.chance.random() < 0.8 else one.chance.choice(TASTES)
        return {"sku": one.chance.choice(GOODS[taste])[0], "category": taste}

    def _buys(self, one: Somebody) -> None:
        one.orders += 1
        sku, price = one.chance.choice(GOODS[one.taste])
        order = {"order_id": f"o-{one.name}-{one.orders}", "revenue": price, "currency": "EUR",
                 "products": [{"sku": sku, "name": sku, "category": one.taste, "quantity": 1}]}  # fmt: skip
        self._says("track", userId=one.name, event="Order Completed", source="commerce", properties=order)
        number = order["order_id"]
        self._at(self._now + 4 * DAY, partial(self._receives, one, number))

    def _receives(self, one: Somebody, order: object) -> None:
        self._says("track", userId=one.name, event="Order Delivered", properties={"order_id": order})
        if one.chance.random() < 0.04:
            self._complains(one)
        elif one.chance.random() < 0.45:
            stars = one.chance.choices((5, 4, 3, 2, 1), (8 - min(4, one.annoyed), 6, 2, 1, 1 + one.annoyed))[0]
            self._says("track", userId=one.name, event="Delivery Rated", properties={"order_id": order, "stars": stars})

    def _complains(self, one: Somebody) -> None:
        case = {"case_id": f"c-{one.name}-{one.orders}"}
        self._says("track", userId=one.name, event="Complaint Reported", properties=case)
        self._later(one, 5, partial(self._does, one, "Complaint Resolved", case))

    def _travels(self, one: Somebody) -> None:
        city = one.chance.choice(("stockholm", "oslo", "chamonix"))
        self._says("track", userId=one.name, event="Trip Searched", properties={"destination": city})
        if one.chance.random() < 0.4:
            back = text(self._now + 20 * DAY)[:10]
            trip = {"destination": city, "booking_id": f"b-{one.name}-{int(self._now)}", "return_date": back}
            self._says("track", userId=one.name, event="Flight Booked", properties=trip)

    # ---- what the house sends

    def _publishes(self, month: int) -> None:
        self._says(
            "track",
            event="Article Published",
            properties={"title": f"Letter {month}", "url": "https://trails.example/letters"},
        )

    def _opens_the_season(self) -> None:
        self._says("track", event="Season Opened")

    def _gets(self, row: Row) -> None:
        one = self._people.get(str(row.get("userId")))
        if one is None or row["channel"] != "email":
            return
        campaign = str(row["campaign"])
        self._at(self._now + one.chance.uniform(10 * MINUTE, 20 * HOUR), partial(self._reads, one, campaign))

    def _reads(self, one: Somebody, campaign: str) -> None:
        draw = one.chance.random()
        if draw < 0.18 * one.keen:
            self._says("feedback", userId=one.name, campaign=campaign, status="clicked", channel="email")
            if one.chance.random() < 0.2:
                self._buys(one)
        elif draw > 0.985:
            one.annoyed += 1
            self._says("consent", userId=one.name, purpose="marketing", channel="email", status="withdrawn")


def year(simulation: Simulation, people: int, seed: int) -> Iterator[str]:
    """The lines of a year, played in a simulation as they come."""
    return Year(simulation, people, seed).lines()


@click.command()
@click.argument("folder", metavar="CATALOGUE", type=FOLDER)
@click.option("--people", default=200, show_default=True, help="How many.")
@click.option("--seed", default=0, show_default=True, help="What their chance follows from.")
def main(folder: Path, people: int, seed: int) -> None:
    """Write the timeline of a made-up year for a house like the starter's."""
    for line in year(Simulation(sound(folder)), people, seed):
        click.echo(line)


if __name__ == "__main__":
    main()
