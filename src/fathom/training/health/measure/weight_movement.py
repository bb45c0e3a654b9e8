"""Whether any weight moves at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, TypedDict

from torch import Tensor, nn
from torch.optim import Optimizer

from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals
from fathom.validation import Finite

MAX_WEIGHTS, MAX_NUMBERS = 6, 512
"""Weights that are watched for whether they move, and numbers of each."""


class MovementKept(TypedDict):
    """Checksums at the first snapshot."""

    first: list[Finite] | None


class WeightMovement:
    """Of some weights of a net.

    Args:
        optimizers: that should move them.
    """

    Kept: ClassVar = MovementKept

    def __init__(self, optimizers: Iterable[Optimizer]) -> None:
        self.optimizers = tuple(optimizers)
        self.first: list[float] | None = None  # checksums at the first snapshot

    def measure(self, signals: Signals, parameters: Mapping[str, nn.Parameter]) -> None:
        """Whether any of some weights has moved since the first snapshot."""
        if signals.snapshots_without_movement < 0:
            return
        weights = [p for p in parameters.values() if p.requires_grad and p.ndim > 1 and p.is_floating_point()]
        now = [checksum(p) for p in weights[:: -(-len(weights) // MAX_WEIGHTS) or 1]]
        if self.first is None:
            self.first = now
            owned = {id(p) for o in self.optimizers for group in o.param_groups for p in group["params"]}
            signals.optimizer_has_no_weights = owned.isdisjoint(map(id, parameters.values()))
        elif now != self.first:
            signals.snapshots_without_movement = -1
        else:
            signals.snapshots_without_movement += bool(now)

    def to_memory(self, named: Named) -> MovementKept:
        """What is kept from step to step."""
        return {"first": self.first}

    def recall(self, kept: MovementKept, named: Named) -> None:
        """Take it up."""
        self.first = kept["first"]


def checksum(weight: Tensor) -> float:
    """A number that is another one as soon as the weight is."""
    return float(weight.detach().flatten()[:MAX_NUMBERS].double().sum())
