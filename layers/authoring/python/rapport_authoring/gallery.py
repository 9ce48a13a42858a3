"""The gallery: a preview as one page, each channel as people will see it; nothing in it runs as a script."""

from base64 import b64encode
from collections.abc import Mapping
from html import escape
from typing import Any, Final

STYLE: Final = """
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 0; padding: 24px; background: #eceff1; color: #20262a; }
h1 { font-size: 20px; } h2 { font-size: 14px; margin: 0 0 8px; } .row { display: flex; flex-wrap: wrap; gap: 24px; }
section { background: #fff; border-radius: 12px; padding: 16px; box-shadow: 0 1px 3px #0002; }
iframe { border: 1px solid #ccd3d8; border-radius: 8px; height: 640px; background: #fff; }
.desktop { width: 800px; } .phone { width: 375px; }
iframe.dark { background: #111; color-scheme: dark; } object { width: 595px; height: 842px; }
.bubble { background: #e3f2e6; border-radius: 16px 16px 16px 4px; padding: 12px 16px; }
.bubble { max-width: 320px; white-space: pre-wrap; }
.fate { color: #455a64; font-size: 13px; margin: 0 0 12px; } li { font-size: 13px; } pre { white-space: pre-wrap; }
"""


VIEWS: Final = {"Desktop": "desktop", "Phone": "phone", "Dark phone": "phone dark"}
"""The screens that HTML is shown on, and how they look."""


def gallery(campaign: str, found: Mapping[str, Any], letter: bytes = b"") -> str:
    """The page for what `preview` found; `letter` is the PDF of what goes on paper."""
    sections = "\n".join(
        _section(channel, found["channels"].get(channel), reasons, letter if channel == "print" else b"")
        for channel, reasons in found["reasons"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(campaign)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(campaign)}</h1>"
        f'<div class="row">{sections}</div></body></html>'
    )


def _section(channel: str, content: Mapping[str, Any] | None, reasons: Mapping[str, Any], letter: bytes) -> str:
    fate = " ".join(str(reasons[key]) for key in ("status", "reason", "missing", "detail") if reasons.get(key))
    shown = "<p>Nothing to show.</p>" if content is None else _paper(letter) or _shown(content)
    offers = "".join(
        f"<li>{escape(one['placement'])}: {escape(one['offer'])} {one['reason']}</li>" for one in reasons["offers"]
    )
    vague = "".join(f"<li>{escape(name)}: {escape(why)}</li>" for name, why in reasons["hidden"].items())
    return (
        f'<section><h2>{escape(channel)}</h2><p class="fate">{escape(fate)}</p>{shown}'
        f"<details><summary>Why</summary><ul>{offers}</ul><p>Kept vague:</p><ul>{vague}</ul></details></section>"
    )


def _shown(content: Mapping[str, Any]) -> str:
    if "html" in content:
        return _pages(content)
    text = content.get("text") or content.get("script") or ""
    title = f"<strong>{escape(str(content['title']))}</strong>\n" if content.get("title") else ""
    segments = f"<p>{content['segments']} segment(s)</p>" if "segments" in content else ""
    return f'<div class="bubble">{title}{escape(str(text))}</div>{segments}'


def _paper(letter: bytes) -> str:
    """The letter itself, page by page, in the browser's own viewer."""
    data = b64encode(letter).decode()
    return (
        f'<object type="application/pdf" title="Letter" data="data:application/pdf;base64,{data}#toolbar=0"></object>'
        * bool(data)
    )


def _pages(content: Mapping[str, Any]) -> str:
    """The HTML on a desktop, a phone and a dark phone."""
    subject = f"<p>{escape(str(content['subject']))}</p>" if content.get("subject") else ""
    html = str(content["html"])
    views = "".join(_frame(html, name, looks) for name, looks in VIEWS.items())
    text = f"<details><summary>Text part</summary><pre>{escape(str(content.get('text', '')))}</pre></details>"
    return f'{subject}<div class="row">{views}</div>{text}'


def _frame(html: str, name: str, looks: str) -> str:
    """One screen; sandboxed, so that no script of the HTML runs."""
    return f'<iframe sandbox title="{name}" class="{looks}" srcdoc="{escape(html)}"></iframe>'
