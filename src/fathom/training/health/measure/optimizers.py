"""PyTorch's own optimizer inside of what others put around it."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

from torch.optim import Optimizer


@runtime_checkable
class HasStepHooks(Protocol):
    """What can be watched: PyTorch's optimizers, and what passes for one."""

    def register_step_pre_hook(self, hook: Any) -> Any:
        """Call this before each step."""

    def register_step_post_hook(self, hook: Any) -> Any:
        """Call this after each step."""


def unwrapped(optimizer: Any) -> Optimizer:
    """PyTorch's own optimizer inside of what accelerate and others put around it."""
    while not isinstance(getattr(optimizer, "_optimizer_step_pre_hooks", None), dict) and hasattr(
        optimizer, "optimizer"
    ):
        optimizer = optimizer.optimizer
    return optimizer
