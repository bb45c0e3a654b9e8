"""End to end, or a pipeline made by hand? ``fathom compare DATA --over 100,200,400``.

A hand-made pipeline (features that somebody thought of, then a classic model) knows something before it has seen any
data, and an end-to-end net has to learn it: with little data the pipeline wins, with much the net. Where the curves
cross is measured: both learn from the same nested parts of train, are judged on the same dev examples, over seeds, and
their difference is resampled example by example.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from fathom import tasks
from fathom.data.source import resolve
from fathom.data.splits.split import make_splits
from fathom.data.splits.stratification import hash_rank
from fathom.declared_options import DataOptions, settings_of, sorted_out
from fathom.diagnosis.intervals import resample
from fathom.errors import UserError
from fathom.metrics import Metric
from fathom.progress import Watcher
from fathom.records import Baseline, Example, Examples, Interval, Prediction, Settings, Source, Splits
from fathom.reporting.report_data import DataScaling, ScalingPoint
from fathom.runs import prepare
from fathom.runs.load import build_net
from fathom.runs.split_evaluation import outcome_of, statistics_of
from fathom.runs.training_without_run import fit_without_run
from fathom.split_kinds import SplitKind, SplitRule
from fathom.task import Task
from fathom.training.evaluation import Outcome

MIN_EXAMPLES = 20
"""Examples of the smallest part."""


def train_on_growing_parts(
    kind: type[Task], source: Source, sizes: Sequence[int], settings: Settings, watcher: Watcher, seeds: int = 3
) -> DataScaling:
    """Train both on growing parts of train.

    Args:
        kind: of task.
        source: the data.
        sizes: how many examples each part has.
        settings: of the net; Nones are found out for each part.
        watcher: is told how far it is.
        seeds: how many parts and initial weights of each size.

    Raises:
        UserError: there are too few examples for a size, no pipeline, or a metric without statistics.
    """
    reader = kind(settings)
    examples = prepare.read(reader, source)
    splits = make_splits(examples, seed=settings.seed, no_dev=False)
    train, dev = examples.of(splits.ids("train")), examples.of(splits.ids("dev"))
    wanted = sorted({min(n, len(train)) for n in sizes})
    if not wanted or wanted[0] < MIN_EXAMPLES or max(sizes) > 2 * len(train):
        raise UserError(f"`over` takes sizes from {MIN_EXAMPLES} to the {len(train):,} examples of train")
    points: list[ScalingPoint] = []
    name = net = ""
    for size in wanted:
        rows: list[tuple[np.ndarray, np.ndarray]] = []
        seconds: list[tuple[float, float]] = []
        for seed in range(settings.seed, settings.seed + seeds):
            watcher.summary_line("part", f"{size:,} examples, seed {seed}")
            part = _part(train, size, seed)
            task, outcome, took = _trained(reader, replace(settings, seed=seed), examples, part, dev, watcher)
            pipeline = _pipeline(task, part, dev)
            name, net = pipeline.name, str(task.settings.net)
            rows.append((statistics_of(task, dev, outcome), _of_baseline(task, dev, pipeline)))
            seconds.append((took, pipeline.seconds))
        metric = task.metric
        points.append(_point(size, metric, rows, seconds))
    return DataScaling(tuple(points), name, net, metric, _sentence(points, name, net))


def _part(train: Sequence[Example], size: int, seed: int) -> list[Example]:
    """So many of train, by their hash: a larger part holds the smaller; of classes each has some."""
    ranked = sorted(train, key=lambda e: hash_rank([replace(e, group=None)], f"{seed} part"))
    first: dict[str, Example] = {}
    for e in ranked:
        if isinstance(e.target, str):
            first.setdefault(e.target, e)
    always = list(first.values()) if len(first) <= size // 4 else []
    chosen = {e.id for e in always}
    for e in ranked:
        if len(chosen) >= size:
            break
        chosen.add(e.id)
    return [e for e in train if e.id in chosen]


def _trained(
    reader: Task, asked: Settings, examples: Examples, part: Sequence[Example], dev: Sequence[Example], watcher: Watcher
) -> tuple[Task, Outcome, float]:
    """What a net that learned from a part makes of dev, its task and the seconds that it took.

    A fifth of the part chooses the weights, not dev.
    """
    began = time.monotonic()
    inner = make_splits(Examples(tuple(replace(e, split=None, group=None) for e in part)), seed=asked.seed)
    of = {name: "dev" if split == "dev" else "train" for name, split in inner.of.items()}
    splits = Splits({**of, **{e.id: "test" for e in dev}}, SplitRule(SplitKind.EXPLICIT), asked.seed)
    settings = prepare.resolve(reader, examples.of(splits.ids("train")), asked)
    prepared = prepare.fitted(reader, settings, examples, splits, watcher)
    net = build_net(prepared.task)
    fit_without_run(net, prepared, watcher)
    took = time.monotonic() - began
    return prepared.task, outcome_of(net, prepared, "test", watcher), took


def _pipeline(task: Task, part: Sequence[Example], dev: Sequence[Example]) -> Baseline:
    found = task.baselines(part, dev)
    if len(found) < 2:
        raise UserError(f"the task {task.name} has no hand-made pipeline to compare with")
    return found[-1]


def _of_baseline(task: Task, dev: Sequence[Example], baseline: Baseline) -> np.ndarray:
    rows = [task.statistics(Prediction(p), e.target, 0.0, 1.0) for e, p in zip(dev, baseline.predictions, strict=True)]
    return np.array([[row[name] for name in task.metric.needs] for row in rows])


def _point(
    size: int, metric: Metric, rows: list[tuple[np.ndarray, np.ndarray]], seconds: list[tuple[float, float]]
) -> ScalingPoint:
    """Each dev example is one unit, with all seeds together, so that more seeds make no more examples."""
    if not metric.needs:
        raise UserError(f"{metric.label} is no sum over examples: such curves cannot be paired")
    k = len(metric.needs)
    net, pipeline = (np.sum([row[i] for row in rows], axis=0) for i in (0, 1))  # (examples, statistics)
    drawn = resample(np.concatenate([net, pipeline], 1))  # (draws, 2 * statistics)

    def figure(sums: np.ndarray, start: int) -> np.ndarray:
        return np.asarray(metric.of({name: sums[..., start + i] for i, name in enumerate(metric.needs)}))

    whole = np.concatenate([net.sum(0), pipeline.sum(0)])
    draws = figure(drawn, 0), figure(drawn, k)

    def interval(values: np.ndarray, value: float) -> Interval:
        low, high = np.percentile(values, [2.5, 97.5])
        return Interval(value, min(float(low), value), max(float(high), value))

    one, two = float(figure(whole, 0)), float(figure(whole, k))
    mean = tuple(float(np.mean([s[i] for s in seconds])) for i in (0, 1))
    of_net, of_pipeline = interval(draws[0], one), interval(draws[1], two)
    return ScalingPoint(size, of_net, of_pipeline, interval(draws[0] - draws[1], one - two), (mean[0], mean[1]))


def _sentence(points: Sequence[ScalingPoint], pipeline: str, net: str) -> str:
    """Where the curves cross, as far as can be seen."""
    sizes = {better: [p.size for p in points if p.better == better] for better in ("net", "pipeline")}
    if sizes["net"] and sizes["pipeline"] and max(sizes["pipeline"]) < min(sizes["net"]):
        low, high = max(sizes["pipeline"]), min(sizes["net"])
        return f"the curves cross between {low:,} and {high:,} examples: below the pipeline is better, above the {net}"
    if sizes["net"] and not sizes["pipeline"]:
        return f"the {net} is better from {min(sizes['net']):,} examples on, and nowhere seen to be worse"
    if sizes["pipeline"] and not sizes["net"]:
        return f"{pipeline} is better up to {max(sizes['pipeline']):,} examples; the {net} is nowhere seen to be better"
    if not sizes["net"]:
        return "the two cannot be told apart at any of these sizes: more dev examples or seeds would tell"
    return "the curves cross more than once: more seeds would tell which crossing is chance"


def compare_over_sizes(
    data: str,
    sizes: str,
    watcher: Watcher,
    *,
    seeds: int = 3,
    **asked: Any,
) -> DataScaling:
    """As `train_on_growing_parts`, from what was typed.

    Args:
        data: a path or ``practice:…``.
        sizes: how many examples each part has: ``"100,200,400"``.
        watcher: is told how far it is.
        seeds: how many parts and initial weights of each size.
        **asked: of the data and the settings, by the names of the schema.

    Raises:
        UserError: the data or a size cannot be used.
    """
    try:
        wanted = [int(text) for text in sizes.split(",")]
    except ValueError:
        raise UserError(f"`over={sizes}` are no sizes: write them as 100,200,400") from None
    said, rest = sorted_out(asked, DataOptions)
    task, settings = rest.pop("task", None), settings_of(rest)
    source = resolve(data, **said)
    kind = tasks.by_name(task) if task else tasks.recognize(source)[0]
    return train_on_growing_parts(kind, source, wanted, settings, watcher, seeds)
