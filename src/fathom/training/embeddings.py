"""What a net sees of an example just before it decides: the input of its last linear layer.

Two examples that lie close to each other there are alike for the net, whatever they are. Any net has such a place, so
that no net needs to know of this.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from fathom.data.store import Store
from fathom.task import Task
from fathom.training.evaluation import autocast, batches_in_order


@torch.inference_mode()
def penultimate_features(
    net: nn.Module, task: Task, store: Store, indices: NDArray[np.int64], *, device: str, precision: str
) -> NDArray[np.float32] | None:
    """The input of the net's last linear layer, averaged over time or place: ``(examples, features)``.

    None where the net has no linear layer, carries a state, or takes examples together.
    """
    if task.stateful or not len(indices):
        return None
    seen: list[Tensor] = []

    def keep(module: nn.Module, given: tuple[Any, ...]) -> None:
        if given and isinstance(given[0], Tensor):
            seen.append(given[0])

    hooks = [module.register_forward_pre_hook(keep) for module in net.modules() if isinstance(module, nn.Linear)]
    was_training = net.training
    net.eval()
    parts: list[NDArray[np.float32]] = []
    try:
        for batch in batches_in_order(task, store, indices, 64, device):
            size = len(next(iter(batch.values())))
            batch = task.prepare(batch, None)
            seen.clear()
            with autocast(device, precision):
                net(*(batch[name] for name in task.inputs))
            found = seen[-1] if seen else None  # (batch, …, features)
            if found is None or found.shape[0] != size:
                return None
            parts.append(found.float().reshape(size, -1, found.shape[-1]).mean(1).cpu().numpy())
    finally:
        for hook in hooks:
            hook.remove()
        net.train(was_training)
    return np.concatenate(parts)
