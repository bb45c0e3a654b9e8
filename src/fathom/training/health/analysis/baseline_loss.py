"""What a loss is compared with: what one loses who has not looked at the input."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fathom.training.health.analysis.class_weights import class_weights
from fathom.training.health.analysis.label_counts import counts_by_class
from fathom.training.health.analysis.loss_assumptions import is_plain, is_weighted
from fathom.training.health.analysis.selection import largest_batch
from fathom.training.health.signals import Signals

MIN_LABELS = 100
"""Labels from which the classes' shares are known well enough."""

UNLUCKY_BATCH_SDS = 3.0
"""Standard deviations over batches by which the baseline of an unlucky batch lies above the mean one."""

MIN_EXAMPLES_FOR_BASELINE = 32
"""Examples whose first loss says about what knowing nothing costs."""


def uniform_loss(signals: Signals) -> float:
    """The loss of one who gives all classes the same chance, or answers 0 always; NaN where that is not known."""
    if signals.loss_kind == "squared" and is_plain(signals):
        squares = [x.targets.mean_square for x in signals.snapshots[:3] if x.targets and x.targets.outputs == 1]
        return float(np.mean(squares)) if any(squares) else math.nan  # of targets that are all 0 it is nothing
    if not is_plain(signals) or signals.loss_kind not in ("cross-entropy", "binary"):
        return math.nan
    classes = 2 if signals.loss_kind == "binary" else signals.classes
    return math.log(classes) if classes > 1 else math.nan


def prior_losses(signals: Signals) -> NDArray[np.float64]:
    """On each snapshot the loss, of that batch, of one who knows the classes' shares, or the mean, and nothing else.

    Nothing where that is not known: of another loss, or where too few labels were seen.
    """
    if signals.loss_kind == "squared":
        return _losses_of_the_mean(signals)
    counts = counts_by_class(signals)
    total = sum(counts.values())
    if not is_plain(signals) and is_weighted(signals):
        return _weighted_losses(signals, counts)
    if not is_plain(signals) or signals.output_mismatch or total < MIN_LABELS or len(counts) < 2:
        return np.zeros(0)
    surprise = {name: -math.log(n / total) for name, n in counts.items()}
    batches = [snapshot.labels.counts for snapshot in signals.snapshots if snapshot.labels]
    return np.array([sum(surprise[k] * n for k, n in one.items()) / sum(one.values()) for one in batches])


def _weighted_losses(signals: Signals, counts: dict[str, int]) -> NDArray[np.float64]:
    """The same of a weighted loss, of one who knows the classes' shares and weights.

    What all answers of a batch count together is 1 where the loss is divided by the sum of the weights, and what these
    come to where it is not.
    """
    weights = class_weights(signals)
    if signals.output_mismatch or sum(counts.values()) < MIN_LABELS or len(counts) < 2 or set(weights) != set(counts):
        return np.zeros(0)
    total = sum(counts[k] * weights[k] for k in counts)
    surprise = {k: -math.log(counts[k] * weights[k] / total) for k in counts}
    found = []
    for one in (snapshot.labels for snapshot in signals.snapshots if snapshot.labels):
        by_weight = {k: n * weights[k] for k, n in one.counts.items()}
        mean = sum(by_weight[k] * surprise[k] for k in by_weight) / sum(by_weight.values())
        found.append(one.weight_sum * mean)
    return np.array([loss for loss in found if math.isfinite(loss)])


def _losses_of_the_mean(signals: Signals) -> NDArray[np.float64]:
    """On each snapshot the squared error of one who answers the targets' mean: (snapshots,).

    Of several outputs each has a mean of its own, which is not known.
    """
    one_output = [x for x in signals.snapshots if x.targets and x.targets.outputs == 1]
    seen = [(x.batch_size, x.targets.mean, x.targets.mean_square) for x in one_output if x.targets]
    seen = [one for one in seen if np.isfinite(one).all()]
    if not is_plain(signals) or sum(n for n, _, _ in seen) < MIN_LABELS:
        return np.zeros(0)
    n, mean, square = np.array(seen, np.float64).T
    middle = float((n * mean).sum() / n.sum())
    return square - 2 * middle * mean + middle**2


def prior_loss(signals: Signals) -> float:
    """The loss of one who knows the classes' shares, or the targets' mean, and nothing else; NaN if not known."""
    seen = prior_losses(signals)
    if len(seen):
        return float(seen.mean())
    return uniform_loss(signals) if signals.loss_kind != "squared" else math.nan


def baseline_loss(signals: Signals) -> float:
    """What knowing nothing costs: `prior_loss`, or where that is not known the first loss."""
    known = prior_loss(signals)
    return known if math.isfinite(known) else signals.losses.first


def highest_baseline_loss(signals: Signals) -> float:
    """What a loss is compared with that may have risen: the largest that knowing nothing may cost on a batch.

    That is the first loss, or what one who knows the classes' shares (or the targets' mean) loses on an unlucky batch.
    Where that is not known and batches are small, it is the mean loss of the first examples, since one batch says
    little.
    """
    losses, seen = signals.losses, prior_losses(signals)
    if len(seen):
        return max(losses.first, float(seen.mean() + UNLUCKY_BATCH_SDS * seen.std()))
    known = prior_loss(signals)
    if math.isfinite(known):
        return max(losses.first, known)
    batch = largest_batch(signals) * losses.steps_per_value
    few = 0 < batch < MIN_EXAMPLES_FOR_BASELINE * losses.steps_per_value and len(losses.values) > 0
    return (
        max(losses.first, float(np.mean(losses.values[: -(-MIN_EXAMPLES_FOR_BASELINE // batch)])))
        if few
        else losses.first
    )
