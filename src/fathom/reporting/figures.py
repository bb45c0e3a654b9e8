"""Figures: numbers in, inline SVG out.

Nothing is computed here beyond where to draw. Each function returns the text of one ``<svg>`` element that takes its
colours from the page (CSS variables, so that it follows light and dark) and its letters from the system. The same
numbers give the same bytes: ids are hashed with a fixed salt and no date is written.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import StringIO
from math import isfinite, sqrt
from typing import Any

import matplotlib
import numpy as np
from markupsafe import escape
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from fathom.metrics import Metric
from fathom.records import Interval
from fathom.reporting.report_data import Bin, Confusion, Growing, Scatter, clean, show_gap, show_interval

INK, MUTED, RULE, PAPER = "#1d2431", "#5d6473", "#dddad2", "#fffffe"
SEA, AMBER, RED, GREEN = "#0b5f85", "#cf7a1e", "#bf3f2f", "#2c7d50"
RUNS = (SEA, AMBER, GREEN, "#7a4fa3", RED, "#4d7fd1", "#8a6d3b", "#c2548d")

_VARIABLES = {
    INK: "ink", MUTED: "muted", RULE: "rule", PAPER: "card", SEA: "sea", AMBER: "amber", RED: "problem",
    GREEN: "good", RUNS[3]: "violet", RUNS[5]: "blue", RUNS[6]: "sand", RUNS[7]: "pink",
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
MANY_CLASSES = 20
"""With more classes than this, a confusion matrix is unreadable and its largest entries are shown instead."""

MOST_POINTS = 1000
"""Points that a scatter draws at most; of more, every so-manieth."""


@contextmanager
def house_style() -> Iterator[None]:
    """The look of all figures, whatever the user's own settings of matplotlib."""
    ours: dict[Any, Any] = {k: v for k, v in matplotlib.rcParamsDefault.items() if "backend" not in k}
    with matplotlib.rc_context(ours | _STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # it is the browser that sets the letters
        warnings.filterwarnings("ignore", category=matplotlib.MatplotlibDeprecationWarning)
        yield


def levels(levels: Sequence[tuple[str, Interval]], gaps: Sequence[tuple[str, Interval]], metric: Metric) -> str:
    """The decomposition: a line for each level, and between two of them the gap."""
    between = len(gaps) == len(levels) - 1
    with house_style():
        rows = 2 * len(levels) - 1 if between else len(levels)
        figure = Figure(figsize=(9, 0.45 + (0.4 if between else 0.5) * rows), layout="constrained")
        axes = figure.add_subplot()
        step = 2 if between else 1
        for i, (_, level) in enumerate(levels):
            y = step * i
            axes.hlines(y, 0, level.value, color=RULE, linewidth=1)
            axes.hlines(y, level.low, level.high, color=SEA, linewidth=7, alpha=0.25, capstyle="round")
            axes.plot([level.value], [y], "o", color=SEA, markersize=8)
        ends = [end for _, level in levels for end in (level.value, level.high) if isfinite(end)]
        right = max([*ends, 1e-9])
        for i, (_, level) in enumerate(levels):
            axes.text(right * 1.05, step * i, show_interval(metric, level), va="center", color=INK, weight="bold")
        if between:
            worst = max(range(len(gaps)), key=lambda i: gaps[i][1].value)
            for i, (name, gap) in enumerate(gaps):
                start, end, y = levels[i][1].value, levels[i + 1][1].value, 2 * i + 1
                stands_out = i == worst and gap.low > 0
                color = RED if stands_out else MUTED
                axes.vlines([start, end], [y - 1, y], [y, y + 1], color=RULE, linewidth=0.8, linestyle=(0, (2, 2)))
                axes.hlines(y, start, end, color=color, linewidth=4 if stands_out else 2)
                axes.text(
                    max(start, end) + right * 0.012, y, f"{_short(name)}  {show_gap(metric, gap)}", va="center",
                    color=color, weight="bold" if stands_out else "normal", size=8.5,
                )  # fmt: skip
        axes.set_yticks([step * i for i in range(len(levels))], [_short(name) for name, _ in levels])
        axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=10)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_xlim(0, right * 1.45)
        axes.xaxis.set_major_locator(MaxNLocator(6))
        _show_metric(axes.xaxis, metric)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", alpha=0.6)
        said = "; ".join(f"{name} {show_interval(metric, level)}" for name, level in levels)
        return svg(figure, "levels", f"{metric.name} by level: {said}")


