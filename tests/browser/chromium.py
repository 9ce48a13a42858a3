"""Debian's chromium without a window: pictures of pages, and what axe says of them."""

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from html import escape, unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = ROOT / ".cache" / "pictures"
"""Where the pictures are, to be looked at."""
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--hide-scrollbars",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
SCHEMES = {"dark": 0, "light": 1}
"""The order in which chromium numbers what a person prefers."""


def needs_chromium() -> None:
    """Skip where there is no browser."""
    if not CHROMIUM:
        pytest.skip("chromium is not installed: apt-get install chromium")


def run(*flags: str) -> str:
    """What chromium prints; nothing of it goes to the network."""
    # A folder of its own for each: another's, or one that somebody left behind, may be locked.
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={profile}", *flags]
        answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)  # noqa: S603  # our own pages
    return answer.stdout


def framed(pages: Mapping[str, str], width: int, height: int) -> str:
    """Pages side by side, each as wide as a screen of its own."""
    frames = "".join(
        f'<figure><figcaption>{escape(name)}</figcaption><iframe width="{width}" height="{height}" '
        f'srcdoc="{escape(page)}"></iframe></figure>'
        for name, page in pages.items()
    )
    style = "body{display:flex;flex-wrap:wrap;gap:16px;background:#888}figure{margin:0}iframe{border:0}"
    return f'<!doctype html><meta charset="utf-8"><style>{style}</style>{frames}'


def picture(html: str, target: Path, size: tuple[int, int], scheme: str) -> Path:
    """A picture of a page as somebody sees it who prefers a light or a dark screen."""
    page = target.with_suffix(".html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(html, encoding="utf-8")
    run(
        f"--screenshot={target}",
        f"--window-size={size[0]},{size[1]}",
        f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}",
        "--virtual-time-budget=3000",
        page.as_uri(),
    )
    return target


def serious(pages: Mapping[str, str], place: Path, scheme: str = "light") -> list[str]:
    """What axe finds serious or worse on some pages: the page, the rule, and the element that breaks it."""
    tell = "axe.run().then(r => parent.postMessage({name: %s, found: r.violations}, '*'))"
    asking = {
        name: page.replace(
            "</body>", f'<script src="{AXE.as_uri()}"></script><script>{tell % json.dumps(name)}</script></body>', 1
        )
        for name, page in pages.items()
    }
    gather = (
        "<pre id=axe></pre><script>const all = {}; onmessage = e => { all[e.data.name] = e.data.found;"
        "document.getElementById('axe').textContent = JSON.stringify(all) }</script>"
    )
    page = place / "axe.html"
    page.write_text(framed(asking, 800, 1200).replace("<style>", f"{gather}<style>", 1), encoding="utf-8")
    flags = (f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", "--virtual-time-budget=30000")
    printed = run("--dump-dom", "--window-size=1700,2400", *flags, page.as_uri())
    answers: dict[str, list[dict[str, Any]]] = json.loads(unescape(_AXE_SAID.search(printed)[1]))  # type: ignore[index]  # it is there
    assert answers.keys() == pages.keys(), "axe did not say of every page"
    return [
        f"{name}: {violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for name, violations in answers.items()
        for violation in violations
        if violation["impact"] in {"serious", "critical"}
        for node in violation["nodes"]
    ]


_AXE_SAID = re.compile(r'<pre id="axe">(.*?)</pre>', re.DOTALL)
