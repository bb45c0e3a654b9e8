"""Figures and words → one HTML file that opens offline.

Style, figures and pictures are all inside; there is no script, and a content security policy forbids the browser to
load anything. File and class names come from strangers, so everything is escaped unless a figure of ours made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from fathom.data import files
from fathom.metrics import ERROR, Metric
from fathom.records import Interval
from fathom.reporting import curve_figures, figures, report_data, thumbnails
from fathom.reporting.attention import attention_figure
from fathom.reporting.report_data import Card, CompareData, ReportData


def write_report(path: str | Path, report: ReportData) -> None:
    """Write the page of one run."""
    drawn = {
        "levels": figures.error_levels(report.levels, report.gaps, report.metric) if report.levels else "",
        "curves": curve_figures.training_curves(report.history, report.metric, report.best_epoch)
        if report.history
        else "",
        "confusion": figures.confusion_matrix(report.confusion) if report.confusion else "",
        "calibration": figures.reliability_diagram(report.calibration) if report.calibration else "",
        "scatter": figures.prediction_scatter(report.scatter) if report.scatter else "",
    }
    cards = [(card, _picture(card.picture, card), _picture(card.overlay, card)) for card in report.worst]
    files.write_text(
        Path(path),
        _jinja_environment(report.metric).get_template("report.html.j2").render(
            report=report,
            figures={name: Markup(svg) for name, svg in drawn.items()},  # made by us, with the user's words escaped
            cards=cards,
            attention=[Markup(attention_figure(seen, i)) for i, seen in enumerate(report.attention)],
            uri=thumbnails.data_uri,
            show_gaps=len(report.gaps) != len(report.levels) - 1,
            class_scale=_scale(report.metric, [interval for _, interval, _ in report.per_class]),
        ),
    )  # fmt: skip


def write_data_scaling(path: str | Path, grown: report_data.DataScaling, title: str) -> None:
    """Write the page of a net and a pipeline over growing data."""
    page = _jinja_environment(grown.metric).get_template("growing.html.j2").render(
        title=title, grown=grown, figure=Markup(curve_figures.data_scaling_curves(grown))
    )  # fmt: skip
    files.write_text(Path(path), page)


def write_comparison(path: str | Path, runs: CompareData) -> None:
    """Write the page of several runs side by side."""
    drawn = curve_figures.overlaid_curves([(run.name, run.history) for run in runs.runs], runs.metric)
    results = [run.result for run in runs.runs if run.result]
    page = _jinja_environment(runs.metric).get_template("comparison.html.j2").render(
        compare=runs,
        curves=Markup(drawn if any(run.history for run in runs.runs) else ""),
        differing=report_data.differing_settings(runs.runs),
        scale=_scale(runs.metric, results),
        best=min(results, key=lambda r: r.value) if results else None,
        has_difference=any(run.difference for run in runs.runs),
    )  # fmt: skip
    files.write_text(Path(path), page)


def write_tuning(
    path: str | Path,
    *,
    metric: Metric,
    lead: str,
    parallel: str,
    importance: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
) -> None:
    """Write the page of a search: two figures, and a table of the trials."""
    page = _jinja_environment(metric).get_template("tuned.html.j2").render(
        lead=lead, parallel=Markup(parallel), importance=Markup(importance), header=header, rows=rows,
        higher_is_better=metric.higher_is_better,
    )  # fmt: skip
    files.write_text(Path(path), page)


def write_style(
    path: str | Path, title: str, sides: Sequence[tuple[str, bytes]], frames: Sequence[tuple[str, bytes]]
) -> None:
    """Write the page of a style transfer: pictures with their names, as JPEG or PNG."""
    shown = {
        name: [(text, thumbnails.data_uri(data)) for text, data in pictures]
        for name, pictures in (("sides", sides), ("frames", frames))
    }
    files.write_text(Path(path), _jinja_environment(ERROR).get_template("style.html.j2").render(title=title, **shown))


class _Compiled(BytecodeCache):
    """The templates of this process, compiled once: a search or a curve writes a page for each of its runs."""

    def __init__(self) -> None:
        self.code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Where it was compiled before, from the same text."""
        if (code := self.code.get(bucket.key)) is not None:
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self.code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def _jinja_environment(metric: Metric) -> Environment:
    environment = Environment(
        bytecode_cache=_COMPILED,
        loader=PackageLoader("fathom.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_final_figures,
    )
    environment.filters |= {
        "figure": lambda interval: report_data.show_interval(metric, interval),
        "shown": lambda interval: report_data.as_shown(metric, interval),
        "gap": lambda interval: report_data.show_gap(metric, interval),
        "metric": metric.show,
        "range": lambda interval: metric.show_range(interval.low, interval.high),
        "value": report_data.show_value,
        "evidence": lambda value, name: _told_evidence(metric, name, value),
        "seconds": report_data.show_seconds,
        "share": lambda value, whole: f"{min(100.0, max(0.0, 100 * value / whole)):.2f}%",
    }
    environment.tests["nested"] = lambda value: isinstance(value, Mapping)
    return environment


def _final_figures(value: Any) -> Any:
    return value if isinstance(value, Markup) else report_data.printable(value)


def _scale(metric: Metric, intervals: Sequence[Interval]) -> float:
    """What the longest bar of a table stands for."""
    ends = (report_data.as_shown(metric, one).high for one in intervals)
    return max((end for end in ends if isfinite(end)), default=0.0) or 1.0


_FIGURES = ("levels", "figure", "rest")
"""Evidence that is figures of the metric; other intervals are differences and shares, which have no direction."""


def _told_evidence(metric: Metric, name: str, value: Any) -> str:
    return _evidence(metric if name in _FIGURES else replace(metric, complement_of=""), value)


def _evidence(metric: Metric, value: Any) -> str:
    if isinstance(value, Mapping) and set(value) == {"value", "low", "high"}:
        value = Interval(value["value"], value["low"], value["high"])
    if isinstance(value, Interval):
        if metric.percent and abs(value.value) > 1:  # no share: in units of its own
            return replace(metric, percent=False).show_with_range(value.value, value.low, value.high)
        return report_data.show_interval(metric, value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_evidence(metric, v)}" for name, v in value.items())
    if isinstance(value, (list, tuple)):
        more = f", … ({len(value):,} in all)" if len(value) > 30 else ""
        return ", ".join(_evidence(metric, v) for v in value[:30]) + more
    return report_data.show_value(value)


def _picture(png: bytes | None, card: Card) -> dict[str, Any] | None:
    if png is None:
        return None
    small, (width, height) = thumbnails.shrink(png)
    return {"uri": thumbnails.data_uri(small), "width": width, "height": height, "tiny": max(width, height) < 64}
