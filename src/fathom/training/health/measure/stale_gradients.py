"""Whether the gradient of the step before still lies in the weights at a backward pass."""

from __future__ import annotations

from typing import Any, ClassVar, TypedDict

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals, Snapshot
from fathom.validation import Real

MAX_NUMBERS = 512
"""Of a gradient that are kept from one step to the next."""

MAX_SHARE_LEFT = 0.99
"""Of a gradient that was made smaller."""


class GradientKept(TypedDict):
    """Numbers of the gradient of the last step, by the name of its parameter; of one at most."""

    gradient: dict[str, list[Real]]


class StaleGradients:
    """Keeps some of the gradient of a step, where the next one is looked at.

    It is asked for when a gradient is about to be added to what lies in the weight: a gradient that the loss itself is
    made of, as that of a penalty on slopes, passes the net before anybody need have cleared anything.
    """

    Kept: ClassVar = GradientKept

    def __init__(self, shield: Shield = unshielded) -> None:
        self.shield = shield
        self.gradient: tuple[nn.Parameter, Tensor] | None = None  # of the last step, where the next is looked at
        self.handles: list[Any] = []
        self.lay_there = False  # as was seen at the last gradient that came
        self.found: bool | None = None  # at the first one that was added

    def to_memory(self, named: Named) -> GradientKept:
        """What is kept from step to step."""
        if self.gradient is None:
            return {"gradient": {}}
        p, numbers = self.gradient
        return {"gradient": {named.names([p])[0]: numbers.tolist()}}

    def recall(self, kept: GradientKept, named: Named) -> None:
        """Take it up."""
        for name, numbers in kept["gradient"].items():
            if (p := named.parameters.get(name)) is not None:
                self.gradient = (p, torch.tensor(numbers, dtype=p.dtype, device=p.device))

    def keep(self, optimizer: Optimizer) -> None:
        """Keep some of the gradient that a step was made with."""
        weights = (p for group in optimizer.param_groups for p in group["params"])
        p = next((p for p in weights if p.ndim > 1 and p.grad is not None and not p.grad.is_sparse), None)
        self.gradient = None if p is None else (p, p.grad.detach().flatten()[:MAX_NUMBERS].clone())

    def count_changed(self, signals: Signals) -> None:
        """After the loop's work on a step: was its gradient made smaller since, as by clipping, and not cleared?

        What another loss has added to it since is no such thing.
        """
        if self.gradient is None:
            return
        p, before = self.gradient
        if p.grad is None or p.grad.is_sparse or not bool(before.isfinite().all()):
            return
        now = p.grad.detach().flatten()[:MAX_NUMBERS]
        if not bool(now.any()):
            return
        asked, changed = signals.changed_after_step
        only_less = bool(((now * before >= 0) & (now.abs() <= before.abs())).all())
        is_less = only_less and float(now.abs().sum()) < MAX_SHARE_LEFT * float(before.abs().sum())
        signals.changed_after_step = (asked + 1, changed + is_less)

    def attach(self) -> None:
        """Look when the next gradient comes to the weight."""
        self.detach()
        if self.gradient is None:
            return
        p = self.gradient[0]
        if p.requires_grad:
            after = p.register_post_accumulate_grad_hook(self.shield(self._after))
            self.handles = [p.register_hook(self.shield(self._before)), after]

    def detach(self) -> None:
        """Look no more."""
        for handle in self.handles:
            handle.remove()
        self.handles, self.found = [], None

    def measure(self, snapshot: Snapshot) -> None:
        """Before a step: whether the gradient kept still lay there, so that the new one was added to it."""
        if self.found is not None:
            snapshot.stale_gradient = float(self.found)
            self.gradient = None
        self.detach()

    def _before(self, _: Tensor) -> None:
        """A gradient has come, and is not added yet; it may have been asked for by autograd.grad, and never be.

        What lies there must be the very same numbers as before: a penalty on the weights may have put other ones there.
        """
        if self.gradient is not None and self.found is None:
            p, before = self.gradient
            now = None if p.grad is None or p.grad.is_sparse else p.grad.detach().flatten()[:MAX_NUMBERS]
            self.lay_there = now is not None and bool(before.any()) and torch.equal(now, before)

    def _after(self, _: Tensor) -> None:
        """It was added."""
        self.found = self.lay_there if self.found is None else self.found
