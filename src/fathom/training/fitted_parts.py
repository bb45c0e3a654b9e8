"""Parts of a net that no gradient reaches: fitted before the training, and weighed against the rest after it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from fathom.records import Kept
from fathom.task import Batch, Task
from fathom.training.batching import gather
from fathom.training.training_data import TrainingData


def is_trainable(net: nn.Module) -> bool:
    """Whether a gradient reaches anything in the net."""
    return any(p.requires_grad for p in net.parameters())


def fit_parts(net: nn.Module, task: Task, data: TrainingData) -> Any:
    """Fit them, in each process alike; the same data gives the same parts, so that resuming need not keep them.

    Args:
        net: as built; it is changed in place.
        task: that knows the parts.
        data: the encoded examples.

    Returns:
        what `choose_part` is given; None where the net has no such parts.
    """
    if not task.has_parts(net):
        return None
    weights = None if data.importance is None else data.importance[data.train]
    return task.fit_parts(net, gather(task, data.store, data.train), _dev(task, data), weights)


@torch.inference_mode()
def choose_part(net: nn.Module, task: Task, data: TrainingData, fitted: Any) -> Kept | None:
    """Choose on dev what is kept.

    Args:
        net: with its best weights; it is changed in place.
        task: that knows the parts.
        data: the encoded examples.
        fitted: what `fit_parts` returned.

    Returns:
        what was kept, and why; None where there was nothing to choose.
    """
    if not task.has_parts(net):
        return None
    was_training = net.training
    net.eval()
    kept = task.choose_part(net, fitted, _dev(task, data), data.dev_examples)
    net.train(was_training)
    return kept


def _dev(task: Task, data: TrainingData) -> Batch | None:
    return gather(task, data.store, data.dev) if len(data.dev) else None
