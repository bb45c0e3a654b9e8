"""Grad-CAM: where in the picture a convolutional net found what made it say a class (Selvaraju et al. 2017).

The class's logit is differentiated with respect to the last feature maps; each map is weighed by its mean gradient,
and what is positive in their sum is where the evidence lies.
"""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn


@runtime_checkable
class _HasFeatures(Protocol):
    """A net that says which of its parts makes the features that its head decides by."""

    @property
    def features(self) -> nn.Module:
        """What gives feature maps ``(batch, f, h, w)``, where they are maps."""
        ...


def last_feature_maps(net: nn.Module) -> nn.Module | None:
    """The module whose output are the last feature maps; None where the net has none."""
    if not isinstance(net, _HasFeatures) or not isinstance(net.features, nn.Module):
        return None
    return net.features if any(isinstance(m, nn.Conv2d) for m in net.features.modules()) else None


def gradcam(net: Any, inputs: tuple[Tensor, ...], chosen: Tensor) -> NDArray[np.float32] | None:
    """Heat maps of the evidence for the chosen classes.

    Args:
        net: one with `features` that give maps.
        inputs: what the net is called with; the first is ``(batch, channels, height, width)``.
        chosen: ``(batch,)`` class indices.

    Returns:
        ``(batch, h, w)`` in [0, 1] at the resolution of the maps, or None where the net has no maps.
    """
    features = last_feature_maps(net)
    if features is None:
        return None
    caught: list[Tensor] = []

    def keep(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        output = output.detach().requires_grad_()  # nothing before the maps needs a gradient
        caught.append(output)
        return output

    handle = features.register_forward_hook(keep)
    net.eval()
    try:
        with torch.enable_grad():
            logits = net(*inputs)  # (batch, classes)
            score = logits.gather(1, chosen[:, None]).sum()
            (gradient,) = torch.autograd.grad(score, caught[0])  # (batch, f, h, w)
    finally:
        handle.remove()
    if gradient.ndim != 4:
        return None
    weights = gradient.mean((2, 3), keepdim=True)  # (batch, f, 1, 1)
    heat = (weights * caught[0]).sum(1).relu().detach().float()  # (batch, h, w)
    return (heat / heat.amax((1, 2), keepdim=True).clamp(min=1e-12)).cpu().numpy()
