"""How things went over time: what learning brought by the week, satisfaction beside revenue by the month."""

from collections.abc import Mapping

from rapport.domain.tally import Tried

from rapport_authoring.report.facts import Facts
from rapport_authoring.report.section import Cell, Section, rate


def learning(facts: Facts) -> Section | None:
    """How often what was shown where placements learn was answered, week by week."""
    weeks = facts.tally.weeks
    if not weeks:
        return None
    rows = tuple(_week_row(week, weeks[week]) for week in sorted(weeks))
    halves = rows[: len(rows) // 2], rows[len(rows) // 2 :]
    early, late = (
        rate(sum(int(row[1] or 0) for row in half), sum(int(row[2] or 0) for row in half)) for half in halves
    )
    told = f"Of what was shown where placements learn, {late:.1%} was answered in the later half of the weeks"
    told += f", {early:.1%} in the earlier." if halves[0] else "."
    head = ("week of", "shown", "answered", "share", "most often", "of all")
    return Section("learning", "Learning over time", told, head, rows, weeks)


def _week_row(week: str, offers: Mapping[str, Tried]) -> tuple[Cell, ...]:
    shown, answered = (sum(getattr(one, key) for one in offers.values()) for key in ("exposed", "answered"))
    most = max(sorted(offers), key=lambda name: offers[name].exposed)
    return week, shown, answered, rate(shown, answered), most, rate(shown, offers[most].exposed)


def satisfaction(facts: Facts) -> Section | None:
    """Satisfaction beside revenue, month by month."""
    months = facts.tally.months
    if not months:
        return None
    rows = tuple(
        (
            name,
            one.orders,
            round(one.revenue, 2),
            one.ratings,
            one.rating / one.ratings if one.ratings else None,
            one.complaints,
            one.unsubscribed,
        )
        for name, one in sorted(months.items())
    )
    revenue, ratings, rating = (
        sum(getattr(one, key) for one in months.values()) for key in ("revenue", "ratings", "rating")
    )
    told = f"{revenue:,.2f} {facts.currency} in {len(rows)} months"
    told += (
        f", and of {ratings:,} ratings a mean of {rating / ratings:.0%}."
        if ratings
        else "; nobody was asked how it was."
    )
    head = ("month", "orders", "revenue", "ratings", "satisfaction", "complaints", "unsubscribed")
    return Section("satisfaction", "Satisfaction beside revenue", told, head, rows, rows)
