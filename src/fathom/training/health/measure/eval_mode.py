"""When a net is asked without being trained, and in which mode it is then.

Without a graph every call is an evaluation. With one, a call is an evaluation if no gradient has come back through its
answer by the time of the next step: a net may be called several times for one loss, or to train another net with.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from fathom.training.health.signals import Signals

MAX_EVALUATION_STEPS = 300
"""Evaluations whose steps are kept."""


@dataclass
class Pass:
    """A call of the net with a graph: whether dropouts or norms were in training mode, and a gradient came back."""

    in_train_mode: bool
    has_gradient: bool = False


class EvalMode:
    """Of one net.

    Args:
        net: that is watched.

    Attributes:
        mode_dependent: its dropouts and norms, which do something else while it is judged, by name.
        pending: its calls with a graph since the last step.
    """

    def __init__(self, net: nn.Module) -> None:
        self.mode_dependent = [
            (name, m) for name, m in net.named_modules()
            if (isinstance(m, _DropoutNd) and m.p > 0) or isinstance(m, _BatchNorm)
        ]  # fmt: skip
        self.pending: list[Pass] = []
        self.evaluated_at = self.in_train_mode_at = self.in_eval_mode_at = -1

    def in_train_mode(self) -> bool:
        """Whether a dropout or norm is in training mode."""
        return any(m.training for _, m in self.mode_dependent)

    def called(self) -> Pass:
        """The net was called with a graph."""
        self.pending.append(Pass(self.in_train_mode()))
        return self.pending[-1]

    def resolve(self, signals: Signals, step: int) -> None:
        """Of the calls since the last step, those through which nothing came back have judged the net."""
        for one in self.pending:
            if not one.has_gradient:
                self.evaluated(signals, step, one.in_train_mode)
        self.pending = []

    def evaluated(self, signals: Signals, step: int, in_train_mode: bool) -> None:
        """The net was asked without being trained, at this step."""
        if self.evaluated_at != step:
            signals.evaluations += 1
            signals.evaluation_steps += [step] * (len(signals.evaluation_steps) < MAX_EVALUATION_STEPS)
        self.evaluated_at = step
        if signals.first_evaluation < 0:
            signals.first_evaluation = step
        if in_train_mode:
            signals.evaluations_in_train_mode += self.in_train_mode_at != step
            self.in_train_mode_at = step
        else:
            signals.evaluations_in_eval_mode += self.in_eval_mode_at != step
            self.in_eval_mode_at = step
