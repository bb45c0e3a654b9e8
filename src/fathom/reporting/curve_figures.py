"""Figures over epochs and over sizes of train: numbers in, inline SVG out; see `fathom.reporting.figures`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from fathom.metrics import Metric
from fathom.reporting.figure_style import (
    AMBER,
    GREEN,
    INK,
    MUTED,
    RUN_COLOURS,
    SEA,
    house_style,
    shorten,
    show_metric,
    svg,
)  # fmt: skip
from fathom.reporting.report_data import DataScaling, as_shown


def training_curves(history: Sequence[Mapping[str, Any]], metric: Metric, best_epoch: int | None = None) -> str:
    """Loss and metric over the epochs, with the learning rate below and the best epoch marked."""
    epochs = _column(history, "epoch")
    epochs = np.where(np.isfinite(epochs), epochs, np.arange(1, len(history) + 1))
    dev_metric, rate = _column(history, "dev_metric"), _column(history, "lr")
    left = [("train", AMBER, _column(history, "train_loss")), ("dev", SEA, _column(history, "dev_loss"))]
    right = [("train", AMBER, metric.shown(_column(history, "train_metric"))), ("dev", SEA, metric.shown(dev_metric))]
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
            title = _draw_series(axes, epochs, series, "loss" if key == "loss" else f"dev {metric.label}")
            if key == "metric":
                show_metric(axes.yaxis, metric)
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
        return svg(figure, "curves", f"Loss and {metric.label} over {len(history)} epochs{best}")


def _draw_series(axes: Axes, epochs: np.ndarray, series: Sequence[tuple[str, str, np.ndarray]], title: str) -> str:
    """A line for each series, on a log scale where it is a loss that falls far; returns the title of the panel."""
    for name, color, values in series:
        if np.isfinite(values).any():
            mark = "o" if len(epochs) <= 15 else ""
            axes.plot(epochs, values, color=color, label=name, linewidth=1.8, marker=mark, markersize=3.5)
    drawn = np.concatenate([v[np.isfinite(v)] for *_, v in series])
    if title == "loss" and drawn.min() > 0 and drawn.max() > 40 * drawn.min():
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        axes.yaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
        return "loss (log scale)"
    axes.set_ylim(bottom=0 if drawn.min() >= 0 else None)
    return title


def overlaid_curves(runs: Sequence[tuple[str, Sequence[Mapping[str, Any]]]], metric: Metric) -> str:
    """The dev metric of several runs over their epochs, and their dev loss."""
    with house_style():
        keys = ((f"dev {metric.label}", "dev_metric"), ("dev loss", "dev_loss"), ("train loss", "train_loss"))
        panels = [(t, k) for t, k in keys if any(np.isfinite(_column(h, k)).any() for _, h in runs)][:2]
        figure = Figure(figsize=(9, 3.5), layout="constrained")
        axes = None
        for i, (title, key) in enumerate(panels):
            axes = figure.add_subplot(1, len(panels), i + 1)
            for j, (name, history) in enumerate(runs):
                values, epochs = _column(history, key), _column(history, "epoch")
                values = metric.shown(values) if key == "dev_metric" else values
                if np.isfinite(values).any():
                    epochs = np.where(np.isfinite(epochs), epochs, np.arange(1, len(history) + 1))
                    line = axes.plot(
                        epochs, values, color=RUN_COLOURS[j % len(RUN_COLOURS)], linewidth=1.8, label=shorten(name)
                    )[0]
                    line.set_linestyle("-" if j < len(RUN_COLOURS) else "--")
            axes.set_title(title)
            if key == "dev_metric":
                show_metric(axes.yaxis, metric)
            _epoch_axis(axes, np.arange(1, 2 + max(len(h) for _, h in runs)), label=True, limit=False)
        if axes is not None:
            figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=3, labelcolor=INK)
        return svg(figure, "overlaid", f"{metric.label} over the epochs of {len(runs)} runs")


def data_scaling_curves(grown: DataScaling) -> str:
    """The net's and the pipeline's figure over the size of train, with their intervals."""
    with house_style():
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        axes = figure.add_subplot()
        sizes = [p.size for p in grown.points]
        for name, color, told in (
            (grown.net, RUN_COLOURS[0], [as_shown(grown.metric, p.net) for p in grown.points]),
            (grown.pipeline, RUN_COLOURS[1], [as_shown(grown.metric, p.pipeline) for p in grown.points]),
        ):
            axes.fill_between(sizes, [i.low for i in told], [i.high for i in told], color=color, alpha=0.16, lw=0)
            axes.plot(sizes, [i.value for i in told], "o-", color=color, linewidth=1.8, label=shorten(name, 60))
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.minorticks_off()
        axes.set_xlabel("training examples")
        axes.set_title(f"dev {grown.metric.label}")
        axes.set_ylim(bottom=0)
        axes.grid(axis="y")
        show_metric(axes.yaxis, grown.metric)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower left", ncols=2, labelcolor=INK)
        return svg(figure, "growing", f"{grown.metric.label} of a net and of a pipeline over the size of train")


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
        axes.plot([best], [metric.shown(values[at[0]])], "o", color=GREEN, markersize=7, zorder=5)
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
