"""The first stage of transfer: pretrained features stay as they are, and only a linear head is learned on them.

The features of all training examples are computed once, without augmentation, and a logistic regression is fitted on
them, which takes seconds and has one solution. It is the sensible baseline and the start of the fine-tuning at once:
starting from a head that already fits keeps large early gradients from spoiling the features (Kumar et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import nn

from fathom.data.store import Store
from fathom.task import Task
from fathom.training.evaluation import autocast, batches_in_order

LABEL_STRENGTH = 1e-2
"""Inverse strength of the regularization of each label's regression."""


@torch.inference_mode()
def head_inputs(
    net: Any,
    task: Task,
    store: Store,
    indices: np.ndarray,
    *,
    device: str,
    precision: str,
    progress: Callable[[int], None] | None = None,
) -> np.ndarray:
    """The features that the net's head sees, ``(examples, features)`` float32."""
    net.eval()
    parts = []
    for batch in batches_in_order(task, store, indices, 64, device):
        batch = task.prepare(batch, None)
        with autocast(device, precision):
            parts.append(net.embed(*(batch[name] for name in task.inputs)).float().cpu())
        if progress:
            progress(len(parts[-1]))
    return torch.cat(parts).numpy()


def fit_head(head: nn.Linear, features: np.ndarray, labels: np.ndarray) -> None:
    """Set the head to the logistic regression of the labels on the features.

    The features are standardized for the fit, and the standardization is folded into the weights. The strength of the
    regularization is chosen by three-fold cross-validation within the training split.

    Args:
        head: ``(features) → (classes)``.
        features: ``(examples, features)``.
        labels: ``(examples,)`` class indices.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV

    mean, scale = features.mean(0), features.std(0) + 1e-6
    standardized = (features - mean) / scale
    model: Any = LogisticRegression(max_iter=200)
    if np.bincount(labels).min() >= 3 and len(labels) <= 20_000:
        search = GridSearchCV(model, {"C": [1e-4, 1e-3, 1e-2]}, cv=3, scoring="neg_log_loss")
        model = search.fit(standardized, labels).best_estimator_
    else:
        model = model.set_params(C=1e-3).fit(standardized, labels)
    coefficients, intercept = model.coef_, model.intercept_
    if len(coefficients) == 1:  # two classes: sklearn keeps one row of logits
        coefficients = np.concatenate([-coefficients / 2, coefficients / 2])
        intercept = np.concatenate([-intercept / 2, intercept / 2])
    weights = coefficients / scale  # (classes, features)
    with torch.no_grad():
        head.weight.zero_()
        head.bias.zero_()
        head.weight[model.classes_] = torch.tensor(weights, dtype=head.weight.dtype)
        head.bias[model.classes_] = torch.tensor(intercept - weights @ mean, dtype=head.bias.dtype)


def fit_label_heads(head: nn.Linear, features: np.ndarray, labels: np.ndarray, told: np.ndarray) -> None:
    """Set the head to the logistic regression of each label on the features, as `fit_head` does for classes.

    Args:
        head: ``(features) → (labels)``.
        features: ``(examples, features)``.
        labels: ``(examples, labels)``, 0 or 1.
        told: ``(examples, labels)``: 0 where nobody said; a label that all have, or none, is said by its frequency.
    """
    from sklearn.linear_model import LogisticRegression

    mean, scale = features.mean(0), features.std(0) + 1e-6
    standardized = (features - mean) / scale
    with torch.no_grad():
        for i in range(labels.shape[1]):
            rows = np.flatnonzero(told[:, i])
            have = labels[rows, i]
            weights, bias = (
                np.zeros(features.shape[1]),
                float(np.log((have.sum() + 0.5) / (len(have) - have.sum() + 0.5))),
            )
            if 0 < have.sum() < len(have):
                model = LogisticRegression(C=LABEL_STRENGTH, max_iter=200).fit(standardized[rows], have)
                weights, bias = model.coef_[0] / scale, model.intercept_[0]
            head.weight[i] = torch.tensor(weights, dtype=head.weight.dtype)
            head.bias[i] = float(bias - weights @ mean)
