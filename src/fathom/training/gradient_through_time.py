"""How far back a recurrent net's gradient reaches: what it can learn to remember.

The gradient of what the first recurrent layer says at the end of an example, with respect to what it was given at each
earlier step, fades (or grows) by about the same factor at each step. Where it has faded, nothing that stood there can
be learned from.

Reference: Hochreiter 1991; Bengio, Simard & Frasconi 1994, *Learning long-term dependencies with gradient descent is
difficult*.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import PackedSequence

from fathom.data.store import Store
from fathom.task import Task
from fathom.training.batching import gather
from fathom.training.evaluation import call_net, to_device

_FADED_TO = 0.01
"""A gradient that is smaller than this share of the largest has faded."""


def gradient_reach(net: nn.Module, task: Task, store: Store, indices: np.ndarray, device: str) -> dict[str, float]:
    """How many steps back the gradient of the longest of these examples reaches, and how many there are.

    Args:
        net: with or without recurrent layers.
        task: prepares the batch.
        store: holds the examples.
        indices: of a few of them in the store.
        device: of the net.

    Returns:
        ``{"reach": …, "steps": …}``; empty where the net has no recurrent layer.
    """
    layer = next((m for m in net.modules() if isinstance(m, nn.RNNBase)), None)
    if layer is None or not len(indices):
        return {}
    lengths = store.lengths(task.ragged[0])[indices] if task.ragged else np.zeros(len(indices))
    longest = indices[[int(np.argmax(lengths))]]
    batch = task.prepare(to_device(gather(task, store, longest), device), None)
    was_training = net.training
    net.eval()
    try:
        norms = gradient_norms(layer, lambda: call_net(net, task, batch, None))
    finally:
        net.train(was_training)
    back = np.flatnonzero(norms >= _FADED_TO * norms.max()) if norms.max() > 0 else np.zeros(0, int)
    steps = len(norms) - 1
    return {"reach": float(steps - back[0]) if len(back) else 0.0, "steps": float(steps)}


def gradient_norms(layer: nn.RNNBase, run: Any) -> np.ndarray:
    """The norm of the gradient of the layer's last output with respect to its input at each step: ``(T,)``.

    Args:
        layer: with the batch as its first axis, of one example; or given a packed sequence of one.
        run: calls the net that it is in.
    """
    seen: list[tuple[Tensor, Tensor]] = []

    def keep(_: nn.Module, inputs: tuple[Any, ...], __: Any) -> Tensor | None:
        packed = isinstance(inputs[0], PackedSequence)
        given = (inputs[0].data if packed else inputs[0][0]).detach().requires_grad_()  # (T, features)
        asked = inputs[0]._replace(data=given) if packed else given[None]
        with torch.backends.cudnn.flags(enabled=False):  # whose backward refuses to run in evaluation mode
            output, _state = layer.forward(asked)
        seen.append((given, output.data if packed else output[0]))
        return None

    was_training = layer.training
    layer.eval()
    hook = layer.register_forward_hook(keep)
    try:
        with torch.enable_grad():
            run()
            given, output = seen[0]
            (gradient,) = torch.autograd.grad(output[-1].norm(), given)
    finally:
        hook.remove()
        layer.train(was_training)
    return gradient.norm(dim=1).double().cpu().numpy()
