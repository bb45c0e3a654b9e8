"""All trials of a search on one page: parallel coordinates, importance, and a table."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from fathom.number_format import significant
from fathom.reporting.figure_style import AMBER, MUTED, RULE, SEA, house_style
from fathom.reporting.page import write_tuning
from fathom.tuning.result import Tuned

FIRST = ("trial", "state", "dev", "seconds")


def write_page(path: Path, tuned: Tuned) -> None:
    """Write ``tune.html``."""
    metric = tuned.metric
    table = tuned.trials.sort("dev", nulls_last=True).with_columns(metric.shown(pl.col("dev")))  # the best first
    names = [name for name in table.columns if name not in FIRST]
    rows = [[_shown(value) for value in row] for row in table.head(200).rows()]
    write_tuning(
        path,
        metric=metric,
        lead=f"{table.height} trials; the best reached {metric.label} {metric.show(tuned.figure)} on dev. "
        "A figure that was chosen for being the best is a little lucky: only test tells what it is worth.",
        parallel=parallel(table, names, higher_is_better=metric.higher_is_better),
        importance=importance(dict(tuned.importance)) if tuned.importance else "",
        header=[name.removeprefix("set.") for name in table.columns],
        rows=rows,
    )


def parallel(table: pl.DataFrame, names: list[str], *, higher_is_better: bool = False) -> str:
    """A line for each trial across one axis for each setting, the better the darker: an SVG."""
    from matplotlib.figure import Figure

    told = table.filter(pl.col("dev").is_not_null())
    columns = [*names, "dev"]
    places, labels = [], []
    for name in columns:
        x, ends = _placed(told[name], name)
        places.append(x)
        labels.append(ends)
    lines = np.stack(places, 1)  # (trials, columns)
    rank = np.argsort(np.argsort(told["dev"].to_numpy() * (-1 if higher_is_better else 1)))
    with house_style():
        figure = Figure(figsize=(8.6, 3.4), layout="constrained")
        axes = figure.add_subplot()
        for i in np.argsort(-rank):
            best = rank[i] < max(1, len(rank) // 10)
            axes.plot(range(len(columns)), lines[i], color=SEA if best else MUTED, lw=1.6 if best else 0.6,
                      alpha=0.95 if best else 0.35)  # fmt: skip
        for at, (name, ends) in enumerate(zip(columns, labels, strict=True)):
            axes.axvline(at, color=RULE, lw=1)
            for y, text in ends:
                axes.annotate(text, (at, y), textcoords="offset points", xytext=(4, 0), fontsize=7, va="center")
            axes.annotate(name.removeprefix("set."), (at, 1.06), ha="center", fontsize=9, annotation_clip=False)
        axes.set_axis_off()
        axes.set_ylim(-0.05, 1.12)
        axes.set_xlim(-0.2, len(columns) - 0.5)
        return _svg(figure)


def importance(shares: dict[str, float]) -> str:
    """A bar for each setting: an SVG."""
    from matplotlib.figure import Figure

    ordered = sorted(shares.items(), key=lambda pair: pair[1])
    with house_style():
        figure = Figure(figsize=(8.6, 0.5 + 0.28 * len(ordered)), layout="constrained")
        axes = figure.add_subplot()
        axes.barh([name.removeprefix("set.") for name, _ in ordered], [100 * v for _, v in ordered], color=AMBER)
        axes.set_xlabel("share of the spread of the dev figure that it explains, %")
        return _svg(figure)


def _placed(values: pl.Series, name: str) -> tuple[np.ndarray, list[tuple[float, str]]]:
    """Where the values lie between 0 and 1, and what is written there."""
    if values.dtype.is_numeric():
        x = values.cast(pl.Float64).to_numpy()
        low, high = float(np.nanmin(x)), float(np.nanmax(x))
        log = low > 0 and high / low > 20
        y = np.log(x) if log else x
        span = max(1e-12, float(np.nanmax(y) - np.nanmin(y)))
        return np.nan_to_num((y - np.nanmin(y)) / span, nan=0.5), [(0.0, _shown(low)), (1.0, _shown(high))]
    levels = sorted({str(v) for v in values.to_list() if v is not None})
    at = {level: i / max(1, len(levels) - 1) for i, level in enumerate(levels)}
    return np.array([at.get(str(v), 0.5) for v in values.to_list()]), [(at[level], level) for level in levels]


def _svg(figure: Any) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]


def _shown(value: Any) -> str:
    return "" if value is None else significant(value, 3) if isinstance(value, float) else str(value)
