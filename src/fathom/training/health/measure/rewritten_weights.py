"""Whether something writes the weights between the passes over the data: draws them anew, or loads others."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from fathom.training.health.signals import Signals

MAX_NUMBERS = 256
"""Of one weight, from all over it."""

MIN_CHANGE = 0.5
"""By how much of its size it must be another one."""


class RewrittenWeights:
    """Keeps some of a weight when the net is judged, and compares it when it is trained again.

    Where others are put into the net to be judged, as their running average, nothing is compared: the weight's version
    and place in memory show whether it was written since the last step.
    """

    def __init__(self) -> None:
        self.weight: nn.Parameter | None = None
        self.mark: tuple[int, int] | None = None  # of the weight, when the optimizer had made its step
        self.kept: tuple[nn.Parameter, Tensor, int] | None = None  # the weight, its numbers, and the steps by then

    def judged(self, parameters: Mapping[str, nn.Parameter], step: int) -> None:
        """The net is called without a graph: for the first time after this step the weight is kept.

        Args:
            parameters: of the net, by name.
            step: how many steps were made.
        """
        if self.weight is None:
            self.weight = next((p for p in parameters.values() if p.ndim > 1 and p.requires_grad), None)
        elif self.kept is None and self.mark == _mark(self.weight):
            self.kept = (self.weight, _numbers(self.weight), step)

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
