"""Whether something takes the steps of the optimizer back: an average of the weights that is copied into the net, say.

Many healthy trainings write weights between steps: they clamp, project, normalize or mask them. None of these goes back
along the whole step: what is written lies on the line from before the step to behind it in every number only where the
step itself is undone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, TypedDict

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.memory import Named
from fathom.validation import Real

MAX_WEIGHTS, MAX_NUMBERS = 4, 128
"""Weights that are compared, and numbers of each, from all over it."""

MAX_RESIDUAL_SHARE = 0.05
"""Of the step, by which what was written may lie beside the line."""

MIN_STEP_SHARE = 1e-5
"""Of the weights: a step that is smaller cannot be told from rounding."""

NOT_MOVED = (math.nan, math.nan, math.nan)
"""Where nothing is known."""


class StepKept(TypedDict):
    """The names of the weights, and their numbers before the last step and after it."""

    of: list[str]
    before: list[Real] | None
    after: list[Real] | None


class UndoneSteps:
    """Compares some weights before a step, after it, at the next pass, and before the step that follows it.

    Attributes:
        moved: what else has moved the weights, as shares of the last step: how far before that pass, how far since, and
            the cosine of the latter with the gradient. NaN where that cannot be told.
    """

    Kept: ClassVar = StepKept

    def __init__(self) -> None:
        self.weights: list[nn.Parameter] = []
        self.before: Tensor | None = None
        self.after: Tensor | None = None
        self.at_pass: tuple[Tensor, float, float] | None = None  # the numbers then, and what `moved` begins with
        self.moved = NOT_MOVED

    def before_step(self, optimizer: Optimizer, *, is_followed: bool) -> None:
        """See what has moved the weights since the last step; keep what this one begins with.

        Args:
            optimizer: whose step it is.
            is_followed: the next step is looked at.
        """
        if self.at_pass is not None:
            self.moved, self.at_pass = self._moved(self.at_pass), None
        if not is_followed:
            return
        owned = [p for group in optimizer.param_groups for p in group["params"] if p.ndim > 1 and p.grad is not None]
        self.weights = owned[:: -(-len(owned) // MAX_WEIGHTS) or 1]
        self.before, self.after = (self._numbers() if self.weights else None), None

    def after_step(self) -> None:
        """Keep what it has come to."""
        self.after = None if self.before is None else self._numbers()

    def measure(self) -> float:
        """At the next pass: the share of the step that is still there; NaN where that cannot be told."""
        before, after = self.before, self.after
        self.before = self.after = self.at_pass = None
        self.moved = NOT_MOVED
        if before is None or after is None:
            return math.nan
        now = self._numbers()
        step, left = after - before, now - before
        size = float(step.norm())
        if size > 0:
            self.at_pass = now, size, float((now - after).norm()) / size
        if not size > MIN_STEP_SHARE * float(before.norm()):
            return math.nan
        share = float(left @ step) / size**2
        return share if float((left - share * step).norm()) < MAX_RESIDUAL_SHARE * size else 1.0

    def _moved(self, kept: tuple[Tensor, float, float]) -> tuple[float, float, float]:
        then, size, earlier = kept
        if any(p.grad is None or p.grad.is_sparse for p in self.weights):
            return NOT_MOVED
        way = self._numbers() - then
        far = float(way.norm())
        if not far > MIN_STEP_SHARE * size:
            return earlier, 0.0, math.nan
        slope = _some([p.grad for p in self.weights if p.grad is not None])
        return earlier, far / size, float(torch.cosine_similarity(way, slope, dim=0))

    def to_memory(self, named: Named) -> StepKept:
        """What is kept from step to step."""
        before, after = (None if one is None else one.tolist() for one in (self.before, self.after))
        return {"of": named.names(self.weights), "before": before, "after": after}

    def recall(self, kept: StepKept, named: Named) -> None:
        """Take it up, if all these weights are there."""
        weights = [named.parameters[name] for name in kept["of"] if name in named.parameters]
        if len(weights) != len(kept["of"]) or not weights:
            return
        self.weights, device = weights, weights[0].device
        self.before, self.after = (
            None if one is None else torch.tensor(one, dtype=torch.float64, device=device)
            for one in (kept["before"], kept["after"])
        )

    def _numbers(self) -> Tensor:
        return _some(self.weights)


def _some(tensors: Sequence[Tensor]) -> Tensor:
    """Numbers from all over each."""
    steps = [-(-one.numel() // MAX_NUMBERS) or 1 for one in tensors]
    return torch.cat([one.detach().flatten()[::n] for one, n in zip(tensors, steps, strict=True)]).double()
