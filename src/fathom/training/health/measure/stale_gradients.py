"""Whether the gradient of the step before still lies in the weights at a backward pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.signals import Snapshot

MAX_NUMBERS = 512
"""Of a gradient that are kept from one step to the next."""


class StaleGradients:
    """Keeps some of the gradient of a step, where the next one is looked at."""

    def __init__(self) -> None:
        self.gradient: tuple[nn.Parameter, Tensor] | None = None  # of the last step, where the next is looked at

    def keep(self, optimizer: Optimizer) -> None:
        """Keep some of the gradient that a step was made with."""
        weights = (p for group in optimizer.param_groups for p in group["params"])
        p = next((p for p in weights if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse), None)
        self.gradient = None if p is None else (p, p.grad.detach().flatten()[:MAX_NUMBERS].clone())

    def measure(self, snapshot: Snapshot) -> None:
        """At a backward pass: whether the gradient kept still lies there, so that the new one is added to it.

        It must be the very same numbers: a penalty on the weights may have put other ones there before the net's own.
        """
        if self.gradient is None:
            return
        (p, before), self.gradient = self.gradient, None
        now = None if p.grad is None or p.grad.is_sparse else p.grad.detach().flatten()[:MAX_NUMBERS]
        snapshot.stale_gradient = float(now is not None and bool(before.any()) and torch.equal(now, before))
