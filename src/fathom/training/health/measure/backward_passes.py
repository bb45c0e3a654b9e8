"""Several backward passes to a step, and whether their gradients are added up or cleared between.

Two passes with a clearing between may be meant so: one climbs (sharpness-aware steps), makes an example harder, or asks
how large a gradient is. So what is looked for is one pass for each of three batches or more, all of other examples and
with the same weights, of which the step is then given the last one's gradient alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.guard import Shield, unshielded
from fathom.training.health.measure.row_hashes import row_hashes
from fathom.training.health.measure.weight_movement import checksum
from fathom.training.health.signals import Signals

MAX_NUMBERS = 512
"""Of a gradient that are compared."""

MIN_PASSES = 3
"""To a step."""

MIN_COSINE = 0.9999
"""Between the gradient of a step and that of the last pass, for them to be the same but for clipping or scaling."""

MIN_HALF = 8
"""Examples of half a batch, that may come again in the other half."""

MAX_LOOKS = 50
"""Steps of which it is kept."""


class BackwardPasses:
    """Between two steps, of one weight."""

    def __init__(self, shield: Shield = unshielded) -> None:
        self.shield = shield
        self.weight: nn.Parameter | None = None
        self.handles: list[Any] = []
        self.begin()

    def begin(self) -> None:
        """Nothing has come so far."""
        self.rows: list[int] = []  # a hash of the first example of each batch
        self.passes = self.cleared = 0
        self.halves = False  # the second half of a batch is the first one again
        self.checksums: set[float] = set()
        self.was_empty, self.can_tell, self.last = False, True, torch.zeros(0)

    def attach(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """Look at what comes to the last weight of two or more axes, until the next step.

        Args:
            parameters: of the net, by name.
        """
        self.weight = next((p for p in reversed(list(parameters.values())) if p.ndim > 1 and p.requires_grad), None)
        if self.weight is not None and not self.handles:
            self.begin()
            after = self.weight.register_post_accumulate_grad_hook(self.shield(self._after))
            self.handles = [self.weight.register_hook(self.shield(self._before)), after]

    def detach(self) -> None:
        """Look no more."""
        for handle in self.handles:
            handle.remove()
        self.handles, self.weight = [], None

    def called(self, given: Tensor | None) -> None:
        """The net is called, to be trained.

        Args:
            given: the batch, (batch, …).
        """
        if self.handles:
            rows = [] if given is None or given.requires_grad else row_hashes(given, 1)
            self.can_tell &= bool(rows)
            self.rows += rows
            self.halves |= given is not None and _has_equal_halves(given)

    def measure(self, signals: Signals) -> None:
        """Before a step: how many passes there were, if each but the last was cleared away; -1 if some were added up.

        And whether the net was given the same examples twice for one pass.

        Args:
            signals: where it is kept.
        """
        looks, details = signals.passes_cleared, signals.details
        if self.passes == 1 and len(self.rows) in (1, 2):
            seen, alike = details.called_alike
            again = self.rows[0] == self.rows[1] if len(self.rows) == 2 else self.halves
            details.called_alike = (seen + 1, alike + again)
        p = None if self.weight is None or not self.can_tell else self.weight.grad
        if p is not None and self.passes >= MIN_PASSES and len(looks) < MAX_LOOKS:
            now = p.detach().flatten()[:MAX_NUMBERS].double()
            cosine = float(torch.nn.functional.cosine_similarity(now, self.last.double(), dim=0))
            others = len(set(self.rows)) == len(self.rows) == self.passes and self.can_tell
            if self.cleared < self.passes:
                looks.append(-1)
            elif others and len(self.checksums) == 1 and cosine > MIN_COSINE:
                looks.append(self.passes)
        self.detach()

    def _before(self, gradient: Tensor) -> None:
        """A gradient has come, and is not added yet."""
        if gradient.is_sparse:  # as of an embedding: nothing is compared
            self.can_tell = False
            return
        there = None if self.weight is None else self.weight.grad
        self.was_empty = there is None or not bool(there.flatten()[:MAX_NUMBERS].any())
        self.last = gradient.detach().flatten()[:MAX_NUMBERS].clone()

    def _after(self, weight: Tensor) -> None:
        """It was added."""
        self.passes, self.cleared = self.passes + 1, self.cleared + self.was_empty
        self.checksums.add(checksum(weight))


def _has_equal_halves(given: Tensor) -> bool:
    """Whether the second half of a batch (batch, …) is the first one again, as of two views in one batch."""
    half = len(given) // 2 if given.ndim else 0
    if half < MIN_HALF or len(given) % 2 or not torch.equal(given[0], given[half]):
        return False
    return torch.equal(given[:half], given[half:]) and not torch.equal(given[0], given[1])
