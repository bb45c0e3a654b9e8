"""The classic model that a sensible person would try first: logistic regression, with its strength chosen.

A baseline that is weaker than it need be flatters every net that is compared with it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

STRENGTHS = (0.003, 0.03, 0.3, 3.0)
"""Inverse strengths of the regularization that are tried."""
ENOUGH = 1000
"""Examples on which the strength is chosen, a fifth of them to judge by."""


def logistic(values: NDArray[np.float32], labels: Sequence[Any]) -> Any:
    """A logistic regression whose regularization was chosen on a part that it had not seen, then fitted on all.

    Args:
        values: ``(examples, features)``, all on one scale.
        labels: a class of each, two or more.
    """
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a baseline need not be exact to the last digit
        return _fitted(values, labels)


def _fitted(values: NDArray[np.float32], labels: Sequence[Any]) -> Any:
    from sklearn.linear_model import LogisticRegression

    told = np.asarray([str(label) for label in labels])
    order = np.random.default_rng(0).permutation(len(told))[:ENOUGH]
    judge, learn = order[: len(order) // 5], order[len(order) // 5 :]
    best = STRENGTHS[0]
    if len(judge) >= 10 and len(set(told[learn])) > 1:
        right = {}
        for strength in STRENGTHS:
            model = LogisticRegression(C=strength, max_iter=60, tol=1e-3).fit(values[learn], told[learn])
            right[strength] = float((model.predict(values[judge]) == told[judge]).mean())
        best = max(STRENGTHS, key=lambda strength: right[strength])  # of equals the most regularized
    return LogisticRegression(C=best, max_iter=100, tol=1e-3).fit(values, labels)
