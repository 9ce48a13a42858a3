"""What became of planned messages and of candidate offers, by reason."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from rapport.domain.reason import Reason, Stage

from rapport_authoring.report.facts import Facts
from rapport_authoring.report.section import Cell, Section

STAGES: Final[Mapping[Stage, tuple[Reason, ...]]] = {
    Stage.VALIDITY: (Reason.NOT_LIVE, Reason.NOT_YET, Reason.EXPIRED),
    Stage.PLACEMENT: (Reason.WRONG_PLACEMENT, Reason.WRONG_CHANNEL, Reason.WRONG_KIND, Reason.NO_CONTENT),
    Stage.MANDATE: (Reason.NO_CONSENT, Reason.OUT_OF_MANDATE),
    Stage.ELIGIBILITY: (Reason.NOT_ELIGIBLE, Reason.UNKNOWN),
    Stage.TACT: (
        *(Reason.OWNED, Reason.INTENT_SATISFIED, Reason.JUST_VIEWED, Reason.PROXIMITY, Reason.OPEN_COMPLAINT),
        *(Reason.RECENT_SERVICE_CONTACT, Reason.SALES_ON_FIRST_CONTACT, Reason.SALES_SHARE, Reason.SENSITIVE),
        Reason.NEEDS_ATTENTION,
    ),
    Stage.CONTACT: (Reason.CAPPED, Reason.IGNORED, Reason.HOLDOUT),
    Stage.ARBITRATION: (Reason.OUTRANKED, Reason.DUPLICATE),
}
"""At each stage the reasons for which an offer falls away there."""
WON: Final = (Reason.CHOSEN, Reason.EXPLORED, Reason.FALLBACK, Reason.FORCED)


def messages(facts: Facts) -> Section | None:
    """How planned messages ended."""
    rows = tuple(_message_row(name, counts) for name, counts in sorted(facts.campaigns.items()))
    if not rows:
        return None
    planned, sent = (sum(counts.get(key, 0) for counts in facts.campaigns.values()) for key in ("planned", "SENT"))
    skipped = _reasons(facts.campaigns.values(), "SKIPPED")
    told = f"{sent:,} messages went out for {planned:,} planned runs"
    told += f"; most often kept back by {_most(skipped)}." if skipped else "."
    head = ("campaign", "planned", "sent", "otherwise")
    return Section("messages", "What became of planned messages", told, head, rows, facts.campaigns)


def _message_row(name: str, counts: Mapping[str, int]) -> tuple[Cell, ...]:
    others = [f"{key} {count}" for key, count in sorted(counts.items()) if key not in {"planned", "SENT"}]
    return name, counts.get("planned", 0), counts.get("SENT", 0), ", ".join(others)


def _reasons(counted: Iterable[Mapping[str, int]], status: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for counts in counted:
        for key, count in counts.items():
            if key.startswith(f"{status} "):
                found[key.partition(" ")[2]] += count
    return found


def funnel(facts: Facts) -> Section | None:
    """Where candidate offers fell away, stage by stage."""
    if not facts.verdicts:
        return None
    counts: Counter[str] = Counter()
    for one in facts.offers.values():
        counts.update(one)
    total = sum(counts[reason] for reasons in (*STAGES.values(), WON) for reason in reasons)
    rows = tuple(_stages(counts, total))
    told = f"{total:,} times an offer was looked at for somebody, and {rows[-1][2]:,} times it was chosen, "
    told += f"{counts['FALLBACK']:,} of these as the fallback."
    head = ("stage", "fell away", "left", "for what reason")
    return Section("funnel", "Why offers were shown, or not", told, head, rows, (total, rows))


def _stages(counts: Counter[str], left: int) -> Iterator[tuple[str, int, int, str]]:
    for stage, reasons in STAGES.items():
        gone = Counter({str(reason): counts[reason] for reason in reasons if counts[reason]})
        left -= gone.total()
        yield str(stage), gone.total(), left, ", ".join(f"{name} {count}" for name, count in gone.most_common())


def offers(facts: Facts) -> Section | None:
    """How often each offer was shown and what was done with it."""
    keys = ("viewed", "sent", "clicked", "accepted", "dismissed", "silence")
    shown = {name: counts for name, counts in facts.tally.offers.items() if counts.get("viewed") or counts.get("sent")}
    if not shown:
        return None
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *(counts.get(key, 0) for key in keys)) for name, counts in sorted(shown.items())
    )
    times = sum(counts.get("viewed", 0) + counts.get("sent", 0) for counts in shown.values())
    told = f"{len(shown)} offers were seen or sent {times:,} times."
    return Section("offers", "What was done with offers", told, ("offer", *keys), rows, shown)


def _most(counts: Counter[str]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in counts.most_common(2))
