"""The run as a page: what was computed elsewhere is gathered here, and `fathom.reporting` draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import torch

from fathom.checking.repaired import repairs_told
from fathom.data import files
from fathom.diagnosis.calibration import calibration
from fathom.diagnosis.confusion import confusion
from fathom.diagnosis.decomposition import decompose
from fathom.diagnosis.per_class import per_class, per_label
from fathom.diagnosis.worst_examples import worst
from fathom.errors import FathomError, Unreadable
from fathom.metrics import Metric, Predicts
from fathom.metrics.labels import labels_told, parse_labels, parse_unknown_labels
from fathom.progress import Watcher
from fathom.records import Attention, Example, Interval, Prediction
from fathom.reporting import report_data as page_data
from fathom.reporting import thumbnails, write_report
from fathom.runs.figures import result_lines
from fathom.runs.folder import RunFolder
from fathom.runs.interpret import insight
from fathom.runs.load import load_net, load_task
from fathom.runs.prediction_pictures import augmented_strip, sketches
from fathom.runs.prepare import Prepared, prepare_again
from fathom.task import Task
from fathom.training.gradcam import gradcam, last_feature_maps

CARDS = 18
MAX_COLUMNS = 1000
"""Columns of a table that the page lists."""


def write_page(run: RunFolder, recipe: Mapping[str, Any], prepared: Prepared, frame: pl.DataFrame) -> Path:
    """Write ``report.html`` from the run's results."""
    task = prepared.task
    split = _split_to_show(frame)
    on = frame.filter(pl.col("split") == split)
    drawn, seen = sketches(task, prepared, on), _attention(run, task, prepared, on)
    cards = [] if drawn else _cards(run, task, prepared, on)
    report = _report(run, recipe, task, frame, split, cards)
    report = replace(report, findings=[*report.findings, *repairs_told(prepared.examples)])
    strip, inner = augmented_strip(task, prepared), insight(run, task, prepared, split)
    return _write(run, replace(report, attention=seen, sketches=drawn, given=strip, inside=inner))


def rewrite_page(run: RunFolder) -> Path:
    """Write the page again from the run and, where it is still there, its data; without it, without pictures."""
    run.check_finished()
    recipe = run.read_recipe()
    task = load_task(run, recipe)
    frame = run.results(task.metric.needs)
    try:
        prepared = prepare_again(run, recipe, task, Watcher())
    except FathomError:
        return _write(run, _report(run, recipe, task, frame, _split_to_show(frame), ()))
    return write_page(run, recipe, prepared, frame)


def _write(run: RunFolder, report: page_data.ReportData) -> Path:
    """Write the page, whole or not at all."""
    with files.replacing(run.report, run.advice) as waiting:
        write_report(waiting, report)
    return run.report


def _report(
    run: RunFolder,
    recipe: Mapping[str, Any],
    task: Task,
    frame: pl.DataFrame,
    split: str,
    cards: Sequence[page_data.Card],
) -> page_data.ReportData:
    metric, figures = task.metric, run.figures()
    resolved, on = recipe["resolved"], frame.filter(pl.col("split") == split)
    parts = decompose(frame, metric, human_error=task.settings.human_error)
    classes = metric.predicts is Predicts.CLASS
    return page_data.ReportData(
        title=run.path.name,
        metric=metric,
        headline=_headline(metric, figures, split),
        summary=result_lines(run, task),
        findings=run.findings(),
        levels=list(parts.levels) if parts.gaps else (),
        gaps=[(gap.name, gap.interval) for gap in parts.gaps],
        limits=parts.sentence,
        history=run.history(),
        reach=_reach(run.history()),
        confusion=_confusion(on) if classes else None,
        calibration=_calibration(on) if classes else None,
        scatter=page_data.Scatter(on["target"].to_list(), on["prediction"].to_list())
        if metric.predicts is Predicts.NUMBER
        else None,
        per_class=_per_class(on, metric),
        worst=cards,
        split=split,
        baselines=[(b["name"], _interval(b), b["seconds"]) for b in figures["baselines"]],
        columns=task.input_columns()[:MAX_COLUMNS],
        settings=resolved["settings"] | {"task": resolved["task"], "data": resolved["source"]["text"]},
        repeat=[f"fathom train --recipe {run.path / 'recipe.json'}", f"fathom test {run.path}"],
        versions=resolved["versions"],
    )


def _reach(history: Sequence[dict[str, Any]]) -> str:
    """How far back the gradient reaches at the end, where the net is recurrent."""
    told = [record for record in history if record.get("steps")]
    if not told:
        return ""
    last = told[-1]
    return (
        f"In its first recurrent layer the gradient reaches {last['reach']:.0f} of {last['steps']:.0f} steps back in "
        "time before it has faded to a hundredth."
    )


def _split_to_show(frame: pl.DataFrame) -> str:
    """Dev, or train where nothing was held out."""
    return "dev" if "dev" in frame["split"].to_list() else "train"


def _interval(figure: dict[str, Any]) -> Interval:
    return Interval(figure["value"], figure["low"], figure["high"])


