"""The page: every section with its sentence, its picture and its numbers; nothing in it runs or is fetched."""

from collections.abc import Iterable
from html import escape
from typing import Final

from rapport_authoring.report.charts import chart
from rapport_authoring.report.facts import Facts
from rapport_authoring.report.section import Cell, Section
from rapport_authoring.report.sections import sections

STYLE: Final = """
:root{color-scheme:light dark;--paper:#fff;--ink:#1c2430;--soft:#5a6675;--line:#ccd3db;--card:#f4f6f8;
--c1:#2f6fab;--c2:#c4551b;--c3:#1f8a5f;--c4:#8a5fb0;--c5:#b98a00;--c6:#3f9fb5;--c7:#8d99a6}
@media (prefers-color-scheme:dark){:root{--paper:#14181d;--ink:#e6eaef;--soft:#a3afbc;--line:#3c4651;--card:#1d232a;
--c1:#6cabe8;--c2:#f0905a;--c3:#58c797;--c4:#c09be6;--c5:#e2bb45;--c6:#74cfe4;--c7:#93a1b0}}
body{font:16px/1.55 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;background:var(--paper);
color:var(--ink)}
h1{font-size:1.6rem;margin:0 0 .3rem}h2{font-size:1.2rem;margin:0 0 .3rem}p{margin:.2rem 0 .8rem}
section{margin:2.6rem 0}.soft{color:var(--soft)}figure{margin:.8rem 0;overflow-x:auto}
svg{width:100%;min-width:40rem;height:auto;display:block}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.8rem;margin:1.4rem 0}
dl div{background:var(--card);border-radius:.6rem;padding:.7rem .9rem}dt{color:var(--soft);font-size:.85rem}
dd{margin:0;font-size:1.35rem;font-weight:600;font-variant-numeric:tabular-nums}
details{font-size:.9rem}summary{cursor:pointer;color:var(--soft)}.table{overflow-x:auto}
table{border-collapse:collapse;margin:.6rem 0;font-variant-numeric:tabular-nums}
td,th{padding:.25rem .9rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
th{font-weight:600}td.number{text-align:right;white-space:nowrap}
"""
ALONE: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing is fetched, nothing runs."""


def page(facts: Facts, title: str = "what it came to") -> str:
    """The page of some facts; whatever a house or a timeline says in it is text and no markup."""
    name = escape(facts.house)
    parts = [f"<header><h1>{name}: {escape(title)}</h1>{_headline(facts)}</header>"]
    parts += [_section(section) for section in sections(facts)]
    if facts.errors:
        parts.append(f"<p>Lines of the timeline that were wrong: {facts.errors}</p>")
    head = (
        '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{ALONE}">'
        f"<title>{name}: {escape(title)}</title><style>{STYLE}</style>"
    )
    return f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body><main>{"".join(parts)}</main></body></html>\n'


def headline(facts: Facts) -> dict[str, str]:
    """The few numbers above all others."""
    months, tally = facts.tally.months.values(), facts.tally
    ratings = sum(month.ratings for month in months)
    rating = sum(month.rating for month in months)
    held = tally.sides.get("all", {}).get("held_out")
    return {
        "people": f"{tally.people:,}",
        "messages sent": f"{sum(counts.get('SENT', 0) for counts in facts.campaigns.values()):,}",
        "offers viewed": f"{sum(counts.get('viewed', 0) for counts in tally.offers.values()):,}",
        "orders": f"{sum(month.orders for month in months):,}",
        f"revenue, {facts.currency}": f"{sum(month.revenue for month in months):,.0f}",
        "satisfaction": f"{rating / ratings:.0%}" if ratings else "not asked",
        "held out": f"{held.people if held else 0}",
    }


def _headline(facts: Facts) -> str:
    cells = (f"<div><dt>{escape(name)}</dt><dd>{value}</dd></div>" for name, value in headline(facts).items())
    return f"<dl>{''.join(cells)}</dl>"


def _section(section: Section) -> str:
    picture = chart(section)
    label = escape(f"{section.title}. {section.says} The numbers are in the table below.", quote=True)
    figure = f'<figure role="img" aria-label="{label}">{picture}</figure>' if picture else ""
    note = f'<p class="soft">{escape(section.note)}</p>' if section.note else ""
    table = _table(section)
    numbers = f"<details><summary>Numbers</summary>{table}</details>" if picture else table
    return (
        f'<section id="{section.id}"><h2>{escape(section.title)}</h2><p>{escape(section.says)}</p>'
        f"{figure}{numbers}{note}</section>"
    )


def _table(section: Section) -> str:
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in section.head)
    rows = "".join(f"<tr>{_row(row)}</tr>" for row in section.rows)
    return f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(cells: Iterable[Cell]) -> str:
    first, *others = cells
    return f'<th scope="row">{escape(shown(first))}</th>' + "".join(map(_cell, others))


def _cell(cell: Cell) -> str:
    kind = ' class="number"' if isinstance(cell, int | float) else ""
    return f"<td{kind}>{escape(shown(cell))}</td>"


def shown(cell: Cell) -> str:
    """A cell as text."""
    if isinstance(cell, float):
        return f"{cell:,.2f}" if abs(cell) >= 1000 else f"{cell:.3g}"
    if isinstance(cell, int):
        return f"{cell:,}"
    return "none" if cell is None else cell
