"""Whether something writes the weights between the passes over the data: draws them anew, or loads others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, TypedDict

import torch
from torch import Tensor, nn

from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals
from fathom.validation import Real

MAX_NUMBERS = 256
"""Of one weight, from all over it."""

MIN_CHANGE = 0.5
"""By how much of its size it must be another one."""


class WeightKept(TypedDict):
    """The weight's numbers when it was judged last, the steps by then, and whether it was written since the last."""

    numbers: list[Real]
    step: int
    written: bool


class RewrittenWeights:
    """Keeps some of a weight when the net is judged, and compares it when it is trained again.

    Where others are put into the net to be judged, as their running average, nothing is compared: the weight's version
    and place in memory show whether it was written since the last step.
    """

    Kept: ClassVar = WeightKept

    def __init__(self) -> None:
        self.weight: nn.Parameter | None = None
        self.mark: tuple[int, int] | None = None  # of the weight, when the optimizer had made its step
        self.kept: tuple[nn.Parameter, Tensor, int] | None = None  # the weight, its numbers, and the steps by then

    def choose(self, parameters: Mapping[str, nn.Parameter]) -> None:
        """Take the first weight that is trained, before the first step.

        Args:
            parameters: of the net, by name.
        """
        self.weight = next((p for p in parameters.values() if p.ndim > 1 and p.requires_grad), None)

    def judged(self, step: int) -> None:
        """The net is called without a graph: the weight is kept as the last step has left it.

        Args:
            step: how many steps were made.
        """
        if self.kept is None and self.weight is not None and not self.is_written():
            self.kept = (self.weight, _numbers(self.weight), step)

    def is_written(self) -> bool:
        """Whether the weight was written since the last step, or there was none."""
        return self.weight is None or self.mark != _mark(self.weight)

    def to_memory(self, named: Named) -> WeightKept:
        """What is kept from step to step."""
        numbers, step = ([], -1) if self.kept is None else (self.kept[1].tolist(), self.kept[2])
        return {"numbers": numbers, "step": step, "written": self.is_written()}

    def recall(self, kept: WeightKept, named: Named) -> None:
        """Take it up."""
        self.choose(named.parameters)
        if self.weight is None:
            return
        self.mark = None if kept["written"] else _mark(self.weight)
        if kept["numbers"]:
            self.kept = (self.weight, torch.tensor(kept["numbers"], device=self.weight.device), kept["step"])

    def stepped(self) -> None:
        """An optimizer has made a step."""
        if self.weight is not None:
            self.mark = _mark(self.weight)

    def trained(self, signals: Signals, step: int) -> None:
        """The net is called to be trained."""
        if self.kept is None:
            return
        weight, before, at = self.kept
        self.kept = None
        if at != step:
            return
        asked, rewritten = signals.rewritten
        change = float((_numbers(weight) - before).norm())
        signals.rewritten = (asked + 1, rewritten + (change > MIN_CHANGE * float(before.norm())))


def _mark(weight: Tensor) -> tuple[int, int]:
    return weight._version, weight.data_ptr()


def _numbers(weight: Tensor) -> Tensor:
    flat = weight.detach().flatten()
    return flat[:: -(-len(flat) // MAX_NUMBERS)].float().clone()