def _headline(metric: Any, figures: dict[str, Any], split: str) -> list[tuple[str, str, str]]:
    rows = []
    for name in ("test", "dev", "train"):
        if name in figures["splits"]:
            figure = figures["splits"][name]
            span = f"95 % interval {metric.show_range(figure['low'], figure['high'])}"
            rows.append((f"{name} {metric.label}", metric.show(figure["value"]), span))
    if figures["baselines"]:
        best = figures["baselines"][-1]
        rows.append(("baseline", metric.show(best["value"]), f"{best['name']}, on {split}"))
    return rows


def _confusion(on: pl.DataFrame) -> page_data.Confusion | None:
    found = confusion(on)
    return page_data.Confusion(found.classes, found.counts)


def _calibration(on: pl.DataFrame) -> list[page_data.Bin] | None:
    found = calibration(on)
    return [page_data.Bin(b.confidence, b.accuracy.value, b.count) for b in found.bins if b.count] if found else None


def _per_class(on: pl.DataFrame, metric: Metric) -> list[tuple[str, Interval, int]]:
    """The figure of each class, or of each label; of other targets none."""
    each = {Predicts.CLASS: per_class, Predicts.LABELS: per_label}.get(metric.predicts)
    return [(str(row.name), row.figure, row.count) for row in each(on, metric)] if each else []


def _cards(run: RunFolder, task: Task, prepared: Prepared, on: pl.DataFrame) -> list[page_data.Card]:
    """The worst examples, with what can be shown of them."""
    chosen = on.filter(pl.col("id").is_in(worst(on, CARDS))).sort("loss", descending=True)
    wanted = set(chosen["id"])
    by_id = {e.id: e for e in prepared.examples.items if e.id in wanted}
    there = [by_id[name] for name in chosen["id"] if name in by_id]
    overlays = _overlays(run, task, there)
    cards = []
    for row in chosen.iter_rows(named=True):
        example = by_id.get(row["id"])
        view = _view(task, example)
        picture = view.get("picture")
        cards.append(
            page_data.Card(
                id=row["id"],
                picture=None if picture is None else thumbnails.png(picture),
                overlay=None
                if picture is None or row["id"] not in overlays
                else thumbnails.overlay_heat(picture, overlays[row["id"]]),
                fields=view.get("fields", {}),
                confidence=row["confidence"],
                loss=row["loss"],
                **told_beside(task, example, row["target"], row["prediction"]),
            )
        )
    return cards


def told_beside(task: Task, example: Example | None, target: Any, prediction: Any) -> dict[str, Any]:
    """What a card says of an example.

    Args:
        task: of the run.
        example: None where it is not there any more.
        target: as it is kept.
        prediction: likewise.

    Returns:
        ``target`` and ``prediction`` as a person reads them, and ``right`` where they can be the same.
    """
    if task.metric.predicts is Predicts.CLASS:
        return {"target": target, "prediction": prediction, "right": target == prediction}
    if task.metric.predicts is not Predicts.LABELS or example is None or target is None:
        return {"target": target, "prediction": prediction}
    meant, said = set(parse_labels(target)), labels_told(prediction)
    right = meant == said - set(parse_unknown_labels(target))
    shown = task.format_prediction(example, Prediction(prediction))
    return {"target": ", ".join(sorted(meant)) or "none", "prediction": shown, "right": right}


def _view(task: Task, example: Example | None) -> dict[str, Any]:
    try:
        return task.show(example) if example is not None else {}
    except Unreadable:
        return {}


def _attention(run: RunFolder, task: Task, prepared: Prepared, on: pl.DataFrame) -> list[Attention]:
    """Where the net looked while it wrote, for an easy, a middling and a harder example."""
    if not task.attends or task.settings.has_custom_net:
        return []
    ranked = on.with_columns(each=pl.col("loss") / pl.col("weight")).sort("each")
    places = sorted({round(share * (ranked.height - 1)) for share in (0.25, 0.5, 0.75)})
    chosen = ranked[places]
    by_id = {e.id: e for e in prepared.examples.items if e.id in set(chosen["id"])}
    net = load_net(run, task)
    said = zip(chosen["id"], chosen["prediction"], strict=True)
    found = (task.attention(net, by_id[name], Prediction(value)) for name, value in said if name in by_id)
    return [seen for seen in found if seen is not None]


def _overlays(run: RunFolder, task: Task, examples: Sequence[Example]) -> dict[str, np.ndarray]:
    """Where the net looked in each picture: Grad-CAM of what it predicted."""
    of_classes = task.inputs == ("image",) and task.metric.is_classification_error
    if not examples or not of_classes or task.settings.has_custom_net:
        return {}
    net = load_net(run, task)
    if last_feature_maps(net) is None:
        return {}
    device = task.settings.device or "cpu"
    encoded = [task.encode(example) for example in examples]
    batch = {name: torch.from_numpy(np.stack([e[name] for e in encoded])).to(device) for name in encoded[0]}
    inputs = tuple(task.prepare(batch, None)[name] for name in task.inputs)
    with torch.no_grad():
        chosen = net(*inputs).argmax(1)
    heat = gradcam(net, inputs, chosen)
    return {} if heat is None else {e.id: one for e, one in zip(examples, heat, strict=True)}
