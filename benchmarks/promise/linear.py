"""A linear model on all columns of a table: a baseline that fathom itself does not ask, and the promise does.

Trees are hard to beat on most tables, but a straight line beats them where the target is nearly one.
"""

from __future__ import annotations

import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from fathom.progress import Watcher
from fathom.records import Baseline
from fathom.runs.baseline_figures import baseline_figures
from fathom.runs.folder import RunFolder
from fathom.runs.load import load_task
from fathom.runs.prepare import prepare_again

STRENGTHS = (0.01, 0.1, 1.0, 10.0)
"""Inverse strengths of the regularization, of which cross-validation on train chooses one."""


def linear_figures(path: Path) -> list[dict[str, Any]]:
    """Logistic or ridge regression, fitted on train, beside the net on test.

    Args:
        path: of a run on a table that was tested.

    Returns:
        the baseline as ``figures.json`` keeps them; none where inputs are no rows of numbers.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegressionCV, RidgeCV

    run = RunFolder(path)
    recipe = run.read_recipe()
    task = load_task(run, recipe)
    prepared = prepare_again(run, recipe, task, Watcher())
    train, test = prepared.of("train"), prepared.of("test")
    columns = task.features(train)
    if columns is None:
        return []
    began = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", FutureWarning)
        if task.classes:
            name, model = "logistic regression", LogisticRegressionCV(Cs=STRENGTHS, cv=3, max_iter=200)
        else:
            name, model = "ridge regression", RidgeCV(tuple(1 / strength for strength in STRENGTHS))
        targets = [e.target if task.classes else float(e.target) for e in train]
        said = model.fit(columns, targets).predict(np.asarray(task.features(test)))
    baseline = Baseline(name, said.tolist(), time.monotonic() - began)
    return baseline_figures(task, run.results(task.metric.needs), test, [baseline])
