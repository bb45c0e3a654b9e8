"""What a net makes of the splits of a run: outcomes, results, and the statistics of each example."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from torch import nn

from fathom.progress import Watcher
from fathom.records import Example, Result
from fathom.runs.prepare import Prepared
from fathom.task import Task
from fathom.training.evaluation import Outcome, evaluate, example_results

Indices = NDArray[np.int64]
CHUNK = 8192
"""Examples whose results are made in one go."""


def results_of(net: nn.Module, prepared: Prepared, split: str, watcher: Watcher) -> Iterator[Result]:
    """A result for each example of one split; only a chunk of them is in memory, unless the net carries its state.

    Of train there are as many as the task wants to be judged.
    """
    task, indices, examples = prepared.task, prepared.indices(split), prepared.of(split)
    most = task.most_judged_of_train() if split == "train" else None
    if most is not None and len(indices) > most:
        chosen = np.linspace(0, len(indices) - 1, most).astype(int)
        indices, examples = indices[chosen], tuple(examples[i] for i in chosen)
    if not len(indices):
        return
    watcher.begin_stage(f"evaluate {split}", len(indices))
    size = len(indices) if task.stateful else CHUNK
    for start in range(0, len(indices), size):
        chunk = slice(start, start + size)
        outcome = evaluate_at(net, prepared, indices[chunk], watcher, scores=True)
        yield from example_results(task, examples[chunk], split, outcome)


def outcome_of(net: nn.Module, prepared: Prepared, split: str, watcher: Watcher) -> Outcome:
    """The net's outcome on one split."""
    indices = prepared.indices(split)
    watcher.begin_stage(f"evaluate {split}", len(indices))
    return evaluate_at(net, prepared, indices, watcher)


def evaluate_at(
    net: nn.Module, prepared: Prepared, indices: Indices, watcher: Watcher, scores: bool = False
) -> Outcome:
    """The net's outcome on the examples at these indices of the store, without a stage of its own."""
    s = prepared.task.settings
    return evaluate(
        net,
        prepared.task,
        prepared.store,
        indices,
        device=s.device or "cpu",
        precision=s.precision or "fp32",
        progress=watcher.advance,
        scores=scores,
    )


def statistics_of(task: Task, examples: Sequence[Example], outcome: Outcome) -> NDArray[np.float64]:
    """What the metric needs of each example: ``(examples, statistics)``."""
    rows = zip(examples, outcome.predictions, outcome.losses, outcome.weights, strict=True)
    statistics = [task.statistics(p, e.target, loss, weight) for e, p, loss, weight in rows]
    return np.array([[row[name] for name in task.metric.needs] for row in statistics], np.float64)
