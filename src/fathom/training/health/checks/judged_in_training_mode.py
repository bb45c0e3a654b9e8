"""Dropout and batch norm in the wrong mode.

Both do one thing in training and another in use. A net that is judged while its dropout drops looks worse than it is;
one whose batch norm was never in training mode has normalized by the statistics of nothing.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Signals


class JudgedAwake(Check):
    """The net is judged in training mode, or answers at random where it should not."""

    name: ClassVar[str] = "judged_in_training_mode"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "What is measured on the held-out data is not what the net can do: it drops units, or normalizes by the batch, "
        "while it is asked."
    )
    advice: ClassVar[str] = (
        "Call model.eval() before it is judged and model.train() after; give functions such as F.dropout "
        "training=self.training."
    )

    def look(self, signals: Signals) -> Seen | None:
        """Count the times that it was asked without being trained; who ever put it to sleep knows how to."""
        wavered, asked = signals.wavering
        if asked and wavered == asked:
            return Seen("in evaluation mode the net gives two answers to one input", {"asked": asked})
        if signals.several() and signals.judged > signals.losses.steps / 2:
            return None  # called in each step without being trained, as a generator is to train its critic
        if signals.moody and signals.awake >= 2 and signals.awake > signals.judged / 2 and not signals.slept:
            title = (
                f"dropout or batch norm was in training mode at {signals.awake} of {signals.judged} times it was judged"
            )
            return Seen(title, {"judged": signals.judged, "in_training_mode": signals.awake})
        return None


class TrainedAsleep(Check):
    """The net is trained in evaluation mode."""

    name: ClassVar[str] = "trained_in_evaluation_mode"
    severity = "warning"
    lesson: ClassVar[str] = "dropout"
    meaning: ClassVar[str] = (
        "Dropout does nothing, and batch norm neither normalizes by the batch nor learns what to normalize by; often "
        "model.eval() was called to judge the net, and nothing called model.train() after it."
    )
    advice: ClassVar[str] = "Call model.train() before each epoch."

    def look(self, signals: Signals) -> Seen | None:
        """All of them asleep on most of the looks; single frozen norms are often meant to be."""
        if not signals.moody or len(signals.looks) < 3 or signals.pretrained:
            return None  # what a net has learned to normalize by is often kept when it is tuned
        asleep = [look for look in signals.looks if len(look.asleep) == signals.moody]
        if len(asleep) <= len(signals.looks) / 2:
            return None
        share = f"{len(asleep)} of {len(signals.looks)} steps"
        title = f"all {signals.moody} dropouts and norms were in evaluation mode on {share}"
        return Seen(title, {"looks": len(signals.looks), "asleep": len(asleep), "layers": asleep[-1].asleep[:20]})
