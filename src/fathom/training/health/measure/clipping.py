"""What is done to the gradients between the backward pass and the step: by how much they are clipped, or turned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.signals import Snapshot

MAX_NUMBERS = 512
"""Of the gradient, whose direction is compared."""


class Clipping:
    """Compares the gradient of one weight, on a step that is looked at, with what the optimizer is given of it."""

    def __init__(self, shield: Shield = unshielded) -> None:
        self.shield = shield
        self.handle: Any = None
        self.name = ""
        self.norm: Tensor | None = None  # of the gradient as it came, on its device
        self.came: tuple[Tensor, Tensor] | None = None  # the weight, and some numbers of its gradient as it came

    def attach(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """Set a hook on the last weight of two or more axes, for one step.

        Args:
            parameters: of the net, by name.
        """
        self.detach()
        trained = [(name, p) for name, p in parameters.items() if p.ndim > 1 and p.requires_grad]
        if not trained:
            return
        self.name, weight = trained[-1]
        self.handle = weight.register_post_accumulate_grad_hook(self.shield(self._keep))

    def detach(self) -> None:
        """Take it away."""
        if self.handle is not None:
            self.handle.remove()
        self.handle, self.norm, self.came = None, None, None

    def measure(self, snapshot: Snapshot) -> None:
        """Before the step: keep the gradient's norm as it came beside the one that is there now.

        Args:
            snapshot: of this step, with the norms of its layers.
        """
        if self.norm is not None and any(layer.name == self.name for layer in snapshot.layers):
            snapshot.unclipped = (self.name, float(self.norm))
        if self.came is not None and self.came[0].grad is not None:
            now, before = self.came[0].grad.detach().flatten()[:MAX_NUMBERS].float(), self.came[1].float()
            snapshot.details.gradient_kept = float(torch.cosine_similarity(now, before, dim=0))
        self.detach()

    def _keep(self, weight: Tensor) -> None:
        """A gradient has come; with several batches to a step the last one adds to the others."""
        if weight.grad is not None and not weight.grad.is_sparse:
            self.norm = torch.linalg.vector_norm(weight.grad.detach().float())
            self.came = weight, weight.grad.detach().flatten()[:MAX_NUMBERS].clone()