def curves(history: Sequence[Mapping[str, Any]], metric: Metric, best_epoch: int | None = None) -> str:
    """Loss and metric over the epochs, with the learning rate below and the best epoch marked."""
    epochs = _column(history, "epoch")
    epochs = np.where(np.isfinite(epochs), epochs, np.arange(1, len(history) + 1))
    dev_metric, rate = _column(history, "dev_metric"), _column(history, "lr")
    left = [("train", AMBER, _column(history, "train_loss")), ("dev", SEA, _column(history, "dev_loss"))]
    right = [("train", AMBER, _column(history, "train_metric")), ("dev", SEA, dev_metric)]
    panels = [(k, s) for k, s in (("loss", left), ("metric", right)) if any(np.isfinite(v).any() for *_, v in s)]
    if best_epoch is None and np.isfinite(dev_metric).any():
        best_epoch = int(epochs[np.nanargmin(dev_metric)])
    with_rate = bool(np.isfinite(rate).any())
    if not panels:
        return ""
    with house_style():
        figure = Figure(figsize=(9, 3.9 if with_rate else 3.1), layout="constrained")
        grid = figure.add_gridspec(2 if with_rate else 1, max(1, len(panels)), height_ratios=[4, 0.8][: 1 + with_rate])
        for i, (key, series) in enumerate(panels):
            axes = figure.add_subplot(grid[0, i])
            title = "loss" if key == "loss" else f"dev {metric.name}"
            for name, color, values in series:
                if np.isfinite(values).any():
                    mark = "o" if len(epochs) <= 15 else ""
                    axes.plot(epochs, values, color=color, label=name, linewidth=1.8, marker=mark, markersize=3.5)
            drawn = np.concatenate([v[np.isfinite(v)] for *_, v in series])
            if key == "loss" and drawn.min() > 0 and drawn.max() > 40 * drawn.min():
                axes.set_yscale("log")
                axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
                axes.yaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
                title = "loss (log scale)"
            else:
                axes.set_ylim(bottom=0 if drawn.min() >= 0 else None)
            if key == "metric":
                _show_metric(axes.yaxis, metric)
                _mark_best(axes, epochs, dev_metric, best_epoch, metric)
            elif best_epoch is not None:
                axes.axvline(best_epoch, color=GREEN, linewidth=1, linestyle=(0, (2, 2)))
            axes.set_title(title)
            if len(axes.get_legend_handles_labels()[0]) > 1:
                axes.legend(loc="lower right", bbox_to_anchor=(1, 0.97), ncols=2, labelcolor=INK, borderaxespad=0)
            _epoch_axis(axes, epochs, label=not with_rate)
        if with_rate:
            axes = figure.add_subplot(grid[1, :])
            axes.fill_between(epochs, 0, rate, color=MUTED, alpha=0.15, linewidth=0)
            axes.plot(epochs, rate, color=MUTED, linewidth=1.2)
            axes.set_ylim(bottom=0)
            axes.set_yticks([0, float(np.nanmax(rate))], ["0", f"{np.nanmax(rate):.2g}"])
            axes.set_title("learning rate", size=8.5, color=MUTED)
            _epoch_axis(axes, epochs, label=True)
        best = "" if best_epoch is None else f"; best in epoch {best_epoch}"
        return svg(figure, "curves", f"Loss and {metric.name} over {len(history)} epochs{best}")


def confusion(confusion: Confusion) -> str:
    """Heat map of the counts, or, with very many classes, bars of the largest confusions."""
    counts, names = np.asarray(confusion.counts), [_short(name, 16) for name in confusion.classes]
    if len(names) > MANY_CLASSES:
        return top_confusions(confusion)
    k = len(names)
    with house_style():
        side = min(6.4, 2.0 + 0.5 * k)
        figure = Figure(figsize=(side + 0.8, side), layout="constrained")
        axes = figure.add_subplot()
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)  # (classes, classes)
        for truth, said in np.ndindex(k, k):
            right, share = truth == said, float(shares[truth, said])
            if counts[truth, said] == 0 and not right:
                continue
            strength = 0.08 + 0.92 * (share if right else sqrt(share))
            axes.add_patch(
                matplotlib.patches.Rectangle(
                    (said - 0.47, truth - 0.47), 0.94, 0.94, color=SEA if right else RED, alpha=strength, linewidth=0
                )
            )
            axes.text(
                said, truth, f"{counts[truth, said]:,.0f}", ha="center", va="center",
                size=14 if k <= 3 else 9.5 if k <= 10 else 7, color=PAPER if strength > 0.55 else INK,
            )  # fmt: skip
        axes.set_xlim(-0.5, k - 0.5)
        axes.set_ylim(k - 0.5, -0.5)
        upright = max(map(len, names), default=0) * k < 50
        axes.set_xticks(range(k), names, rotation=0 if upright else 40, ha="center" if upright else "right")
        axes.set_yticks(range(k), names)
        axes.tick_params(length=0, labelcolor=INK)
        axes.set_xlabel("predicted")
        axes.set_ylabel("truth")
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
        right_ones = f"{np.trace(counts):,.0f} of {counts.sum():,.0f} right"
        return svg(figure, "confusion", f"Confusion matrix of {k} classes, {right_ones}")


