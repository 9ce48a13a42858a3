"""The pictures of a report, each drawn from the numbers of its section."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from rapport.domain.evidence import Says

from rapport_authoring.report.drawing import COLOURS, INK, LINE, SOFT, drawn, plain
from rapport_authoring.report.effects import Compared
from rapport_authoring.report.section import Section

MOST_BARS: Final = 24
MOST_SHADES: Final = len(COLOURS) - 1


def chart(section: Section) -> str:
    """The picture of a section as SVG; empty where a table says it all."""
    draw = DRAW.get(section.id)
    return "" if draw is None else draw(section)


def _bars_height(bars: int) -> float:
    return 0.9 + 0.3 * min(bars, MOST_BARS)


# ---- parts of a whole, one bar each


def _stacked(figure: Figure, bars: Mapping[str, Mapping[str, int]], first: str | None, unit: str) -> None:
    axes = plain(figure.add_subplot(), grid="x")
    shades = _shades(bars, first)
    left = dict.fromkeys(bars, 0)
    for name, colour in shades.items():
        widths = [_part(counts, name, shades) for counts in bars.values()]
        axes.barh(list(bars), widths, left=list(left.values()), color=colour, label=name, height=0.7)
        left = {bar: left[bar] + width for bar, width in zip(bars, widths, strict=True)}
    axes.invert_yaxis()
    axes.set_xlabel(unit)
    axes.spines["left"].set_visible(False)
    figure.legend(loc="outside upper left", ncols=4)


def _shades(bars: Mapping[str, Mapping[str, int]], first: str | None) -> dict[str, str]:
    """A colour for each of the most frequent parts, and one for all the others."""
    totals: Counter[str] = Counter()
    for counts in bars.values():
        totals.update(counts)
    names = [first] if first is not None and first in totals else []
    names += [name for name, _ in totals.most_common() if name != first]
    shades = dict(zip(names[:MOST_SHADES], COLOURS, strict=False))
    return shades | ({"other": LINE} if len(names) > MOST_SHADES else {})


def _part(counts: Mapping[str, int], name: str, shades: Mapping[str, str]) -> int:
    if name != "other":
        return counts.get(name, 0)
    return sum(count for known, count in counts.items() if known not in shades)


def _messages(section: Section) -> str:
    ended = {name: _endings(counts) for name, counts in section.data.items()}
    bars = dict(sorted(ended.items(), key=lambda bar: -sum(bar[1].values()))[:MOST_BARS])
    draw = partial(_stacked, bars=bars, first="sent", unit="messages")
    return drawn(section.id, _bars_height(len(bars)), draw)


def _endings(counts: Mapping[str, int]) -> dict[str, int]:
    """How messages ended: what only waited is no ending."""
    found: dict[str, int] = {}
    for key, count in counts.items():
        status, _, reason = key.partition(" ")
        if status in {"SENT", "SKIPPED", "FAILED", "IN_DOUBT"}:
            name = "sent" if status == "SENT" else reason or status
            found[name] = found.get(name, 0) + count
    return found


def _unknown(section: Section) -> str:
    ordered, found = section.data
    bars = {name: found[name] for name in ordered[:MOST_BARS]}
    return drawn(section.id, _bars_height(len(bars)), partial(_stacked, bars=bars, first=None, unit="people"))


# ---- the funnel


def _funnel(section: Section) -> str:
    return drawn(section.id, 3.2, partial(_draw_funnel, data=section.data))


def _draw_funnel(figure: Figure, data: tuple[int, Sequence[tuple[Any, ...]]]) -> None:
    total, rows = data
    axes = plain(figure.add_subplot(), grid="x")
    names = ["looked at", *(f"after {stage}" for stage, *_ in rows)]
    left = [total, *(row[2] for row in rows)]
    gone = [0, *(row[1] for row in rows)]
    axes.barh(names, left, color=COLOURS[0], height=0.7)
    axes.barh(names, gone, left=left, color=LINE, height=0.7)
    for place, count in enumerate(left):
        _beside(axes, f"{count:,}", (count + gone[place], place))
    axes.invert_yaxis()
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("candidates: those left, and beside them those that fell away")
    axes.margins(x=0.1)


def _beside(axes: Axes, words: str, place: tuple[float, float]) -> None:
    """Words to the right of where something ends."""
    axes.annotate(words, place, xytext=(6, 0), textcoords="offset points", va="center", fontsize=9, color=SOFT)


# ---- differences with their intervals


def _earned(section: Section) -> str:
    told = {name: found["revenue"] for name, found in section.data.items() if found["revenue"].effect is not None}
    shown = dict(list(told.items())[:MOST_BARS])
    return drawn(section.id, _bars_height(len(shown)), partial(_draw_earned, told=shown)) if shown else ""


def _draw_earned(figure: Figure, told: Mapping[str, Compared]) -> None:
    axes = plain(figure.add_subplot(), grid="x")
    for place, (_, one) in enumerate(told.items()):
        if one.effect is not None:
            colour = SHADE_OF[one.says]
            axes.plot([one.effect.low, one.effect.high], [place, place], color=colour, linewidth=3, alpha=0.6)
            axes.plot([one.effect.difference], [place], "o", color=colour, markersize=7)
            _beside(axes, str(one.says), (one.effect.high, place))
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(told)), list(told))
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("revenue per person, more or less than of those held out")


SHADE_OF: Final = {Says.BETTER: COLOURS[2], Says.WORSE: COLOURS[1], Says.ALIKE: COLOURS[0], Says.TOO_LITTLE: SOFT}


# ---- over time


def _learning(section: Section) -> str:
    return drawn(section.id, 4.6, partial(_draw_learning, section=section))


def _draw_learning(figure: Figure, section: Section) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True)
    weeks = [str(row[0]) for row in section.rows]
    shares = [100 * float(row[3] or 0) for row in section.rows]
    plain(upper, grid="y").plot(weeks, shares, color=LINE, linewidth=1.5, label="a week")
    upper.plot(weeks, _smoothed(section.rows), color=COLOURS[0], linewidth=2.5, label="five weeks together")
    upper.set_title("Answered, per cent of what was shown")
    upper.set_ylim(bottom=0)
    upper.legend(loc="upper left", bbox_to_anchor=(1, 1))
    shown = {week: {name: tried.exposed for name, tried in section.data[week].items()} for week in weeks}
    _shares_of(plain(lower, grid="y"), weeks, shown)
    _few_labels(lower, weeks)


def _smoothed(rows: Sequence[tuple[Any, ...]]) -> list[float]:
    """Two weeks before and after with each: one week alone is mostly chance."""
    found = []
    for place in range(len(rows)):
        near = rows[max(0, place - 2) : place + 3]
        found.append(100 * sum(row[2] for row in near) / max(1, sum(row[1] for row in near)))
    return found


def _shares_of(axes: Axes, weeks: Sequence[str], shown: Mapping[str, Mapping[str, int]]) -> None:
    shades = _shades(shown, None)
    totals = [max(1, sum(shown[week].values())) for week in weeks]
    layers = [
        [100 * _part(shown[week], name, shades) / total for week, total in zip(weeks, totals, strict=True)]
        for name in shades
    ]
    axes.stackplot(list(weeks), layers, colors=list(shades.values()), labels=list(shades), linewidth=0)
    axes.set_title("What was shown, per cent")
    axes.set_ylim(0, 100)
    axes.legend(loc="upper left", bbox_to_anchor=(1, 1))


def _few_labels(axes: Axes, names: Sequence[str]) -> None:
    step = -(-len(names) // 6)
    axes.set_xticks(range(0, len(names), step), [_day(name) for name in names[::step]])


def _day(name: str) -> str:
    """`2026-11` or `2026-11-02` in few letters."""
    if len(name) == len("2026-11"):
        return datetime.fromisoformat(f"{name}-01").strftime("%b %Y")
    return datetime.fromisoformat(name).strftime("%d %b %Y")


def _satisfaction(section: Section) -> str:
    return drawn(section.id, 4.2, partial(_draw_satisfaction, rows=section.rows))


def _draw_satisfaction(figure: Figure, rows: Sequence[tuple[Any, ...]]) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True)
    months = [row[0] for row in rows]
    plain(upper, grid="y").bar(months, [row[2] for row in rows], color=COLOURS[0], width=0.7)
    upper.set_title("Revenue")
    rated = [(row[0], 100 * row[4]) for row in rows if row[4] is not None]
    plain(lower, grid="y").plot(
        *zip(*rated, strict=True), "o-", color=COLOURS[2], label="satisfaction, per cent"
    ) if rated else None
    lower.bar(months, [row[5] for row in rows], color=COLOURS[1], width=0.4, label="complaints")
    lower.set_ylim(0, 105)
    lower.set_title("Satisfaction, and complaints")
    lower.legend(loc="upper left", bbox_to_anchor=(1, 1))
    _few_labels(lower, months)


# ---- manners


def _contacts(section: Section) -> str:
    return drawn(section.id, 2.8, partial(_draw_contacts, data=section.data))


def _draw_contacts(figure: Figure, data: tuple[Mapping[int, int], Mapping[int, int]]) -> None:
    people, shares = data
    left, right = figure.subplots(1, 2)
    plain(left, grid="y").bar(list(people), list(people.values()), color=COLOURS[0])
    left.set_title("People by how often they were contacted")
    left.set_xlabel("contacts")
    plain(right, grid="y").bar([10 * one for one in shares], list(shares.values()), width=8, color=COLOURS[3])
    right.set_title("People by the share of sales among them")
    right.set_xlabel("per cent")
    right.set_xlim(-5, 105)


def _consent(section: Section) -> str:
    return drawn(section.id, 0.8 + 0.36 * len(section.rows), partial(_draw_consent, data=section.data))


def _draw_consent(figure: Figure, data: tuple[Sequence[str], Mapping[str, Sequence[float]]]) -> None:
    channels, shares = data
    axes = figure.add_subplot()
    for row, found in enumerate(shares.values()):
        for column, share in enumerate(found):
            axes.add_patch(Rectangle((column, row), 0.94, 0.9, facecolor=COLOURS[0], alpha=0.08 + 0.62 * share))
            axes.annotate(f"{share:.0%}", (column + 0.47, row + 0.45), ha="center", va="center", color=INK)
    axes.set_xlim(0, len(channels))
    axes.set_ylim(len(shares), 0)
    axes.set_xticks([place + 0.47 for place in range(len(channels))], list(channels))
    axes.set_yticks([place + 0.45 for place in range(len(shares))], list(shares))
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.xaxis.tick_top()


DRAW: Final[Mapping[str, Callable[[Section], str]]] = {
    "messages": _messages,
    "funnel": _funnel,
    "earned": _earned,
    "learning": _learning,
    "satisfaction": _satisfaction,
    "contacts": _contacts,
    "consent": _consent,
    "unknown": _unknown,
}
"""Sections with a picture."""
