"""Figures: numbers in, inline SVG out.

Nothing is computed here beyond where to draw. Each function returns the text of one ``<svg>`` element that takes its
colours from the page (CSS variables, so that it follows light and dark) and its letters from the system. The same
numbers give the same bytes: ids are hashed with a fixed salt and no date is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, sqrt

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from fathom.metrics import Metric
from fathom.records import Interval
from fathom.reporting.figure_style import (
    INK,
    MUTED,
    PAPER,
    RED,
    RULE,
    SEA,
    house_style,
    shorten,
    show_metric,
    svg,
)  # fmt: skip
from fathom.reporting.report_data import Bin, Confusion, Scatter, as_shown, show_gap, show_interval

_MAX_MATRIX_CLASSES = 20
"""With more classes than this, a confusion matrix is unreadable and its largest entries are shown instead."""

_MAX_POINTS = 1000
"""Points that a scatter draws at most; of more, every so-manieth."""


def error_levels(levels: Sequence[tuple[str, Interval]], gaps: Sequence[tuple[str, Interval]], metric: Metric) -> str:
    """The decomposition: a line for each level, and between two of them the gap."""
    between = len(gaps) == len(levels) - 1
    drawn = [as_shown(metric, level) for _, level in levels]
    with house_style():
        rows = 2 * len(levels) - 1 if between else len(levels)
        figure = Figure(figsize=(9, 0.45 + (0.4 if between else 0.5) * rows), layout="constrained")
        axes = figure.add_subplot()
        step = 2 if between else 1
        for i, level in enumerate(drawn):
            y = step * i
            axes.hlines(y, 0, level.value, color=RULE, linewidth=1)
            axes.hlines(y, level.low, level.high, color=SEA, linewidth=7, alpha=0.25, capstyle="round")
            axes.plot([level.value], [y], "o", color=SEA, markersize=8)
        ends = [end for level in drawn for end in (level.value, level.high) if isfinite(end)]
        right = max([*ends, 1e-9])
        for i, (_, level) in enumerate(levels):
            axes.text(right * 1.05, step * i, show_interval(metric, level), va="center", color=INK, weight="bold")
        if between:
            worst = max(range(len(gaps)), key=lambda i: gaps[i][1].value)
            for i, (name, gap) in enumerate(gaps):
                start, end, y = drawn[i].value, drawn[i + 1].value, 2 * i + 1
                stands_out = i == worst and gap.low > 0
                color = RED if stands_out else MUTED
                axes.vlines([start, end], [y - 1, y], [y, y + 1], color=RULE, linewidth=0.8, linestyle=(0, (2, 2)))
                axes.hlines(y, start, end, color=color, linewidth=4 if stands_out else 2)
                axes.text(
                    max(start, end) + right * 0.012, y, f"{shorten(name)}  {show_gap(metric, gap)}", va="center",
                    color=color, weight="bold" if stands_out else "normal", size=8.5,
                )  # fmt: skip
        axes.set_yticks([step * i for i in range(len(levels))], [shorten(name) for name, _ in levels])
        axes.tick_params(axis="y", length=0, labelcolor=INK, labelsize=10)
        axes.set_ylim(rows - 0.4, -0.6)
        axes.set_xlim(0, right * 1.45)
        _mark_values(axes, 1.0 if metric.percent and right <= 1 else right * 1.45)
        show_metric(axes.xaxis, metric)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x", alpha=0.6)
        said = "; ".join(f"{name} {show_interval(metric, level)}" for name, level in levels)
        return svg(figure, "levels", f"{metric.label} by level: {said}")


def _mark_values(axes: Axes, most: float) -> None:
    """Ticks up to what a figure can be at most: the room on the right is for words."""
    marks = MaxNLocator(6).tick_values(*axes.get_xlim())
    axes.set_xticks([mark for mark in marks if 0 <= mark <= most])


def confusion_matrix(confusion: Confusion) -> str:
    """Heat map of the counts, or, with very many classes, bars of the largest confusions."""
    counts, names = np.asarray(confusion.counts), [shorten(name, 16) for name in confusion.classes]
    if len(names) > _MAX_MATRIX_CLASSES:
        return top_confusion_bars(confusion)
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
                Rectangle(
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
        axes.set_ylabel("true class")
        axes.set_aspect("equal")
        axes.spines[:].set_visible(False)
        right_ones = f"{np.trace(counts):,.0f} of {counts.sum():,.0f} right"
        return svg(figure, "confusion", f"Confusion matrix of {k} classes, {right_ones}")


def top_confusion_bars(confusion: Confusion, most: int = 20) -> str:
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
        labels = [f"{shorten(confusion.classes[i])} → {shorten(confusion.classes[j])}" for i, j in pairs]
        axes.set_yticks(range(len(pairs)), labels)
        axes.set_ylim(max(1, len(pairs)) - 0.4, -0.6)
        axes.set_xticks([])
        axes.tick_params(length=0, labelcolor=INK)
        axes.spines[:].set_visible(False)
        return svg(figure, "confusion", f"The {len(pairs)} most frequent confusions")


def reliability_diagram(bins: Sequence[Bin]) -> str:
    """Reliability diagram: how often it was right, against confidence; below, how many there were."""
    with house_style():
        figure = Figure(figsize=(4.4, 4.6), layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=[5, 1], sharex=True)
        filled = [b for b in bins if b.count > 0]
        x, y = [b.confidence for b in filled], [b.accuracy for b in filled]
        upper.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=(0, (3, 3)))
        upper.vlines(x, [min(a, b) for a, b in zip(x, y)], [max(a, b) for a, b in zip(x, y)], color=RED, linewidth=1.4)
        upper.plot(x, y, color=SEA, linewidth=1.6, marker="o", markersize=6)
        upper.text(0.04, 0.94, "above the line: underconfident", color=MUTED, size=8)
        upper.text(0.97, 0.03, "below: overconfident", color=MUTED, size=8, ha="right")
        upper.set_ylabel("share of right predictions")
        upper.set_ylim(-0.02, 1.03)
        upper.grid()
        lower.bar(x, [b.count for b in filled], width=0.04, color=SEA, alpha=0.6)
        lower.set_xlim(-0.02, 1.02)
        lower.set_ylabel("count")
        lower.yaxis.set_major_locator(MaxNLocator(2, integer=True))
        lower.set_xlabel("confidence")
        for axis in (upper.yaxis, lower.xaxis):
            axis.set_major_formatter(FuncFormatter(lambda v, _: f"{100 * v:.0f} %"))
        return svg(figure, "calibration", "Reliability diagram: share of right answers against confidence")


def prediction_scatter(scatter: Scatter) -> str:
    """Prediction against truth, with the line on which both agree; beside it, how far off each prediction is."""
    x, y = np.asarray(scatter.targets, np.float64), np.asarray(scatter.predictions, np.float64)
    finite = np.isfinite(x) & np.isfinite(y)
    x, y = x[finite], y[finite]
    every = -(-len(x) // _MAX_POINTS) or 1
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
        axes.set_xlabel("true value")
        axes.set_ylabel("predicted")
        axes.grid()
        rest.set_xlabel("predicted")
        rest.set_ylabel("predicted minus true")
        rest.grid()
        alt = f"Left, prediction against truth; right, prediction minus truth; {len(x):,} examples"
        return svg(figure, "scatter", alt)
