"""What a net makes of the splits of a run: outcomes and results; and the head that is fitted before anything else."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import nn

from fathom.errors import UserError
from fathom.nets.pretrained import starts_warm
from fathom.progress import Watcher
from fathom.records import Example, Result
from fathom.runs import prepare
from fathom.runs.folder import RunFolder
from fathom.runs.prepare import Prepared
from fathom.runs.request import Request, beginning, understand
from fathom.task import Task
from fathom.training.evaluation import Outcome, evaluate, outcome_figures, results
from fathom.training.linear_probe import embeddings, fit_head
from fathom.training.loop import fit
from fathom.training.training_state import TrainingState

Indices = NDArray[np.int64]
PORTION = 8192
"""Examples whose results are made in one go."""


def results_of(net: nn.Module, task: Task, prepared: Prepared, split: str, watcher: Watcher) -> Iterator[Result]:
    """A result for each example of one split; only a portion of them is in memory, unless they are streams."""
    indices, examples = prepared.indices(split), prepared.of(split)
    if not len(indices):
        return
    watcher.begin_stage(f"evaluate {split}", len(indices))
    portion = len(indices) if task.stateful else PORTION
    for start in range(0, len(indices), portion):
        outcome = evaluated(net, task, prepared, indices[start : start + portion], watcher, scores=True)
        yield from results(task, examples[start : start + portion], split, outcome)


def outcome_of(net: nn.Module, task: Task, prepared: Prepared, split: str, watcher: Watcher) -> Outcome:
    """The net's outcome on one split."""
    indices = prepared.indices(split)
    watcher.begin_stage(f"evaluate {split}", len(indices))
    return evaluated(net, task, prepared, indices, watcher)


def evaluated(
    net: nn.Module, task: Task, prepared: Prepared, indices: Indices, watcher: Watcher, scores: bool = False
) -> Outcome:
    """The net's outcome on the examples at these indices, without a stage of its own."""
    s = task.settings
    return evaluate(
        net,
        task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
        scores=scores,
    )


def data_apart(request: Request, watcher: Watcher) -> Prepared:
    """The data as a run of this request would have it, without making one; test is left out.

    Raises:
        UserError: the run would start from the weights of another, which nets that are tried here do not.
    """
    start = beginning(request)
    if start is not None:
        raise UserError(f"nets that are only tried start from scratch, not from the weights of {start}: leave it out")
    source, task = understand(request)
    examples = prepare.read(task, source)
    with tempfile.TemporaryDirectory() as place:
        splits = prepare.split(RunFolder(Path(place)), examples, task.settings, source, request.splits)
    examples, splits = prepare.with_copies(source, examples, splits, task.settings.seed, watcher)
    train_examples = tuple(examples.of(splits.ids("train")))
    prepare.resolve(task, train_examples)
    task.fit(train_examples)
    used = replace(splits, of={name: split for name, split in splits.of.items() if split in ("train", "dev")})
    return prepare.encode(task, examples, used, watcher)


def fit_apart(net: nn.Module, task: Task, prepared: Prepared, watcher: Watcher, blind: bool = False) -> TrainingState:
    """Train a net that is to be judged, not kept: its head first where it is pretrained.

    Args:
        net: of this task.
        task: whose settings are resolved.
        prepared: the data.
        watcher: is told how far it is.
        blind: dev neither chooses the weights nor ends the training.
    """
    warm = starts_warm(net)
    if warm:
        start_head(net, task, prepared, watcher)
    data, settings = prepared.data(), task.settings
    if blind:
        data = replace(data, dev=np.zeros(0, np.int64), dev_examples=())
        settings = replace(settings, patience=0)
    epoch_0 = None
    if warm and len(data.dev):  # what it can do before it is tuned may be the best that it can
        epoch_0 = outcome_figures(task, prepared.of("dev"), outcome_of(net, task, prepared, "dev", Watcher()))
    return fit(net, task, data, settings, None, watcher, epoch_0)


def statistics_of(task: Task, examples: Sequence[Example], outcome: Outcome) -> NDArray[np.float64]:
    """What the metric needs of each example: ``(examples, statistics)``."""
    rows = zip(examples, outcome.predictions, outcome.losses, outcome.weights, strict=True)
    told = [task.statistics(p, e.target, loss, weight) for e, p, loss, weight in rows]
    return np.array([[row[name] for name in task.metric.needs] for row in told], np.float64)


def start_head(net: Any, task: Task, prepared: Prepared, watcher: Watcher) -> None:
    """Fit the head of a pretrained net on its frozen features of train."""
    s = task.settings
    indices = prepared.indices("train")
    watcher.begin_stage("frozen features", len(indices))
    features = embeddings(
        net,
        task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
    )
    labels = prepared.store.gather(indices)["label"].numpy()
    fit_head(net.head, features, labels)
