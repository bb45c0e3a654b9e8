"""Whether a net, in evaluation mode, gives one answer to one input."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from fathom.training.health.measure.eval_mode import EvalMode
from fathom.training.health.measure.net_output import answer_of
from fathom.training.health.signals import Signals

MAX_EXAMPLES, MAX_REPEATS = 16, 2
"""Examples of a batch that the net is asked about twice, and how often."""


class NondeterministicEvals:
    """Asks one net the same again.

    Args:
        eval_mode: of the net.
    """

    def __init__(self, eval_mode: EvalMode) -> None:
        self.eval_mode = eval_mode
        self.repeated_at = -1  # the step
        self.unaskable = False

    def is_due(self, signals: Signals, step: int) -> bool:
        """Whether the net is to be asked the same twice: some times, at different steps, where the loss is known."""
        known = signals.loss_kind in ("cross-entropy", "nll", "binary")
        return (
            known
            and signals.nondeterministic_evals[1] < MAX_REPEATS
            and self.repeated_at != step
            and not self.unaskable
        )

    def repeat(
        self, signals: Signals, step: int, net: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Tensor
    ) -> None:
        """Does the net, in evaluation mode, answer the same again?"""
        differing, asked = signals.nondeterministic_evals
        if net.training or not self.is_due(signals, step) or self.eval_mode.in_train_mode():
            return
        if torch.jit.is_tracing():  # type: ignore[attr-defined]
            return
        plain = all(isinstance(x, Tensor) and x.ndim and len(x) == len(answer) for x in args)
        if kwargs or answer.ndim != 2 or not plain:
            return
        self.repeated_at = step
        devices = [answer.device] if answer.device.type == "cuda" else []
        kind, asked_twice = answer.device.type, torch.is_autocast_enabled(answer.device.type)
        try:
            # in low precision rounding gives other answers where the batch is another: both are then asked in full
            with torch.random.fork_rng(devices=devices), torch.autocast(kind, enabled=False):
                if asked_twice and (whole := answer_of(net(*args))) is not None:
                    answer = whole
                again = answer_of(net(*(x[:MAX_EXAMPLES] for x in args)))
        except Exception:  # whatever it is that it cannot do with fewer examples: the evaluation goes on
            self.unaskable = True
            return
        answer = answer[:MAX_EXAMPLES]
        if again is None or again.shape != answer.shape:
            return
        scale = float(answer.float().abs().mean())
        differs = float((again - answer).float().abs().max()) > 1e-2 * scale
        signals.nondeterministic_evals = (differing + differs, asked + 1)
