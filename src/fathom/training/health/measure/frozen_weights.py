"""Frozen weights that an optimizer still moves, by weight decay or by what it remembers of earlier gradients.

A weight whose gradient is None is left alone; where a gradient of before is kept, or set to 0 and not to None, a step
goes on with it, though the weight requires none any more.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.optim import Optimizer

from fathom.training.health.details import TrainingDetails

MAX_WEIGHTS, MAX_NUMBERS = 6, 512
"""Frozen weights that are looked at, and numbers of each."""


class FrozenWeights:
    """Of one net, on the steps that are looked at.

    Args:
        names: of its weights, by their ids.
    """

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names
        self.before: list[tuple[Tensor, Tensor]] = []  # frozen weights, and numbers of them before the step
        self.gradients: dict[int, Tensor] = {}  # numbers of their gradients when they were looked at last

    def before_step(self, optimizer: Optimizer) -> None:
        """Keep some of the frozen weights whose gradient is 0, or the same as when they were looked at last."""
        self.before = []
        for group in optimizer.param_groups:
            for p in group["params"]:
                if p.requires_grad or p.grad is None or p.grad.is_sparse or len(self.before) == MAX_WEIGHTS:
                    continue
                now, last = p.grad.detach().flatten()[:MAX_NUMBERS].clone(), self.gradients.get(id(p))
                self.gradients[id(p)] = now
                if not bool(p.grad.any()) or (last is not None and torch.equal(now, last)):
                    self.before.append((p, p.detach().flatten()[:MAX_NUMBERS].clone()))

    def after_step(self, details: TrainingDetails) -> None:
        """Whether the step has moved one of them."""
        if not self.before:
            return
        looks, moved, name = details.frozen_moved
        found = [p for p, was in self.before if not torch.equal(p.detach().flatten()[:MAX_NUMBERS], was)]
        name = name or next((self.names.get(id(p), "a weight") for p in found), "")
        details.frozen_moved, self.before = (looks + 1, moved + bool(found), name), []
