"""What the gradient that comes back to an answer tells: of the labels, the targets, and the loss itself."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from fathom.training.health.measure.answer_given import answer_given
from fathom.training.health.measure.answer_gradient import answer_gradient
from fathom.training.health.measure.code_columns import code_columns
from fathom.training.health.measure.gradient_details import squared_details, unknown_details
from fathom.training.health.measure.labels import labels_of
from fathom.training.health.measure.row_ends import is_end_untaught
from fathom.training.health.measure.target_column import target_column
from fathom.training.health.measure.targets import targets_of
from fathom.training.health.signals import Signals, Snapshot

STEPS_WITH_COMPARED_COLUMNS = 30
"""Steps up to which the target is looked for among the inputs: a net that is sure shows its labels no more."""


def measure_gradient(
    signals: Signals, snapshot: Snapshot, args: tuple[Any, ...], answer: Tensor, gradient: Tensor, *, called_again: bool
) -> None:
    """Measure it.

    Args:
        signals: of the training, which know the loss's kind by now.
        snapshot: where it is kept.
        args: what the net was given.
        answer: of the net, (batch, …).
        gradient: of the loss with respect to it, of the same shape.
        called_again: the net was called with a graph more than once a step.
    """
    # what the gradient of a CTC loss shows of each frame is no label, but a mean over all ways to say the text
    snapshot.labels = None if signals.loss_kind == "ctc" else labels_of(answer, gradient)
    given = args[0] if args and isinstance(args[0], Tensor) else None
    if signals.loss_kind in ("", "squared", "absolute"):
        snapshot.targets = targets_of(answer, gradient)
        squared_details(snapshot.details, given, answer, gradient)
    if given is not None and (signals.loss_kind == "squared" or snapshot.labels):
        snapshot.details.code_columns = code_columns(given, answer, gradient)
    if signals.loss_kind == "" and not called_again:
        unknown_details(snapshot.details, answer, gradient)
    if snapshot.step >= STEPS_WITH_COMPARED_COLUMNS:
        return
    snapshot.details.end_untaught = given is not None and is_end_untaught(given, gradient)
    snapshot.details.answer_given = answer_given(args, answer, gradient)
    snapshot.answer_gradient = answer_gradient(answer, gradient, given)
    if given is not None:
        snapshot.target_column = target_column(given, answer, gradient)