def top_confusions(confusion: Confusion, most: int = 20) -> str:
    """Bars of the pairs of classes that are taken for each other most."""
    counts = np.array(confusion.counts)
    np.fill_diagonal(counts, 0)
    order = np.argsort(-counts, axis=None, kind="stable")[:most]
    pairs = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, counts.shape)) if counts[i, j] > 0]
    with house_style():
        figure = Figure(figsize=(7.2, 0.6 + 0.27 * max(1, len(pairs))), layout="constrained")
        axes = figure.add_subplot()
        axes.barh(range(len(pairs)), [counts[pair] for pair in pairs], color=RED, alpha=0.7, height=0.62)
        for y, pair in enumerate(pairs):
            axes.text(counts[pair], y, f"\N{NO-BREAK SPACE}{counts[pair]:,.0f}", va="center", color=INK)
        labels = [f"{_short(confusion.classes[i])} → {_short(confusion.classes[j])}" for i, j in pairs]
        axes.set_yticks(range(len(pairs)), labels)
        axes.set_ylim(max(1, len(pairs)) - 0.4, -0.6)
        axes.set_xticks([])
        axes.tick_params(length=0, labelcolor=INK)
        axes.spines[:].set_visible(False)
        return svg(figure, "confusion", f"The {len(pairs)} most frequent confusions")


