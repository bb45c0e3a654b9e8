"""A loss that does not suit the output: softmax twice, sigmoid twice, probabilities where logarithms are wanted.

Cross-entropy, as the libraries write it, takes raw numbers and does the softmax itself. A second one before it bounds
the numbers to [0, 1], so that the loss cannot fall below log(1 + (C - 1) / e), and its gradient nearly vanishes.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from fathom.training.health.analysis.broadcast_targets import has_broadcast_targets
from fathom.training.health.analysis.loss_assumptions import is_plain
from fathom.training.health.check import Check, Detection
from fathom.training.health.signals import Signals, TargetStats

TITLES = {
    "softmax": "the loss takes a softmax of what is the result of a softmax already",
    "sigmoid": "the loss makes probabilities of what is the result of a sigmoid already",
    "tanh": "the loss is given the result of a tanh, which cannot leave -1 to 1",
    "relu": "the loss is given the result of a ReLU, which cannot be below 0",
    "no logarithm": "the loss wants logarithms of probabilities, and is given something else",
    "one output": "the loss takes a softmax of a single number, which is always 1",
    "over the batch": "the softmax is taken over the batch, not over the classes: all examples share one sum",
    "viewed": "the scores were viewed as (n · places, classes), or back, without a permute: each row of the softmax "
    "holds scores of several places",
    "places": "the softmax is taken along axis 1, over the places; the last layer writes the classes along the "
    "last axis",
    "along a map": "the softmax is not taken along axis 1, where nll_loss reads the classes: the probabilities of a "
    "place do not sum to 1",
    "cosine": "the loss is the cosine similarity itself, not 1 minus it: its sign is wrong, and vectors are turned "
    "away from their targets",
    "summed": "the answers are summed over the batch before they are compared with the target of each example",
    "kl of probabilities": "kl_div is given probabilities where it wants their logarithms (log_softmax)",
    "kl of scores": "kl_div is given the scores of a layer where it wants logarithms of probabilities (log_softmax)",
    "overlap": "the loss is the overlap of answer and target itself (Dice, Jaccard), not 1 minus it: its sign is wrong",
    "overlap of scores": "the overlap (Dice, Jaccard) is computed of the raw output of a layer, not of probabilities: "
    "it has no lower end",
    "clamped": "the raw output of a layer is clamped, and taken for a probability or a variance: beyond the bounds it "
    "has no gradient",
    "mean of errors": "the errors of the batch are averaged before they are squared or made positive, so that they "
    "cancel",
    "broadcast": "the loss compares each answer with the target of each example, as arrays of (n, 1) and (n,) are",
}
"""For each mismatch."""

LOSS_NAMES = {
    "cross-entropy": "a cross-entropy", "nll": "the negative logarithm of a probability",
    "binary": "a cross-entropy of labels from 0 to 1", "squared": "a squared error", "absolute": "an error",
}  # fmt: skip
"""What each kind of loss is called, where it cannot be below 0."""

ROUNDING = 1e-3
"""Of a loss that is 0."""

MIN_INVERTED = 3
"""First snapshots at which the gradient must have the wrong sign."""

MAX_SHARE_OUT_OF_REACH = 0.05
"""The share of targets out of reach that is too large for outliers."""


PARTS, MIN_STEPS, MIN_SHARE_LEFT = 10, 60, 0.9
"""Parts of the training, its steps, and what the last part must have of the first one's loss for it to hardly fall."""


REACHES = {"relu": "be below 0", "sigmoid": "leave 0 to 1", "tanh": "leave -1 to 1"}
"""What answers cannot do, by the function that makes them."""

WIDTHS = {"sigmoid": 1.0, "tanh": 2.0}
"""The most that such an answer can be off from a target that it can reach."""

MAX_SQUARE = 0.26
"""Of half the slopes of a mean absolute error, which are a quarter at most; those of a sum are far larger."""

MAX_OFF_EQUAL = 0.2
"""Share by which the first squared error may be off that of equal shares."""


class WrongOutput(Check):
    """Something stands between the last layer and the loss that should not."""

    name: ClassVar[str] = "wrong_output"
    lesson: ClassVar[str] = "losses"
    meaning: ClassVar[str] = (
        "The output of the net and the loss do not fit together. The loss cannot become small, or its "
        "gradient is of little use."
    )
    advice: ClassVar[str] = (
        "Give each loss what it expects. cross_entropy and binary_cross_entropy_with_logits: the raw output "
        "(logits). Classes want these, no squared error. nll_loss and kl_div: log_softmax over the classes. "
        "Probabilities and overlaps: a sigmoid or softmax first, not clamp. A variance: exp or softplus of the output. "
        "Squared error: two arrays of one shape, and outputs that can reach every target. Move axes with permute, not "
        "view. Minimize the loss, not its negative."
    )
    explains: ClassVar[tuple[str, ...]] = (
        "stagnating_loss", "vanishing_gradients", "labels_unrelated", "low_learning_rate", "wrong_initial_loss",
        "dead_units", "oscillating_loss", "high_learning_rate", "exploding_gradients", "not_finite", "saturated_units",
        "loss_without_end",
    )  # fmt: skip

    def run(self, signals: Signals) -> Detection | None:
        """It was seen in the graph, or in the gradient of a squared error."""
        what = signals.output_mismatch or ("broadcast" if has_broadcast_targets(signals) else "")
        if what == "kl of scores" and not _lowest(signals) < -ROUNDING:  # which a divergence never is
            what = ""
        if (what == "places" and _is_order(signals)) or (what == "cosine" and signals.details.maximizes):
            what = ""
        if what in TITLES:
            return Detection(TITLES[what], {"function": what})
        return _negative(signals) or _out_of_reach(signals) or _flat_softmax(signals)


