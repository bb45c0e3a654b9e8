"""Remedies that only a person can carry out: no short training measures them, since no setting makes the change.

They are never tried; they say who is to act on a finding that lies in the data as it is given, or in a loop.
"""

from __future__ import annotations

from typing import ClassVar

from fathom.coaching.remedy import Remedy
from fathom.coaching.run_context import Change, RunContext


class LookAtBatch(Remedy):
    """One batch looked at just as the net and the loss are given it."""

    name: ClassVar[str] = "look_at_batch"
    title: ClassVar[str] = "look at one batch, exactly as the net and the loss get it"
    why: ClassVar[str] = "The net may not be given the input or the labels that you intended."
    effort: ClassVar[int] = 1
    lesson: ClassVar[str] = "looking-at-data"
    against: ClassVar[frozenset[str]] = frozenset(
        {
            "inputs_not_finite", "inputs_overflowed", "leaking_input", "missing_as_a_number",
            "inputs_drift", "words_alike",
            "inputs_constant", "inputs_not_scaled", "targets_not_scaled", "targets_missing",
            "class_numbers_as_amounts", "one_class", "class_order", "repeated_examples", "labels_unrelated",
            "judged_on_other_inputs", "not_finite", "targets_are_inputs",
            "rows_standardized", "targets_nearly_constant", "target_nearly_given", "targets_filled_with_zeros",
            "dev_holds_copies", "repeats_last_value", "end_untaught",
            "judged_at_random", "padded_on_the_other_side",
            "targets_displaced",
            "standardized_by_batch",
            "outliers", "targets_skewed", "inputs_of_another_scale", "codes_as_amounts",
            "classes_never_seen", "targets_of_unequal_scale",
        }
    )  # fmt: skip

    def probe(self, context: RunContext) -> Change | None:
        """Nothing that could be measured."""
        return None


class MendLoop(Remedy):
    """The net's forward pass, its loss or the loop around it, mended."""

    name: ClassVar[str] = "mend_loop"
    title: ClassVar[str] = "correct the forward pass, the loss or the training loop"
    why: ClassVar[str] = "There is a fault in the program itself."
    effort: ClassVar[int] = 1
    lesson: ClassVar[str] = "training"
    against: ClassVar[frozenset[str]] = frozenset(
        {
            "wrong_output", "loss_without_gradient", "labels_share_a_softmax", "labels_exclude_others",
            "class_left_out", "biases_missing", "layer_too_narrow", "noise_repeated",
            "weights_not_stepped", "untrained_layers", "gradients_not_cleared", "symmetric_weights",
            "examples_mixed", "input_unread", "batches_used_up", "judged_in_training_mode",
            "trained_in_evaluation_mode", "small_batch_norm", "gradients_clipped_away", "linear_layers_in_a_row",
            "gradients_zero", "norm_statistics_still", "optimizer_made_anew", "nothing_trained",
            "gradients_cleared_early", "steps_undone", "steps_rounded_away", "clipped_too_late",
            "future_in_sight", "padding_in_the_loss", "outputs_left_out", "weights_written_anew", "order_unseen",
            "answer_given", "answers_not_numbers", "freezing_without_effect", "head_hardly_moves", "input_copied",
            "no_temperature", "embeddings_collapsed",
            "norm_reused", "norms_by_dev_batch", "padding_changes_answers", "rate_climbs_again",
            "rate_not_reached", "state_kept", "weights_too_small",
            "absolute_quantiles", "few_examples_decide", "one_task_drowns", "code_unused",
            "pretrained_weights_lost", "answers_dropped", "hinge_labels", "softmax_over_one",
            "loss_without_end", "frozen_weights_move", "penalty_too_strong", "entropy_punished", "words_as_quantities",
            "class_weights_extreme",
            "views_identical",
            "codes_cut_off", "loss_divided", "maps_nearly_empty", "rivals_agree", "steps_uphill", "momentum_too_large",
            "weights_climb", "weights_clamped", "gradients_drowned", "gradients_underflow",
        }
    )  # fmt: skip

    def probe(self, context: RunContext) -> Change | None:
        """Nothing that could be measured."""
        return None
