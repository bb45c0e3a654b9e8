"""Which optimizers step the weights of a net: those that are watched, each of them, and no others.

An optimizer that is made anew for each batch or epoch forgets what it has gathered; one of two that is never stepped
leaves its half of the net as it was. PyTorch tells of each step of any optimizer.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any
from weakref import WeakSet

import torch
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_post_hook

from fathom.training.health.signals import Signals, Snapshot


class OptimizerSteps:
    """Counts the steps.

    Args:
        optimizers: that are watched.
        names: of the net's weights, by their ids.
    """

    def __init__(self, optimizers: Iterable[Optimizer], names: Mapping[int, str]) -> None:
        self.optimizers, self.names = tuple(optimizers), names
        self.places = {id(one): place for place, one in enumerate(self.optimizers)}
        self.others: dict[int, WeakSet[Optimizer]] = {}  # that have stepped a weight, by its id
        self.counts: dict[int, int] = {}  # how many these have been

    def begin(self, signals: Signals) -> None:
        """Make room for the counts, where there is none.

        Args:
            signals: where they are kept.
        """
        groups = [group for one in self.optimizers for group in one.param_groups]
        climbs = [group.get("maximize") is True for group in groups]
        signals.details.maximizes, signals.details.maximizes_all = any(climbs), all(climbs)
        signals.details.momentum = max(map(_momentum, groups), default=(math.nan, math.nan))
        if len(signals.steps_of_optimizers) != len(self.optimizers):
            signals.steps_of_optimizers = [0] * len(self.optimizers)
            signals.looks_while_unstepped = [0] * len(self.optimizers)
            signals.weights_of_optimizers = [self._first_name(one) for one in self.optimizers]

    def listen(self, signals_of: Any) -> Any:
        """Hear of the steps of optimizers that are not watched.

        Args:
            signals_of: holds the signals, as ``signals``; they may be others after a resumption. And a ``guard``.

        Returns:
            what takes the hook away.
        """

        count = signals_of.guard.shield(lambda optimizer: self._count_other(signals_of.signals, optimizer))

        def hook(optimizer: Optimizer, *_: object) -> None:
            if id(optimizer) not in self.places:
                count(optimizer)

        return register_optimizer_step_post_hook(hook)

    def _first_name(self, optimizer: Optimizer) -> str:
        owned = (self.names.get(id(p), "") for group in optimizer.param_groups for p in group["params"])
        return next((name for name in owned if name), "")

    def _count_other(self, signals: Signals, optimizer: Optimizer) -> None:
        groups = optimizer.param_groups
        weight = next((p for group in groups for p in group["params"] if id(p) in self.names), None)
        if weight is None:
            return
        steps, most = signals.other_optimizers
        known = self.others.setdefault(id(weight), WeakSet())
        if optimizer.state and optimizer not in known:
            known.add(optimizer)
            self.counts[id(weight)] = self.counts.get(id(weight), 0) + 1
            most = max(most, self.counts[id(weight)])
        signals.other_optimizers = (steps + 1, most)

    def measure(self, signals: Signals) -> None:
        """On a step that is looked at: optimizers that were never stepped, though there is something to step."""
        for place, optimizer in enumerate(self.optimizers):
            if signals.steps_of_optimizers[place] or not signals.weights_of_optimizers[place]:
                continue
            elsewhere = {
                id(p) for one in self.optimizers if one is not optimizer for group in one.param_groups
                for p in group["params"]
            }  # fmt: skip
            weights = [p for group in optimizer.param_groups for p in group["params"] if id(p) not in elsewhere]
            slopes = [p.grad for p in weights if p.grad is not None and not p.grad.is_sparse]
            signals.looks_while_unstepped[place] += any(bool(slope.any()) for slope in slopes)

    def count(self, signals: Signals, optimizer: Optimizer) -> None:
        """A watched optimizer has made a step."""
        signals.steps_of_optimizers[self.places[id(optimizer)]] += 1


def _momentum(group: Mapping[str, Any]) -> tuple[float, float]:
    """By which the gradients so far count at each step, and by which their squares; NaN of what it does not have."""
    betas = group.get("betas")
    if isinstance(betas, tuple | list) and len(betas) == 2 and all(isinstance(one, float | int) for one in betas):
        return float(betas[0]), float(betas[1])
    momentum = group.get("momentum")
    return (float(momentum) if isinstance(momentum, float | int) else 0.0), math.nan


def measure_state(snapshot: Snapshot, optimizer: Optimizer) -> None:
    """After a step that is looked at: whether what the optimizer remembers is of this step alone.

    Adam and its like count the steps of each weight. SGD's momentum is the gradient itself after the first step, and
    no longer after the second.

    Args:
        snapshot: of the step.
        optimizer: that has made it.
    """
    for group in optimizer.param_groups:
        for p in group["params"]:
            state = optimizer.state.get(p)
            if not state or p.grad is None or p.grad.is_sparse or not bool(p.grad.any()):
                continue
            if "step" in state:
                snapshot.is_state_new = float(float(state["step"]) <= 1)
            elif state.get("momentum_buffer") is not None and not group.get("weight_decay"):
                snapshot.is_state_new = float(torch.equal(state["momentum_buffer"], p.grad))
            return
