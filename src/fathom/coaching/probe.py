"""One short training that measures a remedy: from the splits of the run, and judged on dev; test is never looked at."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from fathom.coaching.influence import Rows, influences, rows_of
from fathom.coaching.run_context import Change, RunContext
from fathom.data.splits.stratification import hash_rank
from fathom.errors import UserError
from fathom.nets.pretrained import starts_warm
from fathom.progress import Interrupted, QuietWatcher, Watcher
from fathom.records import Example, Examples, Settings, Source, Splits
from fathom.runs import prepare
from fathom.runs.decision_threshold import unmet_requirement
from fathom.runs.load import build_net, load_net
from fathom.runs.prepare import Prepared
from fathom.runs.split_evaluation import outcome_of
from fathom.runs.training_without_run import fit_without_run

MIN_TRAIN = 20
OVERHEAD_SECONDS = 0.7
"""Seconds of a probe besides its training."""

MIN_SECONDS = 1.0
"""Seconds of a training that is given a time, at least; and in which the pace of a net is found."""


@dataclass(frozen=True)
class Probed:
    """One short training: the statistics of each dev example, ``(examples, statistics)``, and its seconds."""

    rows: Rows
    seconds: float


def data_of(context: RunContext, change: Change) -> tuple[Source, Examples, Splits]:
    """The examples and splits under a change: fewer of train, without some, or with copies."""
    source, splits = context.source, context.splits
    if change.source:
        source = replace(source, **change.source)
    dropped = set(change.drop)
    if change.part < 1:
        train = [e for e in context.of("train") if e.id not in dropped]
        ranked = sorted(train, key=lambda e: hash_rank([e], "probe"))
        dropped |= {e.id for e in ranked[max(MIN_TRAIN, round(change.part * len(train))) :]}
    if dropped:
        splits = replace(splits, of={name: split for name, split in splits.of.items() if name not in dropped})
    examples, splits = prepare.with_copies(source, context.examples, splits, context.settings.seed, Watcher())
    return source, examples, splits


class Probing(QuietWatcher):
    """Shows nothing of a probe, and ends it wherever it is once it is asked to stop: also while examples are read."""

    def advance(self, n: int = 1) -> None:
        """Look whether to stop.

        Raises:
            Interrupted: it was asked for.
        """
        if self.stop_requested():
            raise Interrupted


def encoded(
    context: RunContext,
    asked: Settings,
    change: Change | None = None,
    share: float | None = None,
    watcher: Watcher | None = None,
) -> Prepared:
    """The data of a training with a change, encoded; the store is shared by all trainings of the same encoder.

    Args:
        context: the run.
        asked: settings; Nones are found out.
        change: to be measured; None for none.
        share: of the epochs, or of the seconds where those were asked for, that it is to have; None for the whole.
        watcher: is told how far it is; None for nobody.
    """
    change = change or Change()
    _, examples, splits = data_of(context, change)
    settings = prepare.resolve(context.reader, examples.of(splits.ids("train")), asked)
    return prepare.fitted(
        context.reader,
        settings if share is None else _shortened(settings, share),
        examples,
        prepare.without_test(splits),
        watcher or Watcher(),
        init_from=context.init_from(change),
    )


def _shortened(settings: Settings, share: float) -> Settings:
    """Settings with a share of their seconds, or else of their epochs."""
    if settings.budget is not None:
        return replace(settings, budget=max(MIN_SECONDS, share * settings.budget))
    if settings.epochs is not None:
        return replace(settings, epochs=max(1, round(share * settings.epochs)))
    return settings


def probe(
    context: RunContext, change: Change, seed: int, share: float, watcher: Watcher, limit: float | None = None
) -> Probed:
    """Train once, for a share of the epochs or of the seconds that it is to have, and judge dev.

    Where the change is of the answers alone, the run's own net is judged, and nothing is trained.

    Args:
        context: the run.
        change: to be measured.
        seed: of the training.
        share: of the epochs.
        watcher: is asked whether to stop.
        limit: seconds at most for a net that is not the run's own, whose pace is unknown.

    Raises:
        Interrupted: the watcher asked to stop.
        FathomError: it cannot be trained so, or the loss became infinite before any weights were worth keeping.
    """
    began = time.monotonic()
    watcher = Probing(watcher)
    if change.answers_only:
        return Probed(_answers(context, change, watcher), time.monotonic() - began)
    settings = context.settings_with(change, seed)
    prepared = encoded(context, settings, change, share, watcher)
    task = prepared.task
    net = context.initial_net(task, change)
    broken = unmet_requirement(task, net, prepared.of("dev")) if change.settings else ""
    if broken:
        raise UserError(f"it would not meet what is required, {broken}")
    budget = None
    if (
        change.fresh and limit is not None and settings.budget is None
        and (starts_warm(net) or exceeds_limit(prepared, limit, watcher))
    ):  # fmt: skip
        budget = max(MIN_SECONDS, limit)
    progress = fit_without_run(net, prepared, watcher, budget=budget)
    outcome = outcome_of(net, prepared, "dev", watcher)
    if (task.metric.needs, task.metric.pooled) != (context.metric.needs, context.metric.pooled):
        raise UserError(f"it would be judged by {task.metric.label} of other statistics than the run's")
    rows = rows_of(task, prepared.of("dev"), outcome)
    if not np.isfinite(rows).all() or (progress.stopped and not np.isfinite(progress.best)):
        raise UserError(progress.stopped or "its output is not finite")
    return Probed(rows, time.monotonic() - began)


def _answers(context: RunContext, change: Change, watcher: Watcher) -> Rows:
    """What the run's own net makes of dev where it answers otherwise: ``(examples, statistics)``."""
    prepared = encoded(context, context.settings_with(change, context.settings.seed), change, None, watcher)
    net, dev = load_net(context.run, prepared.task), prepared.of("dev")
    broken = unmet_requirement(prepared.task, net, dev)
    if broken:
        raise UserError(f"it would not meet what is required, {broken}")
    return rows_of(prepared.task, dev, outcome_of(net, prepared, "dev", watcher))


def exceeds_limit(prepared: Prepared, limit: float, watcher: Watcher) -> bool:
    """Whether its epochs would take longer than so many seconds, by the pace of some first steps."""
    settings = prepared.task.settings
    tried = fit_without_run(build_net(prepared.task), prepared, watcher, budget=min(MIN_SECONDS, limit / 4))
    pace = sum(float(row["seconds"]) for row in tried.history) / max(1, tried.step)
    steps = -(-len(prepared.indices("train")) // (settings.batch_size or 1))
    return pace * steps * (settings.epochs or 1) > limit


def run_statistics(context: RunContext, dev: Sequence[Example]) -> Rows | None:
    """What the run itself made of these examples: ``(examples, statistics)``; None where that is gone."""
    metric, ids = context.metric, [e.id for e in dev]
    frame = context.run.results(metric.needs).filter(pl.col("split") == "dev")
    columns = ["target", "prediction"] if metric.pooled else [f"stat_{name}" for name in metric.needs]
    kept = dict(zip(frame["id"], frame.select(columns).rows(), strict=True))
    if not set(ids) <= set(kept):
        return None
    if metric.pooled:
        return influences(metric, *zip(*(kept[name] for name in ids), strict=True))
    return np.array([kept[name] for name in ids], np.float64)
