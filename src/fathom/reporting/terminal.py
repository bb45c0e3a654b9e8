"""The same in the terminal: what rich can print.

What comes from the user is put into `rich.text.Text`, never read as markup.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from fathom.diagnosis import Decomposition
from fathom.metrics import Metric
from fathom.records import Finding
from fathom.reporting.report_data import (
    CompareData,
    DataScaling,
    differing_settings,
    printable,
    show_gap,
    show_interval,
    show_seconds,
)

LABEL_WIDTH = 10
"""Columns that the label of a line takes."""

_SEVERITY_STYLES = {"problem": "red", "warning": "yellow", "note": "blue", "good": "green"}
"""The colour of each severity."""


def summary_grid(lines: Sequence[tuple[str, str]]) -> RenderableType:
    """Lines of the one-screen, label and text; where a text has two parts, three spaces apart, the second is minor."""
    texts = []
    for label, text in lines:
        main, gap, minor = _one_line(text).partition("   ")
        minor_style = "" if "   " in minor else "dim"
        head = f"{_one_line(label):<{LABEL_WIDTH}}"
        texts.append(Text.assemble((head, "dim"), main, gap, (minor, minor_style), overflow="fold"))
    return Group(*texts)


def findings_table(findings: Sequence[Finding]) -> RenderableType:
    """A row for each finding: how severe, what, what to do, and the lesson."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 1, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1)
    for finding in findings:
        style = _SEVERITY_STYLES.get(finding.severity, "")
        told = Text.assemble((printable(finding.title), "bold"))
        for part, part_style in ((finding.meaning, ""), (finding.advice, "")):
            if part:
                told.append("\n" + printable(part), part_style)
        if finding.lesson:
            told.append("\n" + f"learn more: fathom learn lesson {printable(finding.lesson)}", "dim")
        table.add_row(Text(printable(finding.severity), style), told)
    return table if findings else Text("nothing to report", "dim")


def parts_table(parts: Sequence[tuple[str, Decomposition]], metric: Metric) -> RenderableType:
    """A row for each part: its figure on each split with the interval, and what limits it."""
    names = list(dict.fromkeys(name for _, taken in parts for name, _ in taken.levels))
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    table.add_column("")
    for name in names:
        table.add_column(f"{name} {metric.label}" if name == names[0] else name, no_wrap=True)
    table.add_column("limits")
    for part, taken in parts:
        levels = dict(taken.levels)
        cells = [show_interval(metric, levels[name]) if name in levels else "–" for name in names]
        table.add_row(Text(_one_line(part)), *cells, taken.verdict or "undecided")
    return table


def data_scaling_table(grown: DataScaling) -> RenderableType:
    """A row for each size of train, and where the curves cross."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    for name in ("examples", _one_line(grown.net), _one_line(grown.pipeline), "difference", "better"):
        table.add_column(name)
    for p in grown.points:
        cells = [show_interval(grown.metric, one) for one in (p.net, p.pipeline)]
        table.add_row(f"{p.size:,}", *cells, show_gap(grown.metric, p.difference), p.better or "–")
    return Group(table, Text(grown.sentence))


def comparison_table(compare: CompareData) -> RenderableType:
    """A row for each run: its figure, its difference from the first, net, time, and the settings that differ."""
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0), header_style="dim")
    settings = [
        (name, values) for name, values in differing_settings(compare.runs) if name != "net"
    ]  # it has a column of its own
    table.add_column("run")
    table.add_column(f"{printable(compare.split)} {compare.metric.label}", no_wrap=True)
    paired = any(run.difference for run in compare.runs)
    if paired:
        table.add_column("against the first", no_wrap=True)
    for name in ("net", "time"):
        table.add_column(name)
    for name, _ in settings:
        table.add_column(Text(_one_line(name)))
    constrained = any(run.required[1] for run in compare.runs)
    if constrained:
        table.add_column("requirements", no_wrap=True)
    results = [run.result.value for run in compare.runs if run.result and run.feasible] or [math.inf]
    for i, run in enumerate(compare.runs):
        best = run.result is not None and run.feasible and run.result.value == min(results)
        cells = [Text(_one_line(run.name)), Text(show_interval(compare.metric, run.result) if run.result else "–")]
        if best:
            cells[1].stylize("bold green")
        if paired:
            cells.append(Text(show_gap(compare.metric, run.difference) if run.difference else "–"))
        cells += [Text(_one_line(run.net) or "–"), Text(show_seconds(run.seconds))]
        cells += [Text(_one_line(values[i])) for _, values in settings]
        if constrained:
            met, of = run.required
            cells.append(Text("–" if not of else f"{met} of {of} met", style="" if run.feasible else "bold red"))
        table.add_row(*cells)
    return table


def _one_line(text: str) -> str:
    return printable(text).replace("\n", " ").replace("\t", " ")
