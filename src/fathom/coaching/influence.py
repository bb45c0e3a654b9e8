"""Figures of all examples together (average precision, AUC) as a mean over examples, by which trainings are compared.

Such a figure ranks or pairs examples, and is no sum over them. But how much it changes where one example is left out
says how much that example adds to it: to the figure are added, for each example, so many times its own difference from
what leaving out one changes on average. The mean of these numbers is the figure, and their spread is that of the figure
from sample to sample (the jackknife: Tukey 1958; Efron & Tibshirani 1993, chapter 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fathom.metrics import Metric
from fathom.metrics.metric import Sums
from fathom.records import Example
from fathom.runs.split_evaluation import statistics_of
from fathom.task import Task
from fathom.training.evaluation import Outcome

Rows = NDArray[np.float64]

_NEEDS = ("figure", "count")
_MOST = 2000
"""Times that something is left out at most; of more examples several together."""
_AT_ONCE = 2_000_000
"""Weights that are held at once."""


def additive(metric: Metric) -> Metric:
    """The metric as a function of sums of what `rows_of` gives; itself where it is one already.

    Args:
        metric: of a task. How its figures are shown stays.
    """
    return metric if metric.pooled is None else replace(metric, needs=_NEEDS, of=_mean, pooled=None, chosen=None)


def _mean(sums: Sums) -> Any:
    return sums["figure"] / sums["count"]


def rows_of(task: Task, examples: Sequence[Example], outcome: Outcome) -> Rows:
    """What `additive` needs of each example: ``(examples, statistics)``.

    Args:
        task: whose metric it is.
        examples: with their targets.
        outcome: of a net on them.
    """
    if task.metric.pooled is None:
        return statistics_of(task, examples, outcome)
    return influences(task.metric, [e.target for e in examples], [p.value for p in outcome.predictions])


def influences(metric: Metric, targets: Sequence[Any], predictions: Sequence[Any]) -> Rows:
    """Numbers whose mean is the figure, and that vary as it does: ``(examples, 2)``, with a 1 beside each.

    Args:
        metric: that has `Metric.pooled`.
        targets, predictions: of the same examples.
    """
    assert metric.pooled
    n = len(targets)
    whole = float(metric.pooled(targets, predictions, np.ones((1, n)))[0])
    parts = min(n, _MOST)
    if parts < 2:
        return np.stack([np.full(n, whole), np.ones(n)], 1)
    part = np.random.default_rng(0).permutation(n) % parts if parts < n else np.arange(n)  # of each example
    without = np.empty(parts)
    step = max(1, _AT_ONCE // n)
    for start in range(0, parts, step):
        left_out = np.arange(start, min(start + step, parts))
        weights = (part[None] != left_out[:, None]).astype(np.float64)  # (left out, examples)
        without[left_out] = metric.pooled(targets, predictions, weights)
    own = (parts - 1) * (without.mean() - without)  # (parts,), of mean 0
    found = np.zeros(n)
    first = np.unique(part, return_index=True)[1]  # what several change together is kept with the first of them
    found[first] = own * (n / parts)
    return np.stack([whole + found, np.ones(n)], 1)
