"""The summary of a simulation as one page of HTML that needs nothing else: bars instead of columns."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

Counts = Mapping[str, int]

STYLE: Final = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1c2430}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2.5rem}h3{font-size:1rem;margin:1.2rem 0 .2rem}
dl{display:grid;grid-template-columns:16rem 1fr;gap:.2rem .8rem;margin:0}dt{text-align:right;overflow-wrap:anywhere}
dd{margin:0}dd i{display:inline-block;height:.8em;background:#3f7fbf;margin-right:.5em;min-width:1px}
dd.good i{background:#2f8f5b}table{border-collapse:collapse}td,th{padding:.2rem 1rem .2rem 0;text-align:left}
"""
GOOD: Final = frozenset({"SENT", "sent", "shown", "CHOSEN"})


def page(name: str, counted: Mapping[str, Any]) -> str:
    """The page of a summary, for the house of that name; whatever a timeline says in it is text and no markup."""
    parts = (
        f"<h1>{escape(name)}: what a timeline came to</h1>",
        _people(counted["people"]),
        *_section("Campaigns", counted["campaigns"]),
        *_section("Offers", counted["offers"]),
        _holdout(counted.get("holdout")),
        f"<p>Lines that were wrong: {counted['errors']}</p>",
    )
    head = f'<meta charset="utf-8"><title>{escape(name)}</title><style>{STYLE}</style>'
    return f'<!DOCTYPE html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _section(title: str, counts: Mapping[str, Counts]) -> Iterator[str]:
    yield f"<h2>{title}</h2>"
    most = max((count for found in counts.values() for count in found.values()), default=1)
    for name, found in counts.items():
        yield f"<h3>{escape(name)}</h3>{_bars(found, most)}"


def _bars(found: Counts, most: int) -> str:
    return f"<dl>{''.join(_bar(name, count, most) for name, count in found.items())}</dl>"


def _bar(name: str, count: int, most: int) -> str:
    kind = ' class="good"' if name in GOOD else ""
    return f'<dt>{escape(name)}</dt><dd{kind}><i style="width:{count / most * 75:.1f}%"></i>{count}</dd>'


def _people(people: Counts) -> str:
    return f"<h2>Most contacted</h2>{_bars(people, max(people.values(), default=1))}"


def _holdout(told: Mapping[str, Any] | None) -> str:
    """Revenue and satisfaction side by side, for those held out of personalisation and all others."""
    if told is None:
        return ""
    names = ("people", "bought", "revenue", "satisfaction")
    head = "".join(f"<th>{name}</th>" for name in ("", *names))
    rows = "".join(
        f"<tr><td>{group.replace('_', ' ')}</td>{''.join(f'<td>{told[group][name]}</td>' for name in names)}</tr>"
        for group in ("others", "held_out")
    )
    effect = told["effect"]
    says = (
        ""
        if effect is None
        else f"<p>{effect['difference']:+.1%} bought ({effect['low']:+.1%} to {effect['high']:+.1%})</p>"
    )
    return f"<h2>Outcome</h2><table><tr>{head}</tr>{rows}</table>{says}"
