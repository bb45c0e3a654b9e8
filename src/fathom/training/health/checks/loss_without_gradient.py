"""A loss from which no gradient comes: it was rounded, compared, detached, or computed from something else."""

from __future__ import annotations

from typing import ClassVar

from fathom.training.health.analysis.loss_assumptions import has_several_passes_per_step
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals

MIN_SNAPSHOTS = 4
"""First snapshots on which it must be so."""

SURE = ("a rounding", "a sign", "a step", "an exponential")
"""Functions that surely stop it; others may stand in the net, where they do not."""


class LossWithoutGradient(Check):
    """The loss depends on no weight, or its slope is 0 everywhere."""

    name: ClassVar[str] = "loss_without_gradient"
    lesson: ClassVar[str] = "autograd"
    meaning: ClassVar[str] = "No gradient reaches the weights from this loss. So no step can lower it."
    advice: ClassVar[str] = (
        "Between the output and the loss, look for round, argmax, sign, a comparison, .long(), .item(), "
        ".data, detach(), no_grad() or requires_grad_(). Check that the loss is given the output of this "
        "net. Round only what you show. Where an exponential overflows, subtract the maximum first, as "
        "cross_entropy and logsumexp do."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "gradients_zero", "untrained_layers", "weights_not_stepped", "wrong_output", "stagnating_loss",
        "labels_unrelated",
        "low_learning_rate", "vanishing_gradients", "unfinished", "dead_units", "saturated_units",
        "wrong_initial_loss", "symmetric_weights", "oscillating_loss", "one_class", "inputs_not_scaled",
        "targets_not_scaled", "heavy_dropout", "weights_shrunk",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """No weight has a gradient other than 0 on any snapshot."""
        seen = signals.snapshots
        if len(seen) < MIN_SNAPSHOTS or any(layer.gradient_norm != 0 for one in seen for layer in one.layers):
            return None
        if signals.losses_without_weights == len(seen):
            title = f"the loss does not depend on the net's weights: no gradient reaches them in {len(seen)} batches"
            return Detection(title, {"batches": len(seen)})
        early = seen[:MIN_SNAPSHOTS]
        if signals.output_mismatch or has_several_passes_per_step(signals):
            return None
        if not all(one.answer_gradient.is_zero for one in early):
            return None
        stopper = signals.gradient_stopper
        title = f"the gradient of the loss is exactly 0 for every answer of the net in {len(early)} batches"
        if stopper.startswith(SURE):
            title += f": the last operation before the loss is {stopper}"
        else:
            title += ", as after a comparison or detach" + (f", or after {stopper}" if stopper else "")
        return Detection(title, {"batches": len(early), "function": stopper})
