"""Dropout and batch norm in training mode while the net is judged.

Both do one thing in training and another in use: a net that is judged while its dropout drops looks worse than it is.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals


class JudgedInTrainingMode(Check):
    """The net is judged in training mode, or answers at random where it should not."""

    name: ClassVar[str] = "judged_in_training_mode"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "The net was judged in training mode. Dropout and batch norm then work as in training, so the figure "
        "is not what the net can do."
    )
    advice: ClassVar[str] = (
        "Call model.eval() before you judge and model.train() after it. Give F.dropout training=self.training."
    )

    def run(self, signals: Signals) -> Detection | None:
        """Count the times that it was asked without being trained; who ever put it to sleep knows how to."""
        differing, asked = signals.nondeterministic_evals
        if asked and differing == asked:
            return Detection(
                "in evaluation mode the net gives two different answers to the same input", {"asked": asked}
            )
        if has_several_passes_per_step(signals) and signals.evaluations > signals.losses.steps / 2:
            return None  # called in each step without being trained, as a generator is to train its critic
        wrong, total = signals.evaluations_in_train_mode, signals.evaluations
        if signals.mode_dependent and wrong >= 2 and wrong > total / 2 and not signals.evaluations_in_eval_mode:
            title = f"dropout or batch norm was in training mode at {wrong} of {total} evaluations"
            return Detection(title, {"judged": total, "in_training_mode": wrong})
        return None
