"""A loss that does not suit the output: softmax twice, sigmoid twice, probabilities where logarithms are wanted.

Cross-entropy, as the libraries write it, takes raw numbers and does the softmax itself. A second one before it bounds
the numbers to [0, 1], so that the loss cannot fall below log(1 + (C - 1) / e), and its gradient nearly vanishes.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.check import Check, Seen
from fathom.training.health.signals import Signals

TITLES = {
    "softmax": "the loss takes a softmax of what is the result of a softmax already",
    "sigmoid": "the loss makes probabilities of what is the result of a sigmoid already",
    "tanh": "the loss is given the result of a tanh, which cannot leave -1 to 1",
    "relu": "the loss is given the result of a ReLU, which cannot be below 0",
    "no logarithm": "the loss wants logarithms of probabilities, and is given something else",
    "one output": "the loss takes a softmax of a single number, which is always 1",
    "broadcast": "the loss compares each answer with the target of each example, as arrays of (n, 1) and (n,) are",
}


class Squashed(Check):
    """Something stands between the last layer and the loss that should not."""

    name: ClassVar[str] = "wrong_output"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "Output and loss do not belong together: the loss cannot get small, or its gradient says little, however good "
        "the net."
    )
    advice: ClassVar[str] = (
        "Give the loss what it wants: cross_entropy and binary_cross_entropy_with_logits the raw output of the last "
        "layer, nll_loss the log_softmax of it, a squared error two arrays of one shape."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "vanishing_gradients", "labels_unrelated", "low_learning_rate", "wrong_initial_loss",
        "dead_units", "oscillating_loss", "high_learning_rate", "exploding_gradients",
    )  # fmt: skip

    def look(self, signals: Signals) -> Seen | None:
        """The graph has told it, or the gradient of a squared error."""
        what = signals.squashed or ("broadcast" if signals.crossed() else "")
        return Seen(TITLES[what], {"function": what}) if what in TITLES else None
