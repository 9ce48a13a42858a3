"""The summary of a simulation: per campaign, per offer, per person, counted from the rows alone."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.table import Table

from rapport_authoring.simulation.rows import Row

MOST_CONTACTED = 10
Counts = Mapping[str, Mapping[str, int]]


def summarise(rows: Iterable[Row]) -> dict[str, Any]:
    """Counts of a simulation.

    `campaigns`: id -> planned, sent and the other endings by reason. `offers`: id -> shown, sent, chosen and filtered
    by reason, as far as the rows explain it. `people`: whom most messages reached, most first. `errors`: how many lines
    were wrong.
    """
    campaigns: dict[str, Counter[str]] = defaultdict(Counter)
    offers: dict[str, Counter[str]] = defaultdict(Counter)
    people: Counter[str] = Counter()
    planned: set[tuple[str, str, str]] = set()
    errors = 0
    for row in rows:
        if row["type"] == "message":
            person = str(row.get("userId") or row.get("anonymousId"))
            planned.add((row["campaign"], person, row["key"]))
            _count_message(row, person, campaigns[row["campaign"]], offers, people)
        elif row["type"] in ("decision", "next-action"):
            _count_answer(row, offers)
        errors += row["type"] == "error"
    for campaign, _, _ in planned:
        campaigns[campaign]["planned"] += 1
    return {
        "campaigns": {name: dict(campaigns[name]) for name in sorted(campaigns)},
        "offers": {name: dict(offers[name]) for name in sorted(offers)},
        "people": dict(people.most_common(MOST_CONTACTED)),
        "errors": errors,
    }


def _count_message(
    row: Row, person: str, campaign: Counter[str], offers: dict[str, Counter[str]], people: Counter[str]
) -> None:
    campaign[f"{row['status']} {row['reason']}" if "reason" in row else row["status"]] += 1
    for candidate in row.get("candidates", ()):
        offers[candidate["offer"]][candidate["reason"]] += 1
    if row["status"] == "SENT":
        people[person] += 1
        for offer in row["offers"]:
            offers[offer]["sent"] += 1


def _count_answer(row: Row, offers: dict[str, Counter[str]]) -> None:
    shown = [offer["id"] for placement in row.get("placements", ()) for offer in placement["offers"]]
    for offer in (*shown, *(action["offer"] for action in row.get("actions", ()))):
        offers[offer]["shown"] += 1
    for candidate in row.get("explain", {}).get("candidates", ()):
        offers[candidate["offer"]][candidate["reason"]] += 1


def tables(counted: Mapping[str, Any]) -> Iterator[Table]:
    """The summary as tables for a terminal."""
    yield _table("Campaigns", counted["campaigns"], ("planned", "SENT"))
    yield _table("Offers", counted["offers"], ("shown", "sent", "CHOSEN"))
    errors = counted["errors"]
    people = Table("Most contacted", "messages", title="People", caption=f"wrong lines: {errors}" if errors else None)
    for person, count in counted["people"].items():
        people.add_row(person, str(count))
    yield people
    if counted.get("holdout") is not None:
        yield _holdout(counted["holdout"])


def _holdout(told: Mapping[str, Any]) -> Table:
    """Those held out beside all others, and the difference with its uncertainty."""
    found = told["effect"]
    says = "no effect to tell: one of the groups is empty"
    if found is not None:
        says = f"{found['difference']:+.1%} bought, surely between {found['low']:+.1%} and {found['high']:+.1%}"
    parts = ("people", "bought", "revenue", "satisfaction", "unsubscribed")
    table = Table("group", *parts, title="Holdout", caption=f"{says}: {told['says']}")
    for name in ("held_out", "others"):
        table.add_row(name.replace("_", " "), *(_cell(told[name][part]) for part in parts))
    return table


def _cell(figure: float | None) -> str:
    """A figure to read; a dash where nobody said anything that could make one."""
    return "-" if figure is None else f"{figure:,.10g}"


def _table(title: str, counts: Counts, first: tuple[str, ...]) -> Table:
    table = Table(title[:-1].lower(), *first, "otherwise", title=title)
    for name, found in counts.items():
        others = ", ".join(f"{reason} {count}" for reason, count in sorted(found.items()) if reason not in first)
        table.add_row(name, *(str(found.get(column, 0)) for column in first), others)
    return table