def calibration(bins: Sequence[Bin]) -> str:
    """Reliability diagram: how often it was right, against how sure it was; below, how many there were."""
    with house_style():
        figure = Figure(figsize=(4.4, 4.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=[5, 1], sharex=True)
        filled = [b for b in bins if b.count > 0]
        x, y = [b.confidence for b in filled], [b.accuracy for b in filled]
        upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        upper.vlines(x, [min(a, b) for a, b in zip(x, y)], [max(a, b) for a, b in zip(x, y)], color=RED, linewidth=1.4)
        upper.plot(x, y, color=SEA, linewidth=1.6, marker="o", markersize=6)
        upper.text(0.04, 0.94, "above the line: too modest", color=MUTED, size=8)
        upper.text(0.97, 0.03, "below: too sure", color=MUTED, size=8, ha="right")
        upper.set_ylabel("share that was right")
        upper.set_ylim(-0.02, 1.03)
        upper.grid()
        lower.bar(x, [b.count for b in filled], width=0.04, color=SEA, alpha=0.6)
        lower.set_xlim(-0.02, 1.02)
        lower.set_ylabel("count")
        lower.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        lower.set_xlabel("how sure it was")
        for axis in (upper.yaxis, lower.xaxis):
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
        return svg(figure, "calibration", "Reliability diagram: share of right answers against confidence")


def scatter(scatter: Scatter) -> str:
    """Prediction against truth, with the line on which both agree; beside it, how far off each prediction is."""
    x, y = np.asarray(scatter.targets, np.float64), np.asarray(scatter.predictions, np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    every = -(-len(x) // MOST_POINTS) or 1
    with house_style():
        figure = Figure(figsize=(9, 4.4), layout="constrained")
        axes, rest = figure.subplots(1, 2)
        if len(x):
            low, high = min(x.min(), y.min()), max(x.max(), y.max())
            axes.plot([low, high], [low, high], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
            shown = "o" if len(x) <= 200 else "."
            axes.plot(x[::every], y[::every], shown, color=SEA, alpha=0.45, markersize=5, markeredgewidth=0)
            rest.axhline(0, color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
            rest.plot(y[::every], (y - x)[::every], shown, color=SEA, alpha=0.45, markersize=5, markeredgewidth=0)
            if every > 1:
                axes.set_title(f"{len(x[::every]):,} of {len(x):,} are drawn", size=8.5, color=MUTED)
        axes.set_aspect("equal", adjustable="datalim")
        axes.set_xlabel("truth")
        axes.set_ylabel("predicted")
        axes.grid()
        rest.set_xlabel("predicted")
        rest.set_ylabel("predicted minus truth")
        rest.grid()
        alt = f"Left, prediction against truth; right, prediction minus truth; {len(x):,} examples"
        return svg(figure, "scatter", alt)


def overlaid(runs: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], metric: Metric) -> str:
    """The dev metric of several runs over their epochs, and their dev loss."""
    with house_style():
        keys = ((f"dev {metric.name}", "dev_metric"), ("dev loss", "dev_loss"), ("train loss", "train_loss"))
        panels = [(t, k) for t, k in keys if any(np.isfinite(_column(h, k)).any() for _, h in runs)][:2]
        figure = Figure(figsize=(9, 3.5), layout="constrained")
        axes = None
        for i, (title, key) in enumerate(panels):
            axes = figure.add_subplot(1, len(panels), i + 1)
            for j, (name, history) in enumerate(runs):
                values, epochs = _column(history, key), _column(history, "epoch")
                if np.isfinite(values).any():
                    epochs = np.where(np.isfinite(epochs), epochs, np.arange(1, len(history) + 1))
                    line = axes.plot(epochs, values, color=RUNS[j % len(RUNS)], linewidth=1.8, label=_short(name))[0]
                    line.set_linestyle("-" if j < len(RUNS) else "--")
            axes.set_title(title)
            if key == "dev_metric":
                _show_metric(axes.yaxis, metric)
            _epoch_axis(axes, np.arange(1, 2 + max(len(h) for _, h in runs)), label=True, limit=False)
        if axes is not None:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=3, labelcolor=INK)
        return svg(figure, "overlaid", f"{metric.name} over the epochs of {len(runs)} runs")


def growing(grown: Growing) -> str:
    """The net's and the pipeline's figure over the size of train, with their intervals."""
    with house_style():
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        axes = figure.add_subplot()
        sizes = [p.size for p in grown.points]
        for name, color, told in (
            (grown.net, RUNS[0], [p.net for p in grown.points]),
            (grown.pipeline, RUNS[1], [p.pipeline for p in grown.points]),
        ):
            axes.fill_between(sizes, [i.low for i in told], [i.high for i in told], color=color, alpha=0.16, lw=0)
            axes.plot(sizes, [i.value for i in told], "o-", color=color, linewidth=1.8, label=_short(name, 60))
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.minorticks_off()
        axes.set_xlabel("training examples")
        axes.set_title(f"dev {grown.metric.name}")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        _show_metric(axes.yaxis, grown.metric)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=2, labelcolor=INK)
        return svg(figure, "growing", f"{grown.metric.name} of a net and of a pipeline over the size of train")


# --- below the figures ------------------------------------------------------------------------------------------------


def _column(history: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    values = [epoch.get(name) for epoch in history]
    known = [float(v) if isinstance(v, (int, float)) and isfinite(v) else np.nan for v in values]
    return np.array(known, np.float64)


def _mark_best(axes: Axes, epochs: np.ndarray, values: np.ndarray, best: int | None, metric: Metric) -> None:
    if best is None:
        return
    axes.axvline(best, color=GREEN, linewidth=1, linestyle=(0, (2, 2)))
    at = np.flatnonzero(epochs == best)
    if len(at) and isfinite(values[at[0]]):
        axes.plot([best], [values[at[0]]], "o", color=GREEN, markersize=7, zorder=5)
        said = f"best: {metric.show(values[at[0]])} in epoch {best}"
        axes.set_title(said, loc="right", color=GREEN, weight="bold", size=9)


def _epoch_axis(axes: Axes, epochs: np.ndarray, label: bool, limit: bool = True) -> None:
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))
    if limit:
        spread = 0.02 * (epochs.max() - epochs.min()) or 0.5
        axes.set_xlim(epochs.min() - spread, epochs.max() + spread)
    axes.grid(axis="y")
    if label:
        axes.set_xlabel("epoch")


def _show_metric(axis: Any, metric: Metric) -> None:
    if metric.percent:
        axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.3g} %"))


def _short(text: str, most: int = 26) -> str:
    text = " ".join(clean(text).split())
    tail = most // 3  # long names often differ at their end
    return text if len(text) <= most else f"{text[: most - tail - 1]}…{text[-tail:]}"


def svg(figure: Figure, name: str, alt: str) -> str:
    """The figure as an ``<svg>`` element; `name` keeps its ids apart from those of others, `alt` says it in words."""
    out = StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
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
    return f'<svg class="figure" {attributes} aria-label="{escape(clean(alt))}">{body}'


def _tag(tag: str, name: str) -> str:
    tag = re.sub(r'\b(id=")', rf"\1{name}-", tag)
    tag = re.sub(r'(href="#|url\(#)', rf"\1{name}-", tag)
    for color, variable in _VARIABLES.items():
        tag = tag.replace(color, f"var(--{variable}, {color})")
    return tag
