"""A person's own pages: plain HTML that works without JavaScript, with a screen reader, and on paper."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "body{overflow-wrap:break-word}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem;border-bottom:1px solid #767676}"
    "table{font-size:.95rem}td:nth-child(2){overflow-wrap:anywhere}"
    "caption,legend{font-weight:600;text-align:start}button,input,select{font:inherit;padding:.4rem .8rem}"
    "fieldset{margin:1.5rem 0;border:1px solid #767676;border-radius:.4rem}fieldset fieldset{margin:.8rem 0;border:0}"
    "label{display:block;margin:.4rem 0}input:not([type=checkbox]){display:block;width:100%;box-sizing:border-box}"
    "input[type=checkbox]{width:1.2em;height:1.2em;vertical-align:-.15em}"
    "[role=status]{border-inline-start:.3rem solid #767676;padding-inline-start:.8rem}"
)


def page(title: str, lang: str, *parts: str) -> str:
    """One whole page; `parts` are HTML already."""
    return (
        f'<!doctype html><html lang="{escape(lang)}"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<style>{STYLE}</style></head><body><main><h1>{escape(title)}</h1>{''.join(parts)}</main></body></html>"
    )


def paragraph(text: str) -> str:
    """A paragraph of text."""
    return f"<p>{escape(text)}</p>"


def form(action: str, legend: str, fields: Iterable[str], button: str) -> str:
    """A form that posts to the page it is on; `action` tells what is asked."""
    named = f'<input type="hidden" name="action" value="{escape(action)}">'
    return (
        f'<form method="post"><fieldset><legend>{escape(legend)}</legend>{named}{"".join(fields)}'
        f'<button type="submit">{escape(button)}</button></fieldset></form>'
    )


def group(legend: str, fields: Iterable[str]) -> str:
    """Fields that belong together."""
    return f"<fieldset><legend>{escape(legend)}</legend>{''.join(fields)}</fieldset>"


def tick(name: str, label: str, *, ticked: bool, needed: bool = False) -> str:
    """A box to tick."""
    state = (" checked" if ticked else "") + (" required" if needed else "")
    return f'<label><input type="checkbox" name="{escape(name)}" value="yes"{state}> {escape(label)}</label>'


def blank(name: str, label: str, value: str, kind: str = "text", purpose: str = "") -> str:
    """A line to fill in; `purpose` says what of the person it asks, as browsers know it."""
    told = f' autocomplete="{escape(purpose)}"' if purpose else ""
    return f'<label>{escape(label)} <input type="{kind}" name="{escape(name)}" value="{escape(value)}"{told}></label>'


def choice(name: str, label: str, options: Mapping[str, str], chosen: str = "") -> str:
    """One of several."""
    made = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>'
        for value, shown in options.items()
    )
    return f'<label>{escape(label)} <select name="{escape(name)}">{made}</select></label>'


def table(caption: str, heads: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table with a caption and headers that a screen reader reads out."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
