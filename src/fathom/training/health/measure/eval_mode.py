"""When a net is asked without being trained, and in which mode it is then.

Without a graph every call is an evaluation. With one, a call is an evaluation if no gradient has come back through its
answer by the time of the next step: a net may be called several times for one loss, or to train another net with.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.modules.dropout import _DropoutNd

from fathom.training.health.measure.row_hashes import row_hashes
from fathom.training.health.memory import Named
from fathom.training.health.signals import Signals

MAX_EVALUATION_STEPS = 300
"""Evaluations whose steps are kept."""

MIN_DRAWS = 5
"""Times that one input is asked in one evaluation, from which on its answers are meant to differ by chance."""

MAX_ASKED, ROWS_ASKED = 64, 4
"""Inputs of one evaluation that are told apart, and rows of each that are looked at."""


@dataclass
class Pass:
    """A call of the net with a graph: whether dropouts or norms were in training mode, and a gradient came back."""

    in_train_mode: bool
    has_gradient: bool = False


class EvaluationsKept(TypedDict):
    """The steps at which it was asked last: at all, in either mode, and to draw answers."""

    evaluated_at: int
    in_train_mode_at: int
    in_eval_mode_at: int
    drawn_at: int


class EvalMode:
    """Of one net.

    Args:
        net: that is watched.

    Attributes:
        mode_dependent: its dropouts and norms, which do something else while it is judged, by name.
        pending: its calls with a graph since the last step.
    """

    Kept: ClassVar = EvaluationsKept

    def __init__(self, net: nn.Module) -> None:
        self.mode_dependent = [
            (name, m) for name, m in net.named_modules()
            if (isinstance(m, _DropoutNd) and m.p > 0) or isinstance(m, _BatchNorm)
        ]  # fmt: skip
        self.pending: list[Pass] = []
        self.evaluated_at = self.in_train_mode_at = self.in_eval_mode_at = self.drawn_at = self.asked_at = -1
        self.asked: Counter[tuple[int, ...]] = Counter()  # in training mode, at `asked_at`

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

    def evaluated(self, signals: Signals, step: int, in_train_mode: bool, given: Tensor | None = None) -> None:
        """The net was asked without being trained, at this step, about this input where it is known.

        Where one input is asked again and again, dropout is left on to draw answers (Gal & Ghahramani 2016).
        """
        if self.evaluated_at != step:
            signals.evaluations += 1
            signals.evaluation_steps += [step] * (len(signals.evaluation_steps) < MAX_EVALUATION_STEPS)
        self.evaluated_at = step
        if signals.first_evaluation < 0:
            signals.first_evaluation = step
        if in_train_mode:
            signals.evaluations_in_train_mode += self.in_train_mode_at != step
            self.in_train_mode_at = step
            if self.drawn_at != step and self._is_drawn(step, given):
                signals.evaluations_in_train_mode -= 1
                self.drawn_at = step
        else:
            signals.evaluations_in_eval_mode += self.in_eval_mode_at != step
            self.in_eval_mode_at = step

    def _is_drawn(self, step: int, given: Tensor | None) -> bool:
        """Whether one input was asked so often at this step that answers are drawn on purpose."""
        if self.asked_at != step:
            self.asked, self.asked_at = Counter(), step
        if given is None or not (key := tuple(row_hashes(given, ROWS_ASKED))):
            return False
        if key in self.asked or len(self.asked) < MAX_ASKED:
            self.asked[key] += 1
        return self.asked[key] >= MIN_DRAWS

    def to_memory(self, named: Named) -> EvaluationsKept:
        """What is kept from step to step."""
        return {
            "evaluated_at": self.evaluated_at, "in_train_mode_at": self.in_train_mode_at,
            "in_eval_mode_at": self.in_eval_mode_at, "drawn_at": self.drawn_at,
        }  # fmt: skip

    def recall(self, kept: EvaluationsKept, named: Named) -> None:
        """Take it up."""
        self.evaluated_at, self.drawn_at = kept["evaluated_at"], kept["drawn_at"]
        self.in_train_mode_at, self.in_eval_mode_at = kept["in_train_mode_at"], kept["in_eval_mode_at"]
