"""Drawing: charts as SVG that takes its colours from the page, so that light and dark are the page's own choice.

Matplotlib draws; its colours here are names in disguise, each exchanged for a CSS variable in what it wrote.
"""

import io
import re
from collections.abc import Callable
from typing import Final, Literal

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, SOFT, LINE = "#010101", "#020202", "#030303"
COLOURS: Final = ("#0a0101", "#0a0202", "#0a0303", "#0a0404", "#0a0505", "#0a0606", "#0a0707")
VARIABLES: Final = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    **{colour: f"--c{number}" for number, colour in enumerate(COLOURS, 1)},
}
STYLE: Final = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 10,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "legend.frameon": False,
    "legend.fontsize": 9,
}
WIDTH: Final = 9.0


def drawn(name: str, height: float, draw: Callable[[Figure], None]) -> str:
    """What a function draws, as SVG to stand in a page; the same each time, its ids its own."""
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH, height), layout="constrained", facecolor="none")
        FigureCanvasSVG(figure)
        draw(figure)
        written = io.StringIO()
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    return _of_the_page(name, written.getvalue())


def _of_the_page(name: str, svg: str) -> str:
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    svg = re.sub(r'(?<=\bid=")', f"{name}-", svg)
    svg = re.sub(r"(?<=url\(#)|(?<=href=\"#)", f"{name}-", svg)
    svg = re.sub(r"font: ([\d.]+px) [^;\"]*", r"font: \1 system-ui, sans-serif", svg)
    return re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', r'<svg viewBox="\1" aria-hidden="true">', svg, count=1)


def plain(axes: Axes, *, grid: Literal["x", "y"]) -> Axes:
    """Axes with lines along one direction and no ticks."""
    axes.grid(axis=grid)
    axes.tick_params(length=0, pad=6)
    return axes
