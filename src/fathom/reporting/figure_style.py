"""The look of all figures: colours, letters, axes, and how a figure becomes inline SVG."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import matplotlib
from markupsafe import escape
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from fathom.metrics import Metric
from fathom.number_format import significant
from fathom.reporting.report_data import printable

INK, MUTED, RULE, PAPER = "#1d2431", "#5d6473", "#dddad2", "#fffffe"
SEA, AMBER, RED, GREEN = "#0b5f85", "#cf7a1e", "#bf3f2f", "#2c7d50"
RUN_COLOURS = (SEA, AMBER, GREEN, "#7a4fa3", RED, "#4d7fd1", "#8a6d3b", "#c2548d")

_VARIABLES = {
    INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "card", SEA: "sea", AMBER: "amber", RED: "problem",
    GREEN: "good", RUN_COLOURS[3]: "violet", RUN_COLOURS[5]: "blue", RUN_COLOURS[6]: "sand", RUN_COLOURS[7]: "pink",
}  # fmt: skip
"""Which CSS variable stands for which colour; the colour itself remains as the fallback."""

_STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "fathom",
    "text.parse_math": False,
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": RULE,
    "axes.labelcolor": MUTED,
    "axes.titlesize": 10,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "legend.frameon": False,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
}


@contextmanager
def house_style() -> Iterator[None]:
    """The look of all figures, whatever the user's own settings of matplotlib."""
    ours: dict[Any, Any] = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
    with matplotlib.rc_context(ours | _STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # it is the browser that sets the letters
        warnings.filterwarnings("ignore", category=matplotlib.MatplotlibDeprecationWarning)
        yield


def show_metric(axis: Any, metric: Metric) -> None:
    """Percents on an axis whose metric is one, and numbers without exponents on another; a log scale keeps its own."""
    if metric.percent:
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.3g} %"))
    elif axis.get_scale() == "linear":
        axis.set_major_formatter(FuncFormatter(lambda v, _: significant(v, 6)))


def shorten(text: str, most: int = 26) -> str:
    """A name of at most so many characters, its middle left out."""
    text = " ".join(printable(text).split())
    tail = most // 3  # long names often differ at their end
    return text if len(text) <= most else f"{text[: most - tail - 1]}…{text[-tail:]}"


def svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an ``<svg>`` element; `name` keeps its ids apart from those of others, `alt` says it in words."""
    out = StringIO()
    # `savefig` would draw once more before, to lay it out; drawing lays it out as well, and gives the same bytes.
    FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    text = text[text.index("<svg") :].strip()
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    head, _, body = text.partition(">")
    box = re.search(r'viewBox="([^"]*)"', head)
    width = float(box[1].split()[2]) if box else 648.0
    # Only within tags: what stands between them is the user's (class names), and escaped.
    body = re.sub(r"<[^>]*>", lambda tag: _tag(tag[0], name), body)
    body = re.sub(r">\s+<", ">\n<", body)
    attributes = f'viewBox="{box[1] if box else ""}" style="max-width:{width * 4 / 3:.0f}px" role="img"'
    return f'<svg class="figure" {attributes} aria-label="{escape(printable(alt))}">{body}'


def _tag(tag: str, name: str) -> str:
    tag = re.sub(r'\b(id=")', rf"\1{name}-", tag)
    tag = re.sub(r'(href="#|url\(#)', rf"\1{name}-", tag)
    for color, variable in _VARIABLES.items():
        tag = tag.replace(color, f"var(--{variable}, {color})")
    return tag