def _is_order(signals: Signals) -> bool:
    """Whether each class comes equally often in each batch: rows are put in order, and each place is chosen once."""
    counts = [one.labels.counts.values() for one in signals.snapshots if one.labels]
    return not counts or all(len(set(one)) == 1 for one in counts)


def _lowest(signals: Signals) -> float:
    return min((value for value in signals.losses.values if math.isfinite(value)), default=0.0)


def _negative(signals: Signals) -> Detection | None:
    """The loss alone, no sum of several, is below what one of its kind can be.

    Where each answer counts by a number of its own, that may be meant so, as in a policy gradient; then the gradient
    must show that all count alike. Where the optimizer maximizes, it is meant to be negative.
    """
    least = _lowest(signals)
    if (
        signals.details.maximizes
        or not signals.is_single_term
        or signals.loss_kind not in LOSS_NAMES
        or least > -ROUNDING
    ):
        return None
    early = [one.answer_gradient for one in signals.snapshots[:MIN_INVERTED] if one.labels]
    inverted = len(early) == MIN_INVERTED and all(one.is_inverted for one in early)
    if signals.is_weighted_by_example and not (signals.loss_kind == "cross-entropy" and inverted):
        return None
    title = f"the loss fell to {least:.3g}, but {LOSS_NAMES[signals.loss_kind]} is never below 0"
    if inverted:
        title += ": its sign is wrong, so each answer moves away from its class"
    return Detection(title, {"lowest": least, "loss": signals.loss_kind})


def _flat_softmax(signals: Signals) -> Detection | None:
    """A squared error of a softmax hardly falls: of many classes, or where it is sure, it has next to no slope.

    Its first value is that of equal shares beside one 1 and zeros: the targets are classes, no shares themselves.
    """
    if signals.loss_kind != "squared" or signals.output_bound != "softmax" or not signals.is_single_term:
        return None
    classes, first = signals.classes, signals.losses.first
    equal = (classes - 1) / max(1, classes) ** 2
    if classes < 3 or min(abs(first / one - 1) for one in (equal, equal * classes)) > MAX_OFF_EQUAL:
        return None
    parts = signals.losses.windows(PARTS)
    if signals.losses.steps < MIN_STEPS or not parts[-1] > MIN_SHARE_LEFT * max(parts[0], signals.losses.first):
        return None
    title = (
        f"the squared error is of a softmax, which has next to no slope: the loss was {parts[0]:.3g} in the first "
        f"tenth of the steps, and is {parts[-1]:.3g} in the last"
    )
    return Detection(title, {"function": "softmax", "first": float(parts[0]), "last": float(parts[-1])})


def _out_of_reach(signals: Signals) -> Detection | None:
    """Many targets of a squared error lie where the function that makes the answer never comes."""
    seen = [snapshot.targets for snapshot in signals.snapshots if snapshot.targets]
    if signals.loss_kind == "absolute":
        return None if signals.is_weighted_by_example else _farther_than_it_reaches(signals, seen)
    if signals.loss_kind != "squared" or not is_plain(signals) or len(seen) < 3:
        return None
    shares = {
        "relu": [one.share_below_0 for one in seen],
        "sigmoid": [one.share_below_0 + one.share_above_1 for one in seen],
        "tanh": [one.share_beyond_1 for one in seen],
    }.get(signals.output_bound)
    share = float(np.mean(shares)) if shares else 0.0
    if share < MAX_SHARE_OUT_OF_REACH:
        return None
    reach = REACHES[signals.output_bound]
    answer = f"the answer is that of a {signals.output_bound}"
    title = f"{answer}, which cannot {reach}, where {100 * share:.0f} % of the targets lie"
    return Detection(title, {"function": signals.output_bound, "share": share})


def _farther_than_it_reaches(signals: Signals, seen: list[TargetStats]) -> Detection | None:
    """The mean absolute error is larger than between any two numbers that the answer can be."""
    width, bound = WIDTHS.get(signals.output_bound), signals.output_bound
    if width is None or not signals.is_single_term or len(seen) < 3 or signals.losses.steps < MIN_STEPS:
        return None
    ended, slope = float(signals.losses.windows(PARTS)[-1]), float(np.median([one.squared_error for one in seen]))
    if not ended > width or not slope < MAX_SQUARE:
        return None
    title = (
        f"the answer is that of a {bound}, which cannot {REACHES[bound]}, where targets lie: at the end it is off by "
        f"{ended:.3g} on average"
    )
    return Detection(title, {"function": bound, "error": ended})
