"""What is measured of single things: an answer, a layer's input, units that are all alike, a loss as it is told."""

from __future__ import annotations

import math
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
        numbers = torch.stack([torch.linalg.vector_norm(x), *x.aminmax()])
        if x.ndim == 2 and len(x) > 1 and 1 < x.shape[1] <= 512:
            numbers = torch.cat([numbers, x.std(0)])  # (3 + features,)
        norm, low, high, *spreads = numbers.tolist()  # one wait for the device
        spreads = [spread for spread in spreads if spread > 0]
        scales, widest = (max(spreads) / min(spreads), max(spreads)) if len(spreads) > 1 else (1.0, 0.0)
        return Input(name, norm / math.sqrt(x.numel()), low, high, scales, widest)


def alike(weight: nn.Parameter) -> bool:
    """Whether all rows have the same weights and the same gradient, up to rounding."""
    if len(weight) < 2 or weight.grad is None:
        return False
    with torch.no_grad():
        for tensor in (weight.detach().flatten(1), weight.grad.flatten(1)):  # (rows, numbers)
            for some in (tensor[:2], tensor):  # of rows that differ two are enough to see it
                if float((some - some[0]).abs().max()) > 1e-5 * float(some.abs().max()):
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
