"""The few figures that a run is summed up in, and the lines that tell them on one screen, before and after training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from torch import nn

from fathom.diagnosis import figures as split_figures
from fathom.diagnosis.intervals import by_split, value_of
from fathom.diagnosis.per_class import label_figures
from fathom.diagnosis.requirements import Measured
from fathom.metrics import Metric, Predicts
from fathom.number_format import significant
from fathom.progress import Watcher
from fathom.records import Baseline, Example, SkipKind, Skipped
from fathom.runs import kept_part
from fathom.runs.baseline_figures import baseline_figures, interval_fields
from fathom.runs.decision_threshold import as_json
from fathom.runs.folder import RunFolder
from fathom.runs.prepare import Prepared
from fathom.task import Task

_COLUMNS_SHOWN = 4
_LABELS_SHOWN = 6


def write_figures(
    run: RunFolder,
    task: Task,
    frame: pl.DataFrame,
    dev: Sequence[Example],
    baselines: Sequence[Baseline],
    stopped: str,
    required: Sequence[Measured] = (),
) -> None:
    """Keep the metric of each split of the results, and of each baseline, with intervals, in ``figures.json``."""
    metric = task.metric
    run.write_json(
        "figures.json",
        {
            "metric": metric.name,
            "shown": {"name": metric.label, "higher_is_better": metric.higher_is_better},
            "stopped": stopped,
            "splits": {k: interval_fields(v) for k, v in split_figures(frame, metric).items()},
            "beside": secondary_figures(frame, metric),
            **_each_label(frame, metric),
            "requirements": as_json(required),
            "baselines": baseline_figures(task, frame, dev, baselines),
        },
    )


def secondary_figures(frame: pl.DataFrame, metric: Metric) -> dict[str, dict[str, float]]:
    """What is told beside the metric: metric name → split → figure."""
    parts = by_split(frame)
    found = {}
    for m in metric.beside:
        if m.chosen:
            on = parts.get("dev", parts["train"])
            m = replace(m, pooled=m.chosen(on["target"].to_list(), on["prediction"].to_list()))
        found[m.name] = {split: value_of(part, m) for split, part in parts.items()}
    return found


def _each_label(frame: pl.DataFrame, metric: Metric) -> dict[str, dict[str, float]]:
    """The figure of each label on dev, or on train where nothing was held out; nothing of other targets."""
    parts = by_split(frame)
    several = metric.predicts is Predicts.LABELS
    return {"labels": label_figures(parts.get("dev", parts["train"]), metric)} if several else {}


def format_figure(metric: Metric, figure: dict[str, float]) -> str:
    """``6.5 % (3.8–11.0)``."""
    return metric.show_with_range(figure["value"], figure["low"], figure["high"])


def result_lines(run: RunFolder, task: Task) -> list[tuple[str, str]]:
    """The lines after the progress bar: result, baselines, what was kept, limits."""
    metric, kept = task.metric, run.figures()
    parts = []
    for split, figure in kept["splits"].items():
        text = format_figure(metric, figure) if split != "train" else metric.show(figure["value"])
        parts.append(f"{split} {metric.label} {text}")
    lines = [("result", "   ".join(parts))]
    for other in metric.told_beside:
        told = kept.get("beside", {}).get(other.name, {})
        if told:
            lines.append(("", "   ".join(f"{split} {other.label} {other.show(v)}" for split, v in told.items())))
    if labels := sorted(kept.get("labels", {}).items(), key=lambda pair: -pair[1]):
        worst = " · ".join(f"{name} {metric.show(value)}" for name, value in labels[:_LABELS_SHOWN])
        more = f", and {len(labels) - _LABELS_SHOWN:,} better" if len(labels) > _LABELS_SHOWN else ""
        lines.append(("labels", f"{worst}{more}   average precision of each, the lowest first"))
    if kept["baselines"]:
        said = " · ".join(f"{b['name']} {metric.show(b['value'])}" for b in kept["baselines"])
        lines.append(("baseline", said))
    lines += kept_part.summary(run, metric)
    if kept["stopped"]:
        lines.append(("stopped", kept["stopped"]))
    for i, one in enumerate(kept.get("requirements", [])):
        told = f"{one['text']}   {significant(one['value'])}   {'met' if one['met'] else 'not met'}"
        chosen = (
            f", by saying {task.decision_threshold[0]} from {task.decision_threshold[1]:.2f} on"
            if task.decision_threshold and not i
            else ""
        )
        lines.append(("require" if i == 0 else "", told + chosen))
    findings = [f for f in run.findings() if f.severity != "good"]
    for i, finding in enumerate(findings[:4]):
        lines.append(("limits" if i == 0 else "", finding.title))
    return lines


def column_lines(task: Task) -> list[str]:
    """What became of the columns of a table: how many are what, which are left out, which were read otherwise."""
    columns = task.input_columns()
    if not columns:
        return []
    kinds = Counter(what.split(" of ")[0] for _, what, _ in columns)
    names = {"number": "numbers", "date": "dates", "free text": "free texts", "category": "categories"}
    lines = [
        " · ".join(f"{kinds[one]:,} {one if kinds[one] == 1 else many}" for one, many in names.items() if kinds[one])
    ]
    for what, label in ((True, "left out"), (False, "read")):
        told = [f"{name} ({why})" for name, is_, why in columns if why and (is_ == "left out") == what]
        if told:
            more = f" and {len(told) - _COLUMNS_SHOWN:,} more" if len(told) > _COLUMNS_SHOWN else ""
            lines.append(f"{label} {', '.join(told[:_COLUMNS_SHOWN])}{more}")
    return lines


def _why_unread(unread: Sequence[Skipped]) -> str:
    """The reason that most of what could not be read has in common, with one that has it."""
    reason, n = Counter(one.reason for one in unread).most_common(1)[0]
    first = next(one.id for one in unread if one.reason == reason)
    return f"{first}: {reason}" + (f" ({n:,} such)" if n > 1 else "")


def announce(run: RunFolder, task: Task, net: nn.Module, prepared: Prepared, watcher: Watcher) -> None:
    """Say what was found out, before training."""
    s = task.settings
    n = len(prepared.store.ids)
    what = f"{n:,} {prepared.examples.kind}"
    classes = task.classes
    if classes:
        shown = ", ".join(classes[:6]) + (" …" if len(classes) > 6 else "")
        kind = "labels" if task.metric.predicts is Predicts.LABELS else "classes"
        what += f", {len(classes)} {kind} ({shown})"
    if prepared.examples.target not in ("folder", "target", "labels"):
        what += f", target {prepared.examples.target}"
    if prepared.examples.target_reading:
        what += f", {prepared.examples.target_reading}"
    unread = [s for s in prepared.skipped if s.kind is SkipKind.UNREADABLE]
    files = [s for s in prepared.skipped if s.kind is SkipKind.FILE]
    if left := len(prepared.skipped) - len(unread) - len(files):
        what += f"   {left:,} left out"
    if files:
        what += f"   {files[0].id} left out: {files[0].reason}" + (f" ({len(files):,} such)" if len(files) > 1 else "")
    if unread:
        what += f"   {len(unread):,} could not be read: {run.path / 'skipped.csv'}"
    watcher.summary_line("data", what)
    if unread:
        watcher.summary_line("", _why_unread(unread))
    sizes = " · ".join(f"{name} {len(prepared.of(name)):,}" for name in prepared.splits.names())
    watcher.summary_line("split", f"{sizes}   {prepared.splits.rule.sentence(prepared.splits.seed)}")
    for i, line in enumerate(column_lines(task)):
        watcher.summary_line("columns" if i == 0 else "", line)
    weights = sum(p.numel() for p in net.parameters())
    length = f"{s.budget:g} s" if s.budget else f"{s.epochs} epoch{'s' if s.epochs != 1 else ''}"
    watcher.summary_line(
        "net",
        f"{s.net}, {weights:,} weights   {s.precision}, {s.optimizer} {s.lr:g}, {s.schedule}, "
        f"batch {s.batch_size}, {length}",
    )
