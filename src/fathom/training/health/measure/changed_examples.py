"""Whether the examples that are judged are the same each time but for changes by chance, as augmentation makes them."""

from __future__ import annotations

import torch
from torch import Tensor

from fathom.training.health.details import TrainingDetails

MAX_ROWS, MIN_ROWS = 32, 12
"""Examples of the first call of an evaluation that are kept."""

MIN_NUMBERS, MAX_NUMBERS = 16, 1024
"""Of an example, that are compared."""

MAX_EVALUATIONS, MAX_CALLS = 4, 8
"""First evaluations, and calls of each, that are compared."""

MIN_SHARE = 0.75
"""Of the examples that must be more like themselves than like any other one, and other numbers all the same."""


class ChangedExamples:
    """Of one net."""

    def __init__(self) -> None:
        self.rows: Tensor | None = None  # of the first call of the evaluation before
        self.step, self.evaluations, self.calls = -1, 0, 0

    def judged(self, details: TrainingDetails, step: int, given: Tensor) -> None:
        """The net is asked, without a graph.

        Args:
            details: where it is kept.
            step: how many steps were made.
            given: the batch, (batch, …).
        """
        if self.evaluations > MAX_EVALUATIONS or not given.is_floating_point() or given.ndim < 2:
            return
        begins = step != self.step
        self.step, self.calls = step, 1 if begins else self.calls + 1
        self.evaluations += begins
        if len(given) < MIN_ROWS or given[0].numel() < MIN_NUMBERS or self.calls > MAX_CALLS:
            return
        rows = given.detach()[:MAX_ROWS].flatten(1)[:, :MAX_NUMBERS].float().clone()
        found = _changed(self.rows, rows) if self.rows is not None else None
        if begins:
            if found is not None:
                compared, changed = details.judged_changed
                details.judged_changed = (compared + 1, changed + found)
            self.rows = rows
        elif found:
            details.judged_several_ways = True


def _changed(before: Tensor, now: Tensor) -> bool | None:
    """Whether examples are like themselves before, and not the same; None where they cannot be compared."""
    if before.shape != now.shape or before.device != now.device:
        return None
    same = (before == now).all(1).float().mean()
    a, b = (x - before.mean(0) for x in (before, now))
    lengths = torch.linalg.vector_norm(a, dim=1)[None], torch.linalg.vector_norm(b, dim=1)[:, None]
    likeness = (b @ a.T) / (lengths[0] * lengths[1]).clamp(min=1e-12)
    own = (likeness.argmax(1) == torch.arange(len(a), device=a.device)).float().mean()
    alike, itself = torch.stack([same, own]).tolist()
    return alike < 1 - MIN_SHARE and itself >= MIN_SHARE
