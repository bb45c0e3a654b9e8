"""What is measured of single things: an answer, a layer's input, units that are all alike, a loss as it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.errors import UserError
from fathom.training.health.signals import Input


def input_of(name: str, given: Tensor) -> Input:
    """Sum up what the first layer is given."""
    with torch.no_grad():
        x = given.detach()[:256].float()
        numbers = [x.square().mean().sqrt(), x.min(), x.max()]
        if x.ndim == 2 and len(x) > 1 and 1 < x.shape[1] <= 512:
            spread = x.std(0)  # (features,)
            numbers += [(spread > 0).sum(), spread.max(), spread.where(spread > 0, spread.max()).min()]
        rms, low, high, *of_features = torch.stack([n.float() for n in numbers]).tolist()  # one wait for the device
        several, widest, narrowest = of_features or (0, 0.0, 0.0)
        scales, widest = (widest / narrowest, widest) if several > 1 else (1.0, 0.0)
        return Input(name, rms, low, high, scales, widest)


def alike(weight: nn.Parameter) -> bool:
    """Whether all rows have the same weights and the same gradient, up to rounding."""
    if len(weight) < 2 or weight.grad is None:
        return False
    with torch.no_grad():
        for tensor in (weight.detach().flatten(1), weight.grad.flatten(1)):  # (rows, numbers)
            near = 1e-5 * float(tensor.abs().max())
            if float((tensor[1] - tensor[0]).abs().max()) > near or float((tensor - tensor[0]).abs().max()) > near:
                return False
    return True


def answer_of(output: Any) -> Tensor | None:
    """The one answer among what a net returns: the tensor, ``logits``, or the first tensor of several."""
    if isinstance(output, Tensor):
        return output
    logits = getattr(output, "logits", None)
    if isinstance(logits, Tensor):
        return logits
    values = output.values() if isinstance(output, Mapping) else output if isinstance(output, (tuple, list)) else ()
    return next((x for x in values if isinstance(x, Tensor) and x.is_floating_point()), None)


def unwrapped(optimizer: Any) -> Optimizer:
    """PyTorch's own optimizer inside of what accelerate and others put around it."""
    while not isinstance(getattr(optimizer, "_optimizer_step_pre_hooks", None), dict) and hasattr(
        optimizer, "optimizer"
    ):
        optimizer = optimizer.optimizer
    return optimizer


def number_of(loss: Any) -> float:
    """A loss that is neither a tensor nor a float."""
    if np.size(loss) != 1:
        raise UserError(
            f"health.step takes the loss of the step as one number, not shape {tuple(np.shape(loss))}: give loss.mean()"
        )
    one = np.asarray(loss).reshape(()).item()
    if not isinstance(one, int | float):
        what = type(loss).__name__
        raise UserError(f"health.step takes the loss of the step as one number, not {what}: give loss.mean()")
    return float(one)
