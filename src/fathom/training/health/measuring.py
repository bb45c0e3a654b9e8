"""What is measured of single tensors: a net's answer, a layer's input, and whether its units are all alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

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
