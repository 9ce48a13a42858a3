"""What personalisation earned against the holdout, and how the variants of experiments compare."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct
from rapport.domain.evidence import Effect, Measured, Says, effect, sample_ratio, says, share_effect
from rapport.domain.tally import AT, EVERYTHING, PLACEMENT, Arm

from rapport_authoring.report.facts import Facts
from rapport_authoring.report.section import Cell, Section

NOBODY: Final = Arm()
BROKEN: Final = "the ratio is broken"
HOLDOUT_NOTE: Final = (
    "A campaign is compared with those to whom the same message would have gone, had they not been held out; a "
    "placement, and each offer in it, with those held out who came there. Who gets an offer differs from who comes by: "
    "read it beside its placement. Counted are 30 days from the first time. The intervals hold for whoever looks daily."
)


class Compared(Struct, frozen=True):
    """One measure of both sides, with what it says."""

    treated: float | None
    held_out: float | None
    effect: Effect | None
    says: Says


def compared(treated: Measured, control: Measured, *, share: bool = False) -> Compared:
    """Compare two sides by one measure; a side without people has none."""
    found = share_effect(treated, control) if share else effect(treated, control)  # type: ignore[arg-type]  # groups
    ours, theirs = (side.rate if side.people else None for side in (treated, control))
    return Compared(ours, theirs, found, says(treated, control))


def measures(treated: Arm, control: Arm) -> dict[str, Compared]:
    """Revenue, responses, satisfaction and unsubscriptions, side by side."""
    return {
        "revenue": compared(treated.amounts, control.amounts),
        "answered or bought": compared(treated.share(treated.answered), control.share(control.answered), share=True),
        "satisfaction": compared(treated.ratings, control.ratings),
        "unsubscribed": compared(treated.share(treated.unsubscribed), control.share(control.unsubscribed), share=True),
    }


def earned(facts: Facts) -> Section | None:
    """What everything, each campaign and each offer brought against the holdout."""
    found = dict(_both_sides(facts.tally.sides))
    if not found:
        return None
    told = {name: measures(*arms) for name, arms in found.items()}
    rows = tuple(
        (name, arms[0].people, arms[1].people, *_cells(told[name].values()), str(told[name]["revenue"].says))
        for name, arms in found.items()
    )
    names = tuple(name for measure in measures(NOBODY, NOBODY) for name in (measure, "held out", "difference"))
    head = ("what", "people", "held out", *names, "revenue says")
    title = "What it earned against the holdout"
    says_so = _in_short(told, facts.currency) + _ratio(facts)
    return Section("earned", title, says_so, head, rows, told, HOLDOUT_NOTE)


def _ratio(facts: Facts) -> str:
    """A warning where another share of people was held out than the house has it; empty where all is well."""
    sides = facts.tally.sides.get(EVERYTHING, {})
    found = {side: sides.get(side, NOBODY).people for side in ("treated", "held_out")}
    if not 0 < facts.held_out < 1:
        return ""
    ratio = sample_ratio(found, {"treated": 1 - facts.held_out, "held_out": facts.held_out})
    if not ratio.broken:
        return ""
    return (
        f" But {found['held_out']:,} were held out where {ratio.expected['held_out']:,.0f} were to be: do not compare."
    )


def _both_sides(sides: Mapping[str, Mapping[str, Arm]]) -> Iterator[tuple[str, tuple[Arm, Arm]]]:
    """Every subject with somebody held out, all of it first; an offer is beside who was held out of its placement."""
    for name in sorted(sides, key=lambda one: (_ORDER.index(one.partition(" ")[0]), one)):
        beside = f"{PLACEMENT}{name.partition(AT)[2]}" if AT in name else name
        held = sides.get(beside, {}).get("held_out", NOBODY)
        if held.people:
            yield name, (sides[name].get("treated", NOBODY), held)


_ORDER: Final = (EVERYTHING, "campaign", "placement", "offer")


def _cells(found: Iterable[Compared]) -> Iterator[Cell]:
    for one in found:
        yield from (one.treated, one.held_out, _interval(one.effect))


def _interval(found: Effect | None) -> str | None:
    return None if found is None else f"{found.difference:+.3g} ({found.low:+.3g} to {found.high:+.3g})"


def _in_short(told: Mapping[str, Mapping[str, Compared]], currency: str) -> str:
    if EVERYTHING not in told:
        return "There is nothing to compare yet."
    money = told[EVERYTHING]["revenue"]
    start = "A person who was not held out brought"
    if money.effect is None or money.treated is None or money.held_out is None:
        return "One of the groups is empty: there is nothing to compare."
    return (
        f"{start} {money.treated:,.2f} {currency}, one who was {money.held_out:,.2f}: {money.says} "
        f"(a difference of {money.effect.difference:+,.2f}, surely between {money.effect.low:+,.2f} and "
        f"{money.effect.high:+,.2f})."
    )


def experiments(facts: Facts) -> Section | None:
    """How the variants of campaigns compare, and whether people came to them by their weights."""
    rows = tuple(row for name in sorted(facts.tally.variants) for row in _variant_rows(name, facts))
    if not rows:
        return None
    broken = sorted({str(row[0]) for row in rows if row[-1] == BROKEN})
    told = "The people of every experiment came to its variants by their weights."
    if broken:
        told = f"The people of {', '.join(broken)} did not come to the variants by their weights: do not compare."
    head = ("campaign", "variant", "people", "answered or bought", "revenue", "against the first", "says")
    return Section("experiments", "Experiments", told, head, rows)


def _variant_rows(campaign: str, facts: Facts) -> Iterator[tuple[Cell, ...]]:
    arms = facts.tally.variants[campaign]
    weights = facts.experiments.get(campaign) or dict.fromkeys(arms, 1.0)
    ratio = sample_ratio({name: arm.people for name, arm in arms.items()}, weights)
    first: Arm | None = None
    for name in weights:
        arm = arms.get(name, NOBODY)
        share, money = arm.share(arm.answered), arm.amounts.rate
        beside = None if first is None else share_effect(share, first.share(first.answered))
        told = "" if first is None else str(says(share, first.share(first.answered)))
        yield (
            campaign,
            name,
            arm.people,
            share.rate,
            money,
            _interval(beside),
            (BROKEN if ratio.broken else told),
        )
        first = first or arm
