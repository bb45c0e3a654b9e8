"""When a net is asked without being trained, in which mode it is then, and whether it answers the same twice.

Without a graph every call is a judging. With one, a call is a judging if no gradient has come back through its answer
by the time of the next step: a net may be called several times for one loss, or to train another net with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from fathom.training.health.measure.tensors import answer_of
from fathom.training.health.signals import Signals

FEW, MOST_ASKED = 16, 2
"""Examples of a batch that the net is asked about twice, and how often."""


@dataclass
class Pass:
    """A call of the net with a graph: whether dropouts or norms were awake, and whether a gradient came back."""

    awake: bool
    answered: bool = False


MOST_ENDS = 300
"""Times that the net was judged whose steps are kept."""


class Judgings:
    """Of one net.

    Attributes:
        moody: its dropouts and norms, which do something else while it is judged, by name.
    """

    def __init__(self, net: nn.Module) -> None:
        self.moody = [
            (name, m) for name, m in net.named_modules()
            if (isinstance(m, _DropoutNd) and m.p > 0) or isinstance(m, _BatchNorm)
        ]  # fmt: skip
        self.pending: list[Pass] = []  # calls with a graph since the last step
        self.judged_at = self.awake_at = self.slept_at = self.rechecked_at = -1
        self.unaskable = False

    def awake(self) -> bool:
        """Whether a dropout or norm is in training mode."""
        return any(m.training for _, m in self.moody)

    def called(self) -> Pass:
        """The net was called with a graph."""
        self.pending.append(Pass(self.awake()))
        return self.pending[-1]

    def resolve(self, signals: Signals, step: int) -> None:
        """Of the calls since the last step, those through which nothing came back have judged the net."""
        for one in self.pending:
            if not one.answered:
                self.judged(signals, step, one.awake)
        self.pending = []

    def judged(self, signals: Signals, step: int, awake: bool) -> None:
        """The net was asked without being trained, at this step."""
        if self.judged_at != step:
            signals.judged += 1
            signals.ends += [step] * (len(signals.ends) < MOST_ENDS)
        self.judged_at = step
        if signals.judged_first < 0:
            signals.judged_first = step
        if awake:
            signals.awake += self.awake_at != step
            self.awake_at = step
        else:
            signals.slept += self.slept_at != step
            self.slept_at = step

    def worth_asking(self, signals: Signals, step: int) -> bool:
        """Whether the net is to be asked the same twice: some times, at different steps, where the loss is known."""
        known = signals.loss in ("cross-entropy", "nll", "binary")
        return known and signals.wavering[1] < MOST_ASKED and self.rechecked_at != step and not self.unaskable

    def ask_again(
        self, signals: Signals, step: int, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Tensor
    ) -> None:
        """Does the net, in evaluation mode, answer the same again?"""
        wavered, asked = signals.wavering
        if net.training or not self.worth_asking(signals, step) or self.awake():
            return
        if torch.jit.is_tracing():  # type: ignore[attr-defined]
            return
        plain = all(isinstance(x, Tensor) and x.ndim and len(x) == len(answer) for x in args)
        if kwargs or answer.ndim != 2 or not plain:
            return
        self.rechecked_at = step
        devices = [answer.device] if answer.device.type == "cuda" else []
        try:
            with torch.random.fork_rng(devices=devices):
                again = answer_of(net(*(x[:FEW] for x in args)))
        except Exception:  # whatever it is that it cannot do with fewer examples: the evaluation goes on
            self.unaskable = True
            return
        answer = answer[:FEW]
        if again is None or again.shape != answer.shape:
            return
        scale = float(answer.float().abs().mean())
        differs = float((again - answer).float().abs().max()) > 1e-2 * scale
        signals.wavering = (wavered + differs, asked + 1)
